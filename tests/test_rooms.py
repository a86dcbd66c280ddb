"""Imports point one way: flows → pure rooms → plain values; connectors know nothing of flows or Prefect.

Reports know neither spine and the spines not each other; everything is imported from where it is defined; no folder is
too full to be looked through.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOUCHES_THE_OUTSIDE = {"prefect", "requests", "sqlalchemy", "openpyxl", "logging", "socket", "urllib3", "time"}
PLAIN_VALUES = {"connectors.values", "connectors.errors", "connectors.ledger.values", "connectors.verboice.zones"}
SPINES = {"flows/runs/contacts": "flows.runs.calls", "flows/runs/calls": "flows.runs.contacts"}
RE_EXPORTS = {"flows.settings", "connectors.verboice", "connectors.ledger", "connectors.sandbox", "flows.credentials"}
MOST_FILES = 25


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


def test_reports_import_neither_spine():
    assert not imported_from("flows/reports", "flows.runs.contacts") | imported_from(
        "flows/reports", "flows.runs.calls"
    )


@pytest.mark.parametrize("spine", SPINES)
def test_the_spines_do_not_import_each_other(spine):
    assert imported_from(spine, SPINES[spine]) == set()


def imported_from(room: str, other: str) -> set[tuple[str, str]]:
    """Which files of a room import which modules of another, also where they name only its folder."""
    return {
        (place_of(file), module)
        for file in modules(room)
        for module, name in names_imported(file)
        if f"{module}.{name}.".startswith(f"{other}.")
    }


def test_everything_is_imported_from_where_it_is_defined():
    astray = [
        f"{place_of(file)}: {name} from {module}"
        for file in modules("flows", "connectors", "tests")
        for module, name in names_imported(file)
        if module in own_modules() and module not in RE_EXPORTS
        if f"{module}.{name}" not in own_modules() and name not in defined(own_modules()[module])
    ]
    assert astray == []


def test_nothing_else_says_that_it_passes_names_on():
    saying = {name for name, file in own_modules().items() if "__all__" in defined(file)}
    assert saying <= RE_EXPORTS


def test_no_folder_is_too_full_to_be_looked_through():
    folders = {file.parent for file in modules("flows", "connectors")}
    full = {place_of(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: files for folder, files in full.items() if files > MOST_FILES} == {}


def names_imported(file: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of every import, wherever it stands; `import a.b` as if b were a name of a."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            whole = (alias.name.rpartition(".") for alias in node.names)
            yield from ((module, name) for module, _, name in whole)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


@functools.cache
def own_modules() -> dict[str, Path]:
    """The project's modules by their dotted names."""
    named = {file: file.relative_to(ROOT).with_suffix("").parts for file in modules("flows", "connectors", "tests")}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): file for file, parts in named.items()}


@functools.cache
def defined(file: Path) -> frozenset[str]:
    """The names that a module makes itself: its functions, classes and values, whatever condition they stand under."""
    outermost = [parsed(file)]
    names: set[str] = set()
    while outermost:
        for node in ast.iter_child_nodes(outermost.pop()):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            else:
                outermost.append(node)
    return frozenset(names)


@functools.cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def place_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
