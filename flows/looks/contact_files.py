"""Contacts of a project as a file: one row per contact, all cells text."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pyarrow as pa

from connectors.errors import ConfigurationError
from connectors.sources.guards import with_guard, with_guards
from connectors.values import RemoteContacts
from flows.reports.private_file import check_folder, replacing
from flows.reports.workbook import write_table

FIXED = ("contact_id", "address", "other_addresses")
_SEPARATOR = "; "


def write_contacts(path: Path, remote: RemoteContacts, *, raw: bool = False) -> None:
    """Write `.csv` (UTF-8 with BOM) or `.xlsx`, whole or not at all, readable by its owner only.

    Columns: contact_id, address (the first), other_addresses, then every variable; absent and empty are both blank.
    In a CSV file what a spreadsheet program would take for a formula has an apostrophe before it, which is taken off
    again where such a file is read; `raw`: for programs, without.
    Raises CouldNotBeDone where it cannot be written.
    """
    frame = contact_frame(remote)
    if path.suffix.lower() == ".xlsx":
        write_table(path, "Contacts", pa.Table.from_pandas(frame, preserve_index=False))
        return
    if not raw:
        frame = _guarded(frame)
    with replacing(path) as temporary:
        # The mark at the beginning: without it, spreadsheet programs read UTF-8 as something else.
        frame.to_csv(temporary, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_ALL, lineterminator="\n")


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {with_guard(name): with_guards(pa.array(frame[name], pa.string())).to_pandas() for name in frame.columns}
    return pd.DataFrame(columns)


def check_contact_file(path: Path) -> None:
    """Raises ConfigurationError where contacts cannot be written there, before a server is asked for all of them."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise ConfigurationError(f"{path}: contacts are written to .csv or .xlsx files.", hint="Change the name's end.")
    check_folder(path)


def contact_frame(remote: RemoteContacts) -> pd.DataFrame:
    """One row per contact, all columns text without nulls. A variable named like a fixed column gets a mark."""
    addresses = remote.addresses.to_pandas().astype("str").set_axis(remote.address_owner.to_pandas())
    is_further = addresses.index.duplicated()
    columns = {
        "contact_id": remote.ids.to_pandas().astype("str"),
        "address": addresses[~is_further],
        "other_addresses": addresses[is_further].groupby(level=0).agg(_SEPARATOR.join),
    }
    for name, values in remote.variables.items():
        columns[f"{name} (variable)" if name in FIXED else name] = values.to_pandas()
    return pd.DataFrame(columns, index=range(len(remote)), dtype="str").fillna("")
