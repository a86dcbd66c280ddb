"""Headers that look like the one a pipeline names, and files that do not have it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ConfigurationError
from connectors.sources.csv.source import CsvSource
from connectors.sources.wanted_columns import NoSuchColumn, look

SOK = "85512345602"


def csv(path: Path, header: str, row: str = "012345602,5") -> Path:
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "address", "variable", "value", "told"),
    [
        ("header_with_hard_blank.xlsx", "Phone number", "Village", "Takeo", "U+00A0 NO-BREAK SPACE"),
        ("header_with_hard_blank.xlsx", "Phone number", "Age (years)", "38", "U+000A"),
        ("header_of_parts.csv", "Téléphone", "A", "v", "U+0301 COMBINING ACUTE ACCENT"),
    ],
)
def test_a_header_is_found_as_people_see_it_and_said(case, synced, name, address, variable, value, told) -> None:
    done = synced(case(name), {"favorite color": variable}, people=[SOK], **{"source.address": address})

    assert done.puts == [(SOK, {"favorite color": value})]
    assert [note for note in done.notes if told in note and note.endswith("it was read all the same.")]


def test_two_marks_before_a_header_are_none(case, synced) -> None:
    done = synced(case("header_with_two_marks.csv"), {"age": "A"}, people=[SOK])

    assert done.puts == [(SOK, {"age": "x"})]


@pytest.mark.parametrize(
    "header",
    [
        "Phone\u00a0number", "Phone  number", " Phone number\t", "Phone\u2009number", "\ufeffPhone number",
        "Pho\u200bne number", "Phone\u202fnumber", "\u200ePhone number\u200f", "PHONE NUMBER", "phone Number",
        '"Phone\nnumber"', "Phone\u00ad number",
    ],
)  # fmt: skip
def test_white_space_signs_without_width_and_capitals_do_not_count(synced, home, header) -> None:
    path = csv(home / "people.csv", f"{header},Age")
    done = synced(path, {"age": "Age"}, people=[SOK], **{"source.address": "Phone number"})

    assert done.puts == [(SOK, {"age": "5"})]


def test_every_column_is_compared_so_not_only_the_address(synced, home) -> None:
    path = csv(home / "people.csv", "phone,AGE\u200b,colour", "012345602,5,red")
    done = synced(path, {"age": "Age", "favorite color": "Colour"}, people=[SOK])

    assert done.puts == [(SOK, {"age": "5", "favorite color": "red"})]
    assert sum("is headed" in note for note in done.notes) == 3


def test_a_header_as_written_is_preferred_and_not_spoken_of(synced, home) -> None:
    path = csv(home / "people.csv", "PHONE,Phone,age,Age", "012999999,012345602,6,5")
    done = synced(path, {"age": "Age"}, people=[SOK])

    assert done.puts == [(SOK, {"age": "5"})]
    assert not [note for note in done.notes if "headed" in note]


def test_several_spellings_none_of_them_right_are_for_a_person_to_choose(synced, home) -> None:
    done = synced(csv(home / "people.csv", "Phone,AGE,age", "012345602,5,6"), {"age": "Age"}, people=[SOK])

    assert done.status == 2
    assert "no column “Age”" in done.said
    assert done.puts == []


def test_columns_that_look_alike_are_refused_with_what_differs(synced, home) -> None:
    done = synced(csv(home / "people.csv", "Phone,Age,Age\u200b", "012345602,5,6"), {"age": "Age"}, people=[SOK])

    assert done.status == 2
    assert "several columns that look like" in done.said
    assert "U+200B ZERO WIDTH SPACE" in done.said
    assert done.puts == []


def test_a_letter_of_another_alphabet_is_named(synced, home) -> None:
    done = synced(csv(home / "people.csv", "\u0420h\u043ene,Age"), {"age": "Age"}, people=[SOK])

    assert done.status == 2
    assert "looks like it and is another text" in done.said
    assert "U+0420 CYRILLIC CAPITAL LETTER ER" in done.said


@pytest.mark.parametrize(
    ("name", "sheet"), [("numbers_export_summary.xlsx", "Sheet 1 - Table 1"), ("readme_first.xlsx", "Data")]
)
def test_the_sheet_that_has_the_column_is_named(case, synced, name, sheet) -> None:
    refused = synced(case(name), {"age": "A"}, people=[SOK])
    assert refused.status == 2
    assert f'Sheet "{sheet}" has it: write `sheet: "{sheet}"` under `source`.' in refused.said

    assert synced(case(name), {"age": "A"}, people=[SOK], **{"source.sheet": sheet}).status == 0


def test_the_sheet_that_has_another_column_is_named_too(synced, home) -> None:
    book = openpyxl.Workbook()
    for name, header in (("Numbers", ("Phone", "Name")), ("Ages", ("Phone", "Age"))):
        sheet = book.create_sheet(name)
        sheet.append(header)
        sheet.append(("012345602", "5"))
    del book["Sheet"]
    book.save(home / "two.xlsx")
    refused = synced(home / "two.xlsx", {"age": "Age"}, people=[SOK])

    assert refused.status == 2
    assert 'no column “Age”. Sheet "Ages" has it' in refused.said


def dropped(cli, pipeline, home: Path, file: Path, **changes: object) -> str:
    """What the inbox writes beside a file that it cannot use."""
    box = home / "in"
    box.mkdir(exist_ok=True)
    (box / file.name).write_bytes(file.read_bytes())
    pipeline(home / "unused.csv", inbox="in", **{"source.kind": "csv", **changes})
    assert cli("watch", "p", "--once").status == 4
    return (box / "failed" / f"{file.stem}.txt").read_text()


def test_the_inbox_says_what_to_rename(cli, pipeline, home) -> None:
    variables = {"contacts.variables": {"age": "Age", "favorite color": "Colour"}}
    text = dropped(cli, pipeline, home, csv(home / "list.csv", "Phone,Agee,Color", "012345678,5,red"), **variables)

    assert "What to do: If “Agee” is the column “Age”, rename it so (type the name anew)." in text
    assert "If “Color” is the column “Colour”, rename it so" in text
    assert "source" not in text.partition("What to do:")[2]


def test_the_inbox_says_which_sheet_to_move(cli, pipeline, home, case) -> None:
    text = dropped(cli, pipeline, home, case("readme_first.xlsx"), **{"contacts.variables": {"age": "A"}})

    assert "The sheet “Data” has the column “Phone”: make it the first sheet, or save it as a file of its own." in text


def test_the_inbox_says_what_is_missing_where_nothing_comes_near(cli, pipeline, home) -> None:
    text = dropped(cli, pipeline, home, csv(home / "list.csv", "Village,Age"), **{"contacts.variables": {"age": "Age"}})

    assert "What to do: Add the column “Phone”, or give the one that is meant this name." in text


names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='",;|\ufdd0'), min_size=1, max_size=8)


@given(names, st.sampled_from([" ", "\u00a0", "\u200b", "\ufeff", "\u2009", ""]), st.booleans())
def test_a_header_that_looks_the_same_is_found_or_said_to_be_ambiguous(tmp_path_factory, name, sign, apart) -> None:
    header = unicodedata.normalize("NFD" if apart else "NFC", f"{sign}{name}{sign}")
    path = tmp_path_factory.mktemp("headers") / "h.csv"
    path.write_text(f'Phone,"{header}"\n1,2\n', encoding="utf-8")

    found = columns(path, [name])
    if look(name) and look(name) != "Phone":
        assert found == ["Phone", name]


def columns(path: Path, wanted: Sequence[str]) -> list[str]:
    try:
        return list(CsvSource(path, address="Phone", columns=wanted).read().columns)
    except (NoSuchColumn, ConfigurationError):
        return []
