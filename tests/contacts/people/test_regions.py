"""Which country national numbers are of, and what is told where the region is missing or wrong."""

from __future__ import annotations

import pytest

from flows.contacts.people.regions import fitting_regions, is_national, likely_regions, region_advice

KH = ["012 345 607", "012 345 608", "092 345 609", "N/A"]


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
