"""What callers answered, read once their calls have ended and kept in the run's folder beside what was before.

A call is prepared with the contacts looked up, so what was before costs no request. Afterwards contacts are read in the
way that costs the server less (`flows.runs.calls.spelling.Directory`), each once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from connectors.errors import VerboiceSyncError
from connectors.ledger.values import Call
from flows.calls.answers import answers, as_text, from_text, in_words, may_have_answered
from flows.calls.batch import Batch
from flows.contacts.people.pulling import Person
from flows.runs.calls.spelling import Directory
from flows.runs.folder import RunFolder
from flows.runs.run import Run

if TYPE_CHECKING:
    from flows.runs.calls.reopen import CallsAgain

ANSWERS = "answers"
_KEPT = pa.schema([("row", pa.int64()), ("before", pa.string()), ("answers", pa.string())])
"""A line per call of a contact that was looked up: its variables when the call was prepared, as JSON, and what was
answered, in words; null = not read yet. A line goes, or its `before` is "", where its person was forgotten."""


def keep_before(folder: RunFolder, batch: Batch, variables: Mapping[str, Mapping[str, str]]) -> None:
    """Write down what the contacts had before their calls; variables are by the person's key."""
    known = [call for call in batch.calls if call.key in variables]
    columns = [[c.row for c in known], [as_text(variables[c.key]) for c in known], [None] * len(known)]
    folder.keep(ANSWERS, pa.table(columns, schema=_KEPT))


def kept_answers(folder: RunFolder) -> Mapping[int, str]:
    """What was answered, in words, by row; "" where somebody may have answered and said nothing new."""
    kept = folder.kept(ANSWERS)
    lines = () if kept is None else kept.to_pylist()
    return {line["row"]: line["answers"] for line in lines if line["answers"] is not None}


def read_answers(run: Run, known: CallsAgain) -> tuple[CallsAgain, tuple[str, ...]]:
    """Read what was answered in calls that have ended since this was done last: the run with that, and what to tell
    where it was refused."""
    kept = run.folder.kept(ANSWERS)
    if kept is None:
        return known, ()
    lines = kept.to_pylist()
    before = {line["row"]: line["before"] for line in lines if line["answers"] is None and line["before"]}
    calls = [call for call in known.calls.values() if call.row in before and may_have_answered(call)]
    if not calls:
        return known, ()
    run.progress.begin("Reading what was answered", None)
    try:
        found = _answered(run, known, calls, {row: from_text(text) for row, text in before.items()})
    except VerboiceSyncError as error:
        told = f"What was answered in {len(calls):,} calls could not be read: {error.message.rstrip('.')}. "
        return known, (f"{told}`verboice-sync track {run.run_id}` tries it again.",)
    texts = [found.get(line["row"], line["answers"]) for line in lines]
    run.folder.keep(ANSWERS, kept.set_column(2, "answers", pa.array(texts, pa.string())))
    return replace(known, answers={**known.answers, **found}), ()


def _answered(
    run: Run, known: CallsAgain, calls: Sequence[Call], before: Mapping[int, Mapping[str, str]]
) -> dict[int, str]:
    """What was answered, in words, by row; raises what reading contacts raises."""
    project_id = known.batch.project_id
    contacts = run.ledger.counts(run.scope(project_id)).contacts
    directory = Directory(run.client, project_id, run.pipeline.source.region, contacts)
    people = {call.row: Person(call.address, call.address_key) for call in calls}
    stored = directory.find(list(dict.fromkeys(people.values())))
    owners = {row: stored[person].contact_id for row, person in people.items() if person in stored}
    written = run.ledger.written_since(run.scope(project_id), known.record.started_at, set(owners.values()))
    return {
        call.row: in_words(
            answers(
                before[call.row],
                directory.variables.get(call.address_key, {}),
                written.get(owners.get(call.row, 0), frozenset()),
            )
        )
        for call in calls
    }
