"""One request for everybody: only where it is proved, only where it pays, believed only contact by contact."""

from __future__ import annotations

import pytest

from connectors.sandbox import Fault

PEOPLE = 40


def number(person: int) -> str:
    return f"8551270{person:05d}"


@pytest.fixture
def everybody(clinic):
    """The clinic's contacts are PEOPLE people with different ages and no color."""
    for contact in (1, 2, 3):
        clinic.sandbox.remove_contact(contact)
    clinic.sandbox.add_contacts(
        clinic.project, [([number(n)], {"age": str(100 + n), "favorite color": "x"}) for n in range(PEOPLE)]
    )
    return clinic


@pytest.fixture
def to_all(everybody, sheet, pipeline):
    """to_all(**changes): a pipeline that wants the age 39 for everybody; gives its name."""

    def write(lines=None, **changes):
        rows = lines if lines is not None else [(number(n), 39, None) for n in range(PEOPLE)]
        return pipeline(sheet(*rows), **{"guard.max_overwrites": "100%", **changes})

    return write


def ages(clinic):
    return [contact["vars"].get("age") for contact in clinic.sandbox.contacts(clinic.project)]


def test_the_plan_shows_it_with_the_requests_it_saves_and_the_sync_sends_it(cli, everybody, to_all):
    shown = cli("plan", to_all())
    assert "saves 39 requests" in shown.out
    said = cli("sync", to_all(), "--json")
    assert said.status == 0
    assert said.json["requests"] | {"get": 0} == {
        "get": 0, "put": 0, "bulk_put": 1, "post": 0, "call": 0, "retries": 0,
    }  # fmt: skip
    assert said.json["variables_changed"] == PEOPLE
    assert said.json["rows"]["updated"] == PEOPLE
    assert ages(everybody) == ["39"] * PEOPLE


def test_never_means_never(cli, everybody, to_all):
    said = cli("sync", to_all(**{"contacts.bulk": "never"}), "--json")
    assert (said.json["requests"]["bulk_put"], said.json["requests"]["put"]) == (0, PEOPLE)


def test_a_contact_the_source_does_not_name_keeps_its_value(cli, everybody, to_all):
    said = cli("sync", to_all([(number(n), 39, None) for n in range(PEOPLE - 1)]), "--json")
    assert said.json["requests"]["bulk_put"] == 0
    assert ages(everybody) == ["39"] * (PEOPLE - 1) + [str(99 + PEOPLE)]


def test_a_contact_with_a_contradiction_or_a_hold_keeps_its_value(cli, everybody, to_all):
    contradicting = [(number(n), 39, None) for n in range(PEOPLE)] + [(f"+{number(0)}", 40, None)]
    said = cli("sync", to_all(contradicting), "--json")
    assert said.json["requests"]["bulk_put"] == 0
    assert ages(everybody)[0] == "100"


def test_two_variables_go_together_and_a_third_one_by_one(cli, everybody, to_all):
    lines = [(number(n), 39, "red") for n in range(PEOPLE)]
    assert cli("sync", to_all(lines), "--json").json["requests"]["bulk_put"] == 1
    mixed = [(number(n), 40, "blue" if n else "green") for n in range(PEOPLE)]
    said = cli("sync", to_all(mixed), "--json")
    assert said.json["requests"]["bulk_put"] == 0  # each contact needs its own request anyway
    assert said.json["requests"]["put"] == PEOPLE


def test_a_row_may_need_both_kinds_of_request(cli, everybody, to_all):
    lines = [(number(n), 39, "red" if n == 7 else None) for n in range(PEOPLE)]
    said = cli("sync", to_all(lines), "--json")
    assert (said.json["requests"]["bulk_put"], said.json["requests"]["put"]) == (1, 1)
    assert said.json["variables_changed"] == PEOPLE + 1
    assert said.json["rows"]["updated"] == PEOPLE


@pytest.mark.parametrize("action", ["drop_after", "late", "truncate", "drop_before", "cut"])
def test_a_lost_answer_is_looked_into_and_the_request_never_repeated(cli, everybody, to_all, action):
    everybody.sandbox.faults.add(Fault(action, path="all.json", times=1, seconds=0.5))
    said = cli("sync", to_all(), "--json")
    assert said.status == 0
    assert said.json["requests"]["bulk_put"] == 1
    assert said.json["rows"]["updated"] == PEOPLE
    assert ages(everybody) == ["39"] * PEOPLE
    assert cli("sync", to_all(), "--json").json["rows"]["unchanged"] == PEOPLE


def test_what_was_set_for_everybody_is_put_back_contact_by_contact(cli, everybody, to_all):
    run = cli("sync", to_all(), "--json").json["run_id"]
    said = cli("undo", run, "--json")
    assert said.json["rows"]["updated"] == PEOPLE
    assert ages(everybody) == [str(100 + n) for n in range(PEOPLE)]


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
    assert ages(everybody) == ["50"] * PEOPLE
    assert cli("undo", done.json["run_id"]).status == 0
    assert ages(everybody) == [str(100 + n) for n in range(PEOPLE)]


def test_set_all_is_not_judged_by_the_size_of_the_source(cli, everybody, to_all):
    name = to_all()
    assert cli("sync", name).status == 0
    asked = cli("set-all", name, "age=50", "--json")
    assert [one["guard"] for one in asked.json["plan"]["violations"]] == ["set_all"]


def test_set_all_of_what_everybody_has_sends_nothing(cli, everybody, to_all):
    said = cli("set-all", to_all(), "favorite color=x", "--json")
    assert (said.status, said.json["rows"]["unchanged"]) == (0, PEOPLE)
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
    assert cli("sync", name, "--json").json["rows"]["unchanged"] == PEOPLE
    assert ages(everybody) == ["50"] * PEOPLE


def test_a_plan_of_set_all_is_not_for_apply(cli, everybody, to_all):
    asked = cli("set-all", to_all(), "age=50", "--json")
    said = cli("apply", asked.json["reports"]["plan"])
    assert said.status == 2
    assert "set-all" in said.err


def test_a_saved_plan_goes_one_by_one_when_the_project_has_grown(cli, everybody, to_all):
    cli("plan", to_all(), "--out", "plan.json")
    everybody.sandbox.add_contact(everybody.project, ["85512799999"], {"age": "7"})
    said = cli("apply", "plan.json", "--json")
    assert (said.json["requests"]["bulk_put"], said.json["requests"]["put"]) == (0, PEOPLE)
    assert ages(everybody) == ["39"] * PEOPLE + ["7"]
