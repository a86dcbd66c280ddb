"""When the calls of earlier runs were to ring, and how long they lasted."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from connectors.ledger import schema
from connectors.ledger.calls import RINGS, of_project
from connectors.ledger.part import LedgerPart

RECENT = timedelta(days=90)  # what lasted longer ago says little about the next call
_MOST = 500
_WAITS = timedelta(days=7)  # nobody looked after what was asked for before that
_ANSWERED, _UNANSWERED = "completed", "failed"
_C = schema.calls.c


class CallTimes(LedgerPart):
    def call_lengths(
        self, server: str, project_id: int, *, pipeline: str | None, now: datetime
    ) -> tuple[list[float], list[float]]:
        """For how many seconds the project's latest calls kept a line, of one pipeline or of all of them: those that
        were answered, and the others. Only of servers that tell when calls began and ended (API sheet 9.1)."""
        query = (
            sa.select(_C.call_state, _C.started_at, _C.finished_at)
            .where(_C.server == server, _C.asked_at > now - RECENT, of_project(project_id))
            .where(sa.true() if pipeline is None else _C.pipeline == pipeline)
            .where(_C.call_state.in_([_ANSWERED, _UNANSWERED]), _C.finished_at >= _C.started_at)
            .order_by(_C.asked_at.desc())
            .limit(_MOST)
        )
        found: dict[str, list[float]] = {_ANSWERED: [], _UNANSWERED: []}
        with self._db.reading() as connection:
            for state, started_at, finished_at in connection.execute(query):
                found[state].append((finished_at - started_at).total_seconds())
        return found[_ANSWERED], found[_UNANSWERED]

    def calls_waiting(self, server: str, project_id: int, now: datetime) -> list[datetime]:
        """From when on each call for the project can have begun that is not known to have ended; those that were asked
        for lately, the earliest first."""
        query = sa.select(_C.asked_at, _C.not_before, _C.tracked_at).where(
            _C.server == server,
            of_project(project_id),
            _C.asked_at > now - _WAITS,
            _C.state == "queued",
            _C.call_state.in_(["", "queued", "active"]),
        )
        with self._db.reading() as connection:
            return sorted(max(filter(None, moments)) for moments in connection.execute(query))

    def calls_meant_for(self, server: str, pipeline: str, since: datetime) -> list[datetime]:
        """From when on each of the pipeline's calls since then could ring, of those that rang, or may yet."""
        query = sa.select(_C.asked_at, _C.not_before).where(
            _C.server == server,
            _C.pipeline == pipeline,
            sa.or_(_C.asked_at >= since, _C.not_before >= since),
            _C.state.in_(RINGS),
            _C.call_state.not_in(["cancelled", "canceled"]),  # servers spell it either way
        )
        with self._db.reading() as connection:
            return [max(filter(None, moments)) for moments in connection.execute(query)]
