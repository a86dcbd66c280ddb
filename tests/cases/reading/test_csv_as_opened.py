"""CSV files as spreadsheet programs open them: guards, blanks before quotes, older encodings, row names."""

from __future__ import annotations

import io
import random
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from connectors.sources.csv.source import CsvSource

PEOPLE = tuple(f"8551234560{number}" for number in range(2, 9))
NAMES = {
    "cp1252": ["José Peña", "François Noël", "Jürgen Müller", "São Tomé", "Åsa Sjöberg", "Málaga", "Beyoğlu"[:3]],
    "cp850": ["José Peña", "François Noël", "Jürgen Müller", "Zürich", "Åsa Sjöberg", "Søren", "Ángel Ibáñez"],
    "cp437": ["José Peña", "François", "Jürgen Müller", "Zürich", "Ñuñoa", "Örebro", "Günther"],
    "cp1250": ["Łukasz Wiśniewski", "Jiří Dvořák", "Győző Szűcs", "Małgorzata Żak", "Kraków"],
    "cp852": ["Łukasz Wiśniewski", "Jiří Dvořák", "Győző Szűcs", "Małgorzata Żak", "Kraków"],
    "cp1251": ["Иванов", "Петрова Анна", "Київ", "Ольга"],
    "cp866": ["Иванов", "Петрова Анна", "Москва", "Ольга"],
    "cp1253": ["Γιώργος", "Αθήνα", "Μαρία Νικολάου", "Ελένη"],
    "cp737": ["Γιώργος", "Αθήνα", "Μαρία Νικολάου", "Ελένη"],
    "cp1254": ["Ayşe Yılmaz", "Şanlıurfa", "Gülşah Öztürk", "Muğla", "İstanbul", "Işık"],
    "cp857": ["Ayşe Yılmaz", "Şanlıurfa", "Gülşah Öztürk", "Muğla", "İstanbul", "Işık"],
    "cp1255": ["דוד כהן", "שרה לוי", "ירושלים", "רחל מזרחי"],
    "cp1256": ["محمد أحمد", "فاطمة علي", "القاهرة", "الخرطوم"],
    "cp874": ["สมชาย ใจดี", "กรุงเทพ", "เชียงใหม่", "วิชัย"],
    "cp1257": ["Jūratė Žukauskienė", "Šarūnas", "Panevėžys", "Kęstutis"],
    "mac_roman": ["José Peña", "François Noël", "Jürgen Müller", "Zürich", "Åsa"],
}


def test_ms_dos_letters_are_read_and_told_with_an_example(case, synced) -> None:
    done = synced(case("ms_dos.csv"), {"favorite color": "A"}, people=PEOPLE)

    assert done.puts == [(PEOPLE[0], {"favorite color": "José Peña"})]
    assert [note for note in done.notes if "MS-DOS 850" in note and "“José” and “Peña”" in note]


@pytest.mark.parametrize("encoding", NAMES)
def test_each_code_page_is_told_by_the_words_it_makes(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "names.csv"
    table = "".join(f"1{number},{name}\n" for number, name in enumerate(NAMES[encoding]))
    path.write_bytes(f"Phone,Name\n{table}".encode(encoding))

    rows = CsvSource(path, address="Phone").read()

    assert rows.table["Name"].to_pylist() == NAMES[encoding]
    assert "for example" in rows.notes[0]


def test_a_long_list_of_plain_names_with_one_accent_is_read_by_that_one(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    lines = [f"1{number:05d},Dara" for number in range(20_000)]
    lines[15_000] = "2,José"
    for encoding in ("cp1252", "cp850"):
        path.write_bytes("\n".join(["Phone,Name", *lines]).encode(encoding))

        assert "José" in CsvSource(path, address="Phone").read().table["Name"].to_pylist()


def test_guards_are_taken_off_and_said_once(case, synced) -> None:
    done = synced(case("guarded.csv"), {"age": "A"}, people=PEOPLE)

    assert done.puts[:2] == [("85512345602", {"age": "v"}), ("85512345603", {"age": "v"})]
    assert sum("guard a text against spreadsheet programs" in note for note in done.notes) == 1


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ('"=""00123"""', "00123"),
        ('="00123"', "00123"),
        ('"=""say """"yes"""""""', 'say "yes"'),
        ("'00123", "00123"),
        ("'+85512", "+85512"),
        ("'=1+1", "=1+1"),
        ("'@home", "@home"),
        ("'12.50'", "12.50"),
        ("'007A", "007A"),
    ],
)
def test_a_guard_is_taken_off_any_value_and_named(synced, home, cell, stored) -> None:
    path = home / "guards.csv"
    path.write_text(f"Phone,A\n012345602,{cell}\n")
    done = synced(path, {"age": "A"}, people=PEOPLE)

    assert done.puts == [(PEOPLE[0], {"age": stored})]
    assert [note for note in done.notes if "“A”" in note and "guard" in note and f"is read as “{stored}”" in note]


@pytest.mark.parametrize("cell", ["'s Gravenhage", "'90s music", "rock 'n' roll", "=A1", "'", "O'Neil", "'quoted'"])
def test_an_apostrophe_of_a_word_and_a_formula_stay(synced, home, cell) -> None:
    path = home / "words.csv"
    path.write_text(f"Phone,A\n012345602,{cell}\n")
    done = synced(path, {"age": "A"}, people=PEOPLE)

    assert done.puts == [(PEOPLE[0], {"age": cell})]
    assert not [note for note in done.notes if "guard" in note]


