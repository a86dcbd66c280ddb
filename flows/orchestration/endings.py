"""How a flow run or task ends in Prefect's eyes: a state that says why, and nothing that is written as a pickle.

Prefect writes an exception that leaves a flow, with all it holds, as a file that everybody may read. So none leaves:
what stopped a run is the message of its state, masked. Whoever called the flow in this process finds the error itself
in the state's data, which is written nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.masking import mask_text
from connectors.verboice.errors import VerboiceFault
from flows.runs.folder import fault_kept, home_folder
from flows.runs.stopping import CalledOff

WAITING_FOR_VERBOICE = "Waiting for Verboice"


def ending_of(work: Callable[[], str]) -> State[Any]:
    """Do the work of a flow; the state that it ends in. `work` gives the one sentence to tell of it."""
    try:
        told = work()
    except VerboiceSyncError as error:
        return stopped_by(error)
    except Exception as fault:  # noqa: BLE001 - see above; its traceback is kept for whoever mends it
        return stopped_by(as_error(fault))
    return Completed(message=told, data=told)


def stopped_by(error: VerboiceSyncError, *, is_tried_again: bool = False) -> State[Any]:
    """The state of a flow run that an error stopped. is_tried_again: by itself, once Verboice is there again."""
    told = mask_text(str(error))
    if isinstance(error, CalledOff):
        return Cancelled(message=told, data=error)
    if is_tried_again and isinstance(error, VerboiceFault) and isinstance(error, CouldNotBeDone):
        return Failed(name=WAITING_FOR_VERBOICE, message=told, data=error)
    return Failed(message=told, data=error)


def as_error(fault: Exception) -> VerboiceSyncError:
    """What is told of a fault of the program itself; its traceback is kept in the home folder."""
    kept = fault_kept(home_folder(), fault)
    return CouldNotBeDone(
        f"A fault of verboice-sync itself ({type(fault).__name__}).", hint=f"See {kept}, and report it."
    )
