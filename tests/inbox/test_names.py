"""Names of dropped files: which are taken, and what they become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.inbox.names import LONGEST, clean, may_be_taken, numbered, split


@pytest.mark.parametrize(
    "name",
    ["~$patients.xlsx", ".~lock.patients.ods#", ".hidden.csv", "a.xlsx.part", "a.crdownload", "A.TMP", "Thumbs.db"],
)
def test_lock_files_unfinished_files_and_system_files_are_left_alone(name: str) -> None:
    assert not may_be_taken(name)


@pytest.mark.parametrize("name", ["patients.xlsx", "Dr. Sok's “list” 😀.CSV", "tmp.xlsx", "no suffix"])
def test_ordinary_and_odd_names_are_taken(name: str) -> None:
    assert may_be_taken(name)


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
