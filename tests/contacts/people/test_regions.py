"""Which country national numbers are of, and what is told where the region is missing or wrong."""

from __future__ import annotations

import pytest

from flows.contacts.people.regions import (
    Fit,
    _fit,
    fitting_regions,
    international_region,
    is_national,
    likely_regions,
    listed,
    national_numbers,
    region_advice,
)

KH = ["012 345 607", "012 345 608", "092 345 609", "N/A"]
THREE_OF_CAMBODIA = ["+85512345678", "+85512345679", "+85512345670"]


@pytest.mark.parametrize(
    ("numbers", "regions", "national"),
    [
        (["+85512345678", "85512999888", "012345678"], ("KH",), False),
        (["+254722000111"], ("KE",), False),
        (KH, ("KH",), True),
        (["(201) 555-0123", "(212) 555-0187"], ("US",), True),
        (["11 98765-4321", "(11) 98765-4322"], ("BR",), True),
        (["023 880 101", "+85512345678"], ("KH",), False),
        (["", "none", "1990"], (), True),
    ],
)
def test_the_country_is_taken_from_the_numbers(numbers, regions, national):
    assert likely_regions(numbers) == regions
    assert is_national(numbers) == national


def test_countries_that_fit_as_well_are_all_named_and_one_that_has_any_number_is_none_of_them():
    assert set(fitting_regions(["0722000111", "0733123456", "0110222333"])) == {"CI", "KE"}
    assert fitting_regions(["0123 456 789 01", "0123 456 789 02"]) == ()
    assert fitting_regions([]) == ()


def test_without_a_region_national_numbers_are_told_of_with_the_country_that_fits():
    assert "set `region` under `source` (KH would fit)" in region_advice(KH, None)
    assert "CI or KE would fit" in region_advice(["0722000111", "0733123456", "0110222333"], None)
    assert region_advice(["+85512345678", "85512999888", "+254722000111"], None) == ""
    assert region_advice(["sip:a@b", "N/A", "012345678"], None) == ""
    assert region_advice(["012345678"], None) == ""  # too few to say anything


def test_a_wrong_region_is_told_of_and_a_right_one_is_not():
    assert "none of US; they look like KH" in region_advice(KH, "US")
    assert region_advice(KH, "KH") == ""
    assert region_advice(["012345678/9", "012 345 678/79", "023 880 123/4/5"], "KH") == ""
    assert region_advice(["012 345 67", "09123456", "02375678"], "KH") == ""


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+85512345678", "KH"),
        ("+855 12 345 678", "KH"),
        ("0085512345678", "KH"),
        ("00 855 12 345 678", "KH"),
        ("85512345678", "KH"),
        ("+12045550123", "CA"),
        ("855 12345678", None),  # without a plus its digits stand together
        ("012345678", None),
        ("+8551234567", None),
        ("+999123456", None),
        ("sip:a@example.org", None),
        ("", None),
    ],
)
def test_a_number_with_its_country_code_names_its_country(text, region):
    assert international_region(text) == region


def test_national_numbers_are_those_that_are_one_number_without_a_country_code():
    texts = ["\u200b012 345 678 ", "1234567", "123456789012345", "+85512345678", "123456", "1234567890123456", "1990"]
    assert national_numbers(texts) == ["012 345 678", "1234567", "123456789012345"]
    assert national_numbers(["012345678 / 098765432", "N/A", "012345678 ext 2", ""]) == []
    assert national_numbers(["012345678"] * 70) == ["012345678"] * 60


@pytest.mark.parametrize(
    ("numbers", "fit"),
    [
        (["012 345 678", "092 345 609", "023 880 123", "xx", "9999"], Fit(valid=3, spaced=3, mobile=2)),
        (["012345678", "023880123"], Fit(valid=2, spaced=0, mobile=1)),
        (["(201) 555-0123"], Fit(valid=0, spaced=0, mobile=0)),
    ],
)
def test_numbers_fit_a_country_by_its_plan_by_their_blanks_and_as_mobile_ones(numbers, fit):
    assert _fit(numbers, "KH") == fit


