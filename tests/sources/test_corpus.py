"""The corpus is what its script makes, and nothing in it or near it makes a traceback."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import random
import zipfile
from pathlib import Path

import pytest

from connectors.errors import ConfigurationError
from connectors.sources.csv.source import CsvSource
from connectors.sources.workbooks.excel import ExcelSource

FOLDER = Path(__file__).parent
CORPUS = FOLDER / "corpus"


def test_the_committed_files_are_those_the_script_makes() -> None:
    spec = importlib.util.spec_from_file_location("make_corpus", FOLDER / "make_corpus.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    committed = {
        path.name: path.read_bytes() for path in CORPUS.iterdir() if path.name not in script.SAVED_BY_LIBREOFFICE
    }

    assert committed == script.corpus()


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Cut short, or with a few bytes changed, removed or doubled."""
    if chance.random() < 0.2:
        return content[: chance.randrange(len(content) + 1)]
    changed = bytearray(content)
    for _ in range(chance.choice([1, 2, 5, 30])):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(3):
            case 0:
                changed[at : at + 1] = bytes([chance.choice([*b'"<>&09,;\n\r', 0, 255, chance.randrange(256)])])
            case 1:
                del changed[at : at + chance.randrange(9)]
            case _:
                changed[at:at] = changed[at : at + chance.randrange(30)]
    return bytes(changed)


def with_a_damaged_part(content: bytes, chance: random.Random) -> bytes:
    """A zip archive that is sound itself, around one part that is not."""
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as sound, zipfile.ZipFile(memory, "w") as archive:
        names = [name for name in sound.namelist() if not name.endswith("/")]
        chosen = chance.choice(names)
        for name in names:
            archive.writestr(name, damaged(sound.read(name), chance) if name == chosen else sound.read(name))
    return memory.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "kinds.xlsx",
        "damage.xlsx",
        "prefixed.xlsx",
        "libreoffice.xls",
        "libreoffice.ods",
        "binary.xlsb",
        "ragged.csv",
        "utf_16.csv",
    ],
)
def test_a_file_damaged_anywhere_is_read_or_refused_and_never_crashes(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    content = (CORPUS / name).read_bytes()
    path = tmp_path / name
    source = CsvSource(path, address="Phone") if path.suffix == ".csv" else ExcelSource(path, address="Phone")

    for _ in range(60):
        is_archive = content.startswith(b"PK") and chance.random() < 0.7
        path.write_bytes(with_a_damaged_part(content, chance) if is_archive else damaged(content, chance))
        with contextlib.suppress(ConfigurationError):
            source.read()
