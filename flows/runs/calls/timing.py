"""When the calls of a batch ring, found anew whenever it is planned or sent: by the pipeline's hours, from now on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.errors import ConfigurationError
from connectors.verboice.zones import identifier_of
from flows.calls.batch import PlannedCall, RowOutcome
from flows.calls.normalise import column_of
from flows.calls.rules import CallRules
from flows.calls.timetable import NO_TIME, Moment, timetable
from flows.runs.run import Run


@dataclass(frozen=True, slots=True)
class Timed:
    """calls: those that are asked for now, with their stretches. kept_back: what becomes of the others, by row."""

    calls: tuple[PlannedCall, ...]
    kept_back: dict[int, RowOutcome]
    note: str = ""


def timed(run: Run, calls: Sequence[PlannedCall], rules: CallRules) -> Timed:
    """When these calls may ring. Raises ConfigurationError for a time zone that this machine does not know."""
    if rules.timing.hours is None:
        return Timed(tuple(calls), {})
    moment = Moment(run.clock(), zone_of(run, rules))
    try:
        found = timetable(calls, rules.timing, moment, None)
    except ZoneInfoNotFoundError as error:
        raise ConfigurationError(
            f"{run.pipeline.where('calls', 'hours')}: this machine does not know a time zone that is needed: {error}.",
            hint="Update the Python package tzdata.",
        ) from None
    column = column_of(rules, "not_after") or column_of(rules, "not_before")
    kept_back = {row: RowOutcome(row, "rejected", NO_TIME, column) for row in found.closed}
    ready = tuple(replace(call, stretch=found.stretches[call.row]) for call in calls if call.row in found.stretches)
    return Timed(ready, kept_back, _note(ready, moment))


def _note(calls: Sequence[PlannedCall], moment: Moment) -> str:
    """How many of the calls have to wait for their hours, and from when on the last of them may ring."""
    starts = [call.stretch.start for call in calls if call.stretch is not None and call.stretch.start > moment.now]
    if not starts:
        return ""
    first, last = (
        f"{start.astimezone(ZoneInfo(moment.zone)):%A %Y-%m-%d %H:%M}" for start in (min(starts), max(starts))
    )
    span = f"from {first}" if first == last else f"between {first} and {last}"
    waits = "waits for its" if len(starts) == 1 else "wait for their"
    return f"{len(starts):,} of {len(calls):,} calls {waits} hours, which begin {span} ({moment.zone})."


def zone_of(run: Run, rules: CallRules) -> str:
    """Where the pipeline lives: in `calls.time_zone` if constant, `schedule.timezone`, or UTC."""
    named = rules.constant("time_zone")
    if named is None and run.pipeline.schedule is not None:
        named = run.pipeline.schedule.timezone
    zone = "UTC" if named is None else identifier_of(named) or named
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
    return zone


def today(run: Run, rules: CallRules) -> datetime:
    """The moment of the run, as its schedule meant it, where the pipeline lives."""
    return (run.meant_at or run.clock()).astimezone(ZoneInfo(zone_of(run, rules)))
