"""Opening a workbook: what kind of file it really is, which sheet is meant, and every way it can be unreadable."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.etree.ElementTree import ParseError

import python_calamine
import xlrd
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from connectors.errors import ConfigurationError, VerboiceSyncError
from connectors.sources.workbooks import ods, xls, xlsb, xlsx
from connectors.sources.workbooks.archive import in_utf8
from connectors.sources.workbooks.sheet import Facts, Sheet, Wanted, chosen_sheet, filled_rows

# A workbook of a million full rows unpacks to about 1 GiB, and to less than 100 times its packed size.
MOST_UNPACKED = 2 * 1024**3
SUSPICIOUS_UNPACKED = 200 * 1024**2
SUSPICIOUS_RATIO = 200

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN_PARTS = {"xl/workbook.xml": xlsx.facts_reader, "xl/workbook.bin": xlsb.facts_reader}
_SAVE_AGAIN = "Open it in a spreadsheet program and save it again as .xlsx."
_PASSWORD = "Open it in a spreadsheet program, take the password off and save it again."  # noqa: S105 - a sentence


def open_sheet(content: bytes, wanted: Wanted, where: str) -> tuple[Sheet, Sequence[str]]:
    """The wanted sheet of a workbook, whatever the suffix of its file says, and the names of the visible ones.

    Raises ConfigurationError with one clear reason for any content that is not a readable workbook.
    """
    with one_clear_reason(where):
        if content.startswith(_OLE):
            if "EncryptedPackage".encode("utf-16-le") in content:
                raise ConfigurationError(f"{where} is protected by a password.", hint=_PASSWORD)
            return xls.read_sheet(content, wanted, where)
        if not content.startswith(b"PK"):
            raise ConfigurationError(f"{where} is not a workbook but {_likeness(content)}.", hint=_SAVE_AGAIN)
        archive = zipfile.ZipFile(io.BytesIO(content))
        _refuse_unusable(archive, where)
        try:
            return _unpacked(content, archive, wanted, where)
        except (CalamineError, ParseError, UnicodeDecodeError):
            mended = in_utf8(archive)
            if mended is None:
                raise
            return _unpacked(mended, zipfile.ZipFile(io.BytesIO(mended)), wanted, where)


def _unpacked(content: bytes, archive: zipfile.ZipFile, wanted: Wanted, where: str) -> tuple[Sheet, Sequence[str]]:
    if "content.xml" in archive.namelist():
        return ods.read_sheet(archive, wanted, where)
    return _by_calamine(content, archive, wanted, where)


def _by_calamine(content: bytes, archive: zipfile.ZipFile, wanted: Wanted, where: str) -> tuple[Sheet, Sequence[str]]:
    """Sheets of xlsx and xlsb files, told apart by what is in them, because suffixes lie."""
    names = set(archive.namelist())
    facts_of = next(reader for part, reader in _MAIN_PARTS.items() if part in names)(archive, where)
    with python_calamine.load_workbook(io.BytesIO(content)) as book:
        tables = [s for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
        shown = [(s.name, s.visible == SheetVisibleEnum.Visible) for s in tables]
        name = chosen_sheet(shown, wanted, where)
        visible = [sheet for sheet, is_shown in shown if is_shown]
        facts = facts_of(name)
        try:
            return _sheet(book, name, facts), visible
        except (CalamineError, OverflowError):
            mended = facts.mended()
            if mended is None:
                raise
    with python_calamine.load_workbook(io.BytesIO(mended)) as book:
        return _sheet(book, name, facts), visible


def _refuse_unusable(archive: zipfile.ZipFile, where: str) -> None:
    _refuse_bombs(archive, where)
    names = set(archive.namelist())
    if not names & {*_MAIN_PARTS, "content.xml"}:
        raise ConfigurationError(f"{where} is a zip archive, not a workbook.", hint=_SAVE_AGAIN)
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise ConfigurationError(f"{where} is protected by a password.", hint=_PASSWORD)


def _likeness(content: bytes) -> str:
    start = content[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style")):
        return "a web page saved under that name"
    if start.startswith(b"<?xml"):
        return "an XML file"
    if b"\x00" not in start and b"\n" in start:
        return "a text file, perhaps CSV with the wrong suffix"
    return "damaged, or a file of another kind"


def _sheet(book: CalamineWorkbook, name: str, facts: Facts) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    merged = tuple(
        ((top + 1, left), (bottom + 1, right)) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )
    # iter_rows begins at row 1 but at the first column in use.
    rows, numbers = filled_rows(sheet.iter_rows(), kept=facts.rows())
    return Sheet(name, rows, numbers, left=sheet.start[1] if sheet.start else 0, merged=merged, facts=facts)


def _refuse_bombs(archive: zipfile.ZipFile, where: str) -> None:
    unpacked = sum(part.file_size for part in archive.infolist())
    packed = sum(part.compress_size for part in archive.infolist())
    if unpacked > MOST_UNPACKED or (unpacked > SUSPICIOUS_UNPACKED and unpacked > SUSPICIOUS_RATIO * packed):
        raise ConfigurationError(
            f"{where} would unpack to {unpacked // 1024**2:,} MB, which no real spreadsheet does; it is not read.",
            hint="Copy the table into a new workbook and save that.",
        )


@contextmanager
def one_clear_reason(where: str) -> Iterator[None]:
    """Turns whatever the reading libraries raise into one ConfigurationError; MemoryError is for who limits them.

    Their parsers meet arbitrary bytes and fail in arbitrary ways, a panic in native code included (which Python sees
    as a BaseException), so nothing narrower would do.
    """
    try:
        yield
    except (VerboiceSyncError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except xlrd.biffh.XLRDError as error:
        if "encrypted" in str(error):
            raise ConfigurationError(f"{where} is protected by a password.", hint=_PASSWORD) from None
        raise ConfigurationError(f"{where} is damaged and cannot be read ({error}).", hint=_SAVE_AGAIN) from None
    except BaseException as error:  # noqa: BLE001
        raise ConfigurationError(f"{where} is damaged and cannot be read ({error}).", hint=_SAVE_AGAIN) from None
