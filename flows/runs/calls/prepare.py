"""From the source to a judged batch; sends nothing that rings anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Rows
from connectors.verboice.calls import call_request, check_twiml
from connectors.verboice.errors import CannotAddress, CannotSend, Reached, UnexpectedReply
from connectors.verboice.zones import drift_of
from flows import wiring
from flows.calls.assess import assess
from flows.calls.batch import Batch, PlannedCall, RowOutcome
from flows.calls.campaign import campaign_name
from flows.calls.catalogue import Catalogue
from flows.calls.guard import judge
from flows.calls.normalise import (
    Addresses,
    StoredAddress,
    Unusable,
    WantedCall,
    column_of,
    normalise,
    read_addresses,
    select,
)
from flows.calls.outcome import corrected
from flows.calls.parameters import Parameters
from flows.calls.rules import CallRules
from flows.contacts.damage import with_damage_told
from flows.contacts.footer import footer_advice
from flows.contacts.guard import Violation
from flows.contacts.people.pulling import Person
from flows.contacts.people.regions import region_advice
from flows.runs.calls import lists, memory, retry, timing
from flows.runs.calls.connect import check_constants, look_up, read_rules
from flows.runs.calls.past import KnownCalls, look
from flows.runs.calls.spelling import Directory, as_stored, stored_people
from flows.runs.run import Run

T = TypeVar("T")

JUST_NOW = timedelta(hours=24)  # within which an earlier call to the same person is worth a word


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """Everything known before anybody is rung. `rows` are the selected ones; `variables`: what the contacts that were
    looked up have, by the person's key."""

    rows: Rows
    batch: Batch
    catalogue: Catalogue
    rules: CallRules
    violations: tuple[Violation, ...]
    past: KnownCalls
    variables: Mapping[str, Mapping[str, str]]
    ringing: timing.Ringing


def prepare(run: Run) -> PreparedBatch:
    """Read, look up, resolve, compare with the ledger, judge. Raises what stops a run."""
    rules = read_rules(run.pipeline)
    retried = retry.retried(run, rules)
    rows = run.step("read source", lambda: _read(run, rules) if retried is None else retried.rows)
    catalogue = run.step("connect", lambda: _connect(run, rules, rows))
    parameters = Parameters(rules, catalogue, run.clock())
    check_constants(run.pipeline, parameters)
    campaign = _campaign(run, rules, rows) if retried is None else retried.batch.campaign
    addresses = read_addresses(rows, rules)
    chosen = select(addresses, only=run.options.only, limit=run.options.limit, rules=rules)
    if retried is not None:
        chosen = [at for at in chosen if rows.numbers[at].as_py() in retried.calls]
    directory = _directory(run, catalogue)
    addresses = run.step("look up addresses", lambda: _with_stored(addresses, chosen, directory))
    former = run.ledger.pipelines_of_former_identities(run.pipeline.verboice.url)
    read = normalise(rows, addresses, parameters, campaign=campaign, former=former)
    wanted = [_sendable(read[position], rules, run.pipeline.verboice.url) for position in chosen]
    barred, told = run.step("read lists", lambda: lists.barred(run, rules, rows, memory.keys_of(wanted)))
    remembered = replace(memory.remembered(run, catalogue.project_id, wanted, rules), barred=barred)
    if retried is None:
        assessed = assess(wanted, remembered, rules, again=run.options.again)
    else:
        tried = retry.tries_of(run, retried, wanted, rules, catalogue)
        assessed = retry.as_attempts(assess(wanted, retry.without_attempts(remembered, tried, retried), rules), tried)
    typed = {read[at].row: addresses.texts[at] for at in chosen if addresses.texts[at] not in addresses.stored}
    nobody: Mapping[int, StoredAddress] = {}
    stored, unread = run.step(
        "look up spellings", lambda: _shown(lambda: stored_people(assessed.calls, typed, directory), nobody)
    )
    known = timing.ringing(run, catalogue.channels, catalogue.project_id, rules)
    times = timing.timed(run, as_stored(assessed.calls, stored), rules, known)
    calls = times.calls
    contacts = memory.contacts_of(run, catalogue.project_id, wanted, _ids(addresses, stored))
    past = look(run, catalogue.project_id)
    batch = Batch(
        server=run.pipeline.verboice.url,
        project_id=catalogue.project_id,
        project_name=catalogue.project_name,
        calls=calls,
        outcomes=_identified(corrected(assessed.outcomes, times.kept_back), wanted, contacts),
        campaign=campaign,
        again=run.options.again if retried is None else f"retry of run {retried.run.run_id}",
        notes=(
            *filter(None, [past.note]),
            *times.notes,
            *rows.notes,
            *told,
            *_notes(rules, calls, campaign),
            *_unconfirmed(catalogue, calls),
            *unread,
            *_just_called(run, catalogue.project_id, rules, calls),
            *filter(None, [footer_advice(rows, rules.address, rules.region)]),
            *filter(None, [region_advice(addresses.texts, rules.region)]),
        ),
        forecast=times.forecast,
    )
    violations = judge(batch, wiring.call_limits(run.pipeline))
    return PreparedBatch(_taken(rows, chosen), batch, catalogue, rules, violations, past, directory.variables, known)