def test_a_guard_kept_as_text_in_a_workbook_is_one_too(synced, home) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Phone", "A"])
    book.active.append(["'012345602", "x"])
    book.save(home / "guard.xlsx")

    assert synced(home / "guard.xlsx", {"age": "A"}, people=PEOPLE).puts == [(PEOPLE[0], {"age": "x"})]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ('Phone,A\n012345602, "Takeo, Kirivong"\n', "Takeo, Kirivong"),
        ('Phone, "A"\n012345602,  "Takeo, ""Kirivong"""\n', 'Takeo, "Kirivong"'),
        (' "Phone"; "A"\n "012345602"; "Takeo; Kirivong"\n', "Takeo; Kirivong"),
        ('Phone\tA\n012345602\t "Takeo\tKirivong"\n', "Takeo\tKirivong"),
        ('Phone,A\n012345602, "two\nlines"\n', "two\nlines"),
        ('Phone,A\n012345602,"a, ""b"", c"\n', 'a, "b", c'),
    ],
)
def test_a_blank_before_a_quote_belongs_to_neither(synced, home, text, stored) -> None:
    path = home / "blanks.csv"
    path.write_text(text)

    assert synced(path, {"age": "A"}, people=PEOPLE).puts == [(PEOPLE[0], {"age": stored})]


def test_a_mark_where_another_file_was_put_behind_is_no_letter(case, synced) -> None:
    people = ("85511111112", "85511111113")
    done = synced(case("header_repeated_with_mark.csv"), {"age": "A"}, people=people)

    assert done.puts == [("85511111112", {"age": "x"}), ("85511111113", {"age": "y"})]
    assert done.buckets == {"updated": 2, "rejected": 1}
    assert "the header once more" in done.reasons


def test_a_list_without_headers_put_behind_another_loses_its_mark(synced, home) -> None:
    path = home / "two.csv"
    path.write_bytes("A,Phone\nSok,012345602\n\ufeffDara,012345603\n".encode("utf-8-sig"))

    assert synced(path, {"age": "A"}, people=PEOPLE).puts[1] == (PEOPLE[1], {"age": "Dara"})


@pytest.mark.parametrize("name", ["r_row_names.csv", "pandas_index.xlsx"])
def test_row_names_are_left_out_and_said(case, synced, name) -> None:
    done = synced(case(name), {"age": "A"}, people=PEOPLE)

    assert done.puts == [(PEOPLE[0], {"age": "x"}), (PEOPLE[1], {"age": "y"})]
    assert "The first column has no name and only counts the rows; it was left out." in done.notes


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("chosen", [[0, 1, 2, 3], [1, 3], [0, 2]])
def test_what_pandas_writes_is_read_whatever_rows_were_chosen(synced, home, ending, chosen) -> None:
    frame = pd.DataFrame({"Phone": PEOPLE[:4], "A": list("vwxy")}).loc[chosen]
    path = home / f"frame.{ending}"
    if ending == "csv":
        frame.to_csv(path)
    else:
        frame.to_excel(path)

    assert synced(path, {"age": "A"}, people=PEOPLE).puts == [(PEOPLE[at], {"age": "vwxy"[at]}) for at in chosen]


@pytest.mark.parametrize(
    "rows", ["7,012345602,x\n3,012345603,y", "a,012345602,x", "012345602,1,x", "1,012345602,x\n1,012345603,y"]
)
def test_a_nameless_column_of_anything_else_is_refused(synced, home, rows) -> None:
    path = home / "nameless.csv"
    path.write_text(f",Phone,A\n{rows}\n")
    done = synced(path, {"age": "A"}, people=PEOPLE)

    assert (done.status, done.puts) == (2, [])
    assert "values under an empty header, in column A" in done.said


def test_rows_with_a_name_more_than_the_header_are_refused_with_the_cure(synced, home) -> None:
    path = home / "table.csv"
    path.write_text('"Phone","A"\n"1","012345602","x"\n"2","012345603","y"\n')
    done = synced(path, {"age": "A"}, people=PEOPLE)

    assert (done.status, done.puts) == (2, [])
    assert "col.names = NA" in done.said


def test_a_repeated_header_is_its_rows_problem_in_any_file(synced, home) -> None:
    frame = "Phone,A\n012345602,x\nPhone,A\n012345603,y\n Phone , A \n012345604,Phone\n"
    (home / "again.csv").write_text(frame)
    pd.read_csv(io.StringIO(frame), dtype=str).to_excel(home / "again.xlsx", index=False)
    for name in ("again.csv", "again.xlsx"):
        done = synced(home / name, {"age": "A"}, people=PEOPLE, command="plan")

        assert [row for row, column in done.problems if not column] == [3, 5]
        assert done.json["rows"]["rejected"] == 2
        assert done.reasons.count("the header once more") == 2


def test_any_list_of_names_in_ms_dos_is_never_read_as_windows(tmp_path: Path) -> None:
    chance = random.Random(7)
    path = tmp_path / "names.csv"
    for _ in range(40):
        names = chance.sample(NAMES["cp850"], 3)
        path.write_bytes(f"Phone,Name\n1,{names[0]}\n2,{names[1]}\n3,{names[2]}\n".encode("cp850"))

        assert CsvSource(path, address="Phone").read().table["Name"].to_pylist() == names
