"""The sandbox itself: what a Verboice installation holds, set up and looked at from Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.api import contact_rows
from connectors.sandbox.api.accounts import Account, Accounts
from connectors.sandbox.api.channels import guid_of
from connectors.sandbox.broker import Broker
from connectors.sandbox.clock import Clock, wall_clock
from connectors.sandbox.collation import collation_key
from connectors.sandbox.faults import Faults
from connectors.sandbox.request_log import LoggedRequest, RequestLog
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.state import SandboxState
from connectors.sandbox.storage import SandboxDatabase, SqlValue
from connectors.sandbox.wire.ruby import JsonValue


@dataclass(frozen=True, slots=True)
class Item:
    """A project, a channel, a call flow or a schedule of the sandbox. `owner` is the account's id."""

    id: int
    name: str
    owner: int


class Sandbox:
    """One Verboice installation on SQLite: in memory, or in the file `path`, which is kept and found again.

    Seeding and looking are safe while a server runs on it. `clock` gives the time (aware); the wall's unless set.
    """

    def __init__(
        self,
        settings: SandboxSettings | None = None,
        *,
        path: str = ":memory:",
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        database, source = SandboxDatabase(path), Clock(clock)
        broker = Broker(database, source, lambda: self.settings)
        self.state = SandboxState(database, Accounts(database), settings or SandboxSettings(), source, broker)
        self.state.settings.check()
        self.faults = Faults()
        self.log = RequestLog()
        self.when_configured: Callable[[], object] = lambda: None
        self.errors: list[Exception] = []
        """Exceptions inside the sandbox itself, answered as a 500: a test wants none."""

    @property
    def settings(self) -> SandboxSettings:
        return self.state.settings

    def configure(self, **changes: JsonValue) -> None:
        """Changes switches while running. Raises ValueError for one that does not exist."""
        self.state.settings = self.settings.changed(**changes)
        self.when_configured()

    # Setting up.

    def add_account(self, email: str, password: str, *, confirmed: bool = True) -> Account:
        return self.state.accounts.add(email, password, confirmed=confirmed)

    def change_password(self, account: Account, password: str) -> None:
        self.state.accounts.change_password(account, password)

    def add_guisso_login(self, email: str, password: str) -> None:
        """Lets the single sign-on server know somebody, also with a second password."""
        self.state.accounts.add_guisso_login(email, password)

    def add_project(
        self,
        account: Account,
        name: str,
        *,
        variables: Iterable[str] = (),
        call_flows: Iterable[str] = (),
        schedules: Iterable[str | Mapping[str, str]] = (),
        time_zone: str = "UTC",
    ) -> Item:
        """A project with all it has; a schedule is a name or the arguments of `add_schedule`."""
        columns = {"name": name, "name_key": collation_key(name), "time_zone": time_zone}
        project = Item(self.state.database.insert("projects", account_id=account.id, **columns), name, account.id)
        for variable in variables:
            self.add_variable(project, variable)
        for flow in call_flows:
            self.add_call_flow(project, flow)
        for schedule in schedules:
            self.add_schedule(project, **({"name": schedule} if isinstance(schedule, str) else schedule))
        return project

    def add_variable(self, project: Item, name: str) -> int:
        """Also a second one of the same name, as a race leaves it (API sheet 2.6)."""
        return self.state.database.insert("project_variables", project_id=project.id, name=name)

    def add_call_flow(self, project: Item, name: str) -> Item:
        columns: dict[str, SqlValue] = {"project_id": project.id, "name": name, "name_key": collation_key(name)}
        return Item(self.state.database.insert("call_flows", **columns), name, project.owner)

    def call_flow(self, name: str) -> Item:
        """The first call flow of this name. Raises KeyError if there is none."""
        sql = "select f.id, f.name, account_id from call_flows f join projects p on p.id = project_id where f.name = ?"
        row = self.state.database.row(sql + " order by f.id", (name,))
        if row is None:
            raise KeyError(f"no call flow {name}")
        return Item(*row)

    def add_schedule(
        self,
        project: Item,
        name: str,
        *,
        time_from: str = "00:00",
        time_to: str = "23:59",
        weekdays: str = "",
        retries: str = "",
    ) -> Item:
        """Times `HH:MM`; weekdays `0` (Sunday) to `6`, retries as delays (`1h, 30m`), both comma separated."""
        columns = {"time_from": time_from, "time_to": time_to, "weekdays": weekdays, "retries": retries}
        key = collation_key(name)
        schedule = self.state.database.insert("schedules", project_id=project.id, name=name, name_key=key, **columns)
        return Item(schedule, name, project.owner)

    def add_contact(
        self,
        project: Item,
        addresses: Sequence[str],
        variables: Mapping[str, str | None] | None = None,
        *,
        anonymous: bool = False,
    ) -> int:
        """A contact; its id. A variable left out is absent, None is null. Raises KeyError for an unknown variable."""
        contact_id = contact_rows.add_contacts(self.state.database, project.id, [(addresses, variables or {})])[0]
        if anonymous:
            self.state.database.update("contacts", contact_id, anonymous=1)
        return contact_id

    def add_contacts(
        self, project: Item, contacts: Iterable[contact_rows.NewContact], *, ids: Iterable[int] | None = None
    ) -> list[int]:
        """Contacts as (addresses, variables), in bulk, under `ids` if they are given; their ids."""
        return contact_rows.add_contacts(self.state.database, project.id, contacts, ids)

    def add_duplicate_value(self, project: Item, contact_id: int, name: str, value: str | None) -> None:
        """One more row for a contact's variable, as two PUTs at once leave it (API sheet 5.18)."""
        variable_id = contact_rows.variables_by_name(self.state.database, project.id)[name]
        columns = {"contact_id": contact_id, "project_variable_id": variable_id, "value": value}
        self.state.database.insert("persisted_variables", **columns)

    def add_implicit_value(self, contact_id: int, key: str, value: str | None) -> None:
        """`language` or `sms_number` of a contact, which the API never shows (API sheet 2.5)."""
        self.state.database.insert("persisted_variables", contact_id=contact_id, implicit_key=key, value=value)

    def remove_addresses(self, contact_id: int) -> None:
        self.state.database.run("delete from contact_addresses where contact_id = ?", (contact_id,))

    def remove_contact(self, contact_id: int) -> None:
        with self.state.database.transaction():
            self.remove_addresses(contact_id)
            self.state.database.run("delete from persisted_variables where contact_id = ?", (contact_id,))
            self.state.database.run("delete from contacts where id = ?", (contact_id,))

    def add_channel(
        self,
        account: Account,
        name: str,
        *,
        call_flow: Item | None = None,
        enabled: bool = True,
        kind: str = "custom",
        config: Mapping[str, Any] | None = None,
    ) -> Item:
        """A channel; `limit` of its configuration is how many calls ring at once, all of them unless set."""
        columns = {"call_flow_id": call_flow.id if call_flow else None, "enabled": int(enabled)}
        texts = {"kind": kind, "guid": guid_of(kind), "config": json.dumps(dict(config or {}))}
        key = collation_key(name)
        row = self.state.database.insert("channels", account_id=account.id, name=name, name_key=key, **columns, **texts)
        return Item(row, name, account.id)

    def enable_channel(self, channel: Item, *, enabled: bool = True) -> None:
        self.state.database.update("channels", channel.id, enabled=int(enabled))

    def share_project(self, project: Item, account: Account, role: str = "read") -> None:
        """`read` or `admin`."""
        self._share("Project", project, account, role)

    def share_channel(self, channel: Item, account: Account, role: str = "read") -> None:
        self._share("Channel", channel, account, role)

    def _share(self, kind: str, item: Item, account: Account, role: str) -> None:
        self.state.database.insert("permissions", account_id=account.id, type=kind, model_id=item.id, role=role)

    def set_outcomes(self, address: str, *outcomes: str) -> None:
        """What happens to the calls to an address, attempt by attempt, the last one for all later ones. The address may
        be a pattern (`85512*`); one that is meant as a whole goes before those, and of patterns the first that fits.

        Each is one of `fates.OUTCOMES`; without this the address and the seed decide. Raises ValueError for another.
        """
        self.state.broker.fates.set_outcomes(address, outcomes)

    def set_answers(self, project: Item, address: str, variables: Mapping[str, str]) -> None:
        """What whoever answers at an address (or pattern, as above) says: variables of the contact from then on.

        Raises ValueError for a variable that the project does not have.
        """
        known = contact_rows.variables_by_name(self.state.database, project.id)
        if unknown := variables.keys() - known.keys():
            raise ValueError(f"the project has no variable {', '.join(sorted(unknown))}")
        self.state.broker.fates.set_answers(project.id, address, variables)

    def advance(self, steps: int = 1, *, seconds: float = 0.0) -> None:
        """Lets `seconds` pass on the sandbox's clock, then moves every call on by `steps` stages whatever its pace."""
        with self.state.database.lock:
            self.state.clock.offset += timedelta(seconds=seconds)
            self.state.broker.catch_up()
            for _ in range(steps):
                self.state.broker.step()

    # Looking.

    def contacts(self, project: Item) -> list[dict[str, Any]]:
        """All contacts of a project as `contacts.json` shows them."""
        with self.state.database.lock:
            return contact_rows.contacts_json(self.state.database, project.id)

    def contact(self, project: Item, address: str) -> dict[str, Any] | None:
        """The contact with this address, as `by_address` shows it."""
        with self.state.database.lock:
            found = contact_rows.find_contact(self.state.database, project.id, address)
            return None if found is None else contact_rows.contact_json(self.state.database, project.id, found)

    def calls(self) -> list[dict[str, Any]]:
        """Every call log by id with its columns, `vars` as queued and `queued`: whether a queue row is left."""
        return self.state.broker.calls()

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far, control requests left out."""
        return self.log.records()

    def count(self, method: str = "", path: str = "") -> int:
        """How many requests of this method (all if empty) whose path contains `path`."""
        return sum((not method or entry.method == method) and path in entry.path for entry in self.requests)

    def as_dict(self) -> dict[str, Any]:
        """All projects with their contacts, channels and calls, as plain values; no passwords or configuration."""
        with self.state.database.lock:
            projects = self.state.database.records("select id, name, account_id from projects order by id")
            for project in projects:
                project["contacts"] = contact_rows.contacts_json(self.state.database, project["id"])
            channels = self.state.database.records("select id, name, account_id, call_flow_id, enabled from channels")
            return {"projects": projects, "channels": channels, "calls": self.calls()}

    def reset(self) -> None:
        """Forgets the requests, the faults and the errors; accounts, projects and contacts stay."""
        self.log.reset()
        self.faults.clear()
        self.errors.clear()

    def empty(self) -> None:
        """Leaves nothing but the switches: no account, nothing that belongs to one, no offset of the clock.

        Ids start at 1 again.
        """
        with self.state.database.lock:
            self.state.database.empty()
            self.state.broker.forget()
            self.state.clock.offset = timedelta()
        self.reset()

    def close(self) -> None:
        self.state.database.close()
