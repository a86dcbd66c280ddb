"""The table of kinds: nothing starts a run, or prints a summary, of a kind that has no row."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from connectors.errors import ConfigurationError
from flows.cli import app
from flows.runs.contacts.resume import PREPARING
from flows.runs.execution import Started
from flows.runs.kinds import CALL, CONTACT_PUSHES, KINDS, run_kind

FLOWS = Path(__file__).parents[2] / "flows"
NAME_A_KIND = ("Started", "RunFacts", "Section", "carried_out", "_directly", "ending")  # first, or as `kind`
WITHOUT_SUMMARY = {"init", "watch", "demo", "sandbox", "serve", "deploy", "ledger"}


def spelt_out(file: Path) -> Iterator[str]:
    """The kinds that a module names as texts where it starts a run or tells of one."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in NAME_A_KIND:
            given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "kind")]
            texts = (one.value for part in given for one in ast.walk(part) if isinstance(one, ast.Constant))
            yield from (text for text in texts if isinstance(text, str) and text)


def commands_with_json() -> list[str]:
    click = typer.main.get_command(app)
    return [name for name, command in click.commands.items() if any(p.name == "json" for p in command.params)]


def test_every_command_that_prints_a_summary_has_a_row():
    assert set(commands_with_json()) <= set(KINDS)
    assert {"sync", "call", "set-all", "runs"} <= set(commands_with_json())


def test_every_kind_that_is_spelt_out_has_a_row():
    named = {kind for file in FLOWS.rglob("*.py") for kind in spelt_out(file)}
    assert named - WITHOUT_SUMMARY <= set(KINDS)
    assert {"plan", "sync", "call", "undo", "backfill"} <= named


def test_every_kind_that_sends_can_go_on():
    assert {*PREPARING, CALL.name} == {kind.name for kind in KINDS.values() if kind.sends}
    assert set(PREPARING) == set(CONTACT_PUSHES)


def test_what_sends_the_sources_values_sends():
    assert all(kind.sends for kind in KINDS.values() if kind.from_source)


def test_the_command_that_does_it_again_is_a_kind_that_sends():
    assert all(run_kind(kind.again).sends for kind in KINDS.values() if kind.again)
    assert all(kind.again for kind in KINDS.values() if kind.approvable)


def test_a_kind_without_a_row_is_not_begun_and_nothing_is_guessed_about_it():
    for ask in (run_kind, lambda kind: Started(kind, "clinic")):
        with pytest.raises(ConfigurationError, match="kind “teleport” is not known"):
            ask("teleport")
