"""The bytes of a CSV file as UTF-8, whatever they were."""

from __future__ import annotations

import codecs
import unicodedata

from charset_normalizer import from_bytes

from connectors.errors import ConfigurationError

_BLOCK = 8 * 1024**2
_SAMPLE = 64 * 1024
# Bytes that are not UTF-8 among so many letters that are. A single Thai word can reach 3 letters to 2 such bytes.
_FEW = 3
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What spreadsheet programs write where they do not write Unicode, the most common first. Without this limit a few
# accents could be anything.
_NAMES = {
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "cp874": "Windows-874 (Thai)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp932": "Shift-JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "CP949 (Korean)",
    "mac_roman": "Mac Roman",
}
_USUAL = frozenset("‘’“”„‚«»–—…€°ªº·¿¡、。「」・\u00a0")
_SAVE_AGAIN = 'Save it again as "CSV UTF-8".'


def as_utf8(content: bytes, where: str) -> tuple[bytes, str]:
    """The content in UTF-8 without a mark, and a note when its encoding had to be found out.

    Raises ConfigurationError when it cannot be text in any likely encoding.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    mark = next((mark for mark in _MARKS if content.startswith(mark)), None)
    if mark or _looks_like_utf_16(content):
        encoding = _MARKS[mark] if mark else ("utf-16-le" if content[1:2] == b"\x00" else "utf-16-be")
        return _recoded(content, encoding, where), ""
    if _is_utf8(content):
        return content, ""
    _refuse_broken_utf8(content, where)
    guess = _guessed(content)
    if guess is None:
        raise ConfigurationError(f"{where} is not text in any encoding known here.", hint=_SAVE_AGAIN)
    note = f"The file is not UTF-8; it was read as {_NAMES[guess]}. If letters look wrong, save it as CSV UTF-8."
    return _recoded(content, guess, where), note


def _recoded(content: bytes, encoding: str, where: str) -> bytes:
    try:
        return content.decode(encoding).encode()
    except UnicodeError:
        raise ConfigurationError(
            f"{where} begins like {encoding.upper()} text, and is damaged or not completely so.", hint=_SAVE_AGAIN
        ) from None


def _looks_like_utf_16(content: bytes) -> bool:
    """Without a mark: letters and digits of most scripts leave every other byte of the first lines zero."""
    start = content[:2000]
    most = len(start) // 2 * 0.4
    return len(content) % 2 == 0 and max(start[0::2].count(0), start[1::2].count(0)) > max(most, 1) > 0


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _BLOCK):
            decoder.decode(content[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_broken_utf8(content: bytes, where: str) -> None:
    """Raises ConfigurationError for UTF-8 with other bytes here and there: read in any other encoding, all its letters
    beyond ASCII would be wrong. Where another encoding is right, letters that happen to be UTF-8 are the rare ones."""
    text = _telling(content).decode(errors="surrogateescape")
    others = sum("\udc80" <= c <= "\udcff" for c in text)
    letters = sum(not c.isascii() for c in text) - others
    if letters <= _FEW * others:
        return
    line = next(number for number, line in enumerate(content.split(b"\n"), 1) if not _is_utf8(line))
    raise ConfigurationError(
        f"{where} is UTF-8 text, but not in line {line}: it is damaged, or put together from different files.",
        hint=f"Correct that line. {_SAVE_AGAIN}",
    )


def _telling(content: bytes) -> bytes:
    """The lines that are not plain ASCII, as far as it takes."""
    return b"\n".join(line for line in content.splitlines() if not line.isascii())[:_SAMPLE]


def _guessed(content: bytes) -> str | None:
    """The likeliest encoding of the lines that are not plain ASCII, which alone can tell.

    Several often fit equally well; then the one with the fewest odd signs between the letters wins, and of those the
    most common one.
    """
    fits = [match for match in from_bytes(_telling(content), cp_isolation=list(_NAMES)) if match.encoding in _NAMES]
    order = list(_NAMES)
    best = min(
        fits,
        key=lambda m: (_odd_signs(str(m)), round(m.chaos, 2), -round(m.coherence, 1), order.index(m.encoding)),
        default=None,
    )
    return best.encoding if best else None


def _odd_signs(text: str) -> float:
    """The share of what is neither a letter nor usual punctuation among the characters beyond ASCII."""
    beyond = [c for c in text if not c.isascii()]
    odd = sum(1 for c in beyond if c not in _USUAL and unicodedata.category(c)[0] not in "LM")
    return round(odd / max(len(beyond), 1), 1)
