"""Plans as files: equal for equal inputs, and an edited one is known."""

from __future__ import annotations

import json

import pytest


def test_equal_inputs_give_byte_equal_plan_files(cli, saved, home):
    name = saved()
    assert cli("plan", name, "--out", "again.json").status == 0
    assert (home / "plan.json").read_bytes() == (home / "again.json").read_bytes()


@pytest.mark.parametrize(
    "edit", [('"39"', '"40"'), ('"row": 2', '"row": 7'), ('"violations": []', '"violations": [] ')]
)
def test_an_edited_plan_is_refused_and_one_that_is_only_written_differently_is_not(cli, clinic, saved, home, edit):
    saved()
    text = (home / "plan.json").read_text()
    assert edit[0] in text
    (home / "plan.json").write_text(text.replace(*edit))
    meaningful = json.loads(text) != json.loads(text.replace(*edit))
    said = cli("apply", "plan.json", "--json")
    assert said.status == (3 if meaningful else 0)
    assert clinic.puts() == (0 if meaningful else 2)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"plan": 1}', "not json"])
def test_what_is_no_plan_is_a_usage_error(cli, home, content):
    (home / "plan.json").write_text(content)
    assert cli("apply", "plan.json").status == 2
    assert "not a plan" in cli("apply", "plan.json").err
