"""Projects and pipelines that several rooms of the contact spine are tried on."""

from __future__ import annotations

import pytest

from tests.worlds import CROWD, EVERYBODY, SAVED, Clinic, gather_crowd, gather_everybody, number


@pytest.fixture
def crowd(clinic, sheet, pipeline) -> str:
    """CROWD contacts of age 1; the pipeline wants them to be 100 and more. Gives the pipeline's name."""
    gather_crowd(clinic)
    return pipeline(sheet(*[(number(n), 100 + n, None) for n in range(CROWD)]), **{"guard.max_overwrites": "100%"})


@pytest.fixture
def everybody(clinic) -> Clinic:
    """`tests.worlds.gather_everybody`"""
    gather_everybody(clinic)
    return clinic


@pytest.fixture
def to_all(everybody, sheet, pipeline):
    """to_all(**changes): a pipeline that wants the age 39 for everybody; gives its name."""

    def write(lines=None, **changes):
        rows = lines if lines is not None else [(number(n), 39, None) for n in range(EVERYBODY)]
        return pipeline(sheet(*rows), **{"guard.max_overwrites": "100%", **changes})

    return write


@pytest.fixture
def saved(cli, sheet, pipeline, home):
    """saved(): a plan of two changes in plan.json; gives the pipeline's name."""

    def write(**changes):
        name = pipeline(sheet(*SAVED), **changes)
        assert cli("plan", name, "--out", "plan.json").status == 0
        return name

    return write
