"""Small rows, contacts and rules for the pure rooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

from connectors.values import Contact, RemoteContacts, Rows
from flows.contacts.assess import Known, assess
from flows.contacts.normalise import normalise
from flows.contacts.plan import Plan
from flows.contacts.rules import ContactRules, VariableRule
from tests import worlds


def _rules(**changes: object) -> ContactRules:
    names = changes.pop("variables", None) or (
        VariableRule("age", "Age"),
        VariableRule("favorite color", "Colour"),
    )
    return ContactRules(**{"address": "Phone", "variables": names, "region": "KH", **changes})  # type: ignore[arg-type]


def _plan(rows: Rows, contacts: Sequence[Contact], rules: ContactRules, base: pa.Table | None = None) -> Plan:
    known = Known(RemoteContacts.of(contacts, rules.names), base)
    return assess(normalise(rows, rules), known, rules, target=worlds.TARGET)


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., Rows]:
    """rows_of(header, line, line, …)"""
    return worlds.rows_of


@pytest.fixture(scope="session")
def rules_of() -> Callable[..., ContactRules]:
    """rules_of(**changes to the usual two variables)"""
    return _rules


@pytest.fixture(scope="session")
def plan_of() -> Callable[..., Plan]:
    """plan_of(rows, contacts, rules, base=None)"""
    return _plan
