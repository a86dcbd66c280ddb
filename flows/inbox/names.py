"""What a dropped file's name says, and which names its results get. Pure: touches no file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from connectors.sources.files import kind_of

LONGEST = 160  # bytes of a name; file systems allow 255, and `(2)`, `.result.xlsx` and temporary marks come on top
_MARKED = re.compile(r"[.~].*|.*~|#.*#")
"""Hidden and system files (`._x`, `.nfs…`), locks of open documents (`~$x`, `.~lock.x#`), what sync tools write
beside a file (`.syncthing.x.tmp`, `.x.~1a2b`, `~syncthing~x`), backups and autosaves of editors (`x~`, `#x#`)."""
_UNFINISHED = re.compile(
    r"\.(te?mp|part|partial|crdownload|opdownload|download|filepart|aria2|!sync|!ut|bts"  # browsers and transfers
    r"|\w*\.?drive(down|up)load|ffs_(tmp|lock|db)|_gstmp|nextcloud|owncloud"  # sync tools, and what is still elsewhere
    r"|upload(ing)?|incomplete|inprogress|writing|\$\$\$"
    r"|sw[a-z]|lo?ck|bak|backup|old|orig|xlk|wbk|asd|xar|sb-[0-9a-f]{8}-\w{6}|\w*___jb_(tmp|old|bak)___)$"  # programs
)
_WHILE_SAVED = re.compile(r"[0-9a-f]{8}|\d{4,5}|(sed|tmp)\w{6,10}|tmp\.\w+|__rar_.*|rar\$.*|lu\d+\w*|tramp\.\w+")
"""Whole names that a file has for a moment: as Excel saves on a share (`5F3C2100`), editors try a folder, archives
unpack."""
_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})


def is_temporary(name: str) -> bool:
    """Whether a program keeps this beside an open or unfinished file, or the system for itself: it is nobody's drop."""
    lowered = name.lower()
    if lowered in _SYSTEM or _MARKED.fullmatch(lowered) or _UNFINISHED.search(lowered):
        return True
    return kind_of(name) is None and _WHILE_SAVED.fullmatch(lowered) is not None


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
