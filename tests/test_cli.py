"""The command line before any command does its work."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest


def test_the_version_is_printed_without_a_command(cli):
    said = cli("--version")
    assert (said.status, said.out.strip()) == (0, version("verboice-sync"))


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"], ["check", "nowhere"], ["plan", "nowhere"]])
def test_quick_commands_never_import_prefect(words: list[str], home: Path) -> None:
    code = (
        "import sys\nfrom flows.cli import app\ntry:\n    app(sys.argv[1:])\n"
        "except SystemExit:\n    pass\nassert 'prefect' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
