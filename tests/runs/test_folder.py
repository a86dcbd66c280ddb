"""The files of a run: whose they are, and how a run is found again by them."""

from __future__ import annotations

import stat

from tests.worlds import ROWS


def test_everything_written_is_readable_by_its_owner_only(cli, sheet, pipeline, home):
    cli("sync", pipeline(sheet(*ROWS)))
    for path in (home / ".verboice-sync").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
