"""What callers answered comes back: beside the row, in the results table, and once; what nobody said does not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from connectors.sandbox import Fault
from tests.forgetting.conftest import texts
from tests.worlds import PATIENTS, Clinic, Said, cells

COLUMNS = ("call_state", "answers")


@pytest.fixture
def clinic(clinic: Clinic) -> Clinic:
    """Ana answers, Bo is busy, and Chi answers nothing new; a newcomer of whom Verboice does not know answers too."""
    box = clinic.sandbox
    box.add_variable(clinic.project, "satisfied")
    box.set_answers(clinic.project, "85512345678", {"satisfied": "5", "age": "38", "favorite color": "red"})
    box.set_answers(clinic.project, "8551633*", {"satisfied": "1"})
    for address, outcome in (("85512345678", "completed"), ("*999888", "busy"), ("855*", "completed")):
        box.set_outcomes(address, outcome)
    return clinic


@pytest.mark.parametrize("version", ["3.5.1", "3.1.1"])
@pytest.mark.parametrize("more", [0, 30])
def test_answers_stand_beside_the_row_and_are_read_once(
    cli: Callable[..., Said], clinic: Clinic, people: Callable[..., str], version: str, more: int
) -> None:
    clinic.sandbox.configure(version=version)
    others = [(f"0178880{number:02d}", "X", 1) for number in range(more)]
    run = cli("call", people(*PATIENTS, ("016333444", "Dan", 1), *others), "--json").json["run_id"]
    before = clinic.sandbox.count(path="contacts")
    assert "answers" not in cells_of(cli("track", run, "--json"))
    clinic.sandbox.advance(2)
    assert clinic.sandbox.count(path="contacts") == before
    said = cli("track", run, "--until-done", "--json")
    assert cells(said, *COLUMNS)[:4] == [
        ("completed", "favorite color: blue → red; satisfied: (absent) → 5"),
        ("failed", None),
        ("completed", None),
        ("completed", "satisfied: (absent) → 1"),
    ]
    asked = clinic.sandbox.count(path="contacts") - before
    assert asked == (1 if more else 3 if version == "3.1.1" else 4)  # where it is told, nobody who was busy is read
    cli("track", run)
    assert clinic.sandbox.count(path="contacts") == before + asked


def cells_of(said: Said) -> list[object]:
    """The header of the result."""
    return [cell.value for cell in load_workbook(said.json["reports"]["workbook"]).worksheets[0][1]]


def test_answers_reach_the_results_table(
    cli: Callable[..., Said], clinic: Clinic, people: Callable[..., str], home: Path
) -> None:
    run = cli("call", people(**{"results.url": f"sqlite:///{home}/results.db"}), "--json").json["run_id"]
    clinic.sandbox.advance(2)
    cli("track", run)
    with sqlite3.connect(home / "results.db") as database:
        told = database.execute("select row, call_state, answers from verboice_results order by row").fetchall()
    database.close()
    assert told[0] == (2, "completed", "favorite color: blue → red; satisfied: (absent) → 5")
    assert told[1:] == [(3, "failed", ""), (4, "completed", "")]


def test_what_a_pipeline_has_written_meanwhile_is_no_answer(
    cli: Callable[..., Said], clinic: Clinic, people: Callable[..., str]
) -> None:
    name = people(PATIENTS[0], contacts={"variables": {"age": "Dose"}})
    run = cli("call", name, "--json").json["run_id"]
    clinic.sandbox.advance(2)
    clinic.sandbox.set_answers(clinic.project, "85512345678", {})
    assert cli("sync", name).status == 0
    assert clinic.vars("85512345678")["age"] == "3"
    assert cells(cli("track", run, "--json"), *COLUMNS) == [
        ("completed", "favorite color: blue → red; satisfied: (absent) → 5")
    ]


@pytest.mark.parametrize("fault", [{"status": 401, "body": " "}, {"status": 404, "body": "<html>"}])
def test_where_contacts_may_not_be_read_that_is_said_and_the_calls_are_told_all_the_same(
    cli: Callable[..., Said], clinic: Clinic, people: Callable[..., str], fault: dict[str, object]
) -> None:
    run = cli("call", people(), "--json").json["run_id"]
    clinic.sandbox.advance(2)
    clinic.sandbox.faults.add(Fault("reply", path="contacts", **fault))
    said = cli("track", run, "--json")
    assert (said.status, said.json["calls"]) == (0, {"completed": 2, "failed": 1})
    assert "What was answered in 3 calls could not be read: " in said.err
    clinic.sandbox.faults.clear()
    assert cells(cli("track", run, "--json"), *COLUMNS)[0][1].startswith("favorite color")


def test_answers_of_a_person_are_forgotten_with_them(
    cli: Callable[..., Said], clinic: Clinic, people: Callable[..., str], home: Path
) -> None:
    clinic.sandbox.set_answers(clinic.project, "85512345678", {"satisfied": "turquoise"})
    clinic.sandbox.set_answers(clinic.project, "*777666", {"satisfied": "mauve"})
    run = cli("call", people(), "--json").json["run_id"]
    clinic.sandbox.advance(2)
    cli("track", run)

    def kept(word: str) -> list[str]:
        return [place for place, text in texts(home / ".verboice-sync") if word in text]

    assert kept("turquoise")
    assert kept("favorite color")
    assert cli("forget", "012 345 678").status == 0
    assert kept("turquoise") == kept("favorite color") == []
    assert kept("mauve")
    assert cli("track", run).status == 0
    assert kept("turquoise") == []
