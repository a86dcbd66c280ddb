"""Asking a person in Prefect's UI whether a plan that tripped a guard may be sent.

The flow run is suspended: its process ends, so that a day of thinking costs nothing and survives restarts. When a
person resumes it, the flow begins again from the top with the answer, and only the very plan that was shown is sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal, Never
from uuid import UUID

from prefect._flow_run_suspension import mark_flow_run_suspension_requested
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.input import RunInput
from prefect.input.actions import read_flow_run_input
from prefect.input.run_input import keyset_from_base_key, keyset_from_paused_state
from prefect.runtime import deployment, flow_run
from prefect.states import Suspended
from prefect.utilities.engine import propose_state_sync
from pydantic import Field

from connectors.errors import CouldNotBeDone, RefusedByGuard

ANSWER_WITHIN = timedelta(hours=24)
RESUME = "It waits for you: press Resume on this flow run to approve exactly this plan, or to reject it."


class Approval(RunInput):
    """The form. Both fields are required and have no default: resuming with an empty form must not mean yes."""

    decision: Literal["approve", "reject"] = Field(description="approve: send exactly this plan. reject: send nothing.")
    checksum: str = Field(min_length=6, description="The plan's checksum, copied from above or from the artifact.")


def can_ask() -> bool:
    """Whether this is a run of a deployment: only those can be suspended, and somebody looks after them in the UI."""
    return deployment.id is not None


def answer() -> Approval | None:
    """The last thing a person said who resumed this flow run; None if nobody was asked yet."""
    given = _answers()
    return given[-1] if given else None


def ask(refused: RefusedByGuard, *, within: timedelta = ANSWER_WITHIN) -> Never:
    """Suspend this flow run until a person answers; nobody answering `within` this time counts as a rejection."""
    form = Approval.with_initial_data(description=_question(refused))
    told = f"{', '.join(refused.violations)}: {refused.message} Checksum {refused.checksum}. {RESUME}"
    state: State[Any] = Suspended(
        message=told, timeout_seconds=int(within.total_seconds()), pause_key=_key(len(_answers()))
    )
    _suspend(form, state)
    raise refused  # only where Prefect knows this very question as answered, and has no answer


def _suspend(form: type[Approval], state: State[Any]) -> None:
    """As `prefect.flow_runs.suspend_flow_run`, which cannot say why. Returns only if the question is known already."""
    keyset = keyset_from_paused_state(state)
    state.state_details.run_input_keyset = {str(use): key for use, key in keyset.items()}
    with get_client(sync_client=True) as client:
        accepted = propose_state_sync(client, state, flow_run_id=UUID(flow_run.id))
        if accepted.is_running():
            return
        if not accepted.is_paused():
            raise CouldNotBeDone(
                f"Prefect did not suspend the flow run, which is {accepted.name} now.", hint="Run it again."
            )
        form.save(keyset)
    mark_flow_run_suspension_requested(UUID(flow_run.id), accepted)
    raise Pause(state=accepted)


def rejected(approval: Approval) -> RefusedByGuard:
    """What a rejected run ends with."""
    return RefusedByGuard(
        "Rejected in Prefect's UI; nothing was sent.",
        hint="The next run plans anew.",
        checksum=approval.checksum,
    )


def _question(refused: RefusedByGuard) -> str:
    return (
        f"{refused.message}\n\nThe run's artifacts show the plan. To send exactly this plan, choose **approve** and "
        f"enter its checksum:\n\n`{refused.checksum}`\n\nTo send nothing, choose **reject** and enter it as well."
    )


def _answers() -> list[Approval]:
    """All answers so far. A new question needs a key of its own, or Prefect takes it for answered."""
    given: list[Approval] = []
    while True:
        value = read_flow_run_input(keyset_from_base_key(f"suspended-{_key(len(given))}")["response"])
        if not value:
            return given
        given.append(Approval.model_validate(value))


def _key(asked_before: int) -> str:
    return f"approval-{asked_before + 1}"
