"""The last runs of a pipeline as what the page of them draws: who was reached, what changed, what was rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.ledger.values import RunRecord
from flows.reports.buckets import BUCKETS, buckets_of
from flows.reports.call_ends import ENDS, End, end_of
from flows.reports.page.calls import SHOWN
from flows.reports.page.charts import Series
from flows.reports.page.problems import kind_of_reason
from flows.reports.page.rules import PageRules
from flows.reports.wording import is_plan
from flows.runs.kinds import run_kind

MOST_REASONS = 5
_REASON_COLOURS = ("b-rejected", "b-duplicate", "b-not_found", "b-held", "b-created", "b-unsent")


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as the ledger remembers it, how many of its rows were rejected why, and its page ("" = there is none)."""

    record: RunRecord
    rejected: Mapping[str, int]
    link: str = ""

    @property
    def is_sent(self) -> bool:
        record = self.record
        return not is_plan(record.kind, record.status, dry_run=bool(record.options.get("dry_run")))

    @property
    def rows(self) -> Mapping[str, int]:
        """By bucket; none where nothing was sent."""
        counts = self.record.counts if self.is_sent else {}
        return {bucket: counts[bucket] for bucket in buckets_of(self.record.kind) if counts.get(bucket)}

    @property
    def changes(self) -> int:
        """Values that were changed."""
        return int(self.record.summary.get("variables_changed", 0)) if self.is_sent else 0

    @property
    def ends(self) -> Mapping[End, int]:
        """Calls by how they ended."""
        told = self.record.summary.get("calls") or self.record.summary.get("call_states") or {}
        ends: Counter[End] = Counter()
        for state, number in told.items():
            ends[end_of(state)] += number
        return {end: ends[end] for end in ENDS if ends[end]}

    @property
    def seconds(self) -> float:
        """How long it took."""
        begun, ended = self.record.started_at, self.record.finished_at
        return (ended - begun).total_seconds() if ended else 0.0


@dataclass(frozen=True, slots=True)
class History:
    """Runs of one sort, the oldest first, as they are drawn; `unit` of the durations: minutes or seconds."""

    runs: Sequence[PastRun]
    labels: Sequence[str]
    rows: Sequence[Series]
    changes: Sequence[Series]
    rejected: Sequence[Series]
    ends: Sequence[Series]
    duration: Sequence[Series]
    unit: str


def history(runs: Sequence[PastRun], rules: PageRules) -> History:
    """All of the runs are of contacts, or all of calls; the newest first."""
    ordered = list(reversed(runs))
    longest = max(run.seconds for run in ordered)
    unit, size = ("minutes", 60) if longest > 180 else ("seconds", 1)
    return History(
        runs=ordered,
        labels=[rules.local(f"{run.record.started_at:%Y-%m-%d %H:%M:%S}")[5:] for run in ordered],
        rows=_rows(ordered),
        changes=_one("values changed", "b-updated", [run.changes for run in ordered]),
        rejected=_rejected(ordered, rules),
        ends=[
            series
            for end, (name, css) in SHOWN.items()
            for series in _one(name, css, [r.ends.get(end, 0) for r in ordered])
        ],
        duration=_one(unit, "b-created", [round(run.seconds / size, 1) for run in ordered]),
        unit=unit,
    )


def _rows(runs: Sequence[PastRun]) -> list[Series]:
    refused = [run.record.counts.get("read", 0) if not run.is_sent else 0 for run in runs]
    buckets = (_one(b.replace("_", " "), f"b-{b}", [run.rows.get(b, 0) for run in runs]) for b in BUCKETS)
    return [series for found in buckets for series in found] + _one("refused, nothing sent", "b-refused", refused)


def _rejected(runs: Sequence[PastRun], rules: PageRules) -> list[Series]:
    """Rejected rows by the kind of their reason: the commonest, and all others together."""
    kinds = [_by_kind(run.rejected, rules) for run in runs]
    total = sum(kinds, Counter[str]())
    first = [kind for kind, _ in total.most_common(MOST_REASONS)]
    series = [
        Series(kind, css, [one[kind] for one in kinds]) for kind, css in zip(first, _REASON_COLOURS, strict=False)
    ]
    others = [one.total() - sum(one[kind] for kind in first) for one in kinds]
    return series + _one("other reasons", _REASON_COLOURS[-1], others)


def _by_kind(rejected: Mapping[str, int], rules: PageRules) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for reason, number in rejected.items():
        kinds[kind_of_reason(rules.text(reason))] += number
    return kinds


def _one(name: str, css: str, values: Sequence[float]) -> list[Series]:
    """The series, unless nothing of it was ever there."""
    return [Series(name, css, values)] if any(values) else []


def is_of_calls(run: PastRun) -> bool:
    """Whether the run is one of calls."""
    return run_kind(run.record.kind).is_call
