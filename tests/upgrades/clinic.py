"""The clinic that home folders of earlier versions were made in: a project, its pipeline, and people in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from openpyxl import Workbook

from connectors.sandbox import Item, Sandbox
from tests.upgrades.reach import HOST

FOLDER = "/srv/clinic"  # stands in kept files for the folder in which the earlier version ran

Values = Mapping[str, Mapping[str, str | None]]  # variables of contacts by address


def seed(sandbox: Sandbox, values: Values) -> Item:
    """The project with its people, whose values are these; every id is the same each time."""
    account = sandbox.add_account("ana@example.org", "secret")
    project = sandbox.add_project(
        account, "Clinic", variables=["age", "favorite color"], call_flows=["Reminder"], schedules=["Office hours"]
    )
    sandbox.add_channel(account, "chan", call_flow=sandbox.call_flow("Reminder"))
    sandbox.add_contacts(project, [([address], dict(known)) for address, known in values.items()])
    return project


def values_of(sandbox: Sandbox, project: Item) -> dict[str, dict[str, str | None]]:
    """The variables of the project's people, by address."""
    return {contact["addresses"][0]: contact["vars"] for contact in sandbox.contacts(project)}


def write_pipeline(folder: Path, *, overwrites: str = "100%", bulk: str = "never") -> None:
    """`configs/p.yaml` in the folder, for contacts and for calls."""
    whole = {
        "verboice": {
            "url": f"http://{HOST}",
            "account": "ana@example.org",
            "password": "secret",
            "project": "Clinic",
            "allow_insecure": True,
        },
        "source": {"kind": "excel", "path": "people.xlsx", "address": "Phone"},
        "contacts": {"variables": {"age": "Age"}, "bulk": bulk},
        "calls": {"channel": "chan", "call_flow": "Reminder", "vars": {"age": "Age"}},
        "guard": {"max_overwrites": overwrites},
    }
    (folder / "configs").mkdir(exist_ok=True)
    (folder / "configs" / "p.yaml").write_text(yaml.safe_dump(whole))


def write_sheet(folder: Path, people: Iterable[str], *, first: int = 100) -> None:
    """`people.xlsx` in the folder: a row for each person, the ages counted up from the first one's."""
    book = Workbook()
    book.active.append(("Phone", "Age"))
    for age, address in enumerate(people, start=first):
        book.active.append((address, age))
    book.save(folder / "people.xlsx")
