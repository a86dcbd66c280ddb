"""A plan or a finished run for the person at the terminal: what happened, what is wrong, what to do next.

Everything starts from the summary object, so that a run read back from `summary.json` prints like one just finished.
rich is imported where it is needed, because `--help` and `--json` have no use for it. Texts from spreadsheets are
printed as they are, never as rich markup, without control characters, and with phone numbers masked.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TextIO, TypedDict

from connectors.masking import mask_number, mask_text
from flows.reports.buckets import NEEDS_ATTENTION
from flows.reports.harmless import harmless
from flows.reports.next_steps import NextStep, next_steps
from flows.reports.summary import Summary
from flows.reports.wording import counted, ending, is_only_planned, label, meaning_of, rows_read

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from flows.contacts.survey import SurveyedColumn

MOST_SHOWN = 10
_WHOLE = {"contact", "outcome", "started (UTC)", "run", "kind", "status"}  # columns whose cells are never broken
_LONGEST_TEXT = 200
_STATUS_STYLES: Mapping[str, str] = {"succeeded": "green", "partial": "yellow", "refused": "red", "failed": "red"}


class PlannedChange(TypedDict):
    """A change as a plan file has it; `before` null means that the contact had no such variable."""

    row: int | None
    contact_id: int | None
    address: str
    variable: str
    before: str | None
    after: str


def print_plan(
    summary: Summary,
    changes: Iterable[PlannedChange] = (),
    *,
    pipeline: str = "",
    file: TextIO | None = None,
    steps: Sequence[NextStep] | None = None,
) -> None:
    """Prints what would be sent: buckets, violated guards, the first changes, problems and the next command.

    changes: the plan's changes, or the first few of them; `summary["plan"]["changes"]` says how many there are in all.
    pipeline: what the user typed as PIPELINE. file: stdout by default; colours only on a terminal.
    steps: what to do next, where that is not what usually follows from a summary.
    """
    console = _console(file)
    _print_head(console, summary)
    _print_changes(console, changes, summary["plan"]["changes"])
    _print_problems(console, summary)
    _print_foot(console, summary, next_steps(summary, pipeline) if steps is None else steps)


def print_report(summary: Summary, *, pipeline: str = "", file: TextIO | None = None) -> None:
    """Prints how a run ended: headline, buckets that are not empty, the first problems, reports, the next command."""
    console = _console(file)
    _print_head(console, summary)
    _print_problems(console, summary)
    _print_foot(console, summary, next_steps(summary, pipeline))


def print_columns(columns: Iterable[SurveyedColumn], *, file: TextIO | None = None) -> None:
    """Prints what becomes of each column that is used, one line for each thing that is odd about it."""
    console = _console(file)
    table = _table("column", "used as", "read as", "odd ones")
    for one in columns:
        odd = "\n".join(map(_plain, one.odd))
        table.add_row(_plain(one.column), _plain(", ".join(one.used_as)), one.read_as, odd)
    _print_section(console, "", table)
    if table.row_count:
        console.print()


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, file: TextIO | None = None) -> None:
    """Prints rows of texts below headers; one that begins with `>` is of numbers."""
    table = _table(*headers)
    for row in rows:
        table.add_row(*map(_plain, row))
    _print_section(_console(file), "", table)


def _print_head(console: Console, summary: Summary) -> None:
    console.print(
        harmless(f"{ending(summary)}: {rows_read(summary)}."), style=_STATUS_STYLES.get(summary["status"], "")
    )
    table = _table("", ">", "")
    is_planned = is_only_planned(summary)
    for bucket, number in counted(summary):
        if number:
            style = "yellow" if bucket in NEEDS_ATTENTION else None
            name = label(bucket, is_planned=is_planned)
            table.add_row(name, f"{number:,}", harmless(meaning_of(bucket, summary)), style=style)
    _print_section(console, "", table)
    _print_violations(console, summary)


def _print_violations(console: Console, summary: Summary) -> None:
    table = _table("", "", "")
    for found in summary["plan"]["violations"]:
        table.add_row(found["guard"], f"{found['found']} found", f"{found['limit']} allowed")
    _print_section(console, f"Guards violated (plan {summary['plan']['checksum']})", table)


def _print_changes(console: Console, changes: Iterable[PlannedChange], total: int) -> None:
    table = _table(">row", "contact", "variable", "before", "after")
    for change in islice(changes, MOST_SHOWN):
        before = "(absent)" if change["before"] is None else _plain(change["before"])
        row = "" if change["row"] is None else str(change["row"])
        table.add_row(row, mask_number(change["address"]), _plain(change["variable"]), before, _plain(change["after"]))
    _print_section(console, "Changes", table, more=total - table.row_count)


def _print_problems(console: Console, summary: Summary) -> None:
    table = _table(">row", "column", "outcome", "reason")
    for problem in summary["problems"][:MOST_SHOWN]:
        reason = _plain(problem["reason"])
        table.add_row(str(problem["row"]), _plain(problem["column"]), label(problem["status"]), reason)
    _print_section(console, "Problems", table, more=len(summary["problems"]) - table.row_count)


def _print_foot(console: Console, summary: Summary, steps: Sequence[NextStep]) -> None:
    reports = [(name, path) for name, path in summary["reports"].items() if path]
    if reports:
        console.print()
    kept = [(name, place) for name, place in (("home", summary["home"]), ("ledger", summary["ledger"])) if place]
    for name, place in (*reports, *kept):
        _print_whole(console, f"{name:<9} {place}")
    for step in steps:
        console.print(harmless(f"\n{step.why}{':' if step.command else '.'}"))
        if step.command:
            _print_whole(console, f"  {step.command}")


def _print_section(console: Console, title: str, table: Table, *, more: int = 0) -> None:
    if not table.row_count:
        return
    console.print()
    if title:
        console.print(title, style="bold")
    console.print(table)
    if more > 0:
        console.print(f"  … and {more:,} more")


def _print_whole(console: Console, line: str) -> None:
    """A path or a command stays on one line however narrow the terminal is, so that it can be copied."""
    console.print(harmless(line), soft_wrap=True)


def _console(file: TextIO | None) -> Console:
    from rich.console import Console

    stream = sys.stdout if file is None else file
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # an old terminal's encoding must not cost anybody the result
    return Console(file=stream, markup=False, highlight=False, emoji=False)


def _table(*headers: str) -> Table:
    """A table without lines. A header that begins with `>` is one of numbers; empty headers are not shown."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(h.strip(">") for h in headers))
    for header in headers:
        number = header.startswith(">")
        table.add_column(
            header.removeprefix(">"),
            justify="right" if number else "left",
            no_wrap=number or header in _WHOLE,
            overflow="fold",
        )
    return table


def _plain(text: str) -> str:
    """One line of `text`: numbers masked, escape sequences and line breaks gone, the rest of a long text left out."""
    text = mask_text(harmless(" ".join(text.splitlines())))
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
