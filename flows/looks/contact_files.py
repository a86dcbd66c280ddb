"""Contacts of a project as a file: one row per contact, all cells text."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connectors.errors import ConfigurationError
from connectors.values import RemoteContacts
from flows.reports.private_file import replacing
from flows.reports.workbook import write_table

FIXED = ("contact_id", "address", "other_addresses")
_SEPARATOR = "; "
_BOM = "\ufeff"  # without it, spreadsheet programs read UTF-8 as something else


def write_contacts(path: Path, remote: RemoteContacts) -> None:
    """Write `.csv` (UTF-8 with BOM) or `.xlsx`, whole or not at all, readable by its owner only.

    Columns: contact_id, address (the first), other_addresses, then every variable; absent and empty are both blank.
    Raises CouldNotBeDone where it cannot be written.
    """
    table = contact_table(remote)
    if path.suffix.lower() == ".xlsx":
        write_table(path, "Contacts", table)
        return
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(_BOM.encode())
        csv.write_csv(table, file)


def check_contact_file(path: Path) -> None:
    """Raises ConfigurationError where contacts cannot be written there, before a server is asked for all of them."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise ConfigurationError(f"{path}: contacts are written to .csv or .xlsx files.", hint="Change the name's end.")
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path}: there is no folder {path.parent}.", hint="Make it, or name another one.")


def contact_table(remote: RemoteContacts) -> pa.Table:
    """One row per contact, all columns text without nulls. A variable named like a fixed column gets a mark."""
    grouped = pa.table({"owner": remote.address_owner, "address": remote.addresses}).group_by(
        "owner", use_threads=False
    )
    listed = grouped.aggregate([("address", "list")]).sort_by("owner")
    positions = pc.index_in(pa.array(range(len(remote))), value_set=listed["owner"].combine_chunks())
    addresses = pc.take(listed["address_list"].combine_chunks(), positions).to_pylist()
    columns = {
        "contact_id": pc.cast(remote.ids, pa.string()),
        "address": pa.array([found[0] if found else "" for found in addresses], pa.string()),
        "other_addresses": pa.array([_SEPARATOR.join((found or [])[1:]) for found in addresses], pa.string()),
    }
    for name, values in remote.variables.items():
        columns[f"{name} (variable)" if name in FIXED else name] = pc.fill_null(values, "")
    return pa.table(columns)
