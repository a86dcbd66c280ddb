"""How a command ends when it cannot do what was asked: one clear message, the contract's exit status, no traceback."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from connectors.errors import ConfigurationError, CouldNotBeDone, RefusedByGuard, StoppedRun, VerboiceSyncError
from flows.reports.harmless import Level, put

DEBUG_VARIABLE = "VERBOICE_SYNC_DEBUG"  # what --debug sets, so that processes begun by a command know it too
_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def ending(kind: str, pipeline: str = "", *, as_json: bool = False) -> Iterator[None]:
    """Turns an error that stops a command into its message on stderr, its JSON on stdout, and its exit status."""
    try:
        yield
    except VerboiceSyncError as error:
        _trace(error)
        tell(error)
        if as_json:
            _print_json(kind, pipeline, error)
        raise SystemExit(error.exit_status) from None
    except KeyboardInterrupt:
        interrupted = CouldNotBeDone(
            "Interrupted.", hint="`verboice-sync runs` shows what was sent, and what to go on with."
        )
        tell(interrupted)
        if as_json:
            _print_json(kind, pipeline, interrupted)
        raise SystemExit(interrupted.exit_status) from None
    except BrokenPipeError:
        # Whoever read our output has gone (`… | head`); there is nobody left to tell.
        sys.stderr.close()
        raise SystemExit(CouldNotBeDone.exit_status) from None


def tell(error: VerboiceSyncError) -> None:
    """The error's message and next step, on stderr. Places, ids and server addresses stay readable: texts that could
    hold somebody's number are masked where they enter a message."""
    label = {ConfigurationError.exit_status: "Error", RefusedByGuard.exit_status: "Refused"}.get(
        error.exit_status, "Could not be done"
    )
    level: Level = "warning" if error.exit_status == RefusedByGuard.exit_status else "error"
    told = str(error)
    put(told if told.startswith(label) else f"{label}: {told}", file=sys.stderr, level=level)


def _trace(fault: BaseException) -> None:
    """Where it arose, for whoever asked by --debug."""
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(fault)


def _print_json(kind: str, pipeline: str, error: VerboiceSyncError) -> None:
    from flows.reports.summary import PlanFacts, ProblemFacts, RunFacts, as_json, summary_object

    now, run = datetime.now(UTC), error.stopped or StoppedRun("", {}, may_have_sent=False)
    facts = RunFacts(run_id=run.run_id, pipeline=pipeline, kind=kind, started_at=now, finished_at=now)
    facts = replace(facts, requests=run.requests, sent=run.may_have_sent)
    checksum = error.checksum or None if isinstance(error, RefusedByGuard) else None
    status = "refused" if isinstance(error, RefusedByGuard) else "failed"
    problem: ProblemFacts = {"row": 0, "column": "", "status": status, "reason": str(error)}
    plan: PlanFacts = {"checksum": checksum, "changes": 0, "violations": []}
    summary = summary_object(facts, {}, status=status, plan=plan, problems=[problem])
    if run.may_have_sent:
        summary["rows"] = cast("dict[str, int]", dict.fromkeys(summary["rows"]))  # unknown; all others have numbers
    sys.stdout.buffer.write(as_json(summary))
    sys.stdout.flush()


def report_fault(fault: Exception) -> None:
    """One line about a fault of the program itself; its traceback is kept in the home folder for whoever mends it."""
    if isinstance(fault, OSError) and fault.errno in _FULL:
        hint = "`verboice-sync runs` shows what was sent."
        tell(CouldNotBeDone(f"The output cannot be written: {fault.strerror}.", hint=hint))
        return
    _trace(fault)
    from flows.runs.folder import fault_kept, home_folder

    put(
        f"Could not be done: a fault of verboice-sync itself ({type(fault).__name__}). `verboice-sync runs` shows what "
        f"was sent. Please report it together with {fault_kept(home_folder(), fault)}.",
        file=sys.stderr,
        level="error",
    )
