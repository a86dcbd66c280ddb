"""One value for everybody: the plan of `set-all`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts, Rows
from flows.contacts.assess import Target
from flows.contacts.columns import Flags
from flows.contacts.diff import same
from flows.contacts.normalise import value_problem
from flows.contacts.plan import CHANGES, OUTCOMES, BulkWrite, Plan

FIRST_ROW = 2  # as in the result workbook, whose header is row 1


def judge_values(values: Mapping[str, str]) -> Iterable[str]:
    """What is wrong with the values, a sentence for each."""
    for name, value in values.items():
        problem = value_problem(value)
        if problem:
            yield f"{name}: {problem}"


def contact_rows(remote: RemoteContacts) -> Rows:
    """The contacts as rows, one each, as they will stand in the result workbook: their addresses."""
    listed: list[list[str]] = [[] for _ in range(len(remote))]
    for owner, address in zip(remote.address_owner.to_pylist(), remote.addresses.to_pylist(), strict=True):
        listed[owner].append(address)
    addresses = pa.array([", ".join(one) for one in listed], pa.string())
    return Rows(pa.table({"Addresses": addresses}), _numbers(remote), "contacts")


def plan_for_everyone(remote: RemoteContacts, values: Mapping[str, str], *, target: Target) -> Plan:
    """The plan that gives each contact these values. `remote` holds all contacts of the project and these variables."""
    numbers, addresses = _numbers(remote), _first_addresses(remote)
    parts, touched = [], np.zeros(len(remote), dtype=np.bool_)
    for name, value in values.items():
        column = remote.variables[name]
        wanted = pa.repeat(pa.scalar(value), len(remote))
        differs = ~same(column, wanted)
        touched |= differs
        whole = [numbers, remote.ids, addresses, pa.repeat(pa.scalar(name), len(remote)), column, wanted]
        parts.append(pa.table(whole, schema=CHANGES).filter(pa.array(differs)))
    return Plan(
        server=target.server,
        project_id=target.project_id,
        project_name=target.project_name,
        changes=pa.concat_tables(parts).sort_by("row").combine_chunks(),
        outcomes=_outcomes(remote, numbers, addresses, touched),
        matched=len(remote),
        rows=len(remote),
        bulk=tuple(BulkWrite(name, value) for name, value in values.items()) if touched.any() else (),
        two_way=False,
        purpose="set-all",
    )


def describe_reach(plan: Plan) -> str:
    """How many contacts a plan touches, and how many different values it would replace."""
    before = plan.changes["before"]
    values = len(pc.unique(before.filter(pc.not_equal(before, ""))))
    return f"{plan.contacts_changed:,} of {plan.matched:,} contacts, {values:,} different values"


def _first_addresses(remote: RemoteContacts) -> pa.Array:
    """One address per contact, "" for a contact that has none (the API allows that, API sheet 3.6)."""
    first = pc.index_in(pa.array(np.arange(len(remote))), value_set=remote.address_owner)
    return pc.fill_null(pc.take(remote.addresses, first), "")


def _numbers(remote: RemoteContacts) -> pa.Array:
    return pa.array(np.arange(FIRST_ROW, FIRST_ROW + len(remote)))


def _outcomes(remote: RemoteContacts, numbers: pa.Array, addresses: pa.Array, touched: Flags) -> pa.Table:
    nothing = pa.nulls(len(remote), pa.string())
    status = np.where(touched, "updated", "unchanged")
    return pa.table([numbers, numbers, status, nothing, nothing, remote.ids, addresses], schema=OUTCOMES)
