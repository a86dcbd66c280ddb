"""The example that `sandbox --write-example` leaves: a pipeline file and a spreadsheet that fit the demo clinic."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from connectors.errors import ConfigurationError

PEOPLE = 40
COMMANDS = (
    "verboice-sync check clinic",
    "verboice-sync plan clinic",
    "verboice-sync sync clinic",
    "verboice-sync call clinic --limit 3",
    "verboice-sync runs",
)
_UNKNOWN = {"Phone": "077 999 001", "Name": "Nobody Known", "Age": 20}
_PIPELINE = "configs/clinic.yaml"
_SHEET = "patients.xlsx"
_TEXT = """\
# The demo clinic's patients, against the sandbox on {url} while it runs.
verboice:
  url: {url}
  account: {account}
  password: {password}
  project: {project}

source:
  kind: excel
  path: {sheet}
  address: Phone                    # the column with the phone number
  region: KH                        # numbers without a country code are Cambodian

contacts:
  variables:                        # Verboice variable: source column
    age: Age
    village: Village
    next visit: Next visit

calls:
  channel: {channel}
  call_flow: {call_flow}
  vars: {{name: Name, visit: Next visit}}
"""


def require_free(folder: Path) -> None:
    """Raises ConfigurationError where a file of the example would replace another."""
    for name in (_PIPELINE, _SHEET):
        if (folder / name).exists():
            raise ConfigurationError(
                f"{folder / name} exists already.", hint="Leave --write-example out, or name another folder."
            )


def write_example(folder: Path, url: str, contacts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Writes both files for the demo clinic served at `url`, whose `contacts` are given; what to tell about them.

    Raises ConfigurationError for a folder that cannot be written to.
    """
    pipeline, sheet = folder / _PIPELINE, folder / _SHEET
    try:
        pipeline.parent.mkdir(parents=True, exist_ok=True)
        pipeline.write_text(_pipeline_text(url), encoding="utf-8")
        _write_sheet(sheet, contacts)
    except OSError as error:
        raise ConfigurationError(
            f"The example cannot be written into {folder}: {error.strerror}.", hint="Name another folder."
        ) from error
    there = (f"cd {shlex.quote(str(folder))}", *COMMANDS)
    return [f"  example: {pipeline} and {sheet}; in another terminal:", *(f"    {line}" for line in there)]


def _pipeline_text(url: str) -> str:
    from connectors.sandbox import clinic

    account = {"account": clinic.EMAIL, "password": clinic.PASSWORD, "project": clinic.PROJECT}
    return _TEXT.format(url=url, sheet=_SHEET, channel=clinic.CHANNEL, call_flow=clinic.CALL_FLOW, **account)


def _write_sheet(path: Path, contacts: Sequence[Mapping[str, Any]]) -> None:
    import pandas as pd

    rows = [_row(person, contact["vars"]) for person, contact in enumerate(contacts[:PEOPLE], start=1)]
    table = pd.DataFrame([*rows, _UNKNOWN], dtype=object)  # or else whole numbers beside a blank become decimal ones
    table.to_excel(path, sheet_name="Patients", index=False)


def _row(person: int, known: Mapping[str, str | None]) -> dict[str, object]:
    """One of the clinic's people as its staff lists them; every tenth has had a birthday since."""
    from connectors.sandbox import clinic

    visit = known.get("next visit")
    return {
        "Phone": f"0{clinic.number(person)[3:]}",
        "Name": clinic.name(person),
        "Age": int(known["age"] or 0) + (person % 10 == 0),
        "Village": known.get("village") or None,
        "Next visit": date.fromisoformat(visit) if visit else None,
    }
