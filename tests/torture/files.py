"""Hostile files: the committed ones, and mutations of harmless ones. Each is read, or refused in words, in its time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

from connectors.apart.limits import AskedLimits
from connectors.apart.reader import ReadApart
from connectors.errors import VerboiceSyncError
from connectors.sources.csv.source import CsvSource
from connectors.sources.files import kind_of
from connectors.sources.workbooks.excel import ExcelSource

SOURCES = Path(__file__).parents[1] / "sources"
LARGEST = 64 * 1024  # bytes of a file that is mutated
LIMITS = AskedLimits(processor_time=5.0, wall_time=20.0)


def committed() -> list[Path]:
    found = [*(SOURCES / "hostile").iterdir(), *(SOURCES / "corpus").iterdir()]
    return sorted(path for path in found if path.is_file() and kind_of(path) is not None)


def mutations(chance: Random, folder: Path) -> Iterator[Path]:
    """Without end: a file of the corpus with bytes flipped, cut out, repeated, or put in from another one."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = [path for path in committed() if path.stat().st_size <= LARGEST]
    while True:
        path = chance.choice(whole)
        content = bytearray(path.read_bytes())
        for _ in range(chance.randint(1, 8)):
            _mutate(content, chance, whole)
        made = folder / f"mutated{path.suffix}"
        made.write_bytes(content)
        yield made


def _mutate(content: bytearray, chance: Random, whole: list[Path]) -> None:
    at = chance.randrange(len(content) + 1)
    size = chance.randint(1, 64)
    match chance.randrange(5):
        case 0 if content:
            content[at % len(content)] ^= 1 << chance.randrange(8)
        case 1:
            del content[at : at + size]
        case 2:
            content[at:at] = content[at : at + size] * chance.randint(1, 50)
        case 3:
            other = chance.choice(whole).read_bytes()
            start = chance.randrange(len(other) + 1)
            content[at : at + size] = other[start : start + size]
        case _:
            content[at:at] = chance.choice([b"\x00", b"\xff\xfe", b'"', b"\n", b"<!", b"&#0;", b"4000000000", b"'="])


def read(path: Path) -> str:
    """ "" where the file was read or refused in words, else what happened instead."""
    source = CsvSource(path) if kind_of(path) == "csv" else ExcelSource(path)
    try:
        len(ReadApart(source, path, limits=LIMITS).read())
    except VerboiceSyncError as refused:
        return "" if str(refused) else f"{path.name} is refused without a word"
    except Exception as fault:  # noqa: BLE001 - what is looked for
        kept = path.with_name(f"found-{abs(hash(str(fault)))}{path.suffix}")
        shutil.copy(path, kept)
        return f"{kept}: {type(fault).__name__}: {str(fault)[-400:]}"
    return ""