@pytest.fixture
def few_countries(monkeypatch):
    """All countries take half a second."""
    monkeypatch.setattr("phonenumbers.SUPPORTED_REGIONS", {"KH", "US"})


@pytest.mark.usefixtures("few_countries")
def test_most_numbers_must_fit_and_be_mobile_or_spaced_like_there():
    assert fitting_regions(["012 345 607", "012 345 608", "092 345 609", "023 880 101", "N/A"]) == ("KH",)  # 4 of 5
    assert fitting_regions(["012 345 607", "012 345 608", "092 345 609", "N/A"]) == ()
    assert fitting_regions(["023 880 101", "023880102"]) == ("KH",)  # half of them
    assert fitting_regions(["023 880 101", "023880102", "023880103"]) == ()


@pytest.mark.parametrize(
    ("texts", "regions", "national"),
    [
        (["+85512345678", "012345678"], ("KH",), False),
        (["+85512345678", "+254722000111"], (), False),
        (["+85512345678", "+254722000111", "+85512345679", "none"], ("KH",), False),
        (["+85512345678", "none", " ", ""], ("KH",), False),
        (["+85512345678", "none", "none"], ("KH",), True),
        (["+254722000111", "0722000111", "0733123456", "0110222333"], ("KE",), True),  # not CI
        ([*THREE_OF_CAMBODIA, "0722000111", "0733123456", "0110222333"], ("CI", "KE"), False),  # no more than half
        (["+12015550123", "+85512345678", "none", "none", "none"], (), True),
        (["+85512345678", "+85512345679", "+254722000111", "none", "none", "none", "none"], ("KH",), True),
        ([*THREE_OF_CAMBODIA, "0722000111", "0733123456"], ("KH",), False),
    ],
)
def test_the_country_of_most_numbers_counts_before_one_that_fits(texts, regions, national):
    assert likely_regions(texts) == regions
    assert is_national(texts) == national


@pytest.mark.parametrize(
    ("regions", "told"),
    [
        (["KH"], "KH"),
        (["CI", "KE"], "CI or KE"),
        (["CI", "KE", "KH"], "CI, KE or KH"),
        (["CI", "KE", "KH", "US"], "CI, KE, KH or others"),
    ],
)
def test_some_countries_are_told_in_a_sentence(regions, told):
    assert listed(regions) == told


NATIONALLY = (
    "are written nationally, without a country code, so Verboice may not know them: set `region` under `source`"
)


@pytest.mark.usefixtures("few_countries")
def test_what_is_told_of_national_numbers_says_how_many_were_looked_at():
    assert region_advice([*KH, KH[0], " "], None) == f"Most numbers (3 of 4 looked at) {NATIONALLY} (KH would fit)."
    odd = ["0123 456 789 01", "0123 456 789 02", "0123 456 789 03"]
    assert region_advice(odd, None) == f"Most numbers (3 of 3 looked at) {NATIONALLY}."
    assert region_advice([*KH[:3], "+85512345678", "+85512345679", "+85512345670"], None) == ""  # half of them
    assert region_advice(KH[:2], None) == ""
    assert region_advice(KH, "US") == (
        "Most numbers (3 of 3 looked at) are none of US; they look like KH. Is `region: US` under `source` right?"
    )
    assert region_advice([*KH[:2], "(201) 555-0123", "(212) 555-0187"], "US") == ""  # half of them are


@pytest.mark.usefixtures("few_countries")
def test_a_long_list_is_judged_by_its_first_numbers(monkeypatch):
    monkeypatch.setattr("flows.contacts.people.regions.SAMPLE", 4)
    numbers = [f"012 345 6{n:02d}" for n in range(20)]
    assert "(4 of 4 looked at)" in region_advice(numbers, None)
    assert region_advice(["+85512345678"] + [f"+8551234560{n}" for n in range(4)] + numbers, None) == ""
    assert "(4 of 4 looked at)" in region_advice(numbers, "US")
