"""What a dropped file's name says, and which names its results get. Pure: touches no file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

LONGEST = 160  # bytes of a name; file systems allow 255, and `(2)`, `.result.xlsx` and temporary marks come on top
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".swp", ".lock")
_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})


def may_be_taken(name: str) -> bool:
    """False for hidden files, for what programs keep beside open or unfinished files, and for a system's own files."""
    lowered = name.lower()
    return not (name.startswith((".", "~")) or lowered.endswith(_UNFINISHED) or lowered in _SYSTEM)


def clean(name: str) -> str:
    """The name under which a file is worked on: printable, not too long, and without the `.result` of an earlier run.

    A workbook that came back, was corrected and is dropped again would otherwise become `patients.result.result.xlsx`.
    """
    text = unicodedata.normalize("NFC", name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    text = "".join("_" if unicodedata.category(c) in {"Cc", "Cs", "Co"} or c in "/\\" else c for c in text)
    stem, suffix = split(text)
    stem = re.sub(r"(\.calls)?(\.result)+$", "", stem, flags=re.IGNORECASE).strip(" .") or "file"
    return _shortened(stem, suffix) + suffix


def _shortened(stem: str, suffix: str) -> str:
    room = LONGEST - len(suffix.encode())
    encoded = stem.encode()
    if len(encoded) <= room:
        return stem
    # The hash keeps two long names apart that differ only at their ends.
    mark = "…" + hashlib.sha256(encoded).hexdigest()[:8]
    return encoded[: room - len(mark.encode())].decode(errors="ignore") + mark


def split(name: str) -> tuple[str, str]:
    """Stem and suffix. What follows the last dot is one only if it is short and has no space: `Dr. Sok` has none."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or not dot or len(suffix) > 8 or " " in suffix:
        return name, ""
    return stem, f".{suffix}"


def numbered(stem: str) -> Iterator[str]:
    """`patients`, `patients (2)`, `patients (3)` …: the first that is free is taken."""
    yield stem
    number = 2
    while True:
        yield f"{stem} ({number})"
        number += 1
