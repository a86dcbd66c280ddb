"""A plan: everything that would be sent, as one frozen value that holds its changes as columns."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

CHANGES = pa.schema(
    [
        ("row", pa.int64()),
        ("contact_id", pa.int64()),
        ("address", pa.string()),
        ("variable", pa.string()),
        ("before", pa.string()),
        ("after", pa.string()),
    ]
)

OUTCOMES = pa.schema(
    [
        ("row", pa.int64()),
        ("leader", pa.int64()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("column", pa.string()),
        ("contact_id", pa.int64()),
        ("address", pa.string()),
    ]
)

SEEN = pa.schema(
    [
        ("contact_id", pa.int64()),
        ("variable", pa.string()),
        ("source_value", pa.string()),
        ("remote_value", pa.string()),
    ]
)

CHECKSUM_LENGTH = 16

Purpose = Literal["sync", "set-all", "undo"]


@dataclass(frozen=True, slots=True)
class Create:
    """A contact that would be created for a row, with all its variables."""

    row: int
    address: str
    vars: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BulkWrite:
    """One variable set for the whole project in one request, proved to leave every contact as single requests would."""

    variable: str
    value: str


@dataclass(frozen=True)
class Plan:
    """What would be sent, and what becomes of each row if all of it succeeds.

    server, project_id, project_name: where it would be sent.
    changes: schema CHANGES, grouped by contact, contacts in the order of their rows; `before` null = absent.
    outcomes: schema OUTCOMES, one line per selected row in the source's order. `leader` is the row whose outcome this
        one shares (itself, or an equal row above it); `status` is the bucket if everything succeeds.
    matched: contacts the source names. rows: selected source rows. drifted: values kept because only Verboice changed.
    seen: schema SEEN, what both sides say about values that are left alone, where that is news: the next run's base.
    bulk: which of the changes go to everybody in one request. It is only a cheaper way, so the checksum leaves it out.
    purpose: what the plan is for; what a pipeline remembers of a value depends on it.
    unsure: rows whose contact shares its number with another one, so that they must be compared every time.
    """

    server: str
    project_id: int
    project_name: str
    changes: pa.Table
    outcomes: pa.Table
    matched: int
    rows: int
    creates: tuple[Create, ...] = ()
    bulk: tuple[BulkWrite, ...] = ()
    drifted: int = 0
    two_way: bool = True
    purpose: Purpose = "sync"
    seen: pa.Table = field(default_factory=SEEN.empty_table)
    unsure: frozenset[int] = frozenset()

    @cached_property
    def checksum(self) -> str:
        """Names exactly what would change: two plans have one checksum if and only if they would leave Verboice the
        same, starting from the same. The order of the source's rows does not matter."""
        columns = [name for name in CHANGES.names if name != "row"]
        changes = self.changes.select(columns).sort_by([("contact_id", "ascending"), ("variable", "ascending")])
        # As CSV, because it is quick for millions of changes; null is nothing in it, and an empty text is "".
        text = io.BytesIO()
        pyarrow.csv.write_csv(changes, text, pyarrow.csv.WriteOptions(quoting_style="all_valid"))
        creates = sorted((create.address, sorted(create.vars.items())) for create in self.creates)
        digest = hashlib.sha256(orjson.dumps([self.server, self.project_id, creates]))
        digest.update(text.getbuffer())
        return digest.hexdigest()[:CHECKSUM_LENGTH]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that would be written."""
        created = {name for create in self.creates for name in create.vars}
        return tuple(dict.fromkeys([*pc.unique(self.changes["variable"]).to_pylist(), *sorted(created)]))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return not self.changes.num_rows and not self.creates

    @property
    def size(self) -> int:
        """How many changes it would make; a new contact counts as one."""
        return int(self.changes.num_rows) + len(self.creates)

    @property
    def contacts_changed(self) -> int:
        """Contacts that would get a request of their own."""
        return int(pc.count_distinct(self.changes["contact_id"]).as_py())

    def counts(self) -> dict[str, int]:
        """Rows per bucket, as if everything succeeded."""
        counted = self.outcomes["status"].value_counts().to_pylist()
        return {item["values"]: int(item["counts"]) for item in counted}

    def overwrites(self) -> int:
        """Contacts of which an existing value is replaced by another one."""
        return self._contacts_with_a_value(pc.not_equal(self.changes["after"], ""))

    def clears(self) -> int:
        """Contacts of which an existing value is emptied."""
        return self._contacts_with_a_value(pc.equal(self.changes["after"], ""))

    def _contacts_with_a_value(self, where: pa.ChunkedArray) -> int:
        had = pc.not_equal(self.changes["before"], "")  # null where it is absent, which is no value either
        return int(pc.count_distinct(self.changes["contact_id"].filter(pc.and_(had, where))).as_py())


def group_starts(changes: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Positions where the changes of the next contact begin, plus the end: contact i has rows starts[i]:starts[i+1]."""
    ids = changes["contact_id"].to_numpy()
    if not len(ids):
        return np.zeros(1, dtype=np.int64)
    return np.concatenate(([0], np.flatnonzero(ids[1:] != ids[:-1]) + 1, [len(ids)]))
