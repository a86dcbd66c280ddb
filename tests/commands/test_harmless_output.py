"""What every command prints about a hostile server and hostile files: nothing raw, on stdout or stderr, or as JSON."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import click
import pytest
import typer

from connectors.sandbox import Fault
from flows.cli import app
from tests.worlds import able_to_call, with_project, write_pipeline, write_sheet

ESCAPES = "\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\\x1b]52;c;b3duZWQ=\x07\x1b[2J\x1b[1A\x1b[8m"
EVIL = f"{ESCAPES}\x9b2J\u202e\u2066\u200b\ufeff\x7f\r"
IN_XML = "\u202e\u2066\u200b\ufeff\x7f\x9b2J"  # what a workbook can hold
IN_NAMES = EVIL.replace("/", "|")
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
COMMANDS = typer.main.get_command(app).commands
NOT_IN_THIS_PROCESS = {"demo", "sandbox"}  # they serve the bundled emulator and know of nobody else's texts


@pytest.fixture
def hostile(clinic, home):
    """A server, a sheet, a file name and a pipeline, all of them hostile; the pipeline's name."""
    able_to_call(clinic)
    clinic.sandbox.add_project(clinic.account, f"Other{EVIL}", variables=[f"x{EVIL}"])
    clinic.sandbox.add_call_flow(clinic.project, f"flow{EVIL}")
    clinic.sandbox.add_channel(clinic.account, f"channel{EVIL}")
    clinic.sandbox.add_variable(clinic.project, f"n{IN_XML}")
    clinic.sandbox.add_contact(
        clinic.project, ["85512111222", f"sip:a{EVIL}@b"], {"age": f"1{EVIL}", f"n{IN_XML}": EVIL}
    )
    head = ("Phone", "Age", f"Colour{IN_XML}", f"Other{IN_XML}")
    rows = [
        ("012345678", f"39{IN_XML}", f"{IN_XML}x", IN_XML),
        ("012111222", "7", "blue", None),
        (f"01{IN_XML}2", 1, 2, 3),
    ]
    sheet = write_sheet(home, *rows, header=head, name=f"p{IN_NAMES}")
    calls = {"channel": "chan", "call_flow": "Reminder", "vars": {"name": f"Colour{IN_XML}"}}
    variables = {"contacts.variables": {"age": "Age", f"n{IN_XML}": f"Colour{IN_XML}"}, "inbox": f"in{IN_NAMES}"}
    open_guards = {"guard": {"max_rejected": "100%", "max_not_found": "100%", "max_overwrites": "100%"}}
    return write_pipeline(home, clinic.server.url, sheet, calls=calls, **variables, **open_guards)


def words(name: str, known: dict[str, str]) -> list[str]:
    """A command with a word for each argument it needs, known by what the argument is called."""
    given = {
        "init": [known["file"]],
        "pull": [known["pipeline"], "--to", known["csv"]],
        "apply": [known["plan"]],
        "set-all": [known["pipeline"], f"age={EVIL}"],
        "ledger": ["check"],
        "resolve": [known["call"]],
        "track": [known["call"]],
        "cancel": [known["call"]],
        "watch": [known["pipeline"], "--once"],
    }
    if name in given:
        return [name, *given[name]]
    arguments = [one for one in COMMANDS[name].params if isinstance(one, click.Argument) and one.required]
    return [name, *(known.get((one.name or "").rstrip("s"), known["address"]) for one in arguments)]


def has_json(name: str) -> bool:
    return any("--json" in one.opts for one in COMMANDS[name].params)


def check(said) -> None:
    told = said.out + said.err
    found = RAW.search(told)
    assert found is None, f"{told[max(0, found.start() - 80) : found.end() + 20]!r}"


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - NOT_IN_THIS_PROCESS))
def test_nothing_raw_reaches_a_terminal(cli, clinic, hostile, home, name):
    clinic.sandbox.faults.add(Fault("reply", path="/nowhere", headers={"X-Request-Id": ESCAPES}))
    plan = cli("plan", hostile, "--out", f"plan{IN_NAMES}.json")
    check(plan)
    assert "\\u202e" in plan.out + plan.err  # so there is something that could have been raw
    sync = cli("sync", hostile, "--json")
    check(sync)
    call = cli("call", hostile, "--json")
    check(call)
    (home / f"in{IN_NAMES}").mkdir()
    (home / f"in{IN_NAMES}" / f"d{IN_NAMES}.csv").write_text(f"Phone,Age{EVIL}\n012,1\n", encoding="utf-8")
    known = {
        "pipeline": hostile,
        "file": next(str(path) for path in home.glob("p*.xlsx")),
        "csv": str(home / f"out{IN_NAMES}.csv"),
        "plan": next(str(path) for path in home.glob("plan*.json")),
        "run": sync.json["run_id"],
        "call": call.json["run_id"],
        "address": "012111222",
    }
    check(cli(*words(name, known)))
    if has_json(name):
        check(cli(*words(name, known), "--json"))
    evil = dict.fromkeys(known, f"no{IN_NAMES}")
    clinic.sandbox.faults.add(
        Fault("reply", status=418, body=EVIL, headers={"X-Request-Id": ESCAPES.replace("\x1b\\", "")})
    )
    check(cli(*words(name, evil)))
    if name not in ("ledger", "init"):
        check(cli(*words(name, known)))


def test_whoever_writes_past_the_commands_is_harmless_too(home):
    """A wrong option is told by the library that reads them."""
    environment = with_project()
    told = subprocess.run(
        [sys.executable, "-m", "flows", f"no{ESCAPES}"],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, "owned" in told.stderr) == (2, True)
    assert not RAW.search(told.stdout + told.stderr)


def test_a_terminal_gets_colours_and_bars_and_nothing_else_of_that_kind(hostile, home):
    told = on_a_terminal("sync", hostile, cwd=home).decode(errors="replace")
    assert "\x1b[" in told
    left = re.sub(r"\x1b\[(?:[0-9;]*m|[0-9]*[AKG]|\?25[lh])|[\t\r]", "", told)
    assert not RAW.search(left)
    assert "\x1b[8m" not in told


def on_a_terminal(*words: str, cwd) -> bytes:
    master, slave = pty.openpty()
    environment = with_project(TERM="xterm-256color", COLUMNS="200")
    with subprocess.Popen(
        [sys.executable, "-m", "flows", *words], cwd=cwd, env=environment, stdin=slave, stdout=slave, stderr=slave
    ) as it:
        os.close(slave)
        told = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:  # the other side is gone
                break
            if not more:
                break
            told += more
    os.close(master)
    assert it.returncode in (0, 4)
    return told
