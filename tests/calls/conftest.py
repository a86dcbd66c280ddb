"""Small rows, rules and a catalogue for the pure room of calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.values import Channel, Rows
from flows.calls.catalogue import Catalogue
from flows.calls.normalise import Unusable, WantedCall, normalise, read_addresses
from flows.calls.parameters import Parameters
from flows.calls.rules import PARAMETERS, CallRules, Given
from tests import worlds

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CATALOGUE = Catalogue(
    project_id=12,
    project_name="Clinic",
    channels=(
        Channel(3, "chan", call_flow_id=7, call_flow="Reminder"),
        Channel(4, "old", enabled=False),
        Channel(5, "bare"),
        Channel(6, "twin", call_flow_id=7),
        Channel(8, "twin", call_flow_id=7),
    ),
    call_flows={7: "Reminder", 9: "Survey"},
    schedules={"Office hours": 0},
)


def _rules(**changes: object) -> CallRules:
    usual = {
        "address": "Phone",
        "region": "KH",
        "channel": Given("channel", value="chan"),
        "call_flow": Given("call_flow", value="Reminder"),
        "variables": (Given("name", column="Name"),),
    }
    whole = usual | changes
    given = [one for name in PARAMETERS if (one := whole.pop(name, None)) is not None]
    return CallRules(parameters=tuple(given), **whole)  # type: ignore[arg-type]


def _read(
    rows: Rows, rules: CallRules, *, catalogue: Catalogue = CATALOGUE, now: datetime = NOW, campaign: str = ""
) -> list[WantedCall | Unusable]:
    return normalise(rows, read_addresses(rows, rules), Parameters(rules, catalogue, now), campaign=campaign)


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., Rows]:
    """rows_of(header, line, line, …)"""
    return worlds.rows_of


@pytest.fixture(scope="session")
def rules_of() -> Callable[..., CallRules]:
    """rules_of(**changes to a channel, a call flow and one variable)"""
    return _rules


@pytest.fixture(scope="session")
def read() -> Callable[..., list[WantedCall | Unusable]]:
    """read(rows, rules, catalogue=, now=, campaign=)"""
    return _read


@pytest.fixture(scope="session")
def parameters_of() -> Callable[..., Parameters]:
    """parameters_of(rules)"""
    return lambda rules: Parameters(rules, CATALOGUE, NOW)
