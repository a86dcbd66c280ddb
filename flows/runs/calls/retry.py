"""New attempts for the rows of an earlier run whose calls ended as `calls.retry` says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError
from flows import wiring
from flows.calls.assess import Assessed
from flows.calls.catalogue import Catalogue
from flows.calls.normalise import Unusable, WantedCall
from flows.calls.retrying import NOT_TRIED, RetryRules, Tries, tries
from flows.calls.rules import CallRules
from flows.calls.sparing import Remembered
from flows.runs.calls.reopen import CallsAgain, as_it_stands
from flows.runs.clock import now
from flows.runs.folder import home_folder
from flows.runs.kinds import CALL
from flows.runs.run import Run
from flows.settings import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.ledger.values import Cap

_MOST_RUNS = 1_000
RECENT = timedelta(days=30)  # how far back runs are looked through for calls to try again


def retried(run: Run, rules: CallRules) -> CallsAgain | None:
    """The run that this one tries again, None for a batch of its own. Raises ConfigurationError."""
    wanted = run.options.retry
    if not wanted:
        return None
    rules_of(run, rules)
    record = run.ledger.run(wanted)
    if record is None or record.pipeline != run.pipeline.name or record.server != run.pipeline.verboice.url:
        raise ConfigurationError(
            f"{wanted} is no run of calls of this pipeline.", hint="`verboice-sync runs --kind call` lists them."
        )
    return as_it_stands(replace(run, run_id=wanted, folder=run.folder.of_run(wanted)))


def rules_of(run: Run, rules: CallRules) -> RetryRules:
    """What the pipeline says about new attempts. Raises ConfigurationError where it says nothing."""
    if rules.retry is None:
        where = run.pipeline.where("calls")
        raise ConfigurationError(
            f"{where}: `retry` is missing, so nobody knows which calls to try again.",
            hint="Add retry: {on: [no-answer, busy], times: 2, after: 3h} under `calls`.",
        )
    return rules.retry


def tries_of(
    run: Run, known: CallsAgain, rows: Sequence[WantedCall | Unusable], rules: CallRules, catalogue: Catalogue
) -> Tries:
    """What trying again means for each row's call."""
    identities = {row.identity for row in rows if isinstance(row, WantedCall)}
    found = run.ledger.every_attempt(identities, server=run.pipeline.verboice.url)
    own = max((catalogue.retries_of(row.request.schedule) for row in rows if isinstance(row, WantedCall)), default=0)
    return tries(found, known.run.run_id, rules_of(run, rules), run.clock(), own_retries=own)


def without_attempts(remembered: Remembered, tried: Tries, known: CallsAgain) -> Remembered:
    """What counts where calls are tried again: the attempts that are followed do not keep from calling the person."""
    own = {(call.run_id, call.row) for call in known.calls.values()}
    recent = {
        key: [call for call in calls if (call.run_id, call.row) not in own] for key, calls in remembered.recent.items()
    }
    return replace(remembered, recent=recent, tried=tried.why_not)


def as_attempts(assessed: Assessed, tried: Tries) -> Assessed:
    """The calls with the attempts they follow, which are told of in their rows."""
    identities = {call.row: call.identity for call in assessed.calls}
    outcomes = (
        replace(one, reason=tried.told(identities[one.row], one.reason)) if one.row in identities else one
        for one in assessed.outcomes
    )
    calls = (replace(call, follows=tried.follows[call.identity]) for call in assessed.calls)
    return Assessed(tuple(outcomes), tuple(calls))


def runs_to_retry(pipeline: Pipeline) -> list[str]:
    """The pipeline's recent runs of which some call is to be tried again now."""
    rules, moment = wiring.call_rules(pipeline), now()
    if rules.retry is None:
        return []
    server, after = pipeline.verboice.url, rules.retry.after
    with wiring.open_ledger(pipeline, home_folder(pipeline.folder)) as ledger:
        found = ledger.runs_with_failed_calls(server, pipeline.name, since=moment - RECENT)
        # Who is on a list of others, say, stays due: the run is tried again no sooner than the rule's time after the
        # last try.
        lately = {
            run.options.get("retry")
            for run in ledger.runs(pipeline.name, kind=CALL.name, limit=_MOST_RUNS)
            if run.started_at > moment - after
        }
        due = partial(_is_due, ledger, server, retry=rules.retry, cap=rules.per_person, at=moment)
        return [run_id for run_id in found if run_id not in lately and due(run_id)]


def _is_due(ledger: Ledger, server: str, run_id: str, *, retry: RetryRules, cap: Cap | None, at: datetime) -> bool:
    """Whether there is anybody to be tried again whom the ledger itself does not keep from being called."""
    calls = ledger.calls_of_run(run_id)
    tried = tries(ledger.every_attempt({call.identity for call in calls}, server=server), run_id, retry, at)
    due = {call.address_key for call in calls if not tried.why_not.get(call.identity, NOT_TRIED)}
    due -= ledger.never_called(due).keys()
    if cap is not None:
        counted = ledger.calls_counted(due, cap, server=server, now=at)
        due -= {key for key, theirs in counted.items() if len(theirs) >= cap.calls}
    return bool(due)
