"""`make bench`: every figure as a ratio, measured side by side in one run. `--quick` shrinks the inputs."""

from __future__ import annotations

import argparse
import importlib
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("pandas", "pyarrow", "requests", "sqlalchemy", "openpyxl", "orjson", "python-calamine", "rustpy-xlsxwriter")


def main() -> None:
    """Run every `bench_*` module beside this file and print a Markdown table of each."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("wanted", nargs="*", help="parts of the names of the benches to run; all of them unless given")
    parser.add_argument("--quick", action="store_true", help="with small inputs")
    parser.add_argument("--peers", action="store_true", help="install dlt and drt, and measure them too")
    asked = parser.parse_args()
    print("# Benchmarks\n")
    print(
        f"{platform.machine()}, {platform.system()} {platform.release()}, Python {platform.python_version()}; ", end=""
    )
    print(", ".join(f"{name} {version(name)}" for name in PACKAGES), end="\n\n")
    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        if asked.wanted and not any(word in file.stem for word in asked.wanted):
            continue
        module = importlib.import_module(f"tests.bench.{file.stem}")
        print(f"## {file.stem.removeprefix('bench_')}\n\n| what | measured |\n| --- | --- |", flush=True)
        for name, value in module.run(asked.quick):
            print(f"| {name} | {value} |", flush=True)
        print()


if __name__ == "__main__":
    main()
