"""Cells: text fitted to what a spreadsheet can hold, and visibly cut where it does not fit."""

from __future__ import annotations

import pyarrow as pa
import pytest

from flows.reports import cells

LIMIT = 32_767


@pytest.mark.parametrize("text", ["", "x" * LIMIT, "é" * LIMIT, "😀" * (LIMIT // 2)])
def test_a_cell_that_fits_is_left_as_it_is(text):
    assert cells.fitted(pa.table({"a": ["b", text]}))["a"].to_pylist() == ["b", text]


@pytest.mark.parametrize("text", ["x" * (LIMIT + 1), "é" * 50_000, "x" + "😀" * 20_000])
def test_a_cell_that_excel_cannot_hold_is_cut_where_one_sees_it(text):
    _, cut = cells.fitted(pa.table({"a": ["b", text]}))["a"].to_pylist()
    assert cut.endswith("… [cut here: too long for a cell]")
    assert LIMIT - 1 <= len(cut.encode("utf-16-le")) / 2 <= LIMIT
    assert text.startswith(cut[:1000])


def test_a_long_header_is_cut_too():
    (name,) = cells.fitted(pa.table([["1"]], names=["h" * 40_000])).column_names
    assert len(name) == LIMIT


def test_columns_of_other_types_become_text():
    table = pa.table(
        {"n": [1, None], "d": pa.array(["x", "y"]).dictionary_encode(), "l": pa.array(["x", "y"], pa.large_string())}
    )
    assert cells.fitted(table).to_pydict() == {"n": ["1", None], "d": ["x", "y"], "l": ["x", "y"]}


def test_more_columns_than_a_sheet_has_are_left_out():
    wide = pa.table([["1"]] * (cells.MOST_COLUMNS + 1), names=[f"c{n}" for n in range(cells.MOST_COLUMNS + 1)])
    assert cells.fitted(wide).num_columns == cells.MOST_COLUMNS


def test_rows_are_split_in_order_and_none_is_lost(monkeypatch):
    monkeypatch.setattr(cells, "MOST_ROWS", 2)
    pieces = [piece["a"].to_pylist() for piece in cells.split_rows(pa.table({"a": ["1", "2", "3", "4", "5"]}))]
    assert pieces == [["1", "2"], ["3", "4"], ["5"]]


def test_no_rows_are_one_empty_piece():
    assert [piece.num_rows for piece in cells.split_rows(pa.table({"a": pa.array([], pa.string())}))] == [0]


def test_widths_follow_header_and_cells_within_bounds():
    table = pa.table({"a": ["x"], "a rather long header": ["x"], "b": ["y" * 500], "c": ["z" * 20]})
    assert cells.widths(table) == [9, 23, 60, 21]
    assert cells.widths(table.slice(0, 0), widest=12) == [9, 12, 9, 9]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["38", "", "-5", "0"], "int64"),
        (["38", "1.5", ""], "double"),
        (["2026-11-23", ""], "date32[day]"),
        (["2026-02-30"], "string"),
        (["012", "13"], "string"),
        (["85512345678"], "string"),
        (["1.50"], "string"),
        (["38.0"], "string"),
        (["-0"], "string"),
        (["", ""], "string"),
        (["38", "n/a"], "string"),
    ],
)
def test_a_column_of_nothing_but_numbers_or_dates_gets_their_type(texts, kind):
    table = cells.typed(pa.table({"Phone": texts, "Any": texts}), but="Phone")
    assert [str(one) for one in table.schema.types] == ["string", kind]
