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
        ([2, *range(4, 60)], ["012345678", *["x"] * 56], []),  # too long for a footer
    ],
)
def test_a_footer_stands_below_a_blank_row_and_has_no_address(numbers, addresses, footer):
    assert list(footer_rows(listed(numbers, addresses), "Phone", "KH")) == footer


def test_the_advice_names_the_rows_and_the_setting():
    advice = footer_advice(listed([2, 4], ["012345678", "Total"]), "Phone", "KH")
    assert advice.startswith("Row 4 stands below a blank row")
    advice = footer_advice(listed([2, 4, 5], ["012345678", "Total", "Legend"]), "Phone", "KH")
    assert advice.startswith("Rows 4 to 5 stand")
    assert "`rows: until_blank` under `source`" in advice
    assert footer_advice(listed([2, 3], ["012345678", "Total"]), "Phone", "KH") == ""
