"""When the calls of a batch ring, found anew whenever it is planned or sent: by the pipeline's hours and daily
portions, from now on; and how long all of them will take, by what the ledger has measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.errors import ConfigurationError
from connectors.values import Channel
from connectors.verboice.zones import identifier_of
from flows.calls.batch import PlannedCall, RowOutcome
from flows.calls.forecast import CallLengths, Capacity, Forecast, in_words
from flows.calls.normalise import column_of
from flows.calls.rules import CallRules
from flows.calls.timetable import NO_TIME, Capacities, Moment, Timetable, later_reason, timetable
from flows.runs.calls.memory import ends_measure
from flows.runs.run import Run


@dataclass(frozen=True, slots=True)
class Timed:
    """calls: those that are asked for now, with their stretches. kept_back: what becomes of the others, by row. notes:
    what to tell of both. forecast: how long it takes, None where no clock can tell."""

    calls: tuple[PlannedCall, ...]
    kept_back: dict[int, RowOutcome]
    notes: tuple[str, ...] = ()
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True)
class Ringing:
    """What is known of how calls ring: on how many lines of each channel, how long the latest ones lasted, and from
    when on each of those can have begun that have not ended."""

    capacities: Capacities
    lengths: CallLengths
    waiting: Sequence[datetime] = ()


def ringing(run: Run, channels: Iterable[Channel], project_id: int, rules: CallRules) -> Ringing:
    """By what Verboice shows of the channels, and the ledger has of the pipeline's calls, or where those are too few of
    all for the project; else as the pipeline says."""
    lengths = _lengths(run, project_id, rules)
    known = {
        key: Capacity(lines, lengths.seconds_on(lines))
        for channel in channels
        for lines in [channel.lines or rules.timing.lines]
        for key in (channel.id, channel.name)
        if key is not None
    }
    return Ringing(known, lengths, run.ledger.calls_waiting(run.pipeline.verboice.url, project_id, run.clock()))


def _lengths(run: Run, project_id: int, rules: CallRules) -> CallLengths:
    server = run.pipeline.verboice.url
    apart = run.ledger.costs(server).get(ends_measure(run.pipeline.name))
    found = CallLengths(
        # Over several channels nobody can tell which of them the calls ended on.
        apart=(apart.value, apart.samples) if apart is not None and rules.constant("channel") else (0.0, 0),
        given=rules.timing.length,
    )
    for pipeline in (run.pipeline.name, None):
        answered, unanswered = run.ledger.call_lengths(server, project_id, pipeline=pipeline, now=run.clock())
        found = replace(found, answered=tuple(answered), unanswered=tuple(unanswered))
        if found.is_measured:
            break
    return found


def timed(run: Run, calls: Sequence[PlannedCall], rules: CallRules, known: Ringing) -> Timed:
    """When these calls may ring. Raises ConfigurationError for a time zone that this machine does not know, where that
    matters."""
    timing, zone = rules.timing, zone_of(run, rules)
    moment = Moment(run.clock(), zone, _sent(run, rules, zone), known.waiting)
    try:
        found = timetable(calls, timing, moment, known.capacities)
    except ZoneInfoNotFoundError as error:
        if timing.hours is None and timing.per_day is None:
            return Timed(tuple(calls), {})  # Verboice has more time zones than this machine
        key = "per_day" if timing.hours is None else "hours"
        raise ConfigurationError(
            f"{run.pipeline.where('calls', key)}: this machine does not know a time zone that is needed: {error}.",
            hint="Update the Python package tzdata.",
        ) from None
    column = column_of(rules, "not_after") or column_of(rules, "not_before")
    kept_back = {row: RowOutcome(row, "rejected", NO_TIME, column) for row in found.closed}
    kept_back |= {row: RowOutcome(row, "unsent", later_reason(timing, day)) for row, day in found.later.items()}
    ready = tuple(call for call in calls if call.row in found.stretches)
    if timing.hours is not None:
        ready = tuple(replace(call, stretch=found.stretches[call.row]) for call in ready)
    forecast = replace(found.forecast, told=in_words(found.forecast, known.lengths, zone))
    notes = (_waiting(ready, moment), _portions(found, rules))
    return Timed(ready, kept_back, tuple(filter(None, notes)), forecast)


def _sent(run: Run, rules: CallRules, zone: str) -> Mapping[date, int]:
    """How many calls the pipeline has asked for by any run, for today and for later days."""
    if rules.timing.per_day is None:
        return {}
    clock = ZoneInfo(zone)
    today = run.clock().astimezone(clock).replace(hour=0, minute=0, second=0, microsecond=0)
    meant = run.ledger.calls_meant_for(run.pipeline.verboice.url, run.pipeline.name, today.astimezone(UTC))
    return Counter(moment.astimezone(clock).date() for moment in meant)


def _portions(found: Timetable, rules: CallRules) -> str:
    """How many calls are left for other days, and when they go on; or for none."""
    days = [day for day in found.later.values() if day is not None]
    none, calls = len(found.later) - len(days), f"of {found.forecast.calls:,} calls"
    parts = []
    if days:
        waits, goes_on = "waits" if len(days) == 1 else "wait", f"{min(days):%A %Y-%m-%d}"
        parts.append(f"{len(days):,} {calls} {waits} for another day, the next ones for {goes_on}")
    if none:
        parts.append(f"{none:,} {calls} {'has' if none == 1 else 'have'} no day left before their not_after")
    return f"{', and '.join(parts)}, because calls.per_day is {rules.timing.per_day:,}." if parts else ""


def _waiting(calls: Sequence[PlannedCall], moment: Moment) -> str:
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
