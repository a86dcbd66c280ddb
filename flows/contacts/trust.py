"""Rows that need not be compared with Verboice, because nothing about them has changed since they were settled.

A row is settled when its contact is known to have what the row says. It is remembered by its address and by a digest
of its content and of everything that decides what the content means; a row that was rejected, held or not found, or
whose request was not confirmed, is not remembered, so it is compared every time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Rows
from flows.contacts.columns import Flags, Positions, flags, one, take
from flows.contacts.rules import ContactRules, meaning

CHANGED = ""  # in place of a digest: the row is known, but not to have arrived
_DIGEST = 12  # bytes
_BORDER = "\x1f"  # between cells; no value that can be settled has a control character
_SETTLED = ("unchanged", "updated", "created")


@dataclass(frozen=True, slots=True)
class Trust:
    """As long as the rows.

    rows: whether the row is as it was when its contact was last seen to have its values.
    known: whether the row's address is remembered, with whatever content.
    contact: the id of the contact it was found to be, -1 where it was not. address: that contact's stored spelling,
        null likewise; it makes looking up a row that has changed one request.
    """

    rows: Flags
    known: Flags
    contact: Positions
    address: pa.Array

    def alone(self, matched: Positions, group: Positions) -> Flags:
        """Rows that can really be left unseen: a contact that was read all the same is compared like any other, and
        so is a row beside which a changed one names the same person. `group`: `flows.contacts.people.duplicates`."""
        alone = self.rows & (matched < 0) & (group >= 0)
        doubtful = np.zeros(int(group.max(initial=-1)) + 2, dtype=np.bool_)
        doubtful[group[~alone]] = True  # the last place takes rows without a group
        return alone & ~doubtful[group]


def contents(rows: Rows, rules: ContactRules) -> pa.Array:
    """A digest per row of the cells the pipeline uses, as they stand, and of what it makes of them."""
    key = blake2b(orjson.dumps(meaning(rules), option=orjson.OPT_SORT_KEYS), digest_size=_DIGEST).digest()
    cells = [one(rows.table.column(column)) for column in rules.columns]
    joined = pc.binary_join_element_wise(*cells, _BORDER)
    digests = [
        blake2b(text, digest_size=_DIGEST, key=key).hexdigest() for text in pc.cast(joined, pa.binary()).to_pylist()
    ]
    return pa.array(digests, pa.string())


def trusted(keys: pa.Array, digests: pa.Array, settled: pa.Table) -> Trust:
    """Rows with these address keys and digests, given what was settled (address_key, content_hash, contact_id,
    address), each key once."""
    places = pc.index_in(keys, value_set=one(settled["address_key"]))
    contact = pc.take(one(settled["contact_id"]), places)
    found = pc.is_valid(contact)
    alike = pc.fill_null(pc.equal(pc.take(one(settled["content_hash"]), places), digests), False)
    return Trust(
        rows=flags(pc.and_(alike, found)),
        known=flags(pc.is_valid(places)),
        contact=pc.fill_null(contact, -1).to_numpy(),
        address=pc.if_else(found, pc.take(one(settled["address"]), places), pa.scalar(None, pa.string())),
    )


def absent(keys: pa.Array, settled: pa.Table) -> pa.Table:
    """Settled rows that the source does not have now, as known but not arrived: a comparison of all its rows did not
    see them, so they are compared when they come back."""
    is_gone = pc.invert(pc.is_in(settled["address_key"], value_set=keys))
    gone = settled.filter(pc.and_(is_gone, pc.not_equal(settled["content_hash"], CHANGED)))
    place = gone.column_names.index("content_hash")
    return gone.set_column(place, "content_hash", pa.array([CHANGED] * gone.num_rows, pa.string()))


@dataclass(frozen=True, slots=True)
class Contents:
    """What is remembered of the rows of a plan: as long as its outcomes, in the same order.

    keys: of their addresses, null where one cannot be used. digests: of their content. known: whether the ledger has
    the address. unseen: whether the plan left the row alone without looking.
    absent: for a plan of all rows, the settled rows that are not among them, as in `absent`.
    """

    keys: pa.Array
    digests: pa.Array
    known: Flags
    unseen: Flags
    absent: pa.Table | None = None

    def doubtful(self, outcomes: pa.Table, *, unsure: Collection[int]) -> pa.Table:
        """Rows that were settled once and are not, or not surely, any more: something is about to be sent for them, or
        they turned out to be unusable, contradicting or unknown."""
        settled = flags(one(pc.equal(outcomes["status"], "unchanged"))) & ~_among(outcomes["row"], unsure)
        return self._as_kept(outcomes, self.known & ~settled, pa.repeat(pa.scalar(CHANGED), outcomes.num_rows))

    def arrived(self, outcomes: pa.Table, *, unsure: Collection[int]) -> pa.Table:
        """Rows whose contact has their values now, where that was not known before."""
        settled = flags(one(pc.is_in(outcomes["status"], value_set=pa.array(_SETTLED))))
        found = flags(one(pc.is_valid(outcomes["contact_id"])))
        news = settled & found & ~self.unseen & ~_among(outcomes["row"], unsure)
        return self._as_kept(outcomes, news, self.digests)

    def _as_kept(self, outcomes: pa.Table, where: Flags, digests: pa.Array) -> pa.Table:
        """In the columns the ledger keeps, each key once: the first row's."""
        rows = np.flatnonzero(where & flags(pc.is_valid(self.keys)))
        encoded = pc.dictionary_encode(take(self.keys, rows)).indices.to_numpy()
        if len(rows) and int(encoded.max()) + 1 < len(rows):
            rows = rows[np.unique(encoded, return_index=True)[1]]
        return pa.table(
            {
                "address_key": take(self.keys, rows),
                "content_hash": take(digests, rows),
                "contact_id": take(one(outcomes["contact_id"]), rows),
                "address": take(one(outcomes["address"]), rows),
            }
        )


def _among(rows: pa.ChunkedArray, unsure: Collection[int]) -> Flags:
    return flags(one(pc.is_in(rows, value_set=pa.array(sorted(unsure), pa.int64()))))
