"""Reading a source by a cursor column: only what changed since the last successful run, and no row lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.ledger.values import Watermark
from connectors.sources.databases.url import database_url
from connectors.values import Rows
from flows import wiring
from flows.contacts import rules
from flows.reports.buckets import UNSETTLED
from flows.runs.kinds import run_kind
from flows.runs.run import Run
from flows.settings.base import Settings
from flows.settings.models import Pipeline
from flows.settings.sources import DatabaseSettings, SourceSettings

# Keys of the pipeline file that always decide what a watermark is kept by; a later one does where it is not at its
# default, as in `flows.contacts.rules.meaning`.
_OF_THE_SOURCE = {"kind", "table", "query", "cursor", "address", "region"}
_OF_CONTACTS = {"blank", "clear_marker", "on_conflict", "on_drift", "missing"}
_OF_A_VARIABLE = {"column", "value", "blank", "on_conflict", "on_drift"}
# How something is sent or read has no part in what the rows mean; where they lie is told without credentials.
_HOW_IT_IS_READ = {"url", "path", "statement_timeout", "headers", "redirects_to", "limits"}
_WITHOUT_MEANING = {*_HOW_IT_IS_READ, "variables", "bulk", "pull", "full_check"}


def cursor_of(run: Run) -> str | None:
    """The cursor column of the run's source; a dropped file has none."""
    return None if run.options.dropped else run.pipeline.source.cursor


def begins_at(run: Run, project_id: int) -> str | None:
    """The watermark from which on rows are read; None = from the beginning.

    Everything is read in a backfill, when a full check is due (what was not found, contradicted another row or came
    late is seen then), and when the pipeline reads something else or means something else by it than it did before.
    """
    source = run.pipeline.source
    if cursor_of(run) is None or run_kind(run.kind).whole_source:
        return None
    scope = run.scope(project_id)
    checked, contacts = run.ledger.counts(scope).full_check_at, wiring.contact_settings(run.pipeline)
    patience = contacts.full_check if contacts.pull in ("auto", "changed") else timedelta.max
    if checked is None or abs(run.clock() - checked) >= patience:
        return None
    known = run.ledger.watermark(scope, _key(run.pipeline, source))
    return None if known is None else known.value


def read_changed(run: Run, begin: str | None) -> Rows:
    """The rows changed since a watermark, or all."""
    return wiring.open_source(run.pipeline, since=begin).read()


def move_watermark(run: Run, project_id: int, rows: Rows, outcomes: pa.Table) -> None:
    """Remember how far the source was read, if all its rows are settled and no option left anything out."""
    source, options = run.pipeline.source, run.options
    narrowed = options.only or options.limit is not None or options.after_row or options.fill_only
    if options.dropped or rows.watermark is None or narrowed:
        return
    if pc.any(pc.is_in(outcomes["status"], value_set=pa.array(sorted(UNSETTLED)))).as_py():
        return
    moved = Watermark(rows.watermark, run.run_id, run.clock())
    run.ledger.set_watermark(run.scope(project_id), _key(run.pipeline, source), moved)


def _key(pipeline: Pipeline, source: SourceSettings) -> str:
    """The cursor column, and what is read by it to which end: a watermark of other rows says nothing of these."""
    contacts = wiring.contact_settings(pipeline)
    variables = {name: _meant(variable, _OF_A_VARIABLE) for name, variable in contacts.variables.items()}
    meaning = {
        **_place(pipeline, source),
        "source": _meant(source, _OF_THE_SOURCE),
        "contacts": _meant(contacts, _OF_CONTACTS) | {"variables": variables},
        **rules.MEANING_VERSION,
    }
    digest = hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:16]
    return f"{source.cursor} {digest}"


def _place(pipeline: Pipeline, source: SourceSettings) -> dict[str, str]:
    if isinstance(source, DatabaseSettings):
        return {"database": database_url(source.url.get_secret_value()).render_as_string()}
    return {"file": wiring.source_identity(pipeline)}


def _meant(settings: Settings, always: AbstractSet[str]) -> dict[str, Any]:
    later = settings.model_dump(mode="json", exclude={*always, *_WITHOUT_MEANING}, exclude_defaults=True)
    return settings.model_dump(mode="json", include=set(always)) | later
