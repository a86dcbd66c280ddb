"""tests/ mirrors the rooms: a module's test is found by the module's name, and every file says what it is about."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOMS = ("runs", "reports", "contacts", "calls", "looks", "orchestration")
ELSEWHERE = {  # modules without a test file of their name: the file that tests them, and why it stands there
    "flows/runs/execution.py": ("runs/test_finished.py", "it is around every command; how a run ends is seen there"),
    "flows/runs/run.py": ("runs/test_finished.py", "values only: a run and how it ended"),
    "flows/runs/clock.py": ("runs/calls/test_portions.py", "one function: where the time of runs is moved by tests"),
    "flows/looks/past_runs.py": ("commands/test_runs.py", "runs are found by the command that lists them"),
    "flows/orchestration/leaving.py": ("orchestration/test_serving.py", "what is done with flow runs by who leaves"),
    "flows/runs/contacts/costs.py": ("runs/contacts/test_inquiry.py", "measured for what an inquiry then weighs"),
    "flows/runs/contacts/prepared.py": ("runs/contacts/test_prepare.py", "values only: what preparing gives"),
    "flows/runs/contacts/write.py": ("runs/contacts/test_push.py", "values only: what a push sends"),
    "flows/looks/neighbours.py": ("runs/contacts/test_neighbours.py", "pipelines that were run are told of each other"),
    "flows/runs/calls/past.py": ("runs/calls/test_one_memory.py", "ledgers that lost calls, seen by the next batch"),
    "flows/runs/upkeep.py": ("runs/test_ledger_command.py", "copies and checks of a ledger, seen by its commands"),
    "flows/reports/own_sheets.py": ("reports/test_own_workbook.py", "what an analyst's own workbook is given"),
    "flows/reports/summary_sheet.py": ("reports/test_workbook.py", "a sheet of the workbook"),
}


def modules() -> list[str]:
    found = (path for room in ROOMS for path in (TESTS.parent / "flows" / room).rglob("*.py"))
    return sorted(path.relative_to(TESTS.parent).as_posix() for path in found if path.name != "__init__.py")


def own_file(module: str) -> Path:
    path = Path(module).relative_to("flows")
    return TESTS / path.with_name(f"test_{path.name}")


def test_every_module_is_named_by_a_test_file() -> None:
    unnamed = [module for module in modules() if not own_file(module).exists()]
    assert unnamed == sorted(ELSEWHERE), "a test file of the module's name, or a line in ELSEWHERE"
    assert len(modules()) > 80


def test_the_files_that_test_the_others_are_there() -> None:
    assert not [file for file, _why in ELSEWHERE.values() if not (TESTS / file).exists()]


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_every_file_begins_with_a_line_that_says_what_it_is_about(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert len(said.partition("\n")[0].split()) >= 3
