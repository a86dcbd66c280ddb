"""Imports point one way: flows → pure rooms → plain values; connectors know nothing of flows or Prefect."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOUCHES_THE_OUTSIDE = {"prefect", "requests", "sqlalchemy", "openpyxl", "logging", "socket", "urllib3", "time"}
PLAIN_VALUES = {"connectors.values", "connectors.errors", "connectors.verboice.zones"}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def modules(*rooms: str) -> list[Path]:
    return sorted(file for room in rooms for file in (ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("file", modules("connectors"), ids=lambda file: str(file.relative_to(ROOT)))
def test_connectors_import_neither_flows_nor_prefect(file):
    assert not {name.split(".")[0] for name in imports(file)} & {"flows", "prefect"}


@pytest.mark.parametrize("file", modules("flows/contacts", "flows/calls"), ids=lambda file: str(file.relative_to(ROOT)))
def test_pure_rooms_touch_nothing_outside(file):
    for name in imports(file):
        top = name.split(".")[0]
        assert top not in TOUCHES_THE_OUTSIDE, name
        assert top != "connectors" or name in PLAIN_VALUES, name
        assert top != "flows" or name.split(".")[1] in {"contacts", "calls", "limits"}, name


@pytest.mark.parametrize(
    "file",
    modules("flows/commands", "flows/runs", "flows/reports", "flows/looks"),
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_prefect_is_imported_only_where_a_flow_is_really_run_under_it(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    top_level = {name for node in tree.body for name in _names(node)}
    assert not {name.split(".")[0] for name in top_level} & {"prefect"}
    assert not top_level & {
        "flows.sync_contacts",
        "flows.enqueue_calls",
        "flows.track_calls",
        "flows.orchestration.deployments",
    }


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""
