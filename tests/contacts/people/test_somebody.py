"""One person by all that names them, and nobody else."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.errors import ConfigurationError
from flows.contacts.people.somebody import Somebody, somebody

HERS = ["012 345 678", "012345678", "+855-12-345-678", "85512345678", "0085512345678", "٠١٢٣٤٥٦٧٨", "tel. 012/345678"]
OTHERS = ["012345679", "0912345678", "+66 12 345 678", "", None, "Sokha", "38", "alice@pbx", "5512345678"]


def spelled(who: Somebody, texts: list[str | None]) -> list[bool]:
    return who.spelled(pa.array(texts, pa.string())).tolist()


@pytest.mark.parametrize("address", ["+855 12 345 678", "012 345 678", "85512345678"])
def test_every_spelling_is_hers_and_nobody_elses(address):
    who = somebody(address, ["KH", None])
    assert spelled(who, HERS) == [True] * len(HERS)
    assert spelled(who, OTHERS) == [False] * len(OTHERS)


def test_without_a_country_digits_are_taken_as_they_are():
    assert spelled(somebody("+85512345678", [None]), ["85512345678", "012345678"]) == [True, False]


def test_a_person_is_named_by_what_each_country_makes_of_the_digits_and_by_the_text():
    keys = frozenset({"85512345678", "012345678"})
    assert somebody(" 012345678 ", ["KH", None]) == Somebody(keys, ("KH", None), frozenset({"012345678"}))
    assert somebody("123", ["KH"]).keys == {"123"}  # an extension that some pipeline took


def test_an_international_number_is_one_person_in_all_countries():
    assert somebody("+85512345678", ["KH", "TH", "US"]).keys == {"85512345678"}


def test_a_national_number_that_means_several_people_is_asked_about():
    with pytest.raises(ConfigurationError) as caught:
        somebody("012345678", ["TH", "KH"])
    told = "This number means different people in KH and TH, where your pipelines' numbers are."
    assert str(caught.value) == f"{told} Write it with + and country code."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "There is no address in this row."),
        ("hello", "This is not a phone number or a SIP address."),
        ("+855 12", "This number has 5 digits, too few for KH or the country it names."),
        (
            "012345678 / 098765432",
            "There are two numbers in this cell. Keep one per row, or set `several: first` under `source`.",
        ),
    ],
)
def test_what_is_no_address_is_nobody_and_no_number_is_repeated(text, problem):
    with pytest.raises(ConfigurationError) as caught:
        somebody(text, ["KH"])
    assert str(caught.value) == f"This is no address: {problem} Write the number with + and country code."


def test_a_sip_address_is_found_in_any_case():
    who = somebody("Alice@pbx", ["KH"])
    assert spelled(who, ["alice@PBX", "sip:alice@pbx", "bob@pbx"]) == [True, False, False]


def test_a_contact_has_several_addresses():
    who = somebody("012345678", ["KH"]).known_by(["098 765 432", "odd one", ""])
    assert spelled(who, ["+85598765432", "012345678", "odd one", "odd two"]) == [True, True, True, False]


def test_a_number_is_found_within_a_text_however_it_is_spaced():
    found = somebody("012345678", ["KH"]).mentioned
    text = "call 012 345-678 or +855 (12) 345.678, tel:+85512345678; not 0123456789, 012345679 or 38"
    assert found.sub("…", text) == "call … or …, tel:…; not 0123456789, 012345679 or 38"


def test_a_short_number_is_no_part_of_another():
    found = somebody("12345", [None]).mentioned
    assert found.sub("…", "12345 912345 1 2345 123456") == "… 912345 … 123456"
    found = somebody("1234567", [None]).mentioned
    assert found.sub("…", "1234567 01234567 12345678") == "… … 12345678"


def test_texts_that_have_her_in_them_or_are_her_are_told_from_others():
    who = somebody("012345678", ["KH"]).known_by(["odd one", "alice@pbx"])
    hers = [
        "rang 012 345-678 twice",
        "Is the Odd One in?",
        "write to alice@pbx",
        "odd one",
        "٠١٢٣٤٥٦٧٨",
        "+85512345678",
    ]
    others = ["rang 012 345 679", "0123456789", "odd ones", "malice@pbx", "bob@pbx", "Sokha é", "", None, "rang"]
    assert who.named(pa.array(hers)).tolist() == [True] * len(hers)
    assert who.named(pa.array(others)).tolist() == [False] * len(others)
    assert spelled(who, [*hers, *others]) == [False] * 3 + [True] * 3 + [False] * len(others)


def test_texts_none_of_which_looks_like_an_address_are_nobodys():
    assert spelled(somebody("012345678", ["KH"]), ["Sokha", None, "38"]) == [False, False, False]


def test_a_million_digits_are_looked_through_at_once():
    somebody("012345678", ["KH"]).mentioned.sub("", "7" * 1_000_000)
