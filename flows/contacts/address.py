"""Who is meant by an address as somebody typed it.

Two spellings mean one person when their *keys* are equal: the digits of the E.164 number where the country is known,
the bare digits where it is not, and for anything that is no phone number (SIP addresses, names) the text as the
server's database compares it. Keys only compare; what is sent to Verboice is always the spelling it has stored.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata, ValidationResult

MOST_DIGITS = 15  # ITU-T E.164; spreadsheet programs round numbers beyond it as well

ZERO_NOTE = "The leading 0 was missing; the number was read as a national one of {region}."

_PLAIN = r"^\+?[0-9][0-9 ()\-]*$"
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}([ T].*)?$"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_EXPONENT = re.compile(r"^\+?\d+([.,]\d+)?[eE][+-]?\d+$")
_DATE = re.compile(_ISO_DATE + r"|^\d{1,2}[./]\d{1,2}[./]\d{2,4}$")
_WHOLE_FLOAT = re.compile(r"^(\+?\d+)[.,]0+$")
# Numbers written with dots have them between groups of digits; one or two digits after the only sign are none.
_FRACTION = re.compile(r"^\+?\d{5,}[.,]\d+$|^\+?\d+[.,]\d{5,}$|^\+?\d{3,}[.,]\d{1,2}$")
_PHONE_LIKE = re.compile(r"^(tel:)?[(]?[+0-9][+0-9 ()\-./\u00a0]*$", re.IGNORECASE)
_TWO_NUMBERS = re.compile(r"\d{6,}\s*[/,;|]\s*\+?\d{6,}")


@dataclass(frozen=True, slots=True)
class Address:
    """What one address text means. Either `key` or `problem` is set; `note` tells of a repair that was certain."""

    key: str | None
    problem: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """Columns as long as their texts: `keys` and `problems` exclude each other, `notes` is mostly null."""

    keys: pa.Array
    problems: pa.Array
    notes: pa.Array


def collation_key(text: str) -> str:
    """The text as MySQL's utf8_unicode_ci compares it: case, accents, width, invisible characters and trailing
    blanks do not count, anything else does (API sheet 4.8)."""
    decomposed = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c)).rstrip(" ")


def is_opaque(text: str) -> bool:
    """Whether the text is no phone number at all (a SIP address, a name) and is therefore never reformatted."""
    return "@" in text or text.lower().startswith(("sip:", "sips:")) or not _PHONE_LIKE.match(text)


def read_address(text: str, region: str | None) -> Address:
    """What one source address means, `region` being the ISO 3166 country of numbers written nationally.

    Repairs only what is certain (digits of other scripts, invisible characters, a trailing `.0`) and says so; damage
    that could hide another person's number (exponents, rounding, dates, fractions) is a problem.
    """
    trimmed = text.strip()
    cleaned, note = _repaired(trimmed)
    if not cleaned:
        return Address(None, "There is no address in this row.")
    damage = _damage(cleaned)
    if damage:
        return Address(None, damage)
    if is_opaque(cleaned):
        if region and not ("@" in cleaned or ":" in cleaned):
            return Address(None, "This is not a phone number or a SIP address.")
        return Address(collation_key(cleaned), note=note)
    return _read_phone(cleaned, region, note)


def _repaired(text: str) -> tuple[str, str | None]:
    """The text with plain digits and no invisible characters or float tail, and what was done about it."""
    cleaned = _INVISIBLE.sub("", text).strip()
    note = "Invisible characters in the address were left out." if cleaned != text else None
    if any(ord(c) > 127 for c in cleaned) and "@" not in cleaned:
        plain = "".join(str(unicodedata.decimal(c, c)) if ord(c) > 127 else c for c in cleaned)
        plain = plain.replace("\uff0b", "+").replace("\u2010", "-").replace("\u2011", "-").replace("\u2013", "-")
        plain = plain.replace("\u00a0", " ")
        if plain != cleaned:
            cleaned, note = plain, "Digits or signs of another script in the address were read as plain ones."
    whole = _WHOLE_FLOAT.match(cleaned)
    if whole and len(whole[1]) >= 6:
        return whole[1], "The address ended in “.0”, which a spreadsheet program added; it was left out."
    return cleaned, note


def _damage(text: str) -> str | None:
    if _EXPONENT.match(text):
        return (
            f"“{text}” is a number that a spreadsheet program has shortened; its last digits are lost. "
            "Format the column as Text and type the number again."
        )
    if _DATE.match(text):
        return "This is a date, not an address. Format the column as Text and type the number again."
    if _FRACTION.match(text):
        return "This number has a fraction, so it is not a phone number. Type it again as text."
    if _TWO_NUMBERS.search(text):
        return "There are two numbers in this cell. Keep one per row."
    return None


def _read_phone(text: str, region: str | None, note: str | None) -> Address:
    text = re.sub(r"^tel:", "", text, flags=re.IGNORECASE)
    digits = re.sub(r"\D", "", text)
    if not digits:
        return Address(None, "There is no digit in this address.")
    if text.rfind("+") > 0:
        return Address(None, "There is a plus sign inside this number; perhaps two numbers were typed into one cell.")
    if len(digits) > MOST_DIGITS:
        return Address(None, _too_long(len(digits)))
    if region is None:
        return Address(digits, note=note)
    return _read_national(text, digits, region, note)


def _too_long(count: int) -> str:
    return (
        f"This number has {count} digits; no phone number has more than {MOST_DIGITS}, and spreadsheet programs "
        "change the last ones of such numbers. Type it again as text."
    )


def _read_national(text: str, digits: str, region: str, note: str | None) -> Address:
    # Outside a handful of countries 00 is the international prefix; phonenumbers knows only the region's own
    # (for Cambodia `00[14-9]`, which would eat the first digit of 00855…), so it is written as plus first.
    spelled = "+" + digits[2:] if digits.startswith("00") else text
    try:
        number = phonenumbers.parse(spelled, region)
    except phonenumbers.NumberParseException:
        return Address(None, f"This is not a phone number of {region} or an international one.")
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict == ValidationResult.IS_POSSIBLE:
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return Address(e164[1:], note=note or _zero_note(digits, number, region))
    return Address(None, _impossible(verdict, len(digits), region))


def _impossible(verdict: int, count: int, region: str) -> str:
    if verdict == ValidationResult.TOO_LONG:
        return f"This number has {count} digits, too many for {region} or the country it names."
    if verdict in (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        return f"This number has {count} digits, too few for {region} or the country it names."
    return f"This is not a phone number of {region} or an international one."


def _zero_note(digits: str, number: phonenumbers.PhoneNumber, region: str) -> str | None:
    prefix = _region_shape(region).prefix
    if prefix == "0" and digits == str(number.national_number):
        return ZERO_NOTE.format(region=region)
    return None


@dataclass(frozen=True, slots=True)
class _RegionShape:
    """What the fast path may decide by itself: `national` matches numbers without prefix; `simple` is false where
    the country rewrites numbers while parsing them (Argentina, Brazil, Mexico …)."""

    code: str
    national: str
    prefix: str
    lengths: tuple[int, ...]
    simple: bool


@lru_cache(maxsize=64)
def _region_shape(region: str) -> _RegionShape:
    metadata = PhoneMetadata.metadata_for_region(region.upper())
    if metadata is None:
        return _RegionShape("", "", "", (), simple=False)
    description = metadata.general_desc
    pattern = (description.national_number_pattern if description else None) or ""
    prefix = metadata.national_prefix or ""
    unchanged = metadata.national_prefix_transform_rule is None
    simple = bool(pattern) and unchanged and (metadata.national_prefix_for_parsing or "") == prefix
    lengths = tuple(description.possible_length) if description else ()
    return _RegionShape(str(metadata.country_code), pattern, prefix, lengths, simple)


def address_keys(texts: pa.Array, region: str | None) -> AddressKeys:
    """Keys of a whole column, the same as `read_address` gives one by one.

    Plain numbers are decided by whole-column expressions (a list of a million in well under two seconds); only what
    those cannot decide is read text by text, each distinct text once.
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    keys, missing_zero = _plain_keys(trimmed, region)
    notes = pc.if_else(missing_zero, pa.scalar(ZERO_NOTE.format(region=region)), pa.scalar(None, pa.string()))
    undecided = pc.is_null(keys)
    if not pc.any(undecided).as_py():
        return AddressKeys(keys, pa.nulls(len(texts), pa.string()), notes)
    encoded = pc.dictionary_encode(pc.filter(trimmed, undecided))
    read = [read_address(text, region) for text in encoded.dictionary.to_pylist()]
    indices = encoded.indices

    def spread(column: pa.Array, decided: pa.Array) -> pa.Array:
        return pc.replace_with_mask(decided, undecided, pc.take(column, indices))

    return AddressKeys(
        keys=spread(pa.array([a.key for a in read], pa.string()), keys),
        problems=spread(pa.array([a.problem for a in read], pa.string()), pa.nulls(len(texts), pa.string())),
        notes=spread(pa.array([a.note for a in read], pa.string()), notes),
    )