def _read(run: Run, rules: CallRules) -> Rows:
    run.progress.begin(f"Reading {run.source.describe()}", None)
    rows = run.source.read()
    wiring.check_call_columns(run.pipeline, rows)
    return with_damage_told(rows, [column for column, _ in rules.used_columns()], address=rules.address)


def _connect(run: Run, rules: CallRules, rows: Rows) -> Catalogue:
    run.progress.begin("Connecting to Verboice", None)
    given = rules.given("call_flow")
    column = given.column if given else None
    texts = pc.unique(pc.utf8_trim_whitespace(rows.table.column(column))).to_pylist() if column else []
    return look_up(run.client, run.pipeline, rules, flow_ids=texts)


def _campaign(run: Run, rules: CallRules, rows: Rows) -> str:
    return campaign_name(rules.campaign, today=timing.today(run, rules), file=rows.stem)


def _sendable(row: WantedCall | Unusable, rules: CallRules, server: str) -> WantedCall | Unusable:
    """The row, or why it cannot be put into a request that Verboice would understand."""
    if isinstance(row, Unusable):
        return row
    try:
        call_request(row.request, base=server)
    except CannotSend as fault:
        is_twiml = row.request.twiml is not None and bool(check_twiml(row.request.twiml))
        return Unusable(row.row, column_of(rules, "twiml") if is_twiml else "", fault.message)
    return row


def _directory(run: Run, catalogue: Catalogue) -> Directory:
    known = run.ledger.counts(run.scope(catalogue.project_id)).contacts
    return Directory(run.client, catalogue.project_id, run.pipeline.source.region, known)


def _with_stored(addresses: Addresses, chosen: Sequence[int], directory: Directory) -> Addresses:
    """The addresses, knowing of those that mean nobody by themselves whom Verboice has."""
    nobody: dict[Person, StoredAddress] = {}
    found, _ = _shown(lambda: directory.find(addresses.doubtful(chosen)), nobody)
    return replace(addresses, stored={person.typed: stored for person, stored in found.items()})


def _shown(looking: Callable[[], T], otherwise: T) -> tuple[T, tuple[str, ...]]:
    """What is found among the contacts, and what to tell where the server has no page that shows them."""
    try:
        return looking(), ()
    except (CannotAddress, UnexpectedReply) as fault:
        if fault.reached is not Reached.YES:
            raise
        return otherwise, ("The server shows no contacts, so numbers are called as they stand in the source.",)


def _ids(addresses: Addresses, stored: Mapping[int, StoredAddress]) -> dict[str, int]:
    """Contact ids of the people that were looked up, by key."""
    return {one.key: one.contact_id for one in (*addresses.stored.values(), *stored.values())}


def _identified(
    outcomes: Sequence[RowOutcome], rows: Sequence[WantedCall | Unusable], contacts: Mapping[str, int]
) -> tuple[RowOutcome, ...]:
    """The outcomes with the contacts of their rows; `contacts` are ids by key."""
    return tuple(
        replace(outcome, contact_id=contacts.get(row.key)) if isinstance(row, WantedCall) else outcome
        for outcome, row in zip(outcomes, rows, strict=True)
    )


def _notes(rules: CallRules, calls: Sequence[PlannedCall], campaign: str) -> list[str]:
    zones = dict.fromkeys(call.request.time_zone for call in calls if call.request.time_zone)
    drifts = [note for note in map(drift_of, zones) if note is not None]
    return [*drifts, *([f"Campaign: {campaign}."] if rules.campaign else [])]


def _unconfirmed(catalogue: Catalogue, calls: Sequence[PlannedCall]) -> list[str]:
    """A call with a flow that the account may not use is accepted and says nothing (API sheet 8.8)."""
    used = sorted(catalogue.unconfirmed & {call.request.call_flow_id for call in calls})
    if not used:
        return []
    told = f"The project is only shared to this account: its call flow {' or '.join(map(str, used))} cannot be checked"
    return [f"{told}, and with a wrong id the people called would hear nothing. Try it with --limit 1 first."]


def _just_called(run: Run, project_id: int, rules: CallRules, calls: Sequence[PlannedCall]) -> list[str]:
    """Without `repeat_after` nobody is spared, but whoever starts the batch should know."""
    if rules.repeat_after is not None or run.options.again or not calls:
        return []
    found = len(memory.called_within(run, project_id, [call.key for call in calls], JUST_NOW))
    if not found:
        return []
    whom = "One of these people was" if found == 1 else f"{found:,} of these people were"
    return [f"{whom} called for this project within the last 24 hours; `repeat_after` would spare them."]


def _taken(rows: Rows, positions: Sequence[int]) -> Rows:
    if len(positions) == len(rows):
        return rows
    at = pa.array(positions, pa.int64())
    return replace(rows, table=rows.table.take(at), numbers=rows.numbers.take(at))
