"""The results table: what was really done, and never at the cost of the run."""

from __future__ import annotations


def test_what_was_only_planned_or_refused_does_not_reach_the_results_table(cli, clinic, sheet, pipeline, home):
    guarded = {"results.url": "sqlite:///results.db", "guard.max_overwrites": 0}
    name = pipeline(sheet(("012345678", 39, None)), **guarded)
    assert (cli("plan", name).status, cli("sync", name).status) == (0, 3)
    assert not (home / "results.db").exists()


def test_a_run_whose_results_table_cannot_be_written_is_told_as_it_was(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None)), **{"results.url": "sqlite:///no/such/folder/results.db"})
    said = cli("sync", name, "--json")
    assert said.status == 1
    assert "The run is done and its reports are written, but not its results table" in said.err
    assert (said.json["status"], said.json["rows"]["updated"]) == ("succeeded", 1)
    assert clinic.vars("85512345678")["age"] == "39"
