"""Who is meant by an address as somebody typed it.

The rules, which every command follows (docs/addresses.md tells them to users):

1. What is stored is known. A text that stands letter by letter among a contact's addresses is that contact, however
   odd it is; only a cell of nothing but signs and zeros, and one that repeats the header, names nobody.
2. What is not stored must be one telephone number or one SIP address (`sip:`, `sips:`, `user@host`). A word such as
   "Tel." in front of a number is left out, and said; a cell with anything else beside a number, with several numbers,
   an extension or a date is unusable, and the reason says what was found.
3. A number must be in its country's numbering plan. What its digits can mean, and which meanings count, is the table
   of `flows.contacts.people.reading.readings`. Where several count, or none but what the plan might have one day or
   once had, the person is the one that Verboice has, or nobody.
4. Without a country ("region") digits are taken as they are, 5 to 15 of them; a number with + names its own.

Two spellings mean one person when their *keys* are equal: the digits of the canonical number where the country is known
(`flows.contacts.people.reading.renumbered`), the bare digits where it is not, and for SIP addresses the text as the
server's database compares it. Keys only compare. What is sent to Verboice is the spelling it has stored, or else the
number.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.people.reading.cell import FIRST_NOTE, PLAIN, SUSPICIOUS, look, only_digits
from flows.contacts.people.reading.column import Decided, decide
from flows.contacts.people.reading.number import NO_ADDRESS, STRICT, AddressRules, number_of
from flows.contacts.people.reading.readings import Digits
from flows.contacts.people.reading.renumbered import canonical
from flows.contacts.people.reading.signs import plain, without_invisible
from flows.contacts.people.reading.words import folded, is_silent, says_nothing

LONGEST_ADDRESS = 255  # characters, as many as Verboice stores (API sheet 7.6)

REPEATED_HEADER = "This row repeats the header, so it is nobody's."
_TOO_LONG = "This text has {count:,} characters; an address has at most {most}."


@dataclass(frozen=True, slots=True)
class Address:
    """What one address text means. Either `key` or `problem` is set.

    note: what was repaired, or presumed. number: what is dialled, or created, unless Verboice has the person in
    another spelling; None with a problem.
    candidates: with a problem, the keys of the people it can mean if Verboice has exactly one of them, or has the text
    itself; None where it can mean nobody.
    """

    key: str | None
    problem: str | None = None
    note: str | None = None
    number: str | None = None
    candidates: tuple[str, ...] | None = None


def collation_key(text: str) -> str:
    """The text as MySQL's utf8_unicode_ci compares it: case, accents, width, invisible characters and trailing
    blanks do not count, anything else does (API sheet 4.8)."""
    decomposed = unicodedata.normalize("NFKD", without_invisible(text)).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c)).rstrip(" ")


def read_address(text: str, region: str | None, rules: AddressRules = STRICT) -> Address:
    """What one source address means, `region` being the ISO 3166 country of numbers written nationally."""
    trimmed = text.strip()
    digits = _plain_digits(trimmed)
    if digits is not None:
        return _number(digits, region, rules)
    if len(trimmed) > LONGEST_ADDRESS:
        return Address(None, _TOO_LONG.format(count=len(trimmed), most=LONGEST_ADDRESS))
    cleaned, note = plain(trimmed)
    if is_silent(cleaned):
        return Address(None, NO_ADDRESS)
    digits = _plain_digits(cleaned)
    if digits is not None:
        return _noted(_number(digits, region, rules), note)
    found = _unusual(cleaned, region, rules)
    if found.key is None and found.candidates is None:
        found = replace(found, candidates=())  # odd as it is, the text may stand among a contact's addresses
    return _noted(found, note)


def _plain_digits(text: str) -> Digits | None:
    """The digits of a text that has nothing but the usual signs between them; None where it needs a closer look."""
    if text.isdigit() and text.isascii():
        return Digits(text)
    if not PLAIN.fullmatch(text) or SUSPICIOUS.search(text):
        return None
    digits, is_international = only_digits(text), text.startswith("+")
    return Digits(digits, is_international, is_bare=len(digits) + is_international == len(text))


def _unusual(text: str, region: str | None, rules: AddressRules) -> Address:
    if says_nothing(text):
        return Address(None, NO_ADDRESS)
    cell = look(text, region)
    if cell.sip is not None:
        return Address(collation_key(cell.sip), number=cell.sip)
    if cell.digits is not None:
        return _noted(_number(cell.digits, region, rules), cell.note)
    if cell.first is not None and rules.several == "first":
        first = read_address(cell.first, region, rules)
        return _noted(_noted(first, cell.note), FIRST_NOTE)
    return Address(None, cell.problem)


def _noted(address: Address, note: str | None) -> Address:
    """The address with the note before its own. A problem is told without what was repaired on the way to it."""
    if note is None or address.key is None:
        return address
    told = f"{note} {address.note}" if address.note else note
    return Address(address.key, note=told, number=address.number)


def _number(digits: Digits, region: str | None, rules: AddressRules) -> Address:
    meaning = number_of(digits, region, rules)
    if meaning.number is None:
        return Address(None, meaning.problem, candidates=meaning.candidates)
    return Address(canonical(meaning.number), note=meaning.note, number=meaning.number)


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom the texts of a column mean: the keys (string) and candidates (lists of string) of each one's `Address`."""

    keys: pa.Array
    candidates: pa.Array

    @property
    def anybody(self) -> pa.Array:
        """Which texts mean somebody, or would if Verboice had them as they stand."""
        return pc.or_(pc.is_valid(self.keys), pc.is_valid(self.candidates))


