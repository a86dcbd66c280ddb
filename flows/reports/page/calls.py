"""The calls of a run as its page tells them: by hour, by reason, and how often they were tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from flows.reports.call_ends import CallEnds, End, end_of
from flows.reports.page.charts import Series, stacked_bars
from flows.reports.page.rules import PageRules

if TYPE_CHECKING:
    from markupsafe import Markup

SHOWN: Mapping[End, tuple[str, str]] = {
    "reached": ("reached", "b-queued"),
    "not reached": ("not reached", "b-rejected"),
    "open": ("under way", "b-unsent"),
    "cancelled": ("cancelled", "b-skipped"),
    "unknown": ("end unknown", "b-uncertain"),
}
"""What each end is called beside a colour, and the class of the colour."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Calls by the hour of the day in which they began. series: as the chart has them; hours: its bars."""

    chart: Markup
    hours: Sequence[str]
    series: Sequence[Series]


def ends_told(ends: CallEnds) -> list[tuple[str, str, int]]:
    """Name, colour and number of each end that there was."""
    return [(*SHOWN[end], number) for end in SHOWN if (number := ends.by_end.get(end, 0))]


def by_hour(outcomes: pa.Table, rules: PageRules) -> Hours | None:
    """None before any call is known to have begun."""
    if "started_at" not in outcomes.column_names:
        return None
    begun = outcomes.filter(pc.not_equal(pc.fill_null(outcomes["started_at"], ""), ""))
    if not begun.num_rows:
        return None
    hours = [int(rules.local(text)[11:13]) for text in begun["started_at"].to_pylist()]
    counts = Counter(zip(map(end_of, begun["call_state"].to_pylist()), hours, strict=True))
    span = range(min(hours), max(hours) + 1)
    series = [
        Series(name, css, [counts[end, hour] for hour in span])
        for end, (name, css) in SHOWN.items()
        if any(counts[end, hour] for hour in span)
    ]
    labels = [f"{hour:02}:00" for hour in span]
    return Hours(stacked_bars(f"Calls by the hour they began, {rules.zone_name}", labels, series), labels, series)
