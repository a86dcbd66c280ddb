"""The command line before any command does its work."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer.main

from flows.cli import app
from flows.commands.terminal.examples import EXAMPLES
from tests.worlds import ROOT


def test_the_version_is_printed_without_a_command(cli):
    said = cli("--version")
    assert (said.status, said.out.strip()) == (0, version("verboice-sync"))


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"], ["check", "nowhere"], ["plan", "nowhere"]])
def test_quick_commands_never_import_prefect(words: list[str], home: Path) -> None:
    code = (
        "import sys\nfrom flows.cli import app\ntry:\n    app(sys.argv[1:])\n"
        "except SystemExit:\n    pass\nassert 'prefect' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


PROGRAM = typer.main.get_command(app)


@pytest.mark.parametrize("name", sorted(PROGRAM.commands))
def test_each_command_has_examples_that_it_understands(name: str) -> None:
    command = PROGRAM.commands[name]
    assert EXAMPLES[name], "an example in flows.commands.terminal.examples.py"
    for typed, what in EXAMPLES[name]:
        first, *words = shlex.split(typed.partition(" > ")[0])
        assert first == name
        command.make_context(name, words)
        assert what
        assert f"verboice-sync {typed}" in (command.epilog or "")


def test_no_example_is_of_a_command_that_is_gone() -> None:
    assert set(EXAMPLES) == set(PROGRAM.commands)


@pytest.mark.parametrize(
    ("words", "at", "offered"),
    [("verboice-sync back", 1, "backfill"), ("verboice-sync plan c", 2, "clinic"), ("verboice-sync plan x", 2, "")],
)
def test_the_shell_completes_commands_and_pipelines(words: str, at: int, offered: str, home: Path) -> None:
    (home / "configs").mkdir()
    (home / "configs" / "clinic.yaml").write_text("")
    asked = {"_VERBOICE_SYNC_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)}
    done = subprocess.run(
        [sys.executable, "-m", "flows"],
        env=os.environ | asked | {"PYTHONPATH": str(ROOT)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ([offered] if offered else [])


def test_the_shells_completion_can_be_installed(cli) -> None:
    assert "--install-completion" in cli("--help").out
