"""What fetched bytes are: the spreadsheet that was asked for, or what a server says in its place."""

from __future__ import annotations

import html
import re
import zipfile
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Literal

from connectors.errors import ConfigurationError
from connectors.masking import mask_text
from connectors.sources.files import CSV_SUFFIXES, EXCEL_SUFFIXES

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_HEAD = 65_536  # bytes looked at
_PAGE = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LOGIN = re.compile(
    rb"""type=["']?password|sign[\s-]?in|log[\s-]?(in|on)\b|anmelden|connexion|iniciar sesi""", re.IGNORECASE
)


def check_content(content: bytes, kind: Literal["csv", "excel"], where: str) -> None:
    """Raises ConfigurationError where `content` (or its beginning) is surely no spreadsheet: a page to log in at,
    another page, an error in JSON or XML, nothing at all."""
    if not content:
        raise ConfigurationError(f"{where}: the file is empty (0 bytes).", hint="Was the export made completely?")
    head = content[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    if _PAGE.match(head):
        raise _page(head, where)
    if kind == "csv":
        if re.match(rb"\s*<\?xml\b", head) or re.match(rb'\s*(\{\s*"|\[\s*\{)', head):
            raise ConfigurationError(f"{where}: what came is no table but {_said(head)}.", hint=_LINK)
        return
    if not head.startswith((_ZIP, _OLE)):
        raise ConfigurationError(f"{where}: what came is no workbook but {_said(head)}.", hint=_LINK)


_LINK = "See what a browser gets under this address; for CSV say `kind: csv`."


def _page(head: bytes, where: str) -> ConfigurationError:
    title = _TITLE.search(head)
    told = html.unescape(" ".join(title[1].decode(errors="replace").split()))[:60] if title else ""
    named = f" (“{mask_text(told)}”)" if told else ""
    if _LOGIN.search(head):
        return ConfigurationError(
            f"{where}: what came is a page to log in at{named}, not the file.",
            hint="Share the file by a link that needs no login, or give the account: user and password in the URL as "
            "${…}, or source.headers.",
        )
    return ConfigurationError(
        f"{where}: what came is a web page{named}, not the file.", hint="Use the link of the download."
    )


def _said(head: bytes) -> str:
    first = head.decode(errors="replace").strip().split("\n")[0][:60]
    if first.startswith(("{", "[")):
        return "JSON"
    return "XML" if first.startswith("<") else "other bytes" if "\ufffd" in first or "\0" in first else "text"


def suffix_of(content: bytes, kind: Literal["csv", "excel"], name: str) -> str:
    """The suffix by which a spreadsheet is opened again: its name's own where that fits, else what its content is."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in (CSV_SUFFIXES if kind == "csv" else EXCEL_SUFFIXES):
        return suffix
    if kind == "csv":
        return ".csv"
    return ".xls" if content.startswith(_OLE) else _of_archive(content)


def _of_archive(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError):
        return ".xlsx"  # the reader says what is wrong with it
    if "xl/workbook.bin" in names:
        return ".xlsb"
    return ".ods" if "content.xml" in names else ".xlsm" if "xl/vbaProject.bin" in names else ".xlsx"


def plain_name(name: str, suffix: str) -> str:
    """A name of a file that is safe on this machine, with the suffix."""
    stem = Path(re.sub(r"[^\w .()-]+", "_", name)).stem.strip(" .")[:100]
    return f"{stem or 'download'}{suffix}"
