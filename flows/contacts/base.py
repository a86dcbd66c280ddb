"""What both sides said of each contact's variables when they were last settled, ready to be compared by column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts
from flows.contacts.columns import Flags, Positions, flags, one, places_of, take
from flows.contacts.diff import Base, same
from flows.contacts.recheck import present_values


class Bases:
    """The ledger's base (contact_id, variable, source_value, remote_value), variable by variable.

    No contact may be in it twice with the same variable.
    """

    def __init__(self, table: pa.Table | None) -> None:
        self._of: dict[str, pa.Table] = {}
        if table is None or not table.num_rows:
            return
        encoded = pc.dictionary_encode(one(table["variable"]))
        codes = encoded.indices.to_numpy()
        for code, name in enumerate(encoded.dictionary.to_pylist()):
            mine = pa.array(np.flatnonzero(codes == code))
            self._of[name] = table.select(["contact_id", "source_value", "remote_value"]).take(mine)

    def __bool__(self) -> bool:
        return bool(self._of)

    def at(self, variable: str, ids: pa.Array) -> Base | None:
        """The base of one variable, aligned with the contacts of `ids`."""
        mine = self._of.get(variable)
        if mine is None:
            return None
        places = places_of(ids, one(mine["contact_id"]))
        known = places >= 0
        return Base(known, _spread(mine["source_value"], places, known), _spread(mine["remote_value"], places, known))

    def is_news(self, variable: str, ids: pa.Array, source: pa.Array, *, remote: pa.Array) -> Flags:
        """Where the base does not say yet what both sides say now."""
        base = self.at(variable, ids)
        if base is None:
            return np.ones(len(ids), dtype=np.bool_)
        return ~(base.known & same(source, base.source) & same(remote, base.remote))


class Others:
    """What other pipelines of the project remember, by their names, the one that ran last first."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self.names = tuple(tables)
        self._bases = [Bases(table) for table in tables.values()]

    def __bool__(self) -> bool:
        return any(self._bases)

    def stating(self, variable: str, ids: pa.Array, remote: pa.Array) -> Positions:
        """Whose source says what Verboice has: the place among `names`, -1 where none does."""
        found: Positions = np.full(len(ids), -1)
        for place, bases in reversed(list(enumerate(self._bases))):
            base = bases.at(variable, ids)
            if base is not None:
                found[base.known & same(base.source, remote) & same(base.remote, remote)] = place
        return found

    def completed(self, base: Base | None, variable: str, ids: pa.Array) -> Base | None:
        """The base with what the others remember where it knows nothing."""
        for bases in self._bases:
            base = _completed(base, bases.at(variable, ids))
        return base


def _completed(base: Base | None, other: Base | None) -> Base | None:
    if base is None or other is None:
        return base or other
    mine = pa.array(base.known)
    source, remote = pc.if_else(mine, base.source, other.source), pc.if_else(mine, base.remote, other.remote)
    return Base(base.known | other.known, source, remote)


def without_own(base: pa.Table, remote: RemoteContacts, sent: pa.Table) -> pa.Table:
    """The base without values that Verboice has because an earlier run sent them, although no answer said so: nobody
    else has changed these, so there is neither drift nor conflict and the source decides.

    `sent` has contact_id, variable and after.
    """
    if not sent.num_rows:
        return base
    arrived = sent.filter(pa.array(same(present_values(sent, remote), one(sent["after"]))))
    own = set(zip(arrived["contact_id"].to_pylist(), arrived["variable"].to_pylist(), strict=True))
    suspects = np.flatnonzero(flags(one(pc.is_in(base["contact_id"], value_set=one(arrived["contact_id"])))))
    names = zip(*(take(one(base[name]), suspects).to_pylist() for name in ("contact_id", "variable")), strict=True)
    others = np.ones(base.num_rows, dtype=np.bool_)
    others[suspects[[name in own for name in names]]] = False
    return base.filter(pa.array(others))


def _spread(column: pa.ChunkedArray, places: np.ndarray[tuple[int], np.dtype[np.int64]], known: Flags) -> pa.Array:
    if known.all():
        return take(one(column), places)
    return pc.take(one(column), pa.array(places, mask=~known))
