"""A clinic that knows somebody in every place there is, and a search through all of it for what is left of them."""

from __future__ import annotations

import base64
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from pyarrow import feather

from tests.worlds import CALLS, Clinic, Said, able_to_call

HER = "+855 12 345 678"
WORDS = ("12345678", "12 345 678", "12-345-678", "Sokhalina", "turquoise", "lina@example.org")
"""What nobody else has: ends of every spelling of her number, her name, a value, a mail address."""


@pytest.fixture
def clinic(clinic: Clinic) -> Clinic:
    """`tests.worlds.able_to_call`"""
    return able_to_call(clinic)


@pytest.fixture
def book(home: Path) -> Path:
    """The analyst's own workbook: she stands in a row, in a list on another sheet, in a comment, links and formulas;
    and in somebody else's row as the one to ring if all else fails."""
    opened = Workbook()
    people = opened.active
    people.append(["Phone", "Name", "Age", "Colour", "Relative"])
    people.append(["012 345 678", "Sokhalina", 39, "turquoise", ""])
    people.append(["012999888", "Bopha", 41, "red", "012-345-678"])
    people.append(["not a number", "Chan", 5, "red", ""])
    people["B2"].comment = Comment("Sokhalina moved", "Ana")
    people["B2"].hyperlink = "mailto:lina@example.org"
    others = opened.create_sheet("Visits")
    others.append(["Who", "When", "Name"])
    others.append([12345678, "Monday", "Sokhalina"])
    others.append(["012999888", "Tuesday", "=people!B3"])
    opened.save(home / "people.xlsx")
    return home / "people.xlsx"


@pytest.fixture
def known(home: Path, book: Path, pipeline: Callable[..., str], cli: Callable[..., Said]) -> str:
    """A pipeline that has planned, synced, called, taken back, and worked on a dropped file, with a results table."""
    name = pipeline(
        book,
        calls={**CALLS, "vars": {"name": "Name", "dose": "Age"}, "campaign": "once"},
        results={"url": f"sqlite:///{home / 'results.db'}"},
        inbox="in",
        report={"mask": False},
        **{"contacts.missing": "create", "guard": {"max_overwrites": "100%", "max_rejected": "100%"}},
    )

    def did(*words: str) -> Said:
        said = cli(*words)
        assert said.status in {0, 4}, said
        return said

    did("plan", name, "--only", "012 345 678")
    done = did("sync", name, "--json")
    did("call", name, "--dry-run")
    did("call", name)
    did("undo", done.json["run_id"])
    did("ledger", "backup")
    (home / "in").mkdir()
    (home / "in" / "more.xlsx").write_bytes(book.read_bytes())
    did("watch", name, "--once")
    return name


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file with all that can be made out in it: as bytes, unpacked, as a table, as a database."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = path.relative_to(folder).as_posix()
        yield place, path.read_bytes().decode("latin-1")
        yield from ((f"{place}: {what}", text) for what, text in _inside(path))


def _inside(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix in (".xlsx", ".xlsm"):
        with zipfile.ZipFile(path) as archive:
            yield from ((part, archive.read(part).decode("utf-8", "replace")) for part in archive.namelist())
    elif path.suffix == ".html":
        packed = re.findall(r'id="row-data"[^>]*>([A-Za-z0-9+/=]*)<', path.read_text(encoding="utf-8"))
        yield from (("rows", zlib.decompress(base64.b64decode(one)).decode()) for one in packed if one)
    elif path.suffix == ".arrow":
        table = feather.read_table(path, memory_map=False)
        yield "table", repr(table.to_pylist()) + repr(table.schema.metadata)
    elif path.suffix == ".db":
        with closing(sqlite3.connect(path)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            yield from (
                (table, repr(list(map(_readable, database.execute(f'SELECT * FROM "{table}"'))))) for table in tables
            )


def _readable(row: tuple) -> list:
    return [zlib.decompress(cell) if isinstance(cell, bytes) else cell for cell in row]


def traces(folder: Path, *, besides: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Where something of her still stands, and what."""
    found = [(place, word) for place, text in texts(folder) for word in WORDS if word in text]
    return [(place, word) for place, word in found if place.split(":")[0] not in besides]


def cells_of(path: Path, sheet: int = 0) -> list[tuple]:
    return list(load_workbook(path).worksheets[sheet].iter_rows(values_only=True))
