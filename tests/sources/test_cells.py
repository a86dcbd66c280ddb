"""What cells, headers, statements and file names are taken for, one by one."""

from __future__ import annotations

import datetime as dt

import pytest

from connectors.sources.files import kind_of
from connectors.sources.headers import header_position
from connectors.sources.places import column_letters, column_position
from connectors.sources.workbooks.number_display import shown
from connectors.sources.workbooks.number_formats import hides_part, quoted, shows_exponent

AFTERNOON = dt.datetime.fromisoformat("2026-11-03 14:30")


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (12345678, "000000000", "012345678"),
        (12345678, "###-###-###", "12-345-678"),
        (12345678, "000-000-000", "012-345-678"),
        (85512345678, '"+"0', "+85512345678"),
        (12345678, r"\0#", "012345678"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (12345678, "000000000;-0", "012345678"),
        (12345678, "[Red]000000000", "012345678"),
        (12345678, "000000000_)", "012345678"),
        (-12, "000", "-012"),
        (12.5, "000", "013"),
        (12.5, "000.0", "012.5"),
        (12, "General", "12"),
        (12, '"Nr. "General', "Nr. 12"),
        (1234567, "#,##0", "1,234,567"),
        (1234567, "#,##0,", "1,235"),
        (12, "0.00", "12.00"),
        (2.675, "0.00", "2.68"),
        (12, "0.##", "12"),
        (0.256, "0.0%", "25.6%"),
        (-1234.5, '"$"#,##0.00_);("$"#,##0.00)', "($1,234.50)"),
        (0, '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', "$-"),
        (3.5, "[$€-407] 0.00", "€ 3.50"),
        (855123456789, "0.00E+00", "8.55E+11"),
        (0.75, "# ?/?", "3/4"),
        (1.999, "# ?/?", "2"),
        (0, "0;-0;", ""),
        (12, "@", "12"),
        (5551234567, "[<=9999999]###-####;(###) ###-####", "(555) 123-4567"),
        (5551234, "[<=9999999]###-####;(###) ###-####", "555-1234"),
        (12, "yyyy-mm-dd", None),
        (12, "[>100]0", None),
    ],
)
def test_a_number_is_shown_as_its_format_says(number: float, code: str, text: str | None) -> None:
    assert shown(number, code) == text


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (dt.date(2026, 11, 3), "dd/mm/yyyy", False),
        (dt.date(2026, 11, 3), "mmm yyyy", True),
        (AFTERNOON, "dd/mm/yyyy", True),
        (AFTERNOON, "d/m/yy h:mm", False),
        (AFTERNOON, "hh:mm", True),
        (dt.time(14, 30), "hh:mm", False),
        (dt.time(14, 30), "mm:ss", True),
        (dt.date(2026, 11, 3), quoted("3. November 2026"), False),
        (dt.date(2026, 11, 3), quoted("November 2026"), True),
        (AFTERNOON, quoted("03.11.26"), True),
        (dt.time(14, 30), quoted("14:30"), False),
    ],
)
def test_a_format_that_hides_a_part_of_a_date_is_recognised(
    value: dt.date | dt.time, code: str, expected: bool
) -> None:
    assert hides_part(value, code) is expected


@pytest.mark.parametrize(
    ("code", "expected"), [("0.00E+00", True), ("##0.0e+0", True), ('0" E+"', False), ("General", False)]
)
def test_formats_with_an_exponent_are_recognised(code: str, expected: bool) -> None:
    assert shows_exponent(code) is expected


@pytest.mark.parametrize(
    ("position", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
)
def test_columns_are_named_as_in_a_spreadsheet(position: int, letters: str) -> None:
    assert column_letters(position) == letters
    assert column_position(letters) == position


@pytest.mark.parametrize(
    ("rows", "address", "position"),
    [
        ([["Title", "", ""], ["Phone", "Name", "Age"], ["1", "2", "3"]], None, 1),
        ([["Phone", "Name"], ["1", ""]], None, 0),
        ([["All phones"], ["Phone"]], "Phone", 1),
        ([["Title"], ["1", "2"]], None, 1),
    ],
)
def test_the_header_is_the_row_with_the_address_or_the_first_full_one(
    rows: list[list[str]], address: str | None, position: int
) -> None:
    assert header_position(rows, address, "here") == position


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.CSV", "csv"), ("a.tsv", "csv"), ("a.b.xlsx", "excel"), ("a.ods", "excel"), ("a.pdf", None), ("csv", None)],
)
def test_the_kind_of_a_file_goes_by_its_suffix(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind
