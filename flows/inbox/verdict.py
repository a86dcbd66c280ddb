"""What a run by its pipeline made of a dropped file, and the words that a person finds beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from connectors.errors import VerboiceSyncError
from connectors.sources.files import CSV_SUFFIXES, EXCEL_SUFFIXES
from connectors.sources.wanted_columns import NoSuchColumn
from connectors.values import MissingColumn
from flows.reports.buckets import NEEDS_ATTENTION, TO_FIX, UNSENT
from flows.reports.summary import Summary
from flows.reports.wording import told_of
from flows.runs.kinds import run_kind

Where = Literal["done", "to-fix", "failed", ""]


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """Where a file goes, "" = it stays in processing/ and is tried again later.

    told: one line for whoever watches. text: NAME.txt, "" = none. results: ending → workbook, copied beside the file.
    waits_for: what has to be over first where it stays.
    """

    where: Where
    told: str
    text: str = ""
    results: Mapping[str, Path] = field(default_factory=dict)
    waits_for: VerboiceSyncError | None = None


@dataclass(frozen=True, slots=True)
class EarlierDrop:
    """The same content, dropped before."""

    name: str
    at: datetime


def judge(summaries: Sequence[tuple[str, Summary]], *, name: str, earlier: EarlierDrop | None = None) -> FileVerdict:
    """The verdict on a file whose runs all ended with a report: (ending of the workbook, summary), in their order."""
    workbooks = ((ending, Path(s["reports"]["workbook"] or "")) for ending, s in summaries if s["reports"]["workbook"])
    results = {f"{ending.removesuffix('.xlsx')}{path.suffix}": path for ending, path in workbooks}
    told = " ".join(told_of(summary) for _, summary in summaries)
    refused = next((summary for _, summary in summaries if summary["status"] == "refused"), None)
    if refused is not None:
        return FileVerdict("to-fix", told, _refused(name, refused), results)
    waiting = sum(summary["rows"].get(UNSENT, 0) for _, summary in summaries)
    is_open = waiting or any(_needs_a_person(summary) for _, summary in summaries)
    parts = [_again(name, earlier) if earlier else "", _on_another_day(name, waiting) if waiting else ""]
    return FileVerdict("to-fix" if is_open else "done", told, "\n".join(filter(None, parts)), results)


def _needs_a_person(summary: Summary) -> bool:
    return any(summary["rows"].get(bucket) for bucket in TO_FIX | NEEDS_ATTENTION)


def _refused(name: str, summary: Summary) -> str:
    limits = [f"{v['guard']}: found {v['found']}, the limit is {v['limit']}" for v in summary["plan"]["violations"]]
    plan = summary["reports"]["plan"]
    if run_kind(summary["kind"]).is_call:
        right = "If the file is right, split it, or ask whoever looks after the pipeline to raise the limit."
    else:
        right = f"If the file is right, whoever looks after the pipeline can send it: verboice-sync apply '{plan}'"
    return _lines(
        f"{name} was not sent to Verboice: it would change more than the pipeline allows.",
        *(f"- {limit}" for limit in limits),
        "",
        "Is it the right file, complete and with the right columns? If not, correct it and drop it again.",
        right,
        f"(run {summary['run_id']})",
    )


def _again(name: str, earlier: EarlierDrop) -> str:
    return _lines(
        f"{name} has the same content as “{earlier.name}”, which was dropped on {earlier.at:%Y-%m-%d at %H:%M} UTC.",
        "It was compared with Verboice again, and only what differed was sent. Rows that were called then were not",
        "called again. The result says what became of each row.",
    )


def _on_another_day(name: str, waiting: int) -> str:
    rows = f"{waiting:,} {'row' if waiting == 1 else 'rows'}"
    return _lines(
        f"{rows} of {name} waited for another day, and nothing is wrong with that:",
        "the result says of each why, and for which day it waits.",
        "",
        "To have them called, drop the file again on that day: nobody is called a second time.",
    )


def unusable(name: str, error: VerboiceSyncError, *, path: Path) -> FileVerdict:
    """The file itself cannot be used."""
    what, hint = (text.replace(str(path), name) for text in (error.message, error.hint))
    if isinstance(error, NoSuchColumn):
        hint = " ".join(map(_cure, error.missing))
    text = _lines(
        f"{name} could not be used, and nothing of it was sent to Verboice.",
        "",
        f"What is wrong: {what}",
        *([f"What to do: {hint}"] if hint else []),
        "",
        "Drop the corrected file into the inbox again.",
    )
    return FileVerdict("failed", f"cannot be used: {what}", text)


def _cure(missing: MissingColumn) -> str:
    """What whoever has only the file can do about a column that it lacks."""
    if missing.sheet:
        return (
            f"The sheet “{missing.sheet}” has the column “{missing.name}”: make it the first sheet, or save it as a "
            "file of its own."
        )
    if missing.nearest:
        return f"If “{missing.nearest}” is the column “{missing.name}”, rename it so (type the name anew)."
    return f"Add the column “{missing.name}”, or give the one that is meant this name."


def unreadable(name: str) -> FileVerdict:
    """A file whose ending no reader knows: it stays where it is, for it may be a program's, or meant for somebody."""
    known = ", ".join(sorted(CSV_SUFFIXES | EXCEL_SUFFIXES))
    text = _lines(
        f"{name} is left where it is, and nothing of it was sent to Verboice: by its ending it is no spreadsheet.",
        f"What to do: save it as one of {known} and drop that, or take it away.",
    )
    return FileVerdict("to-fix", "is left where it is: by its ending it is no spreadsheet.", text)


def faulty(name: str, fault: str) -> FileVerdict:
    """The program itself failed over the file; nothing is known to be wrong with it."""
    text = _lines(
        f"{name} could not be worked on because of a fault of verboice-sync: {fault}",
        "`verboice-sync runs` shows what was sent. Please report the fault; the file itself may be right.",
    )
    return FileVerdict("failed", fault, text)


def waiting(error: VerboiceSyncError) -> FileVerdict:
    """It is not the file's fault; the same file may go through later."""
    return FileVerdict("", f"waits: {error}", waits_for=error)


def called_off(name: str, error: VerboiceSyncError) -> FileVerdict:
    """Somebody stopped it: it is not begun again by itself."""
    text = _lines(
        f"{name} was not worked on to its end, because somebody stopped it. What was sent until then stays.",
        "",
        "To have the rest sent, drop it again: nothing is sent, and nobody called, a second time.",
        *([error.hint] if error.hint else []),
    )
    return FileVerdict("to-fix", error.message, text)


def held_back(name: str, error: VerboiceSyncError, pipeline: str) -> FileVerdict:
    """It waits until somebody says what became of the ledger, and is told beside the files that are to be fixed."""
    text = _lines(
        f"{name} waits: nobody was called. Nothing is wrong with the file, and it need not be dropped again.",
        "",
        f"Why: {error.message}",
        f"What to do, for whoever looks after the pipeline: {error.hint}",
        f"That is: verboice-sync call {pipeline} --lost-past REASON",
    )
    return FileVerdict("", f"waits: {error}", text, waits_for=error)


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def worst(verdicts: Iterable[Where]) -> int:
    """The exit status of `watch --once`: 1 if a file waits, 4 if one needs a person, else 0."""
    seen = set(verdicts)
    if "" in seen:
        return 1
    return 4 if seen & {"to-fix", "failed"} else 0
