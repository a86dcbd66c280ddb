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


def test_an_international_number_is_one_person_in_all_countries():
    assert somebody("+85512345678", ["KH", "TH", "US"]).keys == {"85512345678"}


def test_a_national_number_that_means_several_people_is_asked_about():
    with pytest.raises(ConfigurationError, match="different people in KH and TH"):
        somebody("012345678", ["TH", "KH"])


@pytest.mark.parametrize("text", ["", "hello", "012345678 / 098765432"])
def test_what_is_no_address_is_nobody(text):
    with pytest.raises(ConfigurationError, match="no address") as caught:
        somebody(text, ["KH"])
    assert "012345678" not in str(caught.value)


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


def test_a_million_digits_are_looked_through_at_once():
    somebody("012345678", ["KH"]).mentioned.sub("", "7" * 1_000_000)
