"""The contact endpoints (API sheet 3-7)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from connectors.sandbox.api import contact_rows as rows
from connectors.sandbox.api.permissions import Access, project_access
from connectors.sandbox.collation import collation_key
from connectors.sandbox.storage import SandboxDatabase
from connectors.sandbox.wire.replies import SandboxReply, TimedReply, head, json_reply, page, text_error
from connectors.sandbox.wire.request import SandboxRequest
from connectors.sandbox.wire.ruby import DataError, Param, blank, broken, column_text, to_s

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState


_READERS = ("read", "admin")
_ADMINS = ("admin",)


def pairs(variables: Param) -> Iterator[tuple[Param, Param]]:
    """Name and value of each variable; the elements of a list are names with a null value (API sheet 5.6).

    Raises TypeError for anything that is neither a hash nor a list.
    """
    if isinstance(variables, dict):
        yield from variables.items()
    elif isinstance(variables, list):
        for item in variables:
            yield (item[0], item[1] if len(item) > 1 else None) if isinstance(item, list) and item else (item, None)
    else:
        raise TypeError("undefined method `each'")


def _access(state: SandboxState, request: SandboxRequest, roles: tuple[str, ...]) -> Access | None:
    access = project_access(state.database, request.signed_in, request.text("project_id"))
    return access if access.role in roles else None


def index(state: SandboxState, request: SandboxRequest) -> TimedReply:
    access = _access(state, request, _READERS)
    if access is None:
        return head(401)
    yield rows.count_contacts(state.database, access.project_id) * state.settings.contact_seconds
    return json_reply(rows.contacts_json(state.database, access.project_id))


def show_by_address(state: SandboxState, request: SandboxRequest) -> TimedReply:
    access = _access(state, request, _READERS)
    if access is None:
        return head(401)
    yield 0.0
    contact_id = rows.find_contact(state.database, access.project_id, request.text("address"))
    if contact_id is None:
        return head(404, request.reply_type)
    return json_reply(rows.contact_json(state.database, access.project_id, contact_id))


def update_by_address(state: SandboxState, request: SandboxRequest) -> TimedReply:
    access = _access(state, request, _ADMINS)
    if access is None:
        return head(401)
    database = state.database
    contact_id = rows.find_contact(database, access.project_id, request.text("address"))
    if contact_id is None:
        return head(404, request.reply_type)
    # What other requests write from here on is not seen: two first-time PUTs at once leave two rows (API sheet 5.18).
    known = rows.value_rows(database, access.project_id, contact_id)
    yield 0.0
    writer = _OneContact(state, access.project_id, contact_id, known)
    return _write(state, request, writer.set) or json_reply(rows.contact_json(database, access.project_id, contact_id))


def update_all(state: SandboxState, request: SandboxRequest) -> TimedReply:
    access = _access(state, request, _ADMINS)
    if access is None:
        return head(401)
    database, project_id = state.database, access.project_id
    # Contacts and rows as they are now: somebody created meanwhile may be left without (API sheet 6.4).
    writer = _AllContacts(state, project_id)
    yield rows.count_contacts(database, project_id) * state.settings.contact_seconds
    return _write(state, request, writer.set) or json_reply(rows.contacts_json(database, project_id))


def _write(
    state: SandboxState, request: SandboxRequest, set_variable: Callable[[Param, Param], bool]
) -> SandboxReply | None:
    """Sets the request's variables one after the other in one transaction; the reply if something is wrong.

    An unknown name commits what came before it (API sheet 5.4), an exception rolls all back (5.5).
    """
    try:
        with state.database.transaction():
            for name, value in pairs(request.parameters.get("vars")):
                if not set_variable(name, value):
                    return text_error(f"No such variable: {to_s(name)}", request.reply_type)
    except (DataError, TypeError):
        return page(500)
    return None


class _OneContact:
    """Sets variables of one contact. `known`: name -> row as they were when the request began."""

    def __init__(self, state: SandboxState, project_id: int, contact_id: int, known: dict[str, int]) -> None:
        self._state = state
        self._contact_id = contact_id
        self._known = known
        self._names = rows.variables_by_name(state.database, project_id)

    def set(self, name: Param, value: Param) -> bool:
        """False for an unknown name; names match exactly (API sheet 5.2). Raises DataError."""
        database = self._state.database
        variable_id = self._names.get(name) if isinstance(name, str) else None
        if variable_id is None:
            return False
        text = column_text(value, strict=self._state.strict)
        rows.write_value(database, self._contact_id, variable_id, text, row=self._known.get(name))
        return True


class _AllContacts:
    """Sets variables of every contact of the project: an update of all rows, then a new row for those without."""

    def __init__(self, state: SandboxState, project_id: int) -> None:
        database = state.database
        self._state = state
        self._names = rows.variables_by_name(database, project_id)
        self._contacts = [
            row[0] for row in database.rows("select id from contacts where project_id = ? order by id", (project_id,))
        ]
        sql = (
            "select project_variable_id, contact_id from persisted_variables"
            " where project_variable_id in (select id from project_variables where project_id = ?)"
        )
        self._known = set(database.rows(sql, (project_id,)))

    def set(self, name: Param, value: Param) -> bool:
        """False for an unknown name. Raises DataError."""
        variable_id = self._names.get(name) if isinstance(name, str) else None
        if variable_id is None:
            return False
        database, strict = self._state.database, self._state.strict
        if database.row("select 1 from persisted_variables where project_variable_id = ?", (variable_id,)):
            text = column_text(_in_sql(value), strict=strict)
            database.run("update persisted_variables set value = ? where project_variable_id = ?", (text, variable_id))
        if missing := [contact for contact in self._contacts if (variable_id, contact) not in self._known]:
            text = column_text(value, strict=strict)
            sql = (
                "insert into persisted_variables (contact_id, project_variable_id, value)"
                " select ?, ?, ? where exists (select 1 from contacts where id = ?)"
            )
            gone = [contact for contact in missing if database.run(sql, (contact, variable_id, text, contact)) == 0]
            if gone:
                raise DataError("Validation failed: Contact can't be blank")  # API sheet 6.5
        return True


def _in_sql(value: Param) -> Param:
    """A nested value inside the bulk UPDATE: one element is itself, several break the statement (API sheet 6.7)."""
    if isinstance(value, dict):
        value = [[key, item] for key, item in value.items()]
    if not isinstance(value, list):
        return value
    if len(value) != 1:
        raise DataError("You have an error in your SQL syntax")
    return value[0]


def create(state: SandboxState, request: SandboxRequest) -> TimedReply:
    access = _access(state, request, _ADMINS)
    if access is None:
        return head(401)
    yield 0.0
    given = request.parameters
    addresses = [given["address"]] if not blank(given.get("address")) else _wrapped(given.get("addresses"))
    names = rows.variables_by_name(state.database, access.project_id)
    try:
        variables = list(pairs({} if given.get("vars") in (None, False) else given["vars"]))
    except TypeError:
        return page(500)
    for name, _ in variables:
        if not isinstance(name, str) or name not in names:
            return text_error(f"No such variable: {to_s(name)}", request.reply_type)
    if errors := _address_errors(state.database, access.project_id, addresses):
        return json_reply(errors, 400)
    values = [(names[name], value) for name, value in variables]
    return _created(state, access.project_id, addresses, values)


def _wrapped(addresses: Param) -> list[Param]:
    if addresses is None:
        return []
    return addresses if isinstance(addresses, list) else [addresses]


def _address_errors(database: SandboxDatabase, project_id: int, addresses: list[Param]) -> dict[str, list[str]]:
    """The validation's findings (API sheet 7.2, 7.3): only byte-identical duplicates are found here."""
    if not addresses:
        return {"base": ["You must provide at least one phone number"]}
    found: list[str] = []
    for address in addresses:
        if blank(address):
            found.append("can't be blank")
        elif isinstance(address, str) and not broken(address):
            sql = "select 1 from contact_addresses where project_id = ? and address_key = ? and address = ?"
            if database.row(sql, (project_id, collation_key(address), address)):
                found.append("has already been taken")
    return {"addresses.address": found} if found else {}


def _created(
    state: SandboxState, project_id: int, addresses: list[Param], values: list[tuple[int, Param]]
) -> SandboxReply:
    database = state.database
    try:
        with database.transaction():
            # The contact's row comes first, so its id is used up whatever becomes of the addresses.
            texts = (column_text(address, strict=state.strict) or "" for address in addresses)
            contact_id = rows.insert_contact(database, project_id, texts)
            for variable_id, value in values:
                columns = {"project_variable_id": variable_id, "value": column_text(value, strict=state.strict)}
                database.insert("persisted_variables", contact_id=contact_id, **columns)
    except (DataError, sqlite3.IntegrityError):
        return page(500)
    return json_reply(rows.contact_json(database, project_id, contact_id))
