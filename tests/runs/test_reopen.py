"""An earlier run opened again: with what was asked for then, and only where it belongs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from connectors.errors import ConfigurationError
from connectors.ledger.values import RunRecord
from flows.runs.reopen import options_of, reopened
from flows.runs.run import Options


@pytest.mark.parametrize(
    ("kind", "given", "options"),
    [
        ("apply", ["plan.json"], Options(plan_file="plan.json")),
        ("undo", ["r1"], Options(undone="r1")),
        ("set-all", ["age=1", "clinic=Takeo"], Options(values=("age=1", "clinic=Takeo"))),
        ("sync", [], Options()),
    ],
)
def test_what_was_asked_for_is_read_as_version_0_1_wrote_it(kind, given, options):
    kept = {"only": [], "limit": None, "given": given, "a key of a later version": 1}
    record = RunRecord("r", "p", kind, "running", datetime.now(UTC), options=kept)
    assert options_of(record) == options


def test_a_run_is_opened_with_its_options_and_the_time_it_began(cli, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None), ("012999888", 41, None)))
    said = cli("sync", name, "--only", "012345678", "--json").json
    with reopened(said["run_id"][-6:]) as again:
        assert again.run.options.only == ("012345678",)
        assert f"{again.run.started_at:%Y-%m-%dT%H:%M:%SZ}" == said["started_at"]
        assert again.run.requests["put"] == 1  # what it sent before is counted on


def test_a_run_whose_pipeline_names_another_server_by_now_is_left_alone(cli, sheet, pipeline):
    path = sheet(("012345678", 39, None))
    run = cli("sync", pipeline(path), "--json").json["run_id"]
    pipeline(path, **{"verboice.url": "http://127.0.0.1:9"})
    with pytest.raises(ConfigurationError, match="was made for http"), reopened(run):
        pass


def test_a_run_of_which_ledger_or_folder_know_nothing_is_told_as_such(cli, sheet, pipeline, home):
    run = cli("sync", pipeline(sheet(("012345678", 39, None))), "--json").json["run_id"]
    origin = home / ".verboice-sync" / "runs" / run / "origin.json"
    kept = json.loads(origin.read_text())
    origin.unlink()
    with pytest.raises(ConfigurationError, match="not known which pipeline file"), reopened(run):
        pass
    stranger = origin.parent.with_name("20261123T060000Z-abcdef")
    stranger.mkdir()
    (stranger / "origin.json").write_text(json.dumps(kept))
    with pytest.raises(ConfigurationError, match="The ledger knows no run"), reopened("abcdef"):
        pass
