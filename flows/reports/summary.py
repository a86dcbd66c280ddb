"""The one JSON object of a run: what `--json` prints, `summary.json` keeps and every other rendering starts from.

Its keys never depend on what happened: a script may read `rows.failed` without asking first whether anything failed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

import orjson

from flows.reports.buckets import buckets_of, check_buckets, status_of
from flows.reports.harmless import in_json
from flows.reports.private_file import replacing
from flows.runs.kinds import run_kind

if TYPE_CHECKING:
    from flows.reports.report import Report

REQUEST_KINDS = ("get", "put", "bulk_put", "post", "call", "retries")
CHANGING = ("put", "bulk_put", "post", "call")
"""The kinds of request that may change something in Verboice."""
_REPORTS = ("workbook", "html", "summary", "plan")


class ViolationFacts(TypedDict):
    """A guard that tripped: `limit` and `found` as a person wrote and reads them (`30%`, `1000`)."""

    guard: str
    limit: str
    found: str


class PlanFacts(TypedDict):
    """The plan of a run: the checksum an approval names, the number of changes, the guards it violates."""

    checksum: str | None
    changes: int
    violations: list[ViolationFacts]


class ProblemFacts(TypedDict):
    """One row that needs a person: its number in the spreadsheet (header = 1), the column or "", bucket and reason."""

    row: int
    column: str
    status: str
    reason: str


class ForecastFacts(TypedDict):
    """How long the calls were to take when they were planned: how many, other days' portions included, when the last
    one ends (UTC; null where that is not known), how many have no turn before their not_after, on how many days people
    are rung, over how many lines, for how many seconds each, how many calls are before them; and all of it in a
    sentence."""

    calls: int
    ends: str | None
    unfinished: int
    days: int
    lines: int | None
    seconds_per_call: float | None
    waiting: int
    told: str


class ProjectFacts(TypedDict):
    """The project of a run; null where the run ended before it was known."""

    id: int | None
    name: str | None


class Summary(TypedDict):
    """The object that `--json` prints. `rows` has `read` and then every bucket, of which each is null where a run was
    ended before anybody knew what became of its rows; times are UTC text ending in Z.

    home, ledger: the home folder and where the ledger is, "" where the run ended before they were known.
    """

    run_id: str
    pipeline: str
    kind: str
    status: str
    sent: bool  # whether something was allowed to be sent; if not, the rows are as they would end
    home: str
    ledger: str
    started_at: str
    finished_at: str | None
    project: ProjectFacts
    rows: dict[str, int]
    variables_changed: int
    requests: dict[str, int]
    plan: PlanFacts
    problems: list[ProblemFacts]
    reports: dict[str, str | None]
    dropped: NotRequired[bool]  # the rows came from a file dropped into the inbox, not from the configured source
    fill_only: NotRequired[bool]  # contacts: no value that was there was replaced
    retry: NotRequired[str]  # calls: new attempts for the rows of this run
    dry_run: NotRequired[bool]  # calls: nothing was sent, the rows are as they would end
    calls: NotRequired[dict[str, int]]  # calls: the accepted ones by what Verboice last said of them
    forecast: NotRequired[ForecastFacts]  # calls: how long they were to take
    call_states: NotRequired[dict[str, int]]  # the same by its name in version 0.1, where there are any


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What ran, when, where, and how much it sent. Times carry a zone; `requests` counts by REQUEST_KINDS.

    sent: whether it was allowed to send anything that changes something.
    """

    run_id: str
    pipeline: str
    kind: str
    started_at: datetime
    sent: bool = False
    home: str = ""
    ledger: str = ""
    finished_at: datetime | None = None
    project_id: int | None = None
    project_name: str | None = None
    dropped: bool = False
    fill_only: bool = False
    retry: str = ""
    variables_changed: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)


def summary_object(
    run: RunFacts,
    rows: Mapping[str, int],
    *,
    status: str = "",
    plan: PlanFacts | None = None,
    problems: Iterable[ProblemFacts] = (),
    reports: Mapping[str, str] | None = None,
) -> Summary:
    """The summary of `run`, all keys present and in their fixed order.

    rows: counts by bucket, with or without `read`; missing buckets are 0, a missing `read` is their sum.
    status: `succeeded`, `partial`, `refused` or `failed`; "" judges by `rows`.
    Raises CouldNotBeDone when the buckets of a run that was not cut short do not add up to `read`, ValueError for a
    key that is no bucket or kind of request.
    """
    counts = _all_keys(rows, ("read", *buckets_of(run.kind)))
    counts["read"] = rows.get("read", sum(counts.values()))
    if status in {"", "succeeded", "partial"}:
        check_buckets(counts, counts["read"])
    summary: Summary = {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "kind": run.kind,
        "status": status or status_of(counts),
        "sent": run.sent,
        "home": run.home,
        "ledger": run.ledger,
        "started_at": utc_text(run.started_at),
        "finished_at": utc_text(run.finished_at) if run.finished_at else None,
        "project": {"id": run.project_id, "name": run.project_name},
        "rows": counts,
        "variables_changed": run.variables_changed,
        "requests": _all_keys(run.requests, REQUEST_KINDS),
        "plan": plan or {"checksum": None, "changes": 0, "violations": []},
        "problems": list(problems),
        "reports": dict.fromkeys(_REPORTS) | dict(reports or {}),
    }
    if run.dropped:
        summary["dropped"] = True
    if run.fill_only:
        summary["fill_only"] = True
    if run.retry:
        summary["retry"] = run.retry
    if run_kind(run.kind).is_call:
        summary["calls"] = {}
    return summary


def states_of(summary: Summary) -> dict[str, int]:
    """Accepted calls by state, of a summary of any version."""
    return summary.get("calls") or summary.get("call_states", {})


def as_json(value: object) -> bytes:
    """A summary, or what else a command prints, as UTF-8 JSON with two spaces of indent and a newline at the end.

    What must not reach a terminal raw stands in it as JSON writes it in ASCII.
    """
    try:
        written = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        # A file name that is not UTF-8 reaches Python as lone surrogates; escaped, it still names the file.
        return (json.dumps(value, indent=2) + "\n").encode()
    return written if written.isascii() and b"\x7f" not in written else in_json(written.decode()).encode()


def write_summary(path: Path, report: Report) -> None:
    """Writes `report.summary` whole or not at all, readable by its owner only; raises CouldNotBeDone."""
    with replacing(path) as temporary:
        temporary.write_bytes(as_json(report.summary))


def _all_keys(counts: Mapping[str, int], keys: tuple[str, ...]) -> dict[str, int]:
    unknown = set(counts) - set(keys)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: not among {', '.join(keys)}")
    return {key: counts.get(key, 0) for key in keys}


def utc_text(moment: datetime) -> str:
    """A time as summaries tell it: UTC, ending in Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
