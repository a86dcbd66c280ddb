"""The environment, changed for a while."""

from __future__ import annotations

import os

import pytest

from flows.settings.environment import environment_with

NAMES = ("BEFORE", "ABSENT", "LEFT_OUT")


def seen() -> tuple[str | None, ...]:
    return tuple(os.environ.get(name) for name in NAMES)


def test_variables_are_set_within_the_block_and_as_before_afterwards_also_where_it_fails(monkeypatch):
    for name, value in zip(NAMES, ("as it was", None, None), strict=True):
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    with pytest.raises(LookupError, match="new there None"), environment_with({"BEFORE": "new", "ABSENT": "there"}):
        raise LookupError(" ".join(map(str, seen())))
    assert seen() == ("as it was", None, None)


def test_a_variable_that_the_block_itself_takes_away_is_no_trouble(monkeypatch):
    monkeypatch.delenv("ABSENT", raising=False)
    with environment_with({"ABSENT": "there"}):
        del os.environ["ABSENT"]
    assert "ABSENT" not in os.environ
