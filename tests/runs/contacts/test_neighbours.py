"""A renamed pipeline keeps what it remembered, and two that write the same variable are told about each other."""

from __future__ import annotations

from pathlib import Path

import pytest


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
