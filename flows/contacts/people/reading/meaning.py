"""The one number that digits mean, or why they mean none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flows.contacts.people.reading.plan import NumberingPlan, plan_of_region, split_code
from flows.contacts.people.reading.readings import EXIT_CODE, Digits, Reading, readings_of, valid_readings, ways_to_read
from flows.contacts.people.reading.renumbered import CODES, canonical, renewed

_POSSIBLE_NOTE = "{region}'s numbering plan, as far as it is known here, does not have this number."


@dataclass(frozen=True, slots=True)
class AddressMeaning:
    """What the digits mean: a number, or a problem and the people they may mean if Verboice has one of them (None where
    they can mean nobody)."""

    number: str | None = None
    note: str | None = None
    problem: str | None = None
    candidates: tuple[str, ...] | None = ()


def meaning_of(digits: Digits, region: str | None, *, takes_possible: bool = False) -> AddressMeaning:
    """The one number that the digits mean. Without `region` they must be international."""
    home = None if region is None else plan_of_region(region)
    ways = ways_to_read(digits, home)
    valid = valid_readings(digits, ways, home)
    if len(valid) == 1:
        return AddressMeaning(valid[0].number, valid[0].note)
    if valid:
        return AddressMeaning(problem=_ambiguous(valid), candidates=_people(valid))
    old = readings_of(ways, _was_renumbered) if any(way.plan.code in CODES for way in ways) else []
    possible = readings_of(ways, NumberingPlan.is_possible)
    if takes_possible and not old and len(possible) == 1:
        note = _POSSIBLE_NOTE.format(region=possible[0].plan.region)
        return AddressMeaning(possible[0].number, " ".join(filter(None, (possible[0].note, note))))
    return AddressMeaning(problem=_unusable(digits, home, old, possible), candidates=_people([*old, *possible]))


def _was_renumbered(plan: NumberingPlan, nsn: str) -> bool:
    return renewed(plan.code + nsn) is not None


def _people(readings: Iterable[Reading]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(canonical(reading.number) for reading in readings))


def _ambiguous(readings: Sequence[Reading]) -> str:
    told = f"This can be read as {' or as '.join(reading.told for reading in readings)}."
    if any(reading.how in ("code once", "without zero") for reading in readings):
        return f"{told} Write it as it is dialled within {readings[0].plan.region}."
    return f"{told} Write it with + and its country code."


def _unusable(digits: Digits, home: NumberingPlan | None, old: list[Reading], possible: list[Reading]) -> str:
    if old:
        plan, new = old[0].plan, canonical(old[0].number)
        return (
            f"{plan.region} has changed its numbers: this one is +{plan.code} {new[len(plan.code) :]} now. Write it so."
        )
    if len(possible) == 1:
        region = possible[0].plan.region
        return (
            f"{region}'s numbering plan has no such number, so it may be mistyped. If the plan is newer than this "
            "program knows it, `numbers: possible` under `source` takes it."
        )
    if possible:
        return _ambiguous(possible) + " No numbering plan is known to have it."
    return _impossible(digits, home)


def _impossible(digits: Digits, home: NumberingPlan | None) -> str:
    where = "the country it names" if home is None else f"{home.region} or the country it names"
    named = split_code(digits.text.removeprefix(EXIT_CODE)) if digits.is_international else None
    if named is None:
        if home is None or digits.is_international:
            return f"This is not a phone number of {where}: it begins with no country code."
        named = home, home.without_prefix(digits.text) or digits.text
    plan, nsn = named
    lengths = plan.possible_lengths
    if len(nsn) < min(lengths):
        return f"This number has {len(digits.text)} digits, too few for {where}."
    if len(nsn) > max(lengths):
        return f"This number has {len(digits.text)} digits, too many for {where}."
    return f"This is not a phone number of {where}."
