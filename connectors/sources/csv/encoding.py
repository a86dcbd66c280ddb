"""The bytes of a CSV file as UTF-8, whatever they were."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from connectors.errors import ConfigurationError
from connectors.sources.cell_text import UNREADABLE
from connectors.sources.csv.code_pages import code_page_of

_BLOCK = 8 * 1024**2
_SAMPLE = 64 * 1024
# Bytes that are not UTF-8 among so many letters that are. A single Thai word can reach 3 letters to 2 such bytes.
_FEW = 3
# Below these shares of letters that make words in a code page, the bytes are rather damage than letters; up to ten make
# words by chance.
_WORDS, _WORDS_OF_TEN = 0.75, 0.9
# From this share on, a file is no text at all.
_NO_TEXT = 0.3
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ESCAPED = re.compile("[\ud800-\udfff]")
_WORD_BEYOND_ASCII = re.compile(r"[^\W\d_]*(?![A-Za-z])[^\x00-\x7f\W\d_]\w*")
_SAVE_AGAIN = 'Save it again as "CSV UTF-8".'


@dataclass(frozen=True, slots=True)
class Decoded:
    """content: UTF-8 without marks. note: how its encoding was found out, if it had to be. has_gaps: whether some
    bytes were no text; `UNREADABLE` stands for them."""

    content: bytes
    note: str = ""
    has_gaps: bool = False


def as_utf8(content: bytes, where: str) -> Decoded:
    """The content in UTF-8. Raises ConfigurationError when it cannot be text in any likely encoding."""
    if content.startswith(codecs.BOM_UTF8):
        decoded = Decoded(content) if _is_utf8(content) else _with_gaps(content, "utf-8")
    else:
        decoded = _decoded(content, where)
    return Decoded(_without_marks(decoded.content), decoded.note, decoded.has_gaps)


def _without_marks(content: bytes) -> bytes:
    """Without the marks that stand at the beginning of files, also of those put one behind the other."""
    while content.startswith(codecs.BOM_UTF8):
        content = content.removeprefix(codecs.BOM_UTF8)
    if codecs.BOM_UTF8[:1] in content:  # a single byte is looked for ten times faster than three
        for line_end in (b"\n", b"\r"):
            content = content.replace(line_end + codecs.BOM_UTF8, line_end)
    return content


def _decoded(content: bytes, where: str) -> Decoded:
    mark = next((mark for mark in _MARKS if content.startswith(mark)), None)
    if mark or _looks_like_utf_16(content):
        return _unicode(content, _MARKS[mark] if mark else _byte_order(content), where)
    if _is_utf8(content):
        return Decoded(content)
    telling = _telling(content)
    letters, others = _counted(telling)
    if letters > _FEW * others:
        return _with_gaps(content, "utf-8")
    page, words = code_page_of(telling) or (None, 0.0)
    if page is None or words < (_WORDS if letters + others > 10 else _WORDS_OF_TEN):
        if others > _NO_TEXT * len(content):
            raise ConfigurationError(f"{where} is not text in any encoding known here.", hint=_SAVE_AGAIN)
        return _with_gaps(content, "utf-8")
    read = _with_gaps(content, page.codec)
    note = (
        f"The file is not UTF-8; it was read as {page.name}{_example(_with_gaps(telling, page.codec).content)}. "
        "If letters look wrong, save it as CSV UTF-8."
    )
    return Decoded(read.content, note, read.has_gaps)


def _unicode(content: bytes, encoding: str, where: str) -> Decoded:
    try:
        text = content.decode(encoding, errors="surrogatepass")
    except UnicodeError:
        raise ConfigurationError(
            f"{where} begins like {encoding.upper()} text, and is damaged or not completely so.", hint=_SAVE_AGAIN
        ) from None
    return _filled(text)


def _with_gaps(content: bytes, codec: str) -> Decoded:
    return _filled(content.decode(codec, errors="surrogateescape"))


def _filled(text: str) -> Decoded:
    """The text with what could not be read marked."""
    whole, gaps = _ESCAPED.subn(UNREADABLE, text)
    return Decoded(whole.encode(), has_gaps=bool(gaps))


def _byte_order(content: bytes) -> str:
    return "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"


def _looks_like_utf_16(content: bytes) -> bool:
    """Without a mark: letters and digits of most scripts leave every other byte of the first lines zero."""
    start = content[:2000]
    most = len(start) // 2 * 0.4
    return len(content) % 2 == 0 and max(start[0::2].count(0), start[1::2].count(0)) > max(most, 1) > 0


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _BLOCK):
            decoder.decode(content[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _counted(telling: bytes) -> tuple[int, int]:
    """Letters beyond ASCII that are UTF-8, and bytes that are not.

    UTF-8 with other bytes here and there, read in any other encoding, would have all its letters beyond ASCII wrong.
    Where another encoding is right, letters that happen to be UTF-8 are the rare ones.
    """
    text = telling.decode(errors="surrogateescape")
    others = len(_ESCAPED.findall(text))
    return sum(not c.isascii() for c in text) - others, others


def _telling(content: bytes) -> bytes:
    """The lines that are not plain ASCII, as far as it takes."""
    lines, size = list[bytes](), 0
    for line in content.splitlines():
        if not line.isascii():
            lines.append(line)
            size += len(line)
        if size > _SAMPLE:
            break
    return b"\n".join(lines)


def _example(telling: bytes) -> str:
    """Words by which a person sees whether the letters are right."""
    words = dict.fromkeys(match[0][:30] for match in _WORD_BEYOND_ASCII.finditer(telling.decode()))
    shown = " and ".join(f"“{word}”" for word in list(words)[:2])
    return f", for example {shown}" if shown else ""
