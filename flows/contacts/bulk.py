"""When one request for the whole project does exactly what single requests would.

`all.json` has no filter: it sets a variable for every contact of the project, those the source never named included
(API sheet 6.9). So it is used for a variable only where the plan, applied contact by contact, would leave every contact
with one and the same value of it. Contacts that are held, duplicate or unknown to the source then have that value
already; nobody passes through another one on the way, because each goes from its present value straight to the last.
"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts
from flows.contacts.costs import ServerCosts
from flows.contacts.plan import BulkWrite, Plan


def choose_bulk(
    plan: Plan, remote: RemoteContacts, costs: ServerCosts, *, names: Collection[str]
) -> tuple[BulkWrite, ...]:
    """The variables of `names` to be set for everybody in one request: all that are proved, if together they are
    cheaper than the single requests they save. `names` are known to exist: with a wrong second name the request would
    answer 500 and leave the first one written for everybody (API sheet 6.1)."""
    candidates = pc.unique(plan.changes["variable"]).to_pylist()
    proved = [(name, even_value(plan, remote, name)) for name in candidates if name in names]
    writes = tuple(BulkWrite(name, value) for name, value in proved if value is not None)
    if not writes:
        return ()
    lacking = sum(remote.variables[write.variable].null_count for write in writes)
    saved = contacts_spared(plan, writes) * costs.put
    return writes if costs.bulk(len(remote), lacking) < saved else ()


def even_value(plan: Plan, remote: RemoteContacts, variable: str) -> str | None:
    """The value of `variable` that every contact of the project would have after the plan; None if they would differ,
    if one would have none, or if not all contacts are known."""
    mine = plan.changes.filter(pc.equal(plan.changes["variable"], variable))
    values = pc.unique(mine["after"]).to_pylist()
    column = remote.variables.get(variable)
    if not remote.complete or column is None or len(values) != 1:
        return None
    value: str = values[0]
    changed = pc.is_in(remote.ids, value_set=pc.unique(mine["contact_id"]))
    has_it = pc.fill_null(pc.equal(column, value), False)
    evenly = pc.all(pc.or_(changed, has_it)).as_py() and all(c.vars.get(variable) == value for c in plan.creates)
    return value if evenly else None


def bulk_names(plan: Plan) -> pa.Array:
    """The variables that go to everybody in one request."""
    return pa.array([write.variable for write in plan.bulk], pa.string())


def bulk_changes(plan: Plan) -> pa.Table:
    """What the one request changes, contact by contact."""
    return plan.changes.filter(pc.is_in(plan.changes["variable"], value_set=bulk_names(plan)))


def single_changes(plan: Plan) -> pa.Table:
    """What is left for single requests."""
    return plan.changes.filter(pc.invert(pc.is_in(plan.changes["variable"], value_set=bulk_names(plan))))


def contacts_spared(plan: Plan, writes: Collection[BulkWrite]) -> int:
    """Contacts that would need no request of their own."""
    together = pa.array([write.variable for write in writes], pa.string())
    alone = plan.changes.filter(pc.invert(pc.is_in(plan.changes["variable"], value_set=together)))
    return plan.contacts_changed - int(pc.count_distinct(alone["contact_id"]).as_py())


def describe_bulk(plan: Plan, contacts: int) -> str:
    """What is sent to everybody, and what that saves, in a sentence; "" where nothing is."""
    if not plan.bulk:
        return ""
    values = ", ".join(f"{write.variable} = {write.value or '(empty)'}" for write in plan.bulk)
    spared = contacts_spared(plan, plan.bulk)
    return (
        f"One request (all.json) sets {values} for all {contacts:,} contacts, because each of them is to have "
        f"just that; it saves {max(spared - 1, 0):,} requests."
    )
