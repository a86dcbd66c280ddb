"""`demo`: what it leaves behind."""

from __future__ import annotations

import stat

from flows.commands.demo import campaign, own_home


def test_the_demos_own_home_leaves_a_private_one_behind(home):
    with own_home() as inside:
        assert inside.parent == home / ".verboice-sync"
    assert stat.S_IMODE(inside.parent.stat().st_mode) == 0o700


def test_two_days_of_a_campaign_are_told_in_a_few_lines(home, capsys):
    campaign(home / "campaign")
    lines = capsys.readouterr().out.splitlines()
    days = [line.split("  $ verboice-sync ") for line in lines if "  $ " in line]
    assert [(when, command.split()[0]) for when, command in days] == [
        ("Monday 09:00", "call"),
        ("Monday 12:00", "track"),
        ("Monday 12:00", "never"),
        ("Tuesday 09:00", "call"),
        ("Tuesday 11:00", "track"),
    ]
    told = "\n".join(lines)
    assert "3 completed, 3 failed" in told
    assert "••••0203 is not called any more" in told
    assert "   Row 3 has answered: vaccinated: (absent) → yes" in told
    assert lines[-1].startswith("8 calls in two days")
