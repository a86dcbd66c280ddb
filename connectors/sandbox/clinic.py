"""A synthetic clinic to practise on: invented people with invented numbers, always the same ones."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.sandbox.api.accounts import Account

if TYPE_CHECKING:
    from connectors.sandbox.sandbox import Item, Sandbox

EMAIL = "demo@example.org"
PASSWORD = "demo"  # noqa: S105 - the demo's, printed in the documentation
PROJECT = "Demo clinic"
CHANNEL = "demo channel"
DISABLED_CHANNEL = "old channel"
CALL_FLOW = "Reminder"
SCHEDULE = "Office hours"
VARIABLES = ("age", "favorite color", "village", "next visit")
PEOPLE = 240
SIP_ADDRESS = "sip:nurse@clinic.example.org"

_SEED = 2026
_FIRST = ("Sokha", "Dara", "Bopha", "Rith", "Maly", "Vuthy", "Chan", "Sreymom", "Kosal", "Nary")
_LAST = ("Chea", "Sok", "Kim", "Meas", "Prak", "Ouk", "Long", "Tep")
_COLORS = ("blue", "green", "red", "yellow", "white", "violet")
_VILLAGES = ("Prey Veng", "Kampong Trach", "Siem Pang", "Koh Sla", "Tuek Phos", "Ang Snuol")


@dataclass(frozen=True, slots=True)
class DemoClinic:
    account: Account
    project: Item
    channel: Item
    call_flow: Item


def number(person: int) -> str:
    """The n-th person's number, international digits: 85512345000 and so on."""
    return f"8551234{5000 + person:04d}"


def name(person: int) -> str:
    """The n-th person's invented name; Verboice has none, the clinic's list does."""
    return f"{_FIRST[person % len(_FIRST)]} {_LAST[person % len(_LAST)]}"


def spelling(person: int) -> str:
    """The number as somebody typed it once: mostly digits, some with a plus, some with blanks, dashes, or national."""
    digits = number(person)
    grouped = f"{digits[3:5]} {digits[5:8]} {digits[8:]}"
    spellings = [digits] * 6 + [f"+{digits}", f"+855 {grouped}", f"0{grouped}", f"855-{grouped.replace(' ', '-')}"]
    return spellings[person % len(spellings)]


def _variables(person: int, chance: random.Random) -> dict[str, str | None]:
    """Every seventh has no color, every eleventh a null, every thirteenth an empty village, every fifth no visit."""
    values: dict[str, str | None] = {
        "age": str(chance.randint(1, 90)),
        "favorite color": chance.choice(_COLORS),
        "village": chance.choice(_VILLAGES),
        "next visit": f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
    }
    if person % 13 == 0:
        values["village"] = ""
    if person % 11 == 0:
        values["favorite color"] = None
    elif person % 7 == 0:
        del values["favorite color"]
    if person % 5 == 0:
        del values["next visit"]
    return values


def _addresses(person: int) -> list[str]:
    """Every twentieth has a second number, far from all the others."""
    return [spelling(person), f"855977{person:06d}"] if person % 20 == 3 else [spelling(person)]


def demo_clinic(sandbox: Sandbox, *, people: int = PEOPLE) -> DemoClinic:
    """Fills a sandbox: one account, one project with `people` contacts and a SIP telephone, two channels."""
    account = sandbox.add_account(EMAIL, PASSWORD)
    office = {"name": SCHEDULE, "time_from": "08:00", "time_to": "17:30", "weekdays": "1,2,3,4,5", "retries": "1h,4h"}
    project = sandbox.add_project(account, PROJECT, variables=VARIABLES, schedules=[office], time_zone="Bangkok")
    flow = sandbox.add_call_flow(project, CALL_FLOW)
    chance = random.Random(_SEED)  # noqa: S311 - the same people every time
    contacts = [(_addresses(person), _variables(person, chance)) for person in range(1, people + 1)]
    sandbox.add_contacts(project, [*contacts, ([SIP_ADDRESS], {"age": "41", "village": _VILLAGES[0]})])
    channel = sandbox.add_channel(account, CHANNEL, call_flow=flow)
    sandbox.add_channel(account, DISABLED_CHANNEL, call_flow=flow, enabled=False)
    return DemoClinic(account, project, channel, flow)
