"""What comes from outside reaches a terminal without control and bidi characters."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from connectors.sandbox import Fault
from flows.reports.harmless import harmless
from flows.reports.summary import as_json

RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
EVIL = "\x1b]0;owned\x07\x1b[2J\u202e"


def test_nothing_raw_is_left_and_nothing_else_is_lost():
    assert harmless(f"é “x”\n{EVIL}") == "é “x”\n\\x1b]0;owned\\x07\\x1b[2J\\u202e"


@pytest.mark.parametrize("text", ["ភាសា\u200bខ្មែរ", "क्\u200dष", "👩\u200d👩", "می\u200cخواهم", "Nguyễn"])
def test_what_scripts_need_between_their_letters_stays(text):
    assert harmless(text) == text


@pytest.mark.parametrize(
    "text", ["a\u200bb", "\u200bខ", "ខ\u200b\u200bខ", "\ufeffa", "a\u00adb", "\U000e0041", "\u2060"]
)
def test_what_only_hides_is_shown(text):
    assert harmless(text).isascii() or "\\u200b" in harmless(text)


def test_json_says_the_same_without_anything_raw():
    value = {"a": f"{EVIL}\x7f\x9b\u200b é 👩\u200d👩 \U000e0041"}
    told = as_json(value)
    assert json.loads(told) == value
    assert harmless(told.decode()) == told.decode()


def test_a_hostile_project_name_a_file_name_and_a_request_id_are_shown_harmlessly(cli, clinic, pipeline, sheet):
    clinic.sandbox.add_project(clinic.account, f"Ward {EVIL}", variables=["age"])
    name = pipeline(sheet(("85512345678", 39, "red")), **{"verboice.project": "Other"})
    said = cli("plan", name)
    assert "Ward" in said.err
    assert not RAW.search(said.out + said.err)
    said = cli("plan", pipeline(Path(f"p{EVIL}.xlsx")))
    assert "\\x1b[2J" in said.err
    assert not RAW.search(said.out + said.err)
    clinic.sandbox.faults.add(Fault("reply", status=418, body="x", headers={"X-Request-Id": "\x1b[2J"}))
    said = cli("plan", pipeline(sheet(("85512345678", 39, "red"))))
    assert said.status == 1
    assert not RAW.search(said.out + said.err)
