"""Contacts of a project as a file: one row per contact, all cells text."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from connectors.storage.url import StorageUrl
from connectors.values import RemoteContacts
from flows.reports.table_file import write_table_file

FIXED = ("contact_id", "address", "other_addresses")
_SEPARATOR = "; "


def write_contacts(place: Path | StorageUrl, remote: RemoteContacts, *, raw: bool = False) -> None:
    """Write the contacts by `write_table_file`, and raise what that raises.

    Columns: contact_id, address (the first), other_addresses, then every variable; absent and empty are both blank.
    """
    write_table_file(place, "Contacts", contact_frame(remote), raw=raw)


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
