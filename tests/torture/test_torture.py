"""The short forms of the torture: less than a minute of faults, kills, hostile files and ledger accidents, and a
campaign of few people."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.worlds import ROOT, with_project

BUDGET = 40  # seconds
PEOPLE = 200


def tortured(*words: str) -> list[str]:
    """What it printed, line by line."""
    command = [sys.executable, "-m", "tests.torture", *words]
    done = subprocess.run(command, cwd=ROOT, env=with_project(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_a_short_torture_loses_nothing_doubles_nothing_and_breaks_nothing():
    kinds = ("inputs", "accidents", "kills", "faults")
    last = tortured("--budget", str(BUDGET), *kinds)[-1]
    found = re.fullmatch(r"faults injected (\d+), kills (\d+), inputs (\d+), lost 0, doubled 0, aborts 0", last)
    assert found is not None, last
    assert all(int(count) for count in found.groups())


def test_a_campaign_of_two_days_calls_everybody_who_may_be_called_and_nobody_too_often():
    told = tortured("campaign", "--people", str(PEOPLE))[0]
    found = re.match(r"campaign of (\d+) people: (\d+) calls, (\d+) people answered", told)
    assert found is not None, told
    assert int(found[2]) > PEOPLE > int(found[3]) > PEOPLE / 2
    assert all(f" by {attempts}" in told for attempts in (1, 2, 3))
