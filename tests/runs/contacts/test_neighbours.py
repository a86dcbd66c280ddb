"""A renamed pipeline keeps what it remembered, and two that write the same variable are told about each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds import cells


@pytest.fixture
def configs(home: Path, sheet, pipeline) -> Path:
    """`p` writes age and colour of one contact."""
    pipeline(sheet(("85512345678", "39", "red")))
    return home / "configs"


def test_a_renamed_pipeline_keeps_its_base_and_says_so(configs, clinic, sheet, cli):
    cli("sync", "p")
    (configs / "p.yaml").rename(configs / "q.yaml")
    said = cli("sync", "q", "--json")
    assert said.json["rows"]["unchanged"] == 1
    assert "has the source of “p”" in said.err
    assert "also states" not in said.err
    assert "has the source of" not in cli("sync", "q", "--json").err
    assert "writes age" not in cli("check", "q").out


def test_what_changed_in_verboice_is_kept_after_a_rename_too(home, configs, clinic, sheet, pipeline, cli, monkeypatch):
    pipeline(sheet(("85512345678", "39", "red")), **{"contacts.pull": "all"})
    cli("sync", "p")
    text = (configs / "p.yaml").read_text()
    (configs / "edit.yaml").write_text(text.replace("p.xlsx", sheet(("85512345678", "41", ""), name="e").name))
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("VERBOICE_SYNC_HOME", str(home / "elsewhere"))
        cli("sync", "edit")
    (configs / "p.yaml").rename(configs / "q.yaml")
    said = cli("sync", "q", "--json")
    assert said.json["variables_changed"] == 0
    assert clinic.vars("85512345678")["age"] == "41"


def test_two_pipelines_that_write_the_same_variable_are_told_about_each_other(configs, clinic, sheet, cli):
    cli("sync", "p")
    other = sheet(("85512345678", "50", ""), name="other")
    text = (configs / "p.yaml").read_text().replace("p.xlsx", other.name).replace("favorite color: Colour", "")
    (configs / "two.yaml").write_text(text)
    said = cli("plan", "two", "--json")
    assert "The pipeline “p” also states age for 1 of these contacts" in said.err
    cli("sync", "two")
    assert "The pipeline “two” also states age" in cli("plan", "p", "--json").err
    assert "The pipeline “two” writes age too." in cli("check", "p").out


# One statement, whoever made it

ANA = "85512345678"


@pytest.fixture
def stating(configs, sheet, cli):
    """stating(pipeline, age, **lines of `contacts`): a pipeline with a source of its own that says so is synced."""

    def make(name: str, age: str, command: str = "sync", **contacts: str):
        path = sheet((ANA, age, ""), name=f"source-{name}")
        lines = "".join(f"  {key}: {value}\n" for key, value in {"pull": "all", **contacts}.items())
        text = (configs / "p.yaml").read_text().replace("p.xlsx", path.name).replace("favorite color: Colour", "")
        (configs / f"{name}.yaml").write_text(text.replace("contacts:\n", f"contacts:\n{lines}"))
        return cli(command, name, "--json")

    return make


def reason(said) -> object:
    return cells(said, "sync_reason")[0][0]


def test_what_another_pipeline_states_is_no_answer_of_a_caller(clinic, stating):
    stating("north", "50")
    replaced = stating("south", "60")
    assert reason(replaced) == "age: stated by another pipeline, replaced: “north”."
    said = stating("north", "50")
    assert (said.status, said.json["variables_changed"]) == (0, 0)
    assert reason(said) == "age: stated by another pipeline, kept: “south”."
    assert "changed in Verboice only" not in said.err
    assert "of two sources the one that was changed last counts" in said.err
    assert clinic.vars(ANA)["age"] == "60"
    assert "age: stated by another pipeline, kept: “south”." in str(reason(stating("north", "50", "plan")))
    assert stating("north", "51").json["variables_changed"] == 1
    assert reason(stating("south", "60")) == "age: stated by another pipeline, kept: “north”."
    assert clinic.vars(ANA)["age"] == "51"


def test_two_sources_do_not_take_turns_where_drift_is_reverted(clinic, stating):
    stating("north", "50")
    stating("south", "60")
    said = stating("north", "50", on_drift="revert")
    assert (said.status, said.json["rows"]["held"]) == (4, 1)
    assert reason(said) == "age: stated by another pipeline, held for a person to decide: “south”."
    assert clinic.vars(ANA)["age"] == "60"


def test_a_pipeline_with_a_new_source_knows_what_was_last_stated(clinic, stating):
    """A caller has answered since; to the new pipeline that is no first run."""
    stating("north", "50")
    clinic.sandbox.state.database.run("update persisted_variables set value = '70' where value = '50'")
    assert stating("east", "51", on_conflict="hold").json["rows"]["held"] == 1
    said = stating("south", "50")
    assert said.json["variables_changed"] == 0
    assert reason(said) == "age: changed in Verboice only since the last run, kept."
    assert "First run" not in said.err
    assert clinic.vars(ANA)["age"] == "70"


def test_contact_shows_who_states_what_verboice_has(stating, cli):
    stating("north", "50")
    stating("south", "60")
    assert "age: stated by another pipeline, kept: “south”." in cli("contact", "north", ANA).out
