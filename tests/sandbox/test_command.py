"""The `sandbox` command: what it writes and prints works against the server it starts."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.commands.example import COMMANDS


@contextmanager
def serving(*words: str) -> Iterator[list[str]]:
    """What the command says once it serves, line by line."""
    command = [sys.executable, "-m", "flows", "sandbox", "--port", "0", *words]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        try:
            yield list(iter(program.stdout.readline, "Stop it with Ctrl-C.\n"))
        finally:
            program.send_signal(signal.SIGTERM)
            program.communicate(timeout=20)


def test_the_example_works_by_the_commands_that_are_printed(home: Path, cli, monkeypatch: pytest.MonkeyPatch):
    folder = home / "a try"
    with serving("--write-example", str(folder)) as said:
        begin = next(number for number, line in enumerate(said) if line.startswith("  example: "))
        enter, *commands = [line.strip() for line in said[begin + 1 :] if line.startswith("    ")]
        assert commands == list(COMMANDS)
        assert shlex.split(enter) == ["cd", str(folder)]
        monkeypatch.chdir(folder)
        ended = {command: cli(*shlex.split(command)[1:]) for command in commands}
    assert {one.status for one in ended.values()} == {0}
    assert re.search(r"updated +4\b", ended["verboice-sync sync clinic"].out)


def test_what_is_suggested_anywhere_works_there(home: Path, cli, sheet, monkeypatch: pytest.MonkeyPatch):
    with serving() as said:
        commands = [line.strip() for line in said if line.startswith("    ")]
        assert commands[-1] == "verboice-sync sandbox --write-example practice"
        for assignment in shlex.split(commands[0])[1:]:
            monkeypatch.setenv(*assignment.split("=", 1))
        words = shlex.split(commands[1].replace("YOUR-SHEET.xlsx", str(sheet(("012345001", 3)))))
        assert cli(*words[1:], "--region", "KH").status == 0
        assert cli("check", "p").status == 0


def test_a_project_of_which_a_pipeline_takes_its_server_from_the_environment_is_tried(
    home: Path, cli, sheet, pipeline, monkeypatch: pytest.MonkeyPatch
):
    login = {"verboice.account": "demo@example.org", "verboice.password": "demo", "verboice.project": "Demo clinic"}
    pipeline(sheet(("012345001", 3, "blue")), **login, **{"verboice.url": "${VERBOICE_URL:-http://127.0.0.1:9}"})
    (home / "configs" / "broken.yaml").write_text("verboice: {url: '${VERBOICE_URL}', acount: x}")
    with serving() as said:
        (command,) = [line.strip() for line in said if line.startswith("    ")]
        assignment, *words = shlex.split(command)
        monkeypatch.setenv(*assignment.split("=", 1))
        assert words == ["verboice-sync", "plan", "p"]
        assert cli("plan", "p").status == 0


def test_an_example_replaces_no_file(home: Path, cli):
    (home / "patients.xlsx").write_bytes(b"mine")
    refused = cli("sandbox", "--write-example", str(home))
    assert refused.status == 2
    assert "patients.xlsx exists already" in refused.err
    assert (home / "patients.xlsx").read_bytes() == b"mine"
    assert not (home / "configs").exists()


def test_a_folder_that_is_none_is_told(home: Path, cli):
    (home / "taken").write_text("")
    refused = cli("sandbox", "--port", "0", "--write-example", str(home / "taken"))
    assert refused.status == 2
    assert "cannot be written into" in refused.err


def test_an_empty_sandbox_has_no_example(home: Path, cli):
    assert cli("sandbox", "--empty", "--write-example", str(home / "new")).status == 2
    assert not (home / "new").exists()


def test_an_empty_sandbox_says_how_to_fill_it():
    with serving("--empty") as said:
        assert any("/_sandbox/seed" in line for line in said)
        assert not any("password" in line for line in said)
