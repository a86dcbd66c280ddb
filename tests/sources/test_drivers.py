"""Parts that not everybody installs: what lacks one is told in a line that names the extra; the rest works without."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.worlds import ROOT

LACKING = """
import sys
for module in ("psycopg", "pymysql"):
    sys.modules[module] = None
from flows.cli import app
app(sys.argv[1:], prog_name="verboice-sync")
"""


@pytest.mark.parametrize(
    ("url", "extra"),
    [("postgresql://u:pw@127.0.0.1/d", "postgresql"), ("mysql://u:pw@127.0.0.1/d", "mysql"),
     ("mariadb://u:pw@127.0.0.1/d", "mysql")],
)  # fmt: skip
def test_a_missing_driver_is_one_line_that_names_the_extra(cli, pipeline, monkeypatch, url, extra):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setitem(sys.modules, "pymysql", None)
    source = {"kind": "database", "url": url, "table": "people", "address": "Phone"}
    said = cli("plan", pipeline(source=source))
    assert said.status == 2
    (told,) = [line for line in said.err.splitlines() if line.startswith("Error: ")]
    assert told.endswith(f"Install it: pip install 'verboice-sync[{extra}]'.")
    assert "pw" not in said.err


def test_a_ledger_on_a_server_asks_for_its_driver_too(cli, sheet, pipeline, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = cli("sync", pipeline(sheet(), ledger="postgresql://u:pw@127.0.0.1/d"))
    assert said.status == 2
    assert "verboice-sync[postgresql]" in said.err


def test_without_drivers_other_sources_are_read(home, sheet, pipeline):
    import sqlite3

    with sqlite3.connect(home / "people.db") as database:
        database.execute("CREATE TABLE people (Phone TEXT, Age INTEGER, Colour TEXT)")
        database.execute("INSERT INTO people VALUES ('012345678', 39, 'blue')")
    source = {"kind": "database", "url": "sqlite:///people.db", "table": "people", "address": "Phone", "region": "KH"}
    for name in (pipeline(source=source), pipeline(sheet(("012345678", 39, "blue")))):
        words = [sys.executable, "-c", LACKING, "plan", name]
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(words, cwd=home, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "to update  1" in done.stdout
