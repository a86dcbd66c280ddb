"""A person taken out of a run's folder: rows, plan, workbook, page and summary, each written anew without them.

What tells whose a row is comes last (plan and rows), so that a forgetting that was cut off can be begun again.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from connectors.masking import HIDDEN
from flows.contacts.people.somebody import Somebody
from flows.forgetting.whom import Whom
from flows.forgetting.workbooks import Cleared, clear
from flows.looks.pages import rules_of
from flows.reports.page.run_page import write_run_page
from flows.reports.private_file import replacing
from flows.reports.summary import as_json
from flows.runs.calls import plan_file as batches
from flows.runs.contacts import plan_file as plans
from flows.runs.folder import ADDRESS, NUMBERS, RunFolder
from flows.runs.kinds import run_kind

_TEXTS = (".json", ".txt")
_LISTS = ("changes", "creates", "calls", "problems")  # what a plan file has a line in for each row

_OF_ROWS = frozenset({"row", NUMBERS})  # columns with numbers of rows

Edit = tuple[Path, Callable[[], object]]  # a file, and what writes it anew


@dataclass(frozen=True, slots=True)
class FolderTraces:
    """Where a person stands in a run's folder: numbers of their rows, and the files to be written anew."""

    rows: frozenset[int]
    edits: tuple[Edit, ...]

    def remove(self) -> None:
        """Write them. Raises CouldNotBeDone."""
        for _path, write in self.edits:
            write()


@dataclass(frozen=True, slots=True)
class _Theirs:
    """What tells in the files of one run whether something is the person's: contacts, rows, spellings of addresses."""

    who: Somebody
    contacts: frozenset[int]
    rows: frozenset[int]
    addresses: frozenset[str]

    def is_line(self, line: Mapping[str, Any]) -> bool:
        """Whether a line of a plan is about the person: a change, a create, a call or a problem."""
        is_known = line.get("row") in self.rows or line.get("contact_id") in self.contacts
        return is_known or _address_in(line) in self.addresses

    def left_of(self, text: str) -> str:
        """A text without the person's number."""
        return self.who.mentioned.sub(HIDDEN, text)


def traces_in(folder: RunFolder, whom: Whom, known: Collection[int], *, address: str | None) -> FolderTraces:
    """Where the person stands. known: rows that the ledger knows to be theirs. address: name of the source's column of
    addresses, None where it is not known."""
    plan = _plan(folder)
    lines = [line for part in _LISTS for line in plan.get(part, ())]
    spelled = _spelled(whom.who, {_address_in(line) for line in lines})
    contacts = whom.contact_ids(plan.get("server"), plan.get("project", {}).get("id"))
    theirs = _Theirs(whom.who, contacts, frozenset(known), spelled)
    rows = theirs.rows | _rows_kept(folder, theirs, address) | {line["row"] for line in lines if theirs.is_line(line)}
    books = {path: clear(path, whom.who, rows, address=address) for path in _workbooks(folder)}
    theirs = replace(theirs, rows=rows.union(*(cleared.rows for cleared in books.values())))
    edits: list[Edit] = [
        *_texts(folder, theirs),
        *_tables(folder, theirs),
        *_page(folder, theirs),
        *((path, partial(_rewrite, path, cleared)) for path, cleared in books.items() if cleared.parts),
        *(_plan_without(folder, plan, theirs) if any(map(theirs.is_line, lines)) else ()),
        *_rows_without(folder, theirs),
    ]
    return FolderTraces(theirs.rows, tuple(edits))


def _address_in(line: Mapping[str, Any]) -> str:
    address: str = line["request"]["address"] if "request" in line else line.get("address", "")
    return address


def _spelled(who: Somebody, addresses: Collection[str]) -> frozenset[str]:
    texts = pa.array(sorted(addresses), pa.string())
    return frozenset(texts.filter(pa.array(who.spelled(texts))).to_pylist())


def _workbooks(folder: RunFolder) -> list[Path]:
    return sorted(path for path in folder.path.glob("*.xls[xm]") if zipfile.is_zipfile(path))


