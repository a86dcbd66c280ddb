"""Files dropped into inboxes: known by content, claimed once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from connectors.ledger import schema
from connectors.ledger.part import LedgerPart, added, every, fields, given, one
from connectors.ledger.values import InboxFile, InboxState

_F = schema.inbox_files.c
_FILE = sa.select(*fields(schema.inbox_files, InboxFile))


class Inbox(LedgerPart):
    def claim_file(self, file: InboxFile, *, instead_of: InboxFile | None = None) -> InboxFile | None:
        """Takes a file for processing. None: it is yours. Otherwise what is known of this content.

        To process the same content again, or to take over from a dead run, pass that answer as `instead_of`: it works
        for one caller only.
        """
        here = (_F.pipeline == file.pipeline, _F.content_hash == file.content_hash)
        with self._db.writing() as connection:
            if instead_of is None:
                taken = added(connection, schema.inbox_files, given(file))
            else:
                as_seen = (_F.run_id == instead_of.run_id, _F.claimed_at == instead_of.claimed_at)
                replaced = sa.update(schema.inbox_files).where(*here, *as_seen).values(given(file))
                taken = connection.execute(replaced).rowcount == 1
            return None if taken else one(connection, _FILE.where(*here), InboxFile)

    def finish_file(self, file: InboxFile, state: InboxState, at: datetime, *, reason: str = "") -> None:
        """Says what became of a claimed file; without effect if another run took it over."""
        here = (_F.pipeline == file.pipeline, _F.content_hash == file.content_hash, _F.run_id == file.run_id)
        with self._db.writing(again=True) as connection:
            told = sa.update(schema.inbox_files).where(*here)
            connection.execute(told.values(state=state, finished_at=at, reason=reason))

    def inbox_files(self, pipeline: str, state: InboxState | None = None) -> list[InboxFile]:
        """The pipeline's files in the order they were claimed."""
        query = _FILE.where(_F.pipeline == pipeline).order_by(_F.claimed_at, _F.content_hash)
        with self._db.reading() as connection:
            return every(connection, query if state is None else query.where(_F.state == state), InboxFile)
