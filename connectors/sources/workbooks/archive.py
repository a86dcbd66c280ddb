"""Copies of a workbook's archive with other content for single parts, where a reader would refuse the whole."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from connectors.sources.cell_text import UNREADABLE

_ESCAPED = re.compile("[\udc80-\udcff]")


def with_parts(archive: zipfile.ZipFile, parts: Mapping[str, bytes]) -> bytes:
    """The archive with other content for some of its parts."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, parts[name] if name in parts else archive.read(name))
    return memory.getvalue()


def in_utf8(archive: zipfile.ZipFile) -> bytes | None:
    """The archive with `UNREADABLE` for each byte of its XML that is no text; None where there are none."""
    mended = {}
    for name in archive.namelist():
        content = archive.read(name) if name.endswith(".xml") else b""
        text = content.decode(errors="surrogateescape")
        if _ESCAPED.search(text):
            mended[name] = _ESCAPED.sub(UNREADABLE, text).encode()
    return with_parts(archive, mended) if mended else None
