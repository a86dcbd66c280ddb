"""`demo`: what it leaves behind."""

from __future__ import annotations

import stat

from flows.commands.demo import own_home


def test_the_demos_own_home_leaves_a_private_one_behind(home):
    with own_home() as inside:
        assert inside.parent == home / ".verboice-sync"
    assert stat.S_IMODE(inside.parent.stat().st_mode) == 0o700