def _plan(folder: RunFolder) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = orjson.loads(folder.plan.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return content


def _rewrite(path: Path, cleared: Cleared) -> None:
    with replacing(path) as temporary:
        cleared.write(path, temporary)


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _rows_kept(folder: RunFolder, theirs: _Theirs, address: str | None) -> frozenset[int]:
    if not folder.has_rows:
        return frozenset()
    rows, outcomes = folder.kept_rows()
    columns = [rows.table[name] for name in ([address] if address in rows.columns else rows.columns)]
    columns += [outcomes[name] for name in outcomes.column_names if name == "address"]
    found = pa.array([False] * len(rows), pa.bool_())
    for column in columns:
        found = pc.or_(found, pa.array(theirs.who.spelled(column.combine_chunks())))
    if "contact_id" in outcomes.column_names:
        found = pc.or_(found, _is_among(outcomes["contact_id"], theirs.contacts))
    return frozenset(rows.numbers.filter(found).to_pylist())


def _is_among(column: pa.ChunkedArray, numbers: Collection[int]) -> pa.Array:
    """Which of a column of numbers, or of numbers as texts, are among these."""
    wanted = sorted(numbers) if pa.types.is_integer(column.type) else sorted(map(str, numbers))
    return pc.is_in(column.combine_chunks(), value_set=pa.array(wanted, column.type), skip_nulls=True)


def _texts(folder: RunFolder, theirs: _Theirs) -> Iterator[Edit]:
    """The summary, and whatever else is text; of the plan see below."""
    for path in sorted(folder.path.iterdir()):
        if path.suffix not in _TEXTS or path in (folder.plan, folder.origin):
            continue
        content = path.read_text(encoding="utf-8", errors="replace")
        told = theirs.left_of(_summary_without(content, theirs) if path == folder.summary else content)
        if told != content:
            yield path, partial(_write, path, told.encode())


def _summary_without(content: str, theirs: _Theirs) -> str:
    summary = orjson.loads(content)
    problems = [problem for problem in summary["problems"] if problem["row"] not in theirs.rows]
    if len(problems) == len(summary["problems"]):
        return content
    return as_json({**summary, "problems": problems}).decode()


def _page(folder: RunFolder, theirs: _Theirs) -> Iterator[Edit]:
    if theirs.rows and folder.html.exists():
        yield folder.html, partial(_write_page_again, folder)


def _write_page_again(folder: RunFolder) -> None:
    """The page carries all rows. One of an earlier version, which kept nothing to write it from, is removed."""
    report = folder.kept_report()
    if report is None:
        folder.html.unlink()
    else:
        write_run_page(folder.html, report, rules_of(folder), address=ADDRESS)


def _tables(folder: RunFolder, theirs: _Theirs) -> Iterator[Edit]:
    """Tables about rows or contacts, of whatever kind: the lines about the person go, and cells that name them."""
    for path in sorted(folder.path.glob("*.arrow")):
        table = folder.kept(path.stem)
        if table is None or path == folder.rows:
            continue
        told = _table_without(table, theirs)
        if not told.equals(table):
            yield path, partial(folder.keep, path.stem, told)


def _table_without(table: pa.Table, theirs: _Theirs) -> pa.Table:
    gone = pa.array([False] * table.num_rows, pa.bool_())
    for name in table.column_names:
        if name in _OF_ROWS or name == "contact_id":
            gone = pc.or_(gone, _is_among(table[name], theirs.rows if name in _OF_ROWS else theirs.contacts))
    stay = table.filter(pc.invert(gone))
    if not _OF_ROWS.isdisjoint(table.column_names):  # others are values of contacts, and what an undo goes by
        columns = [_blanked(column.combine_chunks(), theirs) for column in stay.columns]
        stay = pa.table(columns, names=stay.column_names)
    return stay.replace_schema_metadata(table.schema.metadata)


def _plan_without(folder: RunFolder, plan: Mapping[str, Any], theirs: _Theirs) -> Iterator[Edit]:
    without = batches.without if run_kind(plan["kind"]).is_call else plans.without
    yield folder.plan, partial(_write, folder.plan, without(folder.plan.read_bytes(), theirs.is_line))


def _rows_without(folder: RunFolder, theirs: _Theirs) -> Iterator[Edit]:
    """The kept rows; those of others lose the cells that name the person. The source's own workbook still has the
    person, so it is not gone on with: its digest goes."""
    if not folder.has_rows:
        return
    rows, outcomes = folder.kept_rows()
    stay = pc.invert(_is_among(pa.chunked_array([rows.numbers]), theirs.rows))
    columns = {name: _blanked(rows.table[name].filter(stay).combine_chunks(), theirs) for name in rows.columns}
    notes = tuple(map(theirs.left_of, rows.notes))
    told = replace(rows, table=pa.table(columns), numbers=rows.numbers.filter(stay), notes=notes)
    if told.table.equals(rows.table) and notes == rows.notes:
        return
    if rows.file is not None:
        told = replace(told, file=replace(rows.file, digest=""))
    yield folder.rows, partial(folder.keep_rows, told, outcomes.filter(stay))


def _blanked(column: pa.Array, theirs: _Theirs) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column
    named = theirs.who.named(column)
    return pc.if_else(pa.array(named), "", column) if named.any() else column
