"""One value for everybody: asked each time, judged by what it replaces."""

from __future__ import annotations

import pytest

from tests.worlds import EVERYBODY, all_ages


def test_set_all_always_asks_and_says_how_much_it_replaces(cli, everybody, to_all):
    name = to_all()
    asked = cli("set-all", name, "age=50", "--json")
    assert asked.status == 3
    assert asked.json["status"] == "refused"
    assert asked.json["plan"]["violations"][0]["found"] == "40 of 40 contacts, 40 different values"
    assert everybody.puts() == 0
    checksum = asked.json["plan"]["checksum"]
    assert cli("set-all", name, "age=51", "--approve", checksum).status == 3
    done = cli("set-all", name, "age=50", "--approve", checksum, "--json")
    assert (done.status, done.json["kind"], done.json["requests"]["bulk_put"]) == (0, "set-all", 1)
    assert all_ages(everybody) == ["50"] * EVERYBODY
    assert cli("undo", done.json["run_id"]).status == 0
    assert all_ages(everybody) == [str(100 + n) for n in range(EVERYBODY)]


def test_set_all_is_not_judged_by_the_size_of_the_source(cli, everybody, to_all):
    name = to_all()
    assert cli("sync", name).status == 0
    asked = cli("set-all", name, "age=50", "--json")
    assert [one["guard"] for one in asked.json["plan"]["violations"]] == ["set_all"]


def test_set_all_of_what_everybody_has_sends_nothing(cli, everybody, to_all):
    said = cli("set-all", to_all(), "favorite color=x", "--json")
    assert (said.status, said.json["rows"]["unchanged"]) == (0, EVERYBODY)
    assert everybody.puts() == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["age"], "not NAME=VALUE"),
        (["agee=1"], "Did you mean “age”?"),
        (["language=en"], "cannot write it"),
        (["age=" + "x" * 256], "256 characters"),
        (["age=1", "age=2"], "twice"),
    ],
)
def test_set_all_judges_names_and_values_before_anything_is_sent(cli, everybody, to_all, words, told):
    said = cli("set-all", to_all(), *words)
    assert said.status == 2
    assert told in said.err
    assert everybody.puts() == 0


def test_a_value_set_for_everybody_counts_as_drift_and_not_as_the_sources_word(cli, everybody, to_all):
    name = to_all()
    cli("sync", name)
    checksum = cli("set-all", name, "age=50", "--json").json["plan"]["checksum"]
    cli("set-all", name, "age=50", "--approve", checksum)
    assert cli("sync", name, "--json").json["rows"]["unchanged"] == EVERYBODY
    assert all_ages(everybody) == ["50"] * EVERYBODY


def test_a_plan_of_set_all_is_not_for_apply(cli, everybody, to_all):
    asked = cli("set-all", to_all(), "age=50", "--json")
    said = cli("apply", asked.json["reports"]["plan"])
    assert said.status == 2
    assert "set-all" in said.err
