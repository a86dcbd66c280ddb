"""Whether changes still begin where they were planned from."""

from __future__ import annotations

import pyarrow as pa

from connectors.values import Contact, RemoteContacts
from flows.contacts.plan import CHANGES
from flows.contacts.recheck import Standing, standings


def written(*lines):
    columns = ("row", "contact_id", "address", "variable", "before", "after")
    return pa.Table.from_pylist([dict(zip(columns, line, strict=True)) for line in lines], schema=CHANGES)


def now(**people):
    contacts = [Contact(int(name[1:]), (f"855{name[1:]}",), variables) for name, variables in people.items()]
    return RemoteContacts.of(contacts, ("age", "color"), complete=False)


AGE = (2, 7, "8557", "age", "38", "39")


def test_standings_tell_what_has_become_of_each_value():
    changes = written(
        AGE, (3, 8, "8558", "age", None, "39"), (4, 9, "8559", "age", "1", "2"), (5, 6, "8556", "x", None, "")
    )
    found = standings(changes, now(c7={"age": "39"}, c8={}, c9={"age": "5"}))
    assert found.tolist() == [Standing.ARRIVED, Standing.HOLDS, Standing.MOVED, Standing.GONE]