def _plain_keys(trimmed: pa.Array, region: str | None) -> tuple[pa.Array, pa.Array]:
    """Keys of plain numbers that need no parsing (null elsewhere), and where a leading 0 was missing."""
    plus = pc.starts_with(trimmed, "+")
    plain, digits = _plain_digits(trimmed, plus)
    nobody = pa.scalar(None, pa.string())
    if region is None:
        usable = pc.and_(plain, pc.less_equal(pc.binary_length(digits), MOST_DIGITS))
        return pc.if_else(usable, digits, nobody), _no(trimmed)
    shape = _region_shape(region)
    if not shape.simple:
        return pa.nulls(len(trimmed), pa.string()), _no(trimmed)
    full = _is_national(digits, shape.code, shape)
    bare = pc.and_not(_is_national(digits, "", shape), plus)
    prefixed = pc.and_not(_is_national(digits, shape.prefix, shape), plus)
    international = pc.and_(plain, pc.and_not(full, bare))
    if pc.all(international).as_py():
        return digits, _no(trimmed)
    national = pc.and_(plain, pc.and_not(bare, pc.or_(full, prefixed)))
    with_prefix = pc.and_(plain, pc.and_not(prefixed, pc.or_(full, bare)))
    keys = pc.case_when(
        pc.make_struct(international, national, with_prefix),
        digits,
        pc.binary_join_element_wise(shape.code, digits, ""),
        pc.binary_join_element_wise(shape.code, pc.utf8_slice_codeunits(digits, len(shape.prefix)), ""),
    )
    return keys, pc.and_(national, pa.scalar(shape.prefix == "0"))


def _plain_digits(trimmed: pa.Array, plus: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Which texts are nothing but a number as people write it, and the digits of each."""
    unsigned = pc.if_else(plus, pc.utf8_slice_codeunits(trimmed, 1), trimmed) if pc.any(plus).as_py() else trimmed
    if pc.all(pc.ascii_is_decimal(unsigned)).as_py():
        return pc.invert(_no(trimmed)), unsigned
    plain = pc.and_not(pc.match_substring_regex(trimmed, _PLAIN), pc.match_substring_regex(trimmed, _ISO_DATE))
    return plain, pc.replace_substring_regex(trimmed, r"[^0-9]", "")


def _is_national(digits: pa.Array, lead: str, shape: _RegionShape) -> pa.Array:
    """Whether the digits are `lead` followed by a national number of the region, by shape and by length."""
    lengths = pa.array([len(lead) + length for length in shape.lengths], pa.int32())
    fits = pc.is_in(pc.binary_length(digits), value_set=lengths)
    if not pc.any(fits).as_py():  # a clean list has one length, and most shapes are ruled out by it
        return fits
    return pc.and_(fits, pc.match_substring_regex(digits, f"^{lead}(?:{shape.national})$"))


def _no(column: pa.Array) -> pa.Array:
    return pa.repeat(pa.scalar(False), len(column))
