"""Setting up a sandbox from one JSON document, for those who run it in another process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from connectors.sandbox.api.accounts import Account

if TYPE_CHECKING:
    from connectors.sandbox.sandbox import Item, Sandbox


def seed(sandbox: Sandbox, document: dict[str, Any]) -> dict[str, Any]:
    """Adds what the document lists; the ids it got, by name.

    `{"accounts": [{"email", "password", "confirmed"?}],
      "projects": [{"account": e-mail, "name", "variables"?, "call_flows"?, "schedules"?, "time_zone"?,
                    "contacts"?: [{"addresses": [...], "vars"?: {...}, "id"?}], "shared_with"?: {e-mail: role},
                    "answers"?: {address: {variable: value}}}],
      "channels": [{"account": e-mail, "name", "call_flow"?: name, "enabled"?, "kind"?, "config"?,
                    "shared_with"?: [e-mail]}],
      "outcomes": {address: ["busy", "completed"]}}`
    A contact without an id gets the one after the contact before it.
    Raises KeyError for a missing key or an account nobody added, sqlite3.IntegrityError for an id, an e-mail or an
    address that is taken, ValueError for an answer in a variable that the project does not have.
    """
    accounts = {
        entry["email"]: sandbox.add_account(entry["email"], entry["password"], confirmed=entry.get("confirmed", True))
        for entry in document.get("accounts", [])
    }
    projects = {entry["name"]: _project(sandbox, dict(entry)) for entry in document.get("projects", [])}
    channels = {entry["name"]: _channel(sandbox, dict(entry)) for entry in document.get("channels", [])}
    for address, outcomes in document.get("outcomes", {}).items():
        sandbox.set_outcomes(address, *outcomes)
    return {
        "accounts": {email: account.id for email, account in accounts.items()},
        "projects": {name: project.id for name, project in projects.items()},
        "channels": {name: channel.id for name, channel in channels.items()},
    }


def _account(sandbox: Sandbox, email: str) -> Account:
    account = sandbox.state.accounts.by_email(email)
    if account is None:
        raise KeyError(f"no account {email}")
    return account


def _project(sandbox: Sandbox, entry: dict[str, Any]) -> Item:
    owner = _account(sandbox, entry.pop("account"))
    contacts, shared, answers = entry.pop("contacts", []), entry.pop("shared_with", {}), entry.pop("answers", {})
    project = sandbox.add_project(owner, entry.pop("name"), **entry)
    people = [(contact["addresses"], contact.get("vars", {})) for contact in contacts]
    sandbox.add_contacts(project, people, ids=_ids(contacts, sandbox.state.database.next_id("contacts")))
    for email, role in shared.items():
        sandbox.share_project(project, _account(sandbox, email), role)
    for address, variables in answers.items():
        sandbox.set_answers(project, address, variables)
    return project


def _ids(contacts: list[dict[str, Any]], following: int) -> Iterator[int]:
    for contact in contacts:
        following = contact.get("id", following)
        yield following
        following += 1


def _channel(sandbox: Sandbox, entry: dict[str, Any]) -> Item:
    owner = _account(sandbox, entry.pop("account"))
    shared, flow = entry.pop("shared_with", []), entry.pop("call_flow", None)
    call_flow = sandbox.call_flow(flow) if flow is not None else None
    channel = sandbox.add_channel(owner, entry.pop("name"), call_flow=call_flow, **entry)
    for email in shared:
        sandbox.share_channel(channel, _account(sandbox, email))
    return channel
