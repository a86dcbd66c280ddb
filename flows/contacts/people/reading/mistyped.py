"""Digits that are a number of their country but for one digit too many or too few."""

from __future__ import annotations

from collections.abc import Iterator

from flows.contacts.people.reading.plan import NumberingPlan


def is_nearly_a_number(text: str, home: NumberingPlan, first: int = 0) -> bool:
    """Whether digits would be a number of the country with a digit less or more, from place `first` on."""
    leads = dict.fromkeys(("", home.prefix, home.code))
    return any(home.is_valid(nsn) for lead in leads for nsn in _one_off(text, lead, home, first))


def _one_off(text: str, lead: str, home: NumberingPlan, first: int) -> Iterator[str]:
    """What follows `lead` in the texts that differ by one digit, if it has the length of an nsn."""
    if len(text) - 1 - len(lead) in home.lengths:
        shorter = (text[:place] + text[place + 1 :] for place in range(first, len(text)))
        yield from (one[len(lead) :] for one in shorter if one.startswith(lead))
    if len(text) + 1 - len(lead) in home.lengths:
        places = range(first, len(text) + 1)
        longer = (text[:place] + digit + text[place:] for place in places for digit in _digits_at(place, text, lead))
        yield from (one[len(lead) :] for one in longer if one.startswith(lead))


def _digits_at(place: int, text: str, lead: str) -> str:
    """The digits that can be put in so that the text begins with `lead`."""
    if place < len(lead):
        return lead[place]
    return "0123456789" if text.startswith(lead) else ""
