"""Cells of ods files as their XML puts them: comments, repetitions, layout and drawings alter nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from connectors.errors import ConfigurationError
from connectors.sources.workbooks.excel import ExcelSource
from connectors.values import Oddity, Rows

_SPEC = importlib.util.spec_from_file_location("make_corpus", Path(__file__).parent / "make_corpus.py")
assert _SPEC is not None
assert _SPEC.loader is not None
corpus = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(corpus)

HEADER = (
    '<table:table-row><table:table-cell office:value-type="string"><text:p>Phone</text:p></table:table-cell>{}'
    "</table:table-row>"
)
WIDE = '<table:table-cell table:number-columns-repeated="16384"/>'
NAME = '<table:table-cell office:value-type="string"><text:p>Name</text:p></table:table-cell>'
COMMENT = (
    "<office:annotation><dc:creator xmlns:dc='d'>Ana</dc:creator><text:p>ask again</text:p><text:p>012</text:p>"
    "</office:annotation>"
)
DRAWING = "<draw:frame xmlns:draw='w'><draw:text-box><text:p>boxed</text:p></draw:text-box></draw:frame>"


def text(inner: str, attributes: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{attributes}>{inner}</table:table-cell>'


def typed(kind: str, attributes: str, shown: str) -> str:
    return f'<table:table-cell office:value-type="{kind}" {attributes}><text:p>{shown}</text:p></table:table-cell>'


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row{attributes}>{''.join(cells)}</table:table-row>"


def read(path: Path, *rows: str) -> Rows:
    path.write_bytes(corpus.open_document(HEADER.format(NAME) + "".join(rows)))
    return ExcelSource(path, address="Phone").read()


PHONE = text("<text:p>012000001</text:p>")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (text(f"{COMMENT}<text:p>Dara</text:p>"), "Dara"),
        (text(f"<text:p>Dara</text:p>{COMMENT}"), "Dara"),
        (text(f"<text:p>Dara</text:p>{DRAWING}"), "Dara"),
        (typed("float", 'office:value="5"', f"5</text:p>{COMMENT}<text:p>"), "5"),
        (f"<table:table-cell>{COMMENT}</table:table-cell>", ""),
        (text("\n      <text:p>\n        Dara\n      </text:p>\n    "), "Dara"),
        (text("\n  <text:p>two</text:p>\n  <text:p>lines</text:p>\n"), "two\nlines"),
        (text("<text:p>one<text:line-break/>two<text:tab/>three</text:p>"), "one\ntwo\tthree"),
        (text('<text:p>a<text:s text:c="3"/>b</text:p>'), "a   b"),
        (text("<text:p><text:s/>a </text:p>"), " a "),
        (text("<text:p>a <text:span>b</text:span> c</text:p>"), "a b c"),
        (text('<text:p><text:a xmlns:x="x" x:href="tel:1">Dara</text:a></text:p>'), "Dara"),
        (text("<text:p>a &amp; b &#233;</text:p>"), "a & b é"),
        (text("<text:p>shown</text:p>", ' office:string-value="meant"'), "meant"),
        ("<table:table-cell><text:p>without a kind</text:p></table:table-cell>", "without a kind"),
        (typed("date", 'office:date-value="2026-11-03"', "2026-11-03"), "2026-11-03"),
        (typed("date", 'office:date-value="2026-11-03T00:00:00"', "2026-11-03"), "2026-11-03"),
        (typed("date", 'office:date-value="2026-11-03T14:30:00"', "2026-11-03 14:30"), "2026-11-03 14:30:00"),
        (typed("time", 'office:time-value="PT02H30M00S"', "02:30:00"), "02:30:00"),
        (typed("time", 'office:time-value="PT26H30M00.5S"', "26:30:00"), "26:30:00.5"),
        (typed("time", 'office:time-value="-PT01H00M00S"', "-01:00"), "-01:00:00"),
        (typed("boolean", 'office:boolean-value="true"', "TRUE"), "true"),
        (typed("percentage", 'office:value="0.25"', "25%"), "0.25"),
        (typed("float", 'office:value="123"', "00123"), "00123"),
        (typed("float", 'office:value="1234.5"', "1.234,50"), "1234.5"),
        ('<table:table-cell office:value-type="void"/>', ""),
    ],
)
def test_a_cell_is_what_people_see_in_it(tmp_path: Path, cell: str, expected: str) -> None:
    rows = read(tmp_path / "one.ods", row(PHONE, cell))

    assert rows.table["Name"].to_pylist() == [expected]
    assert rows.problems == ()


def test_repeated_rows_and_cells_are_as_many_as_they_say(tmp_path: Path) -> None:
    same = text("<text:p>Dara</text:p>", ' table:number-columns-repeated="1"')
    rows = read(
        tmp_path / "repeated.ods",
        row(PHONE, same, attributes=' table:number-rows-repeated="3"'),
        row(WIDE, attributes=' table:number-rows-repeated="2"'),
        row(text("<text:p>012000002</text:p>", ' table:number-columns-repeated="2"')),
        row(WIDE, attributes=' table:number-rows-repeated="1048570"'),
    )  # fmt: skip

    assert rows.numbers.to_pylist() == [2, 3, 4, 7]
    assert rows.table["Name"].to_pylist() == ["Dara", "Dara", "Dara", "012000002"]


def test_a_repeated_error_is_each_rows_problem(tmp_path: Path) -> None:
    error = (
        '<table:table-cell xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
        'table:formula="of:=A99" office:value-type="string" office:string-value="" calcext:value-type="error">'
        "<text:p>Err:509</text:p></table:table-cell>"
    )
    rows = read(tmp_path / "errors.ods", row(PHONE, error, attributes=' table:number-rows-repeated="2"'))

    assert [(p.row, p.column) for p in rows.problems] == [(2, "Name"), (3, "Name")]
    assert "Err:509" in rows.problems[0].reason


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (typed("date", 'office:date-value="12026-11-03"', "x"), "after 9999"),
        (typed("date", 'office:date-value="-0045-03-15"', "x"), "before the year 1"),
        (typed("float", 'office:value="abc"', "x"), "a float that is none"),
        (typed("float", 'office:value="NaN"', "x"), "no number (nan)"),
        (typed("time", 'office:time-value="soon"', "x"), "a time that is none"),
        (typed("boolean", 'office:boolean-value="maybe"', "x"), "a boolean that is none"),
        ('<table:table-cell table:formula="of:=1+1"/>', "result is not stored"),
    ],
)
def test_a_value_that_is_none_is_its_rows_problem(tmp_path: Path, cell: str, said: str) -> None:
    rows = read(
        tmp_path / "odd.ods", row(PHONE, cell), row(text("<text:p>012000002</text:p>"), text("<text:p>x</text:p>"))
    )

    assert [(p.row, p.column) for p in rows.problems] == [(2, "Name")]
    assert said in rows.problems[0].reason
    assert rows.table["Name"][1].as_py() == "x"


def test_numbers_written_as_another_country_does_are_not_called_rounded(tmp_path: Path) -> None:
    rows = read(tmp_path / "comma.ods", row(PHONE, typed("float", 'office:value="1234.5"', "1.234,50")))

    assert rows.oddities == (Oddity("Name", "dressed", 1, 2, "1.234,50", "1234.5"),)


def test_a_blank_said_to_be_endless_does_not_fill_the_memory(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="2,000,000,000 blanks in one cell"):
        read(tmp_path / "long.ods", row(PHONE, text('<text:p>a<text:s text:c="2000000000"/>b</text:p>')))


def test_content_repeated_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="too large to read"):
        read(tmp_path / "wide.ods", row(text("<text:p>x</text:p>", ' table:number-columns-repeated="16385"')))
