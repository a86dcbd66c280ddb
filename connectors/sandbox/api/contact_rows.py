"""Contacts in the database: looking them up by address, reading them in the shape of the API, adding them in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count, groupby
from operator import itemgetter
from typing import Any

from connectors.sandbox.collation import collation_key
from connectors.sandbox.storage import Fields, SandboxDatabase

_ADDRESSES = "select contact_id, address from contact_addresses where {where} order by contact_id, id"
_VARIABLES = (
    "select v.contact_id, p.name, v.value from persisted_variables v"
    " join project_variables p on p.id = v.project_variable_id where p.project_id = ? and {where} order by v.id"
)
NewContact = tuple[Iterable[str], Mapping[str, str | None]]


def find_contact(database: SandboxDatabase, project_id: int, address: str) -> int | None:
    """The contact with this address in the sense of the collation (API sheet 4.8)."""
    sql = "select contact_id from contact_addresses where project_id = ? and address_key = ?"
    found: int | None = database.value(sql, (project_id, collation_key(address)))
    return found


def variables_by_name(database: SandboxDatabase, project_id: int) -> dict[str, int]:
    """Name -> id; among equal names the newest, as an index by name keeps the last (API sheet 2.6)."""
    return dict(database.rows("select name, id from project_variables where project_id = ? order by id", (project_id,)))


def contact_json(database: SandboxDatabase, project_id: int, contact_id: int) -> dict[str, Any]:
    """One contact as in API sheet 3.1."""
    addresses = database.rows(_ADDRESSES.format(where="contact_id = ?"), (contact_id,))
    values = database.rows(_VARIABLES.format(where="v.contact_id = ?"), (project_id, contact_id))
    return {"id": contact_id, "addresses": [row[1] for row in addresses], "vars": {row[1]: row[2] for row in values}}


def contacts_json(database: SandboxDatabase, project_id: int) -> list[dict[str, Any]]:
    """All contacts by id; of duplicate rows of a variable the newest shows (API sheet 3.5, 3.10)."""
    ids = database.rows("select id from contacts where project_id = ? order by id", (project_id,))
    contacts: dict[int, dict[str, Any]] = {row[0]: {"id": row[0], "addresses": [], "vars": {}} for row in ids}
    for contact_id, rows in groupby(
        database.rows(_ADDRESSES.format(where="project_id = ?"), (project_id,)), itemgetter(0)
    ):
        contacts[contact_id]["addresses"] = [row[1] for row in rows]
    for contact_id, name, value in database.rows(_VARIABLES.format(where="1"), (project_id,)):
        if contact_id in contacts:
            contacts[contact_id]["vars"][name] = value
    return list(contacts.values())


def count_contacts(database: SandboxDatabase, project_id: int) -> int:
    return int(database.value("select count(*) from contacts where project_id = ?", (project_id,)))


def add_contacts(
    database: SandboxDatabase, project_id: int, contacts: Iterable[NewContact], ids: Iterable[int] | None = None
) -> list[int]:
    """Adds contacts in bulk, under `ids` if they are given; their ids.

    Raises KeyError for an unknown variable name, sqlite3.IntegrityError if an id or an address is taken.
    """
    names = variables_by_name(database, project_id)
    with database.transaction():
        numbers = count(database.next_id("contacts")) if ids is None else ids
        people: list[tuple[int, int, int]] = []
        addresses: list[tuple[int, int, str, str]] = []
        values: list[tuple[int, int, str | None]] = []
        for contact_id, (spellings, variables) in zip(numbers, contacts, strict=False):
            people.append((contact_id, project_id, 0))
            addresses.extend((contact_id, project_id, text, collation_key(text)) for text in spellings)
            values.extend((contact_id, names[name], value) for name, value in variables.items())
        database.insert_many("insert into contacts (id, project_id, anonymous) values (?, ?, ?)", people)
        sql = "insert into contact_addresses (contact_id, project_id, address, address_key) values (?, ?, ?, ?)"
        database.insert_many(sql, addresses)
        sql = "insert into persisted_variables (contact_id, project_variable_id, value) values (?, ?, ?)"
        database.insert_many(sql, values)
    return [person[0] for person in people]


def insert_contact(
    database: SandboxDatabase, project_id: int, addresses: Iterable[str], *, anonymous: bool = False
) -> int:
    """Adds one contact inside the caller's transaction. Raises sqlite3.IntegrityError if an address is taken."""
    contact_id = database.insert("contacts", project_id=project_id, anonymous=int(anonymous))
    for address in addresses:
        columns = {"address": address, "address_key": collation_key(address)}
        database.insert("contact_addresses", contact_id=contact_id, project_id=project_id, **columns)
    return contact_id


def value_rows(database: SandboxDatabase, project_id: int, contact_id: int) -> dict[str, int]:
    """Variable name -> row of the contact's value; of duplicates the newest (API sheet 5.18)."""
    sql = (
        "select p.name, v.id from persisted_variables v join project_variables p on p.id = v.project_variable_id"
        " where p.project_id = ? and v.contact_id = ? order by v.id"
    )
    return dict(database.rows(sql, (project_id, contact_id)))


def write_value(
    database: SandboxDatabase, contact_id: int, variable_id: int, value: str | None, *, row: int | None
) -> None:
    """Sets a variable of a contact, in the row that has it, or in a new one if `row` is None."""
    if row is not None:
        database.update("persisted_variables", row, value=value)
    else:
        columns: Fields = {"contact_id": contact_id, "project_variable_id": variable_id, "value": value}
        database.insert("persisted_variables", **columns)
