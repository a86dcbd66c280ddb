"""A clinic that can call, and pipelines that do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.runs.run import Run
from tests.worlds import CALLS, PATIENTS, Clinic, able_to_call


@pytest.fixture
def clinic(clinic) -> Clinic:
    """`tests.worlds.able_to_call`"""
    return able_to_call(clinic)


@pytest.fixture
def people(sheet, pipeline):
    """people(line, …, name=, **changes): a spreadsheet, and a pipeline that calls it; gives the pipeline's name."""

    def write(*lines, name="p", **changes):
        path = sheet(*(lines or PATIENTS), header=("Phone", "Name", "Dose"), name=name)
        return pipeline(path, **{"calls": dict(CALLS), "contacts": None} | changes)

    return write


@pytest.fixture
def runs_at(monkeypatch):
    """runs_at(moment): runs believe from now on that it is this moment, and time goes on from there."""
    usual = Run.__init__.__defaults__
    (at,) = (at for at, one in enumerate(usual) if getattr(one, "__name__", "") == "<lambda>")

    def believe(moment: datetime) -> None:
        away = moment - datetime.now(UTC)
        clock = [*usual[:at], lambda: datetime.now(UTC) + away, *usual[at + 1 :]]
        monkeypatch.setattr(Run.__init__, "__defaults__", tuple(clock))

    return believe
