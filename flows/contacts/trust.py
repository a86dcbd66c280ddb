"""Rows that need not be compared with Verboice, because nothing about them has changed since they were settled.

A row is settled when its contact is known to have what the row says. It is remembered by its address and by a digest
of its content and of everything that decides what the content means; a row that was rejected, held or not found, or
whose request was not confirmed, is not remembered, so it is compared every time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from hashlib import blake2b

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Rows
from flows.contacts.columns import Flags, Positions, flags, one, take
from flows.contacts.rules import ContactRules

CHANGED = ""  # in place of a digest: the row is known, but not to have arrived
_DIGEST = 12  # bytes
_BORDER = "\x1f"  # between cells; no value that can be settled has a control character
_SETTLED = ("unchanged", "updated", "created")


@dataclass(frozen=True, slots=True)
class Trust:
    """As long as the rows.

    rows: whether the row is as it was when its contact was last seen to have its values.
    contact: the id of that contact, -1 where there is none. address: its stored spelling, null likewise; both are also
        known for rows that have changed since, which makes looking them up one request each.
    """

    rows: Flags
    contact: Positions
    address: pa.Array

    def alone(self, matched: Positions, group: Positions) -> Flags:
        """Rows that can really be left unseen: a contact that was read all the same is compared like any other, and
        so is a row beside which a changed one names the same person. `group` as in `flows.contacts.duplicates`."""
        alone = self.rows & (matched < 0) & (group >= 0)
        doubtful = np.zeros(int(group.max(initial=-1)) + 2, dtype=np.bool_)
        doubtful[group[~alone]] = True  # the last place takes rows without a group
        return alone & ~doubtful[group]


def contents(rows: Rows, rules: ContactRules) -> pa.Array:
    """A digest per row of the cells the pipeline uses, as they stand, and of what it makes of them."""
    meaning = {name: value for name, value in asdict(rules).items() if name != "fill_only"}
    key = blake2b(orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS), digest_size=_DIGEST).digest()
    cells = [one(rows.table.column(column)) for column in rules.columns]
    joined = pc.binary_join_element_wise(*cells, _BORDER)
    digests = [
        blake2b(text, digest_size=_DIGEST, key=key).hexdigest() for text in pc.cast(joined, pa.binary()).to_pylist()
    ]
    return pa.array(digests, pa.string())


def trusted(keys: pa.Array, digests: pa.Array, settled: pa.Table) -> Trust:
    """Rows with these address keys and digests, given what was settled (address_key, content_hash, contact_id,
    address), each key once."""
    places = pc.index_in(keys, value_set=one(settled["address_key"]), skip_nulls=True)
    known = pc.take(one(settled["content_hash"]), places)
    contact = pc.take(one(settled["contact_id"]), places)
    same = flags(pc.fill_null(pc.equal(known, digests), False)) & flags(pc.is_valid(contact))
    return Trust(
        rows=same,
        contact=pc.fill_null(contact, -1).to_numpy(),
        address=pc.take(one(settled["address"]), places),
    )


@dataclass(frozen=True, slots=True)
class Contents:
    """What is remembered of the rows of a plan: as long as its outcomes, in the same order.

    keys: of their addresses, null where one cannot be used. digests: of their content. trusted: whether the plan left
    the row unseen.
    """

    keys: pa.Array
    digests: pa.Array
    trusted: Flags

    @classmethod
    def of(cls, keys: pa.Array, digests: pa.Array, *, selected: Flags, trusted: Flags | None) -> Contents:
        """Those of the selected rows."""
        chosen = np.flatnonzero(selected)
        seen = np.zeros(len(chosen), dtype=np.bool_) if trusted is None else trusted[chosen]
        return cls(take(keys, chosen), take(digests, chosen), seen)

    def about_to_change(self, outcomes: pa.Table) -> pa.Table:
        """Rows for which something is sent: not settled until the answer is there, whatever happens meanwhile."""
        sent = pc.is_in(outcomes["status"], value_set=pa.array(["updated", "created", "held"]))
        return self._settled(outcomes, flags(one(sent)), pa.repeat(pa.scalar(CHANGED), outcomes.num_rows))

    def arrived(self, outcomes: pa.Table, *, unsure: Collection[int]) -> pa.Table:
        """Rows whose contact has their values now, where that was not known before."""
        settled = flags(one(pc.is_in(outcomes["status"], value_set=pa.array(_SETTLED)))) & ~self.trusted
        if unsure:
            doubtful = pc.is_in(outcomes["row"], value_set=pa.array(list(unsure), pa.int64()))
            settled &= ~flags(one(doubtful))
        return self._settled(outcomes, settled, self.digests)

    def _settled(self, outcomes: pa.Table, where: Flags, digests: pa.Array) -> pa.Table:
        """In the columns the ledger keeps, each key once: the first row's."""
        where = where & flags(pc.is_valid(self.keys)) & flags(one(pc.is_valid(outcomes["contact_id"])))
        rows = np.flatnonzero(where)
        keys = take(self.keys, rows)
        encoded = pc.dictionary_encode(keys).indices.to_numpy()
        first = rows[np.unique(encoded, return_index=True)[1]] if len(rows) else rows
        return pa.table(
            {
                "address_key": take(self.keys, first),
                "content_hash": take(digests, first),
                "contact_id": take(one(outcomes["contact_id"]), first),
                "address": take(one(outcomes["address"]), first),
            }
        )
