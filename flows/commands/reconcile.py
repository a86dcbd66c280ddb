"""`reconcile`: the ledger's calls against Verboice's."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from connectors.masking import mask_number
from flows.commands.terminal.failure import ending, tell
from flows.commands.terminal.progress import shown
from flows.reports.buckets import EXIT_STATUS
from flows.reports.harmless import put
from flows.reports.summary import RunFacts, summary_object
from flows.reports.summary import as_json as json_text
from flows.runs.calls.reconcile import COUNTS, Reconciled, reconcile_calls
from flows.runs.calls.track import runs_to_look_after
from flows.settings import is_pipeline, load_pipeline

LATELY = timedelta(days=7)
_WORDS = {
    "asked": "asked for",
    "accepted": "accepted",
    "rang": "rang",
    "answered": "answered",
    "failed": "failed",
    "never_seen": "never seen by Verboice",
    "not_ours": "calls of others in between",
}


def reconcile(target: str, *, as_json: bool) -> None:
    """Reconcile one run, or those of a pipeline with calls whose outcome is open, and its latest ones."""
    started = datetime.now(UTC)
    with ending("reconcile", target, as_json=as_json):
        pipeline, runs = _runs(target)
        with shown() as progress:
            done = [reconcile_calls(run_id, progress=progress) for run_id in runs]
        error = next((one.error for one in done if one.error is not None), None)
        if as_json:
            _print_json(pipeline, done, started)
        else:
            _print(done)
        if error is not None:
            tell(error)
            raise SystemExit(error.exit_status)
    raise SystemExit(max((EXIT_STATUS[one.report.summary["status"]] for one in done), default=0))


def _runs(target: str) -> tuple[str, list[str]]:
    """The name of the pipeline, "" for a run, and the runs that are meant."""
    if not is_pipeline(target):
        return "", [target]
    return load_pipeline(target).name, runs_to_look_after(target, since=datetime.now(UTC) - LATELY)


def _print(done: Sequence[Reconciled]) -> None:
    if not done:
        put(f"No calls were asked for in the last {LATELY.days} days, and none are open or uncertain.")
    for one in done:
        run_id = one.report.summary["run_id"]
        told = ", ".join(f"{one.counts[name]:,} {_WORDS[name]}" for name in COUNTS)
        put(f"{run_id}: {told}.")
        if one.settled:
            calls = "1 uncertain call was" if one.settled == 1 else f"{one.settled:,} uncertain calls were"
            put(f"  {calls} settled by Verboice's log.")
        for call in one.uncertain:
            asked = f"{call.asked_at:%Y-%m-%d %H:%M:%S} UTC"
            put(f"  row {call.row}: {mask_number(call.address)}, asked for on {asked}: nobody knows whether it rang.")
        if one.uncertain:
            settle = f"verboice-sync resolve {run_id} --row N --placed | --not-placed"
            put(f"  Look for them in Verboice's pages, then: {settle}")


def _print_json(pipeline: str, done: Sequence[Reconciled], started: datetime) -> None:
    """One run as its summary, a pipeline as the sum of its runs; `calls` counts as `COUNTS` names them."""
    runs = [{**one.report.summary, "kind": "reconcile", "calls": dict(one.counts)} for one in done]
    if not pipeline:
        sys.stdout.buffer.write(json_text(runs[0]))
        return
    facts = RunFacts(run_id="", pipeline=pipeline, kind="reconcile", started_at=started, finished_at=datetime.now(UTC))
    total = sum((Counter(one.counts) for one in done), Counter(dict.fromkeys(COUNTS, 0)))
    worst = max(done, key=lambda one: EXIT_STATUS[one.report.summary["status"]], default=None)
    status = worst.report.summary["status"] if worst else "succeeded"
    summary = {**summary_object(facts, {}, status=status), "calls": {name: total[name] for name in COUNTS}}
    sys.stdout.buffer.write(json_text({**summary, "runs": runs}))
