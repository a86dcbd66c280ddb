"""Names of dropped files: which are taken, and what they become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.inbox.names import LONGEST, clean, is_temporary, numbered, split


@pytest.mark.parametrize(
    "name",
    [
        # spreadsheet programs: locks, and what they save under, on a share too
        "~$patients.xlsx", ".~lock.patients.ods#", ".~patients.xlsx", "5F3C2100", "A1B2C3D4.tmp", "lu1234abcd.tmp",
        "~WRL0001.tmp", "patients.xlsx.sb-1a2b3c4d-AbCdEf", "Backup of patients.xlk", "lu12345ab",
        # browsers and transfers
        "a.crdownload", "Unconfirmed 123456.crdownload", "a.xlsx.part", "a.xlsx.partial", "a.xlsx.opdownload",
        "a.xlsx.filepart", "a.csv.aria2", "a.xlsx.download", "a.csv.1a2b3c4d.partial",
        # sync tools
        ".syncthing.patients.xlsx.tmp", "~syncthing~patients.xlsx.tmp", ".patients.xlsx.~1a2b", "a.xlsx.!sync",
        "a.xlsx.ocTransferId123.part", "a.xlsx.tmp.drivedownload", "a.xlsx.1f2e.ffs_tmp", "a.xlsx.nextcloud",
        ".patients.csv.X1y2Z3",
        # editors and archives
        "patients.csv~", "#patients.csv#", ".#patients.csv", ".patients.csv.swp", "4913", "sedAbC123", "a.csv.bak",
        "tmpab12cd34", "a.csv___jb_tmp___", "__rar_12.345", "Rar$DIa1234.567", "a.7z.tmp",
        # the system
        ".hidden.csv", "._patients.xlsx", ".nfs0000000001", "A.TMP", "Thumbs.db", "desktop.ini", ".DS_Store",
    ],
)  # fmt: skip
def test_what_programs_keep_beside_open_or_unfinished_files_is_left_alone(name: str) -> None:
    assert is_temporary(name)


@pytest.mark.parametrize(
    "name",
    [
        "patients.xlsx", "Dr. Sok's “list” 😀.CSV", "tmp.xlsx", "no suffix", "5F3C2100.xlsx", "12345.csv", "letter.pdf",
        "patients (Sok's conflicted copy 2026-11-01).xlsx", "patients.sync-conflict-20261101-101500-ABCDEFG.csv",
        "patients (SFConflict sok@example.org 2026-11-01).ods", "patients-DESKTOP-1A2B3C.xlsx", "old.csv",
    ],
)  # fmt: skip
def test_ordinary_and_odd_names_are_not_nor_are_conflicted_copies(name: str) -> None:
    assert not is_temporary(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("patients.result.xlsx", "patients.xlsx"),
        ("patients.calls.result.xlsx", "patients.xlsx"),
        ("..\\..\\evil.csv", "_.._evil.csv"),
        ("line\nbreak.csv", "line_break.csv"),
        ("\udcff\udcfe.csv", "��.csv"),
        (".result.xlsx", "file.xlsx"),
    ],
)
def test_a_name_is_made_printable_and_loses_the_mark_of_an_earlier_run(name: str, expected: str) -> None:
    assert clean(name) == expected


@given(st.text(min_size=1, max_size=300))
def test_whatever_the_name_it_stays_within_one_folder_and_short_enough(name: str) -> None:
    cleaned = clean(name)
    assert cleaned
    assert not cleaned.startswith(".")
    assert "/" not in cleaned
    assert "\0" not in cleaned
    assert len(cleaned.encode()) <= LONGEST
    assert clean(cleaned) == cleaned


def test_two_long_names_that_differ_only_at_the_end_stay_apart() -> None:
    assert clean("ក" * 100 + "1.xlsx") != clean("ក" * 100 + "2.xlsx")


def test_only_a_short_ending_without_spaces_is_a_suffix() -> None:
    assert split("a.b.xlsx") == ("a.b", ".xlsx")
    assert split("Dr. Sok") == ("Dr. Sok", "")


def test_taken_names_are_counted_up() -> None:
    names = numbered("a")
    assert [next(names) for _ in range(3)] == ["a", "a (2)", "a (3)"]
