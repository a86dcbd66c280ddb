"""Rows below a blank row that mean nobody: recognised, told, and never people."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.values import Rows
from flows.contacts.footer import footer_advice, footer_rows


def listed(numbers, addresses) -> Rows:
    return Rows(pa.table({"Phone": pa.array(addresses, pa.string())}), pa.array(numbers, pa.int64()), "people")


PEOPLE = ["012345678", "012 345 679", "N/A"]


@pytest.mark.parametrize(
    ("numbers", "addresses", "footer"),
    [
        ([2, 3, 4, 6], [*PEOPLE, "Total"], [6]),
        ([2, 3, 4, 6, 9], [*PEOPLE, "Total", ""], [6, 9]),
        ([2, 3, 4, 5], [*PEOPLE, "Total"], []),  # no blank row above it
        ([2, 3, 4, 6], [*PEOPLE, "012345670"], []),  # the list goes on
        ([2, 4, 6, 7], [*PEOPLE, "012345670"], []),
        ([2, 4, 5], ["x", "y", "z"], []),  # nobody above either
        ([2], ["012345678"], []),
        ([], [], []),
        ([2, *range(4, 54)], ["012345678", *["x"] * 50], [*range(4, 54)]),
        ([2, *range(4, 55)], ["012345678", *["x"] * 51], []),  # too long for a footer
        ([*range(2, 202), 203], [*["x"] * 199, "012345678", "Total"], [203]),
        ([*range(2, 203), 204], [*["x"] * 200, "012345678", "Total"], []),  # not seen so far down
    ],
)
def test_a_footer_stands_below_a_blank_row_and_has_no_address(numbers, addresses, footer):
    assert list(footer_rows(listed(numbers, addresses), "Phone", "KH")) == footer


def test_the_advice_names_the_rows_and_the_setting():
    advice = footer_advice(listed([2, 4], ["012345678", "Total"]), "Phone", "KH")
    end = "If the list ends there, set `rows: until_blank` under `source`."
    assert advice == f"Row 4 stands below a blank row, without a phone number. {end}"
    advice = footer_advice(listed([2, 4, 5, 6], ["012345678", "Total", "Legend", ""]), "Phone", "KH")
    assert advice == f"Rows 4 to 6 stand below a blank row, without a phone number. {end}"


def test_the_region_decides_what_is_an_address_above_and_below():
    summed, local = listed([2, 4], ["012345678", "1234567"]), listed([2, 4], ["012345678", "Total"])
    assert [bool(footer_advice(summed, "Phone", region)) for region in ("KH", None)] == [True, False]
    assert [bool(footer_advice(local, "Phone", region)) for region in ("KH", "US")] == [True, False]


def test_where_no_footer_is_there_is_no_advice():
    assert footer_advice(listed([2, 3], ["012345678", "Total"]), "Phone", "KH") == ""
