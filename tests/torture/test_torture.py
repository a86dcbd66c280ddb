"""The short form of the torture: less than a minute of faults, kills, hostile files and ledger accidents."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.worlds import ROOT, with_project

BUDGET = 40  # seconds


def test_a_short_torture_loses_nothing_doubles_nothing_and_breaks_nothing():
    words = [sys.executable, "-m", "tests.torture", "--budget", str(BUDGET)]
    done = subprocess.run(words, cwd=ROOT, env=with_project(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    found = re.fullmatch(r"faults injected (\d+), kills (\d+), inputs (\d+), lost 0, doubled 0, aborts 0", last)
    assert found is not None, last
    assert all(int(count) for count in found.groups())
