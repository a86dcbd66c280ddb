"""A person taken out of the results that lie beside dropped files. The dropped files themselves are somebody's own:
they are named, like sources that still have the person."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from connectors.storage.copies import FACTS
from flows.contacts.people.somebody import Somebody
from flows.forgetting.workbooks import clear, mentions
from flows.inbox.claimed import DONE, FAILED, PROCESSING, TO_FIX
from flows.reports.private_file import replacing
from flows.settings import Pipeline

_RESULTS = (".result.xlsx", ".result.xlsm")


def traces_in_inbox(inbox: Path, who: Somebody, *, address: str) -> tuple[list[Callable[[], None]], list[str]]:
    """What writes results and texts anew without the person, and a sentence for each dropped file that has them."""
    edits: list[Callable[[], None]] = []
    left = []
    for path in _files(inbox):
        if path.name.endswith(_RESULTS) and zipfile.is_zipfile(path):
            cleared = clear(path, who, (), address=address)
            edits += [partial(_rewrite, path, partial(cleared.write, path))] if cleared.parts else []
        elif path.suffix == ".txt" and who.mentioned.search(text := path.read_bytes().decode("utf-8", "replace")):
            told = who.mentioned.sub("", text).encode()
            edits.append(partial(_rewrite, path, partial(Path.write_bytes, data=told)))
        elif names(path, who):
            left.append(_still(path))
    return edits, left


def _files(inbox: Path) -> Iterator[Path]:
    for name in (".", PROCESSING, DONE, TO_FIX, FAILED):
        pattern = "*/*" if name == PROCESSING else "*"
        yield from sorted(path for path in (inbox / name).glob(pattern) if path.is_file())


def sources_with(pipelines: Iterable[Pipeline], who: Somebody) -> list[str]:
    """A sentence for each source that is a file and still has the person."""
    paths = (getattr(pipeline.source, "path", None) for pipeline in pipelines)
    files = sorted({Path(str(path)) for path in paths if path is not None})
    return [_still(file) for file in files if file.is_file() and names(file, who)]


def fetched_with(copies: Path, who: Somebody) -> list[Path]:
    """Copies of files from elsewhere that have the person, or are of a kind that cannot be looked into (.xls)."""
    files = sorted(path for path in copies.glob("*/*") if path.is_file() and path.name != FACTS)
    return [path for path in files if _is_closed(path) or names(path, who)]


def _is_closed(path: Path) -> bool:
    return not zipfile.is_zipfile(path) and b"\0" in path.read_bytes()


def names(path: Path, who: Somebody) -> bool:
    """Whether the person's number stands in a file."""
    if zipfile.is_zipfile(path):
        return mentions(path, who)
    return bool(who.mentioned.search(path.read_bytes().decode("utf-8", "replace")))


def _still(path: Path) -> str:
    return f"{path} still has this person, and is yours to change: what is read from it is known again."


def _rewrite(path: Path, write: Callable[[Path], object]) -> None:
    """With the file's own rights, so that whoever collects results can collect it still."""
    with replacing(path) as temporary:
        write(temporary)
        shutil.copymode(path, temporary)
