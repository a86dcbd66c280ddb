"""How quickly the commands start, and a plan of 1,000 rows against a sandbox on this machine."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openpyxl import Workbook

from connectors.sandbox import Sandbox, SandboxServer

PIPELINE = """
verboice: {{url: "{url}", account: a@example.org, password: pw, project: Bench}}
source: {{kind: excel, path: people.xlsx, address: Phone}}
contacts: {{variables: {{age: Age}}}}
"""


def run(quick: bool) -> list[tuple[str, str]]:
    """Seconds of wall time, median of several, beside an empty Python program in the same run."""
    times = 3 if quick else 7
    bare = _median([sys.executable, "-c", "pass"], times)
    help_time = _median([sys.executable, "-m", "flows", "--help"], times)
    plan = _plan(times)
    return [
        ("`python -c pass`", f"{bare:.2f} s"),
        ("`verboice-sync --help`", f"{help_time:.2f} s, {help_time / bare:.1f} × an empty program (limit 0.5 s)"),
        ("`verboice-sync plan`, 1,000 rows", f"{plan:.2f} s, {plan / bare:.0f} × an empty program (limit 3 s)"),
    ]


def _median(command: list[str], times: int, *, cwd: Path | None = None) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=cwd)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _plan(times: int) -> float:
    sandbox = Sandbox()
    project = sandbox.add_project(sandbox.add_account("a@example.org", "pw"), "Bench", variables=["age"])
    numbers = [f"85512{n:06d}" for n in range(1000)]
    sandbox.add_contacts(project, [([number], {"age": "30"}) for number in numbers])
    with tempfile.TemporaryDirectory() as folder, SandboxServer(sandbox) as server:
        book = Workbook()
        for row in [("Phone", "Age"), *((number, 31 if i % 10 == 0 else 30) for i, number in enumerate(numbers))]:
            book.active.append(row)
        book.save(Path(folder) / "people.xlsx")
        (Path(folder) / "bench.yaml").write_text(PIPELINE.format(url=server.url))
        os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
        return _median([sys.executable, "-m", "flows", "plan", "bench.yaml"], times, cwd=Path(folder))
