"""The state a flow run ends in: its colour is true, it says why, and nothing of it is ever written as a pickle."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import ConfigurationError, CouldNotBeDone, VerboiceSyncError
from connectors.verboice.errors import ServerUnreachable
from flows.orchestration.endings import ending_of, stopped_by
from flows.runs.stopping import CalledOff


def raising(error: Exception):
    def work() -> str:
        raise error

    return work


def test_a_run_that_came_to_its_end_says_how() -> None:
    state = ending_of(lambda: "Done: 5 rows read.")
    assert (state.name, state.message, state.data) == ("Completed", "Done: 5 rows read.", "Done: 5 rows read.")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ConfigurationError("Wrong password for 85512345678."), "Failed"),
        (CouldNotBeDone("The server is away."), "Failed"),
        (CalledOff("Stopped."), "Cancelled"),
    ],
)
def test_what_stopped_a_run_is_in_its_state_masked(error: VerboiceSyncError, name: str) -> None:
    state = ending_of(raising(error))
    assert state.name == name
    assert "85512345678" not in (state.message or "")
    assert state.data is error


def test_a_fault_of_the_program_tells_no_value_and_is_kept_at_home(home: Path) -> None:
    state = ending_of(raising(KeyError("85512345678")))
    assert state.is_failed()
    assert "KeyError" in (state.message or "")
    assert "85512345678" not in (state.message or "")
    kept = home / ".verboice-sync" / "last-fault.txt"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_what_is_tried_again_by_itself_waits_for_verboice_unless_a_person_has_to_do_something() -> None:
    assert stopped_by(ServerUnreachable("Away."), is_tried_again=True).name == "Waiting for Verboice"
    assert stopped_by(ServerUnreachable("Away.")).name == "Failed"
    assert stopped_by(ConfigurationError("Wrong password."), is_tried_again=True).name == "Failed"
