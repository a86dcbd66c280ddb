"""`make bench`: every figure as a ratio, measured side by side in one run. `--quick` shrinks the inputs."""

from __future__ import annotations

import importlib
import platform
import sys
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("pandas", "pyarrow", "requests", "sqlalchemy", "openpyxl", "orjson", "python-calamine", "rustpy-xlsxwriter")


def main() -> None:
    """Run every `bench_*` module beside this file and print a Markdown table of each."""
    quick = "--quick" in sys.argv
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
    print("# Benchmarks\n")
    print(
        f"{platform.machine()}, {platform.system()} {platform.release()}, Python {platform.python_version()}; ", end=""
    )
    print(", ".join(f"{name} {version(name)}" for name in PACKAGES), end="\n\n")
    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        if wanted and not any(word in file.stem for word in wanted):
            continue
        module = importlib.import_module(f"tests.bench.{file.stem}")
        print(f"## {file.stem.removeprefix('bench_')}\n\n| what | measured |\n| --- | --- |", flush=True)
        for name, value in module.run(quick):
            print(f"| {name} | {value} |", flush=True)
        print()


if __name__ == "__main__":
    main()
