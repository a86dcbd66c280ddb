"""The systemd units of configs/systemd: systemd itself finds nothing wrong with them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "configs" / "systemd"
COMMAND = "/srv/verboice-sync/.venv/bin/verboice-sync"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze (Debian: systemd) is not there")
def test_systemd_takes_the_units(tmp_path):
    for unit in UNITS.iterdir():
        text = unit.read_text()
        assert unit.suffix == ".timer" or f"ExecStart={COMMAND} " in text
        (tmp_path / unit.name).write_text(text.replace(COMMAND, sys.executable))
    names = [tmp_path / unit.name.replace("@.", "@clinic.") for unit in UNITS.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *names], check=False, capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "verboice" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr
