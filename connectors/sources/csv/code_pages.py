"""Which code page a text was written in: the one that makes words of its bytes.

A byte beyond ASCII is a letter in one code page and a sign, or another letter, in the next. Read with the right one,
letters stand where letters belong, capitals at the beginning of words, and most of them are in the alphabet of one
language; read with a wrong one, `Peña` is `Pe¤a` and `José` is `JosÚ`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщьюя"
# Letters beyond ASCII of the languages that people write with a code page.
_ALPHABETS = {
    "Albanian": "ëç",
    "Arabic": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي",
    "Belarusian": _CYRILLIC + "ыэёіў",
    "Bulgarian": _CYRILLIC + "ъ",
    "Catalan": "àçéèíïóòúü",
    "Czech": "áčďéěíňóřšťúůýž",
    "Danish, Norwegian": "æøåé",
    "Dutch": "ëïéèüö",
    "Estonian": "äõöüšž",
    "French": "àâçèéêëîïôœùûüæ",
    "German": "äöüß",
    "Greek": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    "Hebrew": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "Hungarian": "áéíóöőúüű",
    "Icelandic": "áðéíóúýþæö",
    "Italian": "àèéìòù",
    "Latvian": "āčēģīķļņšūž",
    "Lithuanian": "ąčęėįšųūž",
    "Persian": "ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکكگلمنهوىي",
    "Polish": "ąćęłńóśźż",
    "Portuguese": "ãáâàçéêíõóôúü",
    "Romanian": "ăâîşţ",
    "Russian": _CYRILLIC + "ъыэё",
    "Serbian": _CYRILLIC + "ђјљњћџ",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Slovenian, Croatian": "čćđšž",
    "Spanish": "áéíóúñü",
    "Swedish, Finnish": "åäöé",
    "Thai": "".join(map(chr, range(0x0E01, 0x0E5C))),
    "Turkish": "çğıöşüâîûİ",
    "Ukrainian": _CYRILLIC + "іїєґ",
    "Vietnamese": "àáâãèéêìíòóôõùúýăđĩũơư\u0300\u0301\u0303\u0309\u0323",
}
_LETTERS = {language: frozenset(letters + letters.upper()) for language, letters in _ALPHABETS.items()}
_WESTERN = (
    "Spanish", "French", "Portuguese", "German", "Italian", "Swedish, Finnish", "Danish, Norwegian", "Dutch", "Catalan",
    "Estonian", "Albanian", "Icelandic",
)  # fmt: skip
_CENTRAL = ("Polish", "Czech", "Hungarian", "Slovak", "Romanian", "Slovenian, Croatian", "German")
_EASTERN = ("Russian", "Ukrainian", "Bulgarian", "Serbian", "Belarusian")
_BALTIC = ("Lithuanian", "Latvian", "Estonian")
# Signs that people set beside letters, and never between two of them.
_USUAL = frozenset("‘’“”„‚«»–—…€°ªº·¿¡№、。「」・\u00a0")
_FINAL = frozenset("ךםןףץ")
# A share from which on a text is taken for one in its alphabet.
_SURE, _LIKELY = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class CodePage:
    """A way to write letters as bytes: its codec, its name for people, and the languages that use it.

    weight: below 1 for one that is seldom met, which needs a better reason.
    """

    codec: str
    name: str
    languages: tuple[str, ...] = ()
    weight: float = 1.0


# What spreadsheet programs write where they do not write Unicode, the most common first.
_ALPHABETIC = (
    CodePage("cp1252", "Windows-1252 (Western European)", _WESTERN),
    CodePage("cp1250", "Windows-1250 (Central European)", _CENTRAL),
    CodePage("cp1251", "Windows-1251 (Cyrillic)", _EASTERN),
    CodePage("cp1254", "Windows-1254 (Turkish)", ("Turkish",)),
    CodePage("cp1256", "Windows-1256 (Arabic)", ("Arabic", "Persian")),
    CodePage("cp1258", "Windows-1258 (Vietnamese)", ("Vietnamese",)),
    CodePage("cp1253", "Windows-1253 (Greek)", ("Greek",)),
    CodePage("cp1255", "Windows-1255 (Hebrew)", ("Hebrew",)),
    CodePage("cp1257", "Windows-1257 (Baltic)", _BALTIC),
    CodePage("cp850", "MS-DOS 850 (Western European)", _WESTERN),
    CodePage("cp437", "MS-DOS 437 (English, Western European)", _WESTERN),
    CodePage("mac_roman", "Mac Roman", _WESTERN, 0.985),
    CodePage("cp852", "MS-DOS 852 (Central European)", _CENTRAL),
    CodePage("cp866", "MS-DOS 866 (Cyrillic)", _EASTERN),
    CodePage("cp857", "MS-DOS 857 (Turkish)", ("Turkish",)),
    CodePage("cp737", "MS-DOS 737 (Greek)", ("Greek",)),
    CodePage("cp775", "MS-DOS 775 (Baltic)", _BALTIC),
)
_THAI = CodePage("cp874", "Windows-874 (Thai)", ("Thai",))
_IDEOGRAPHIC = (
    CodePage("cp932", "Shift-JIS (Japanese)"),
    CodePage("gb18030", "GB 18030 (Chinese)"),
    CodePage("big5", "Big5 (Chinese)"),
    CodePage("cp949", "CP949 (Korean)"),
)


def code_page_of(content: bytes) -> tuple[CodePage, float] | None:
    """The likeliest code page, and how much of the text makes words in it, from 0 to 1; None where none does.

    content: the lines with bytes beyond ASCII, which alone can tell; the first 64 KB of them are enough.
    """
    page, share = max(((page, _share(content, page)) for page in _ALPHABETIC), key=lambda found: found[1])
    if share >= _SURE:
        return page, share
    ideographic = _ideographic(content)
    if ideographic is not None:
        return ideographic, 1.0
    thai = _share(content, _THAI)
    if thai > share:
        page, share = _THAI, thai
    return (page, share) if share >= _LIKELY else None


def _share(content: bytes, page: CodePage) -> float:
    """How much of what is beyond ASCII belongs to one of the page's alphabets and stands where it may."""
    text = f" {content.decode(page.codec, errors='surrogateescape')} "
    around = Counter((text[i - 1], c, text[i + 1]) for i, c in enumerate(text) if not c.isascii())
    placed: Counter[str] = Counter()
    for (before, c, after), count in around.items():
        if _is_placed(before, c, after):
            placed[c] += count
    best = max(sum(count * _weight(c, language, page) for c, count in placed.items()) for language in page.languages)
    return round(best * _weight_of_capitals(placed) * page.weight / around.total(), 3)


def _weight(c: str, language: str, page: CodePage) -> float:
    """A list of people is mostly in one language; names of another one's are among them."""
    if c in _LETTERS[language]:
        return 1.0
    if any(c in _LETTERS[other] for other in page.languages):
        return 0.95
    return 0.25 if c.isalpha() else 0.6


def _weight_of_capitals(placed: Counter[str]) -> float:
    """Names and towns have capitals: Greek or Cyrillic without any may be Hebrew read with the wrong page."""
    has_case = any(c.islower() and _script(c) in {"GREEK", "CYRILLIC"} for c in placed)
    return 0.85 if has_case and not any(c.isupper() for c in placed) else 1.0


def _is_placed(before: str, c: str, after: str) -> bool:
    """Whether a character beyond ASCII can stand between these two."""
    if "\u0e00" < c < "\u0e7f":
        return _is_placed_thai(before, c, after)
    if unicodedata.category(c)[0] == "M":
        return before.isalpha() or unicodedata.category(before)[0] == "M"
    if not c.isalpha():
        return c == "’" or (c in _USUAL and not (before.isalpha() and after.isalpha()))
    if (c.isupper() and before.islower()) or (c.islower() and after.isupper()) or (c in _FINAL and after.isalpha()):
        return False
    return all(_script(other) == _script(c) for other in (before, after) if other.isalpha())


def _is_placed_thai(before: str, c: str, after: str) -> bool:
    category = unicodedata.category(c)
    if category == "Mn" or c in "ะาำๅ":  # signs that belong to the consonant before them
        return "\u0e01" <= before <= "\u0e2e" or unicodedata.category(before) == "Mn"
    if c in "เแโใไ":  # vowels that are written before their consonant
        return "\u0e01" <= after <= "\u0e2e"
    return category == "Lo" and all(_script(other) == "THAI" for other in (before, after) if other.isalpha())


def _script(letter: str) -> str:
    return unicodedata.name(letter, " ").split(" ", 1)[0]


def _ideographic(content: bytes) -> CodePage | None:
    fits = {match.encoding: match for match in from_bytes(content, cp_isolation=list(_tried()))}
    pages = [page for page in _IDEOGRAPHIC if page.codec in fits]
    best = min(pages, key=lambda page: (_odd(str(fits[page.codec])), round(fits[page.codec].chaos, 2)), default=None)
    if best is None or _odd(str(fits[best.codec])) or fits[best.codec].chaos > 0.16:
        return None
    return best


def _tried() -> Iterator[str]:
    """Codecs that are compared: the right one among ideographic ones shows beside what is no such text at all."""
    yield from (page.codec for page in (*_ALPHABETIC, _THAI, *_IDEOGRAPHIC))


def _odd(text: str) -> float:
    """The share of what is neither a letter nor a usual sign among the characters beyond ASCII."""
    beyond = [c for c in text if not c.isascii()]
    odd = sum(c not in _USUAL and (unicodedata.category(c)[0] not in "LM" or "\uff61" <= c <= "\uff9f") for c in beyond)
    return round(odd / max(len(beyond), 1), 1)
