"""From the bytes of `contacts.json` and the rows of a source to a plan, beside the least that can be done in C.

Run alone with `python -m tests.bench.bench_diff [--quick]`; `make bench` calls `run`.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

from connectors.values import RemoteContacts, Rows
from connectors.verboice.listing import ContactColumns
from flows.contacts.assess import Known, Target, assess
from flows.contacts.normalise import Statements, normalise
from flows.contacts.plan import Plan
from flows.contacts.rules import ContactRules, VariableRule
from tests.bench.measuring import forget_peak, peak_memory, spent, told

VARIABLES = [f"variable {n}" for n in range(10)]
RULES = ContactRules("Phone", tuple(VariableRule(name, name) for name in VARIABLES), region="KH")
PORTION = 64 * 1024
_PIECE = 100_000


def store_world(count: int, folder: Path) -> None:
    """A project of `count` contacts as Verboice lists it, and the same people in another order, 1 in 1,000 changed."""
    chance = np.random.default_rng(count)
    words = pa.array([f"value {n}" for n in range(1000)])
    numbers = pc.cast(pa.array(np.arange(count) + 85510000000), pa.string())
    columns = {name: pc.take(words, pa.array(chance.integers(0, 1000, count))) for name in VARIABLES}
    table = pa.table({"Phone": numbers, **columns})
    with (folder / "contacts.json").open("wb") as file:
        file.write(b"[")
        for start in range(0, count, _PIECE):
            text = _listed(table.slice(start, _PIECE), start)
            file.write(text if start + _PIECE < count else text[:-1] + b"]")
    moved = pa.array(np.arange(count) % 1000 == 0)
    changed = table.set_column(1, VARIABLES[0], pc.if_else(moved, "another", columns[VARIABLES[0]]))
    shuffled = changed.take(pa.array(chance.permutation(count)))
    feather.write_feather(shuffled, folder / "rows.arrow", compression="uncompressed")


def _listed(table: pa.Table, first: int) -> bytes:
    """The contacts as JSON, each with a comma behind it."""
    parts = ['{"id":', pc.cast(pa.array(np.arange(first, first + table.num_rows)), pa.string())]
    parts += [',"addresses":["', table["Phone"].combine_chunks(), '"],"vars":{']
    for name in VARIABLES:
        parts += [f'{"" if name == VARIABLES[0] else ","}"{name}":"', table[name].combine_chunks(), '"']
    column = pc.binary_join_element_wise(*parts, "}},", "")
    return b"".join(pc.cast(column, pa.binary()).to_pylist())


def listed_contacts(path: Path) -> RemoteContacts:
    """The client's reading of the list, in portions as they arrive."""
    columns = ContactColumns(VARIABLES)
    with path.open("rb") as file:
        while portion := file.read(PORTION):
            columns.feed(portion)
    return columns.finish()


def planned(statements: Statements, remote: RemoteContacts) -> Plan:
    return assess(statements, Known(remote), RULES, target=Target("https://v", 1, "Bench"))


def whole(rows: Rows, path: Path) -> Plan:
    return planned(normalise(rows, RULES), listed_contacts(path))


def hash_join(rows: Rows, remote: RemoteContacts) -> int:
    """The least: find each row's contact by its exact text, and compare every value."""
    places = pc.index_in(rows.table["Phone"], value_set=remote.addresses)
    differing = (pc.not_equal(rows.table[name], pc.take(remote.variables[name], places)) for name in VARIABLES)
    return sum(pc.sum(column).as_py() for column in differing)


def plain_orjson(listed: bytes) -> int:
    """Parsing alone, with the garbage collector paused: it would only add to it."""
    gc.disable()
    try:
        return len(orjson.loads(listed))
    finally:
        gc.enable()


def measure(folder: Path, turns: int) -> dict[str, list[float]]:
    """Processor seconds of each part, turn by turn, in this process; the memory in MB. One turn: the whole only."""
    before = forget_peak()
    path, table = folder / "contacts.json", feather.read_table(folder / "rows.arrow", memory_map=False)
    rows = Rows(table.combine_chunks(), pa.array(np.arange(2, table.num_rows + 2)), "people")
    whole(rows, path)
    taken: dict[str, list[float]] = {"peak": [peak_memory() - before], "json": [path.stat().st_size / 1e6]}
    for _ in range(turns):
        remote, statements = listed_contacts(path), normalise(rows, RULES)
        parts = {
            "whole": partial(whole, rows, path),
            "orjson": partial(plain_orjson, path.read_bytes() if turns > 1 else b"[]"),
            "normalise": partial(normalise, rows, RULES),
            "diff": partial(planned, statements, remote),
            "join": partial(hash_join, rows, remote),
        }
        for name, work in parts.items() if turns > 1 else [("whole", parts["whole"])]:
            taken.setdefault(name, []).append(spent(work))
    return taken


def run(quick: bool) -> list[tuple[str, str]]:
    """Ratios of processor time, each size in a process of its own."""
    sizes = {10_000: 5, 100_000: 3} if quick else {10_000: 9, 100_000: 5, 1_000_000: 3, 5_000_000: 1}
    results, per_contact = [], []
    for size, turns in sizes.items():
        found = _measured_apart(size, turns)
        results += list(_lines(f"{size:,} contacts x {len(VARIABLES)} ({found['json'][0]:,.0f} MB)", found))
        per_contact.append(min(found["whole"]) / size * 1e6)
    results.append(
        ("processor time per contact, smallest to largest", ", ".join(f"{value:.1f} µs" for value in per_contact))
    )
    return results


def _measured_apart(size: int, turns: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        store_world(size, Path(folder))
        command = [sys.executable, "-m", "tests.bench.bench_diff", folder, str(turns)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, list[float]] = json.loads(done.stdout)
    return measured


def _lines(size: str, found: dict[str, list[float]]) -> Iterator[tuple[str, str]]:
    def against(parts: list[str], limit: str) -> str:
        sums = [sum(values) for values in zip(*(found[part] for part in parts), strict=True)]
        return told([one / other for one, other in zip(sums, found[limit], strict=True)])

    yield f"{size}: most memory, against the JSON", f"{found['peak'][0] / found['json'][0]:.1f}x"
    if len(found["whole"]) == 1:
        return
    yield f"{size}: JSON and rows to plan, against orjson.loads alone", against(["whole"], "orjson")
    yield f"{size}: match, diff and plan, against a bare hash join in Arrow", against(["diff"], "join")
    yield f"{size}: the same with normalising, against that join", against(["normalise", "diff"], "join")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
    else:
        for what, ratio in run("--quick" in sys.argv):
            print(f"{what}: {ratio}")
