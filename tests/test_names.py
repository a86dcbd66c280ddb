"""One noun for one thing: no two classes, type aliases or imports under another name are called alike."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PASCAL_CASE = re.compile(r"_?[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(file for room in ("flows", "connectors") for file in (ROOT / room).rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(file.read_text(encoding="utf-8"))


def defined(tree: ast.Module) -> Iterator[str]:
    """Names of the module's classes, and those that it gives to types."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def renamed(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What is imported under another name: that name, and what it is of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.asname, f"{node.module}.{alias.name}") for alias in node.names if alias.asname)


def meanings() -> dict[str, set[str]]:
    """Every PascalCase name with all that it means."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, tree in modules():
        for name in defined(tree):
            found[name].add(f"{module}.{name}")
        for name, origin in renamed(tree):
            found[name].add(origin)
    return {name: origins for name, origins in found.items() if PASCAL_CASE.fullmatch(name)}


def test_no_name_means_two_things():
    double = {name: sorted(origins) for name, origins in meanings().items() if len(origins) > 1}
    assert double == {}


def test_the_names_are_found():
    found = meanings()
    assert {"ContactRules", "RunRecord", "FaultAction", "Blank", "_Job"} <= set(found)
    assert found["Blank"] == {"flows.contacts.rules.Blank"}
    assert found["XlsSheet"] == {"xlrd.sheet.Sheet"}
