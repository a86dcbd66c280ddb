"""Is a refusal about this row, or about everything that would follow? Verboice's own words tell (API sheet 8.17)."""

from __future__ import annotations

from collections.abc import Collection

# How a refusal begins -> the parameters it is about.
_ABOUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Channel not found", ("channel",)),
    ("Channel is disabled", ("channel",)),
    ("undefined method `project'", ("call_flow",)),
    ("undefined method 'project'", ("call_flow",)),
    ("undefined method `time_zone'", ("project_id",)),
    ("undefined method 'time_zone'", ("project_id",)),
    ("Couldn't find Schedule", ("schedule", "schedule_id")),
    ("Time zone", ("time_zone",)),
    ("invalid argument to TimeZone", ("time_zone",)),
    ("Invalid date: Not Before", ("not_before",)),
    ("Invalid date: Not After", ("not_after",)),
    ("Not After date can't be", ("not_before", "not_after", "time_zone", "schedule", "schedule_id")),
)


def concerns_all(reason: str, constants: Collection[str]) -> bool:
    """Whether every other call of the batch would be refused alike: all that it is about is the same for every row."""
    about = next((names for beginning, names in _ABOUT if reason.startswith(beginning)), None)
    return about is not None and set(about) <= set(constants)
