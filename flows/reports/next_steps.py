"""What to do after a run: the command to type next, so that nobody has to look one up with a run id in hand."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import NamedTuple

from flows.reports.buckets import TO_FIX, UNSENT
from flows.reports.summary import Summary, states_of
from flows.reports.wording import is_only_planned
from flows.runs.kinds import UNDO, run_kind

_PROGRAM = "verboice-sync"


class NextStep(NamedTuple):
    """`why` introduces `command`, which may be "" where the step is done by hand."""

    why: str
    command: str


def next_steps(summary: Summary, pipeline: str = "") -> list[NextStep]:
    """The steps worth taking after this run, the most urgent first.

    pipeline: what the user typed as PIPELINE; by default the pipeline's name.
    """
    pipeline = pipeline or summary["pipeline"]
    if summary.get("dropped"):
        return list(_after_drop(summary))
    if summary["status"] == "failed":
        is_open = run_kind(summary["kind"]).sends
        return [NextStep("Go on where it stopped", _command("resume", summary["run_id"]))] if is_open else []
    if is_only_planned(summary):
        return list(_after_plan(summary, pipeline))
    return list(_after_push(summary, pipeline))


def approving(summary: Summary) -> NextStep | None:
    """The approval of just this plan; None where there is nothing to approve, or not by a command."""
    plan, kind = summary["plan"], run_kind(summary["kind"])
    if summary.get("dropped") or not (kind.approvable and plan["checksum"] and plan["changes"]):
        return None
    return NextStep("Approve just this plan", _command(kind.again, summary["pipeline"], "--approve", plan["checksum"]))


def settling(summary: Summary) -> NextStep:
    """What tells, or asks, what became of uncertain rows."""
    if run_kind(summary["kind"]).is_call:
        return NextStep("Settle the uncertain rows", _command("resolve", summary["run_id"]))
    return NextStep("Find out what became of the uncertain rows", _command("resume", summary["run_id"]))


def _after_drop(summary: Summary) -> Iterator[NextStep]:
    """The rows came from a dropped file: the command of a sync would send the configured source instead."""
    plan = summary["reports"]["plan"]
    if summary["status"] == "failed":
        yield NextStep("Wait: the file is tried again by itself", "")
    elif summary["status"] != "refused":
        yield from _after_push(summary, "")
    elif run_kind(summary["kind"]).is_call or not plan:
        yield NextStep("Split the file, or have the pipeline's limit raised, and drop it again", "")
    else:
        yield NextStep("Send it all the same", _command("apply", plan))


def _after_plan(summary: Summary, pipeline: str) -> Iterator[NextStep]:
    """What a refused run of another kind waits for is told by the hint of its error."""
    plan, file, kind = summary["plan"], summary["reports"]["plan"], run_kind(summary["kind"])
    if not kind.approvable:
        return
    if plan["violations"] and plan["checksum"]:
        yield NextStep("Send it all the same", _command(kind.again, pipeline, "--approve", plan["checksum"]))
    elif plan["changes"] and file and not kind.is_call:
        yield NextStep("Do exactly this plan", _command("apply", file))
    elif plan["changes"]:
        why = "Ask for these calls" if kind.is_call else "Send these changes"
        yield NextStep(why, _command(kind.again, pipeline))


def _after_push(summary: Summary, pipeline: str) -> Iterator[NextStep]:
    counts, run = summary["rows"], summary["run_id"]
    if counts["uncertain"]:
        yield settling(summary)
    if any(counts.get(bucket) for bucket in TO_FIX) and summary.get("dropped"):
        yield NextStep("Correct the workbook's sheet “To fix”, save it as a file and drop that", "")
    elif any(counts.get(bucket) for bucket in TO_FIX):
        yield NextStep(
            "Correct the source, or the workbook's sheet “To fix”, and run it again", _again(summary, pipeline)
        )
    if counts.get(UNSENT) and summary.get("dropped"):
        yield NextStep("On another day, drop the file again: nobody is called twice", "")
    elif counts.get(UNSENT):
        yield NextStep("On another day, ask for the calls that wait for it", _again(summary, pipeline))
    if counts.get("queued") and _may_change(summary):
        yield NextStep("Ask what became of the calls", _command("track", run, "--until-done"))
    if counts.get("updated") and not run_kind(summary["kind"]).is_call and summary["kind"] != UNDO.name:
        yield NextStep("Take the changes back", _command("undo", run))


def _again(summary: Summary, pipeline: str) -> str:
    """The command of the run, "" where it cannot be repeated. Without --fill-only it would replace values, and without
    --retry it would skip those who were called before."""
    again = run_kind(summary["kind"]).again
    if not again:
        return ""
    retried = summary.get("retry", "")
    options = [*(["--fill-only"] if summary.get("fill_only") else []), *(["--retry", retried] if retried else [])]
    return _command(again, pipeline, *options)


def _may_change(summary: Summary) -> bool:
    """Whether a call of the run is not known to have ended."""
    return any(state in {"", "queued", "active"} for state in states_of(summary) or {"": 1})


def _command(*words: str) -> str:
    return shlex.join((_PROGRAM, *words))
