"""A clinic that can call, and pipelines that do."""

from __future__ import annotations

import pytest

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
