"""Makes `patients.xlsx` beside this file from the sandbox's demo clinic: invented people, one row of every kind.

Run it with `python data/samples/make_samples.py` after changing the demo clinic; the result is committed.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

from connectors.sandbox import Sandbox, clinic, demo_clinic

HEADER = ("Phone", "Name", "Age", "Colour", "Village", "Next visit", "Remarks")
ROWS = 225

Row = list[object]


def make(path: Path) -> None:
    """Write the sample workbook."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Patients"
    sheet.append(HEADER)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows():
        sheet.append(row)
    for column, width in zip("ABCDEFG", (18, 18, 6, 10, 16, 12, 40), strict=True):
        sheet.column_dimensions[column].width = width
    stamp = datetime(2026, 1, 1)  # noqa: DTZ001 - a fixed stamp, so that the file is the same every time
    book.properties.created = book.properties.modified = stamp
    book.save(path)


def rows() -> list[Row]:
    """The clinic's own list: mostly in step with Verboice, some changes, and the damage of everyday life at the end."""
    sandbox = Sandbox()
    project = demo_clinic(sandbox).project
    people = list(sandbox.contacts(project))[:ROWS]
    listed = [_row(number, dict(contact["vars"])) for number, contact in enumerate(people, start=1)]
    for number, row in enumerate(listed, start=1):
        _change(number, row)
    return [*listed, *_damaged(listed)]


def _row(person: int, known: dict[str, str | None]) -> Row:
    visit = known.get("next visit")
    return [
        _typed(person),
        clinic.name(person),
        int(known["age"] or 0),
        known.get("favorite color") or None,
        known.get("village") or None,
        date.fromisoformat(visit) if visit else None,
        None,
    ]


def _typed(person: int) -> str:
    """The number as the clinic's staff types it: nationally, in groups, or with the country code."""
    digits = clinic.number(person)
    return (f"0{digits[3:]}", f"0{digits[3:5]} {digits[5:8]} {digits[8:]}", f"+{digits}")[person % 3]


def _change(person: int, row: Row) -> None:
    if person % 9 == 0:
        row[5], row[6] = date(2026, 12, 1 + person % 28), "new appointment"
    if person % 25 == 0:
        row[2], row[6] = int(row[2]) + 1, "had a birthday"
    if person in (41, 83):
        row[3], row[6] = "--", "two dashes clear the colour at Verboice"


def _damaged(listed: list[Row]) -> list[Row]:
    repeated = [*listed[4][:6], "row 6 again: counted once"]
    return [
        repeated,
        [listed[9][0], "Dara Sok", 33, None, None, None, "row 11 with another age: which one is right?"],
        ["077 999 001", "Nobody Known", 20, "red", "Koh Sla", None, "Verboice has no such number"],
        ["8.55123E+10", "Rith Kim", 51, None, None, None, "Excel shortened this number"],
        ["12345", "Maly Meas", 8, None, None, None, "digits are missing"],
        ["n/a", "Vuthy Prak", 61, None, None, None, "no telephone"],
        [None, "Chan Ouk", 19, None, None, None, "no telephone at all"],
        [_typed(231), "Nary Tep", 27, "blue \U0001f600", None, None, "Verboice cannot store this smile"],
        [_typed(232), "Kosal Chea", "=1/0", None, None, None, "the age is a broken formula"],
        [clinic.SIP_ADDRESS, "Clinic telephone", 42, None, None, None, "a SIP address"],
    ]


if __name__ == "__main__":
    make(Path(__file__).with_name("patients.xlsx"))
