"""First guesses about an unknown spreadsheet."""

from __future__ import annotations

import pytest

from flows.contacts.guess import Mapped, address_column, is_national, likely_region, map_columns

PEOPLE = {
    "No": ["1", "2", "3"],
    "Household number": ["100200", "100201", "100202"],
    "Tel.": ["012 345 678", "+855 12 999 888", ""],
    "Born": ["2001-02-03", "1999-12-31", "1980-05-05"],
}


def test_the_column_with_numbers_of_people_is_the_address():
    assert address_column(PEOPLE, "KH") == "Tel."
    assert address_column(PEOPLE) == "Tel."


def test_between_two_columns_of_numbers_the_header_decides():
    columns = {"Reference": ["85512345678"], "Mobile": ["85512999888"]}
    assert address_column(columns) == "Mobile"


def test_a_sheet_without_numbers_has_no_address_column():
    assert address_column({"Name": ["Sok"], "Age": ["38"]}) is None
    assert address_column({}) is None


@pytest.mark.parametrize(
    ("numbers", "region", "national"),
    [
        (["+85512345678", "85512999888", "012345678"], "KH", False),
        (["012345678", "012999888"], None, True),
        (["+254722000111"], "KE", False),
    ],
)
def test_the_country_is_taken_from_international_numbers(numbers, region, national):
    assert likely_region(numbers) == region
    assert is_national(numbers) == national


def test_headers_find_their_variables_from_exact_to_close():
    found = map_columns(["age", "Village", "Próxima_fecha", "favourite colour", "Remarks"],
                        ["village", "age", "proxima fecha", "favorite color", "weight"])  # fmt: skip
    assert found == [
        Mapped("age", "age", "exact"),
        Mapped("Village", "village", "case"),
        Mapped("Próxima_fecha", "proxima fecha", "accents"),
        Mapped("favourite colour", "favorite color", "close"),
    ]
