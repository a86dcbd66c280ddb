"""docs/ as a site: it is built without a warning, a dead link is one, and the made tables tell everything there is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from flows.cli import app
from flows.reports.buckets import BUCKETS
from flows.reports.wording import GUARDS
from flows.settings.models import Pipeline
from tests.worlds import ROOT


def built(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "sphinx", "--quiet", "--fresh-env", "--fail-on-warning", "--nitpicky"]
    return subprocess.run([*words, str(source), str(out)], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    done = built(ROOT / "docs", out)
    assert done.returncode == 0, done.stderr
    return out


def test_every_key_command_bucket_and_guard_is_told(site: Path) -> None:
    keys, commands, cures = (
        (site / f"{page}.html").read_text(encoding="utf-8")
        for page in ("reference-settings", "reference-commands", "what-to-do")
    )
    for told, names in (
        (keys, Pipeline.model_fields),
        (commands, vars(typer.main.get_command(app))["commands"]),
        (cures, [*BUCKETS, *GUARDS]),
    ):
        assert [name for name in names if f'<span class="pre">{name}</span>' not in told] == []
    assert "until_blank" in keys


def test_a_dead_link_fails(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    shutil.copy(ROOT / "docs" / "conf.py", source)
    (source / "reference.py").write_text("MADE = {}\n")
    (source / "index.md").write_text("# Begin\n\n[there](nowhere.md)\n")
    done = built(source, tmp_path / "out")
    assert done.returncode != 0
    assert "nowhere.md" in done.stderr
