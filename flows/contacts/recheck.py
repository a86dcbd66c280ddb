"""Do changes still begin where they were planned from? Compared with contacts read again."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts
from flows.contacts.columns import flags, one
from flows.contacts.diff import same


class Standing(IntEnum):
    """How a change stands to what Verboice has now."""

    HOLDS = 0  # the value is still what it was planned from
    ARRIVED = 1  # it is already what it was to become
    MOVED = 2  # somebody set something else
    GONE = 3  # the contact is not there


def standings(changes: pa.Table, now: RemoteContacts) -> npt.NDArray[np.int8]:
    """One `Standing` per change; `changes` has contact_id, variable, before (null = absent) and after."""
    present = present_values(changes, now)
    where = pc.index_in(changes["contact_id"], value_set=now.ids)
    result: npt.NDArray[np.int8] = np.full(changes.num_rows, Standing.MOVED, dtype=np.int8)
    result[same(present, one(changes["before"]))] = Standing.HOLDS
    result[same(present, one(changes["after"]))] = Standing.ARRIVED
    result[flags(pc.is_null(where))] = Standing.GONE
    return result


def present_values(changes: pa.Table, now: RemoteContacts) -> pa.Array:
    """What Verboice has now for each change, null where it has nothing."""
    where = one(pc.index_in(changes["contact_id"], value_set=now.ids))
    present: npt.NDArray[np.object_] = np.full(changes.num_rows, None)
    for name in pc.unique(changes["variable"]).to_pylist():
        column = now.variables.get(name)
        if column is not None:
            mine = pc.equal(changes["variable"], name).to_numpy()
            present[mine] = pc.take(column, where.filter(pa.array(mine))).to_pylist()
    return pa.array(present, pa.string())
