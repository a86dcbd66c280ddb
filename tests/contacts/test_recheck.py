"""Whether changes still begin where they were planned from."""

from __future__ import annotations

from flows.contacts.recheck import Standing, standings
from tests.worlds import AGE, now, written


def test_standings_tell_what_has_become_of_each_value():
    changes = written(
        AGE, (3, 8, "8558", "age", None, "39"), (4, 9, "8559", "age", "1", "2"), (5, 6, "8556", "x", None, "")
    )
    found = standings(changes, now(c7={"age": "39"}, c8={}, c9={"age": "5"}))
    assert found.tolist() == [Standing.ARRIVED, Standing.HOLDS, Standing.MOVED, Standing.GONE]
