"""A run of calls found again by its id."""

from __future__ import annotations


def test_commands_about_unknown_runs_and_runs_of_another_kind_say_so(cli, clinic, people, sheet, pipeline):
    for command in ("track", "cancel", "resolve", "resume"):
        said = cli(command, "nothing")
        assert said.status == 2
        assert "runs" in said.err