@dataclass(frozen=True, slots=True)
class AddressKeys(Meant):
    """A column of `Address`, property by property, as long as its texts: the others are string as well."""

    problems: pa.Array
    notes: pa.Array
    numbers: pa.Array


def address_keys(
    texts: pa.Array, region: str | None, rules: AddressRules = STRICT, *, header: str | None = None
) -> AddressKeys:
    """What `read_address` gives of each text of a column; and a text that repeats the column's header is nobody's.

    Plain numbers are decided by whole-column expressions (a list of a million in about half a second); only what those
    cannot decide is read text by text, each distinct text once.
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    decided = decide(trimmed, region)
    notes = _notes(decided)
    undecided = pc.is_null(decided.numbers)
    if not pc.any(undecided).as_py():
        nothing = pa.nulls(len(texts), pa.string())
        return AddressKeys(decided.numbers, _nobody(texts), nothing, notes, decided.numbers)
    encoded = pc.dictionary_encode(pc.filter(trimmed, undecided))
    read = [_read(text, region, rules, header) for text in encoded.dictionary.to_pylist()]

    def spread(values: list[object], kind: pa.DataType, others: pa.Array) -> pa.Array:
        return _put(pc.take(pa.array(values, kind), encoded.indices), others, undecided)

    return AddressKeys(
        keys=spread([one.key for one in read], pa.string(), decided.numbers),
        problems=spread([one.problem for one in read], pa.string(), pa.nulls(len(texts), pa.string())),
        notes=spread([one.note for one in read], pa.string(), notes),
        numbers=spread([one.number for one in read], pa.string(), decided.numbers),
        candidates=spread([one.candidates for one in read], _PEOPLE, _nobody(texts)),
    )


_PEOPLE = pa.list_(pa.string())
_OF_CONTACTS = AddressRules(numbers="possible", short_numbers=True)


def stored_keys(addresses: pa.Array, region: str | None) -> pa.Array:
    """The people that stored addresses are, null where one is no number and no SIP address.

    What is stored was dialled or imported as it is, so digits that may begin with the region's code do, and a number
    need not be in today's plan.
    """
    found = address_keys(addresses, region, _OF_CONTACTS)
    unread = pc.is_null(found.keys)
    if not pc.any(unread).as_py():
        return found.keys
    first = [people[0] if people else None for people in pc.filter(found.candidates, unread).to_pylist()]
    return _put(pa.array(first, pa.string()), found.keys, unread)


def _nobody(texts: pa.Array) -> pa.Array:
    return pa.nulls(len(texts), _PEOPLE)


def _notes(decided: Decided) -> pa.Array:
    if not decided.zero_missing.any():
        return pa.nulls(len(decided.numbers), pa.string())
    return pc.if_else(pa.array(decided.zero_missing), decided.note, None)


def _put(values: pa.Array, others: pa.Array, where: pa.Array) -> pa.Array:
    """`others` with the values, in order, where `where` is true."""
    if len(values) == len(others):
        return values
    places = pc.subtract(pc.cumulative_sum(pc.cast(where, pa.int64())), 1)
    return pc.if_else(where, pc.take(values, pc.max_element_wise(places, 0)), others)


def _read(text: str, region: str | None, rules: AddressRules, header: str | None) -> Address:
    if header is not None and folded(text) == folded(header) and any(map(str.isalpha, text)):
        return Address(None, REPEATED_HEADER)
    return read_address(text, region, rules)
