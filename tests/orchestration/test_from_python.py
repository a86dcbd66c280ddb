"""docs/python.md: its scripts, each in a process of its own, do what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds import ROOT

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
CLIENT, FLOWS, COMMANDS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def script(home: Path, clinic):
    """script(text): what it prints, run as a file in the project's folder."""
    known = {
        "VERBOICE_URL": clinic.server.url,
        "VERBOICE_ACCOUNT": "ana@example.org",
        "VERBOICE_PASSWORD": "se cret:ñ",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    def run(text: str, **environment: str) -> str:
        (home / "script.py").write_text(text, encoding="utf-8")
        everything = os.environ | known | environment
        words = [sys.executable, "script.py"]
        done = subprocess.run(words, cwd=home, env=everything, capture_output=True, text=True, check=False, timeout=170)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_client_alone(clinic, script):
    said = script(CLIENT)
    assert said == "Clinic ('age', 'favorite color')\n3 contacts\n40\n"
    assert clinic.vars("85512345678")["age"] == "40"


def test_the_flows(clinic, script, sheet, pipeline, prefect, home):
    pipeline(sheet(("012345678", 39, "blue"), ("012999888", 40, None)))
    (home / "configs" / "p.yaml").rename(home / "configs" / "clinic.yaml")
    prefect_of_tests = {name: prefect.environment[name] for name in ("PREFECT_API_URL", "PREFECT_HOME")}
    planned, done = script(FLOWS, **prefect_of_tests).splitlines()
    assert planned == "Planned, nothing was sent: 2 rows read, 1 to update, 1 unchanged."
    assert done == "Done: 2 rows read, 1 updated, 1 unchanged."
    assert clinic.vars("85512345678")["age"] == "39"


def test_a_command_and_what_it_prints(clinic, script, sheet, pipeline, home):
    pipeline(sheet(("012345678", 39, "blue")))
    (home / "configs" / "p.yaml").rename(home / "configs" / "clinic.yaml")
    assert script(COMMANDS).startswith("0 succeeded {'read': 1, 'updated': 1")
