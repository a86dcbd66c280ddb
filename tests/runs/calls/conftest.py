"""A clinic that can call, and pipelines that do."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from flows.runs.clock import time_of
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
def runs_at():
    """runs_at(moment): runs believe from now on that it is this moment, and time goes on from there."""
    with ExitStack() as clocks:

        def believe(moment: datetime) -> None:
            away = moment - datetime.now(UTC)
            clocks.enter_context(time_of(lambda: datetime.now(UTC) + away))

        yield believe
