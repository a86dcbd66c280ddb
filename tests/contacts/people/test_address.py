"""Who is meant by an address as typed."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.contacts.people.address import (
    REPEATED_HEADER,
    Address,
    address_keys,
    collation_key,
    read_address,
    stored_keys,
)
from flows.contacts.people.reading.cell import FIRST_NOTE
from flows.contacts.people.reading.number import NO_ADDRESS, STRICT, AddressRules

POSSIBLE = AddressRules(numbers="possible")
FIRST = AddressRules(several="first")
SHORT = AddressRules(short_numbers=True)

REGIONS = (None, "KH", "US", "KE", "GB", "DE", "IT", "AR", "BR", "MX", "BJ", "CI", "GA", "RU", "HU", "BY", "JP", "AG")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("012 345 678", "85512345678"),
        ("012-345-678", "85512345678"),
        ("012.345.678", "85512345678"),
        ("012_345_678", "85512345678"),
        ("012 - 345 - 678", "85512345678"),
        ("(012) 345 678", "85512345678"),
        ("023/880 123", "85523880123"),  # an area code and the rest
        ("+85512345678", "85512345678"),
        ("+ 855 12 345 678", "85512345678"),
        ("(+855) 12 345 678", "85512345678"),
        ("+855 (0)12 345 678", "85512345678"),
        ("+855 012 345 678", "85512345678"),
        ("85512345678", "85512345678"),
        ("0085512345678", "85512345678"),
        ("  012345678 ", "85512345678"),
        ("012345678;", "85512345678"),
        ("012345678, none", "85512345678"),
        ("+1 202 555 0123", "12025550123"),
        ("sip:Nurse@Clinic.example.org", "sip:nurse@clinic.example.org"),
        ("SIPS:nurse@clinic.example.org:5061;transport=tls", "sips:nurse@clinic.example.org:5061;transport=tls"),
        ("nurse@clinic.example.org", "nurse@clinic.example.org"),
    ],
)
def test_spellings_of_one_number_have_one_key_where_the_country_is_known(typed: str, key: str):
    assert read_address(typed, "KH").key == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("+85512345678", "85512345678"),
        ("012 345 678", "012345678"),
        ("12345", "12345"),
        ("123456789012345", "123456789012345"),
        ("0085512345678", "0085512345678"),
    ],
)
def test_without_a_country_digits_are_taken_as_they_are(typed: str, key: str):
    assert read_address(typed, None) == Address(key, number=key)


@pytest.mark.parametrize("typed", ["7", "1234", "+85501234567", "alice", "a/b", "Sok 012345678"])
def test_without_a_country_too_it_must_be_a_number(typed: str):
    assert read_address(typed, None).problem


@pytest.mark.parametrize("region", [None, "KH"])
def test_an_extension_of_a_local_exchange_is_a_number_where_the_pipeline_says_so(region):
    assert "`short_numbers: true`" in (read_address("1234", region).problem or "")
    assert read_address("12-34", region, SHORT) == Address("1234", number="1234")
    for emergency in ("112", "911", "999"):
        assert "emergency" in (read_address(emergency, region, SHORT).problem or "")
    assert "emergency" in (read_address("117", "KH", SHORT).problem or "")


def test_where_numbers_are_short_they_are_numbers():
    assert read_address("7012", "NU").number == "6837012"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("85512345678.0", "“.0”"),
        ("012\u200b345678", "Invisible"),
        ("\u202a+855 12 345 678\u202c", "Invisible"),  # as a telephone's contact list copies it
        ("\uff10\uff11\uff12345678", "another script"),
        ("\u0660\u0661\u0662345678", "another script"),
        ("012\u2014345\u2014678", "another script"),
        ("012\u202f345\u2009678", "another script"),
        ("12345678", "leading 0"),
        ('="012345678"', "spreadsheet program"),
        ("'012345678", "spreadsheet program"),
        ("tel:+85512345678", "“tel:”"),
        ("whatsapp:+85512345678", "“whatsapp:”"),
        ("p:+85512345678", "“p:”"),
        ("Tel. 012345678", "“Tel.”"),
        ("Mobile: 012 345 678", "“Mobile:”"),
        ("Tel/WhatsApp: 012 345 678", "“Tel/WhatsApp:”"),
        ("Téléphone 012 345 678", "“Téléphone”"),
        ("ទូរស័ព្ទ៖ ០១២ ៣៤៥ ៦៧៨", "“ទូរស័ព្ទ៖”"),
    ],
)
def test_certain_repairs_are_made_and_said(typed: str, said: str):
    address = read_address(typed, "KH")
    assert address.key == ("85512345678")
    assert address.note is not None
    assert said in address.note


@pytest.mark.parametrize("region", [None, "KH"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "no address"),
        ("8.55E+11", "shortened"),
        ("8,55123E+10", "shortened"),
        ("2026-11-03", "date"),
        ("2026-11-03 00:00:00", "date"),
        ("3/11/2026", "date"),
        ("12-05-1990", "date"),  # digits of a Cambodian number
        ("3 Nov 2026", "date"),
        ("May 12, 1990", "date"),
        ("12:30", "time"),
        ("85512345678.5", "fraction"),
        ("1234.5", "fraction"),
        ("123.0", "fraction"),
        ("12,345,678", "thousands"),
        ("1234567890123456", "digits"),
        ("012 345 678 098 765 432", "too many for one number"),
        ("99999999", "placeholder"),
        ("023880123 ext 12", "extension"),
        ("023880123x12", "extension"),
        ("+85523880123;ext=12", "extension"),
        ("023880123#12", "extension"),
        ("023880123,12", "comma"),
        ("012345678 (2)", "last digits"),
        ("*855#", "keypad"),
        ("https://wa.me/85512345678", "link"),
        ("Fax: 023 880 123", "fax"),
        ("KH-0012345", "id"),
        ("MRN 200000000", "id"),
        ("550e8400-e29b-41d4-a716-446655440000", "id"),
        ("O12345678", "id"),  # a letter for the zero
        ("Sok 012345678", "other text"),
        ("012345678 (Sok)", "other text"),
        ("012345678?", "sign “?”"),
        ("-012345678", "sign “-”"),
        ("++85512345678", "sign “+”"),
        ('{"mobile":"85512345678"}', 'sign “"”'),
        ("mailto:sok@example.org", "SIP"),
        ("sip:a@example.org, sip:b@example.org", "one SIP address"),
        ("Sok", "not a phone number or a SIP address"),
        ("x" * 256, "256 characters"),
    ],
)
def test_what_is_no_address_is_told_by_what_it_is(typed: str, said: str, region: str | None):
    address = read_address(typed, region)
    assert address.key is None
    assert address.problem is not None
    assert said in address.problem


@pytest.mark.parametrize(
    "typed",
    [
        "012345678/9",
        "012 345 678/79",
        "023 880 123/4/5",
        "012345678-79",
        "012345678 9",
        "012 345 678-79",
        "012 345 678 9",
        "012345678 / 098765432",
        "012345678 ::: 098765432",
        "012345678 or 098765432",
        "012345678 ou 098765432",
        "012345678\n098765432",
        "012345678, 098765432",
        "012345678;098765432",
        "012345678 098765432",
        "012345678+098765432",
        "012 345 678 - 098 765 432",
        "+85512345678 +85598765432",
        "Tel: 012345678 / Mobile: 098765432",
    ],
)
def test_two_numbers_are_two_numbers_and_never_joined(typed: str):
    for region in ("KH", None):
        assert "two numbers" in (read_address(typed, region).problem or "")
    address = read_address(typed, "KH", FIRST)
    assert address.key == "85512345678" if not typed.startswith("023") else address.key == "85523880123"
    assert "the first one was taken" in (address.note or "")


@pytest.mark.parametrize("typed", ["12/345/678", "023880123 ext 12", "023880123,12", "01234567 / 098765432"])
def test_the_first_of_several_is_taken_only_if_there_are_several_and_it_is_a_number(typed: str):
    assert read_address(typed, "KH", FIRST).problem


@pytest.mark.parametrize(
    "typed",
    ["N/A", "n.a.", "none", "NULL", "unknown", "no phone", "x", "XXX", "#N/A", "(none)", "\\N", "tbd", "nan", "False",
     "ninguno", "sin teléfono", "aucun", "pas de téléphone", "kein", "não tem", "нет", "tidak ada", "không có",
     "គ្មាន", "ไม่มี", "لا يوجد", "没有", "なし", "없음", "नहीं", "hakuna"],
)  # fmt: skip
def test_a_word_for_nothing_is_no_address_unless_it_is_stored(typed: str):
    for region in (None, "KH"):
        assert read_address(typed, region) == Address(None, NO_ADDRESS, candidates=())


@pytest.mark.parametrize("typed", ["", " ", "-", "---", "?", "...", "*", "//", "0", "000", "00-00", "\u200b", "—"])
def test_signs_and_zeros_are_nobodys_address_whatever_is_stored(typed: str):
    for rules in (AddressRules(), POSSIBLE, SHORT, FIRST):
        assert read_address(typed, "KH", rules) == read_address(typed, None, rules) == Address(None, NO_ADDRESS)


INVISIBLE = "Invisible characters in the address were left out."
ZERO = "The leading 0 was missing; the number was read as a national one of KH."
NEW_PLAN = "KH's numbering plan, as far as it is known here, does not have this number."
LABEL = "“Tel:” in front of the number was left out."


@pytest.mark.parametrize(
    ("typed", "rules", "address"),
    [
        ("012345678", STRICT, Address("85512345678", number="85512345678")),
        ("012 34 567 8", STRICT, Address("85512345678", number="85512345678")),
        ("\u200b12345678", STRICT, Address("85512345678", note=f"{INVISIBLE} {ZERO}", number="85512345678")),
        ("\u200bTel: 12345678", STRICT, Address("85512345678", None, f"{INVISIBLE} {LABEL} {ZERO}", "85512345678")),
        ("\u200bTel: 012345678", STRICT, Address("85512345678", None, f"{INVISIBLE} {LABEL}", "85512345678")),
        ("Tel: 012345678 / 098765432", FIRST, Address("85512345678", None, f"{FIRST_NOTE} {LABEL}", "85512345678")),
        (
            "039123456 / 098765432",
            AddressRules(numbers="possible", several="first"),
            Address("85539123456", None, f"{FIRST_NOTE} {NEW_PLAN}", "85539123456"),
        ),
        ("sip:Nurse@example.org", STRICT, Address("sip:nurse@example.org", number="sip:Nurse@example.org")),
        ("\u200bsip:a@b", STRICT, Address("sip:a@b", note=INVISIBLE, number="sip:a@b")),
        ("Fax 012345678", STRICT, Address(None, "This is a fax number; nobody answers there.", candidates=())),
    ],
)  # fmt: skip
def test_an_address_has_a_key_what_is_dialled_and_notes_on_the_way_there(typed, rules, address):
    assert read_address(typed, "KH", rules) == address


def test_a_text_that_verboice_cannot_store_is_told_by_its_length():
    longest = "a@" + 253 * "b"
    assert read_address(longest, None) == Address(longest, number=longest)
    assert read_address(f"{longest}b", None) == Address(
        None, "This text has 256 characters; an address has at most 255."
    )


def test_digits_behind_a_plus_can_have_been_rounded_like_others():
    assert "no phone number has more than 15" in (read_address("+1234567890123456", "KH").problem or "")
    assert "perhaps they are two" in (read_address("+1234 5678 9012 3456", "KH").problem or "")


NOBODY = (None, "There is no address in this row.", None, None, ())
SEVERAL_TEXTS = {
    "012345678": ("85512345678", None, None, "85512345678", None),
    "12345678": ("85512345678", None, ZERO, "85512345678", None),
    "0085512345678": ("85512345678", None, None, "85512345678", None),
    "\u200b12345678": ("85512345678", None, f"{INVISIBLE} {ZERO}", "85512345678", None),
    "sip:A@b": ("sip:a@b", None, None, "sip:A@b", None),
    "none": NOBODY,
    "0": (*NOBODY[:4], None),
    "1234": ("1234", None, None, "1234", None),
}


@pytest.mark.parametrize(
    "texts",
    [[], ["012345678"], ["12345678", "012345678"], ["none", "0"], ["none", "none"], ["1234", "none"], [*SEVERAL_TEXTS]],
)
def test_a_column_has_all_that_is_told_of_its_texts_whatever_they_are(texts):
    found = address_keys(pa.array(texts, pa.string()), "KH", SHORT, header="Phone")
    for place, name in enumerate(("keys", "problems", "notes", "numbers", "candidates")):
        column = getattr(found, name)
        assert column.type == (pa.list_(pa.string()) if name == "candidates" else pa.string())
        told = [SEVERAL_TEXTS[text][place] for text in texts]
        assert [tuple(one) if isinstance(one, list) else one for one in column.to_pylist()] == told


def test_a_repeated_header_is_nobodys():
    column = address_keys(pa.array(["Phone", "\ufeffphone ", "012345678"]), "KH", header="Phone")
    assert column.problems.to_pylist() == [REPEATED_HEADER, REPEATED_HEADER, None]
    assert column.anybody.to_pylist() == [False, False, True]


@pytest.mark.parametrize(
    ("region", "typed", "candidates"),
    [
        ("ID", "62812345678", ("62812345678", "6262812345678")),
        ("DE", "4915123456789", ("4915123456789", "494915123456789")),
        ("DE", "15123456789", ("4915123456789", "15123456789")),  # without its 0, or of the US
        ("IT", "+39 (0)312 345 6789", ("3903123456789", "393123456789")),
        ("SE", "+46 46 812 34 56", ("46468123456", "468123456")),  # Lund, or Stockholm with the code twice
    ],
)
def test_of_several_people_that_digits_can_mean_all_are_named_and_nobody_is_taken(region, typed, candidates):
    address = read_address(typed, region)
    assert (address.key, address.candidates) == (None, candidates)
    assert all(f"+{candidate}" in (address.problem or "") for candidate in candidates)


@pytest.mark.parametrize("typed", ["012 345 67", "09123456", "02375678", "12345", "0123456789012", "999999999999"])
def test_what_the_country_does_not_have_is_a_problem(typed: str):
    assert read_address(typed, "KH").problem
    assert read_address(typed, "KH", POSSIBLE).number in (None, f"855{typed.lstrip('0')}")


def test_a_plan_newer_than_the_program_knows_is_taken_where_the_pipeline_says_so():
    strict = read_address("039 123 456", "KH")
    assert strict.candidates == ("85539123456",)
    assert "`numbers: possible`" in (strict.problem or "")
    taken = read_address("039 123 456", "KH", POSSIBLE)
    assert (taken.key, taken.number) == ("85539123456", "85539123456")
    assert "does not have this number" in (taken.note or "")


def test_stored_addresses_are_people_where_they_can_be_and_read_as_international_first():
    stored = ["62812345678", "+6262812345678", "0812 345 678", "none", "0", "sip:A@b", "112", "62 812345678 x12"]
    assert stored_keys(pa.array(stored), "ID").to_pylist() == [
        "62812345678", "6262812345678", "62812345678", None, None, "sip:a@b", None, None,
    ]  # fmt: skip
    stored = ["85539123456", "012345678", "1234", "none"]
    assert stored_keys(pa.array(stored), "KH").to_pylist() == ["85539123456", "85512345678", "1234", None]
    assert stored_keys(pa.array(["none"]), "KH").type == pa.string()


CODES = {"KH": "855", "US": "1", "KE": "254", "GB": "44", "DE": "49", "IT": "39", "AR": "54", "BR": "55", "MX": "52"}
MESSY = st.text(alphabet="0123456789+-. ()/,;ex@TelNA\u00a0\u0661\uff15\n", max_size=20)


@pytest.mark.parametrize("region", REGIONS)
@given(data=st.data())
def test_a_whole_column_is_read_like_its_texts_one_by_one(region: str | None, data: st.DataObject):
    number = st.from_regex(rf"\A\+?(00|{CODES.get(region or '', '')})?[018]?[0-9]{{3,12}}\Z")
    texts = data.draw(st.lists(st.one_of(number, MESSY), max_size=30))
    rules = data.draw(st.sampled_from([AddressRules(), POSSIBLE, FIRST, SHORT]))
    read = address_keys(pa.array(texts, pa.string()), region, rules)
    columns = (read.keys, read.problems, read.notes, read.numbers, read.candidates)
    together = list(zip(*(column.to_pylist() for column in columns), strict=True))
    assert together == [in_columns(read_address(text, region, rules)) for text in texts]


def in_columns(address: Address) -> tuple[object, ...]:
    candidates = None if address.candidates is None else list(address.candidates)
    return address.key, address.problem, address.note, address.number, candidates


@pytest.mark.parametrize("region", [region for region in REGIONS if region is not None])
@given(text=st.one_of(MESSY, st.text(max_size=30), st.from_regex(r"\A[+]?[0-9]{5,14}\Z")))
def test_any_text_is_a_valid_number_a_sip_address_or_a_problem(region: str, text: str):
    address = read_address(text, region)
    assert (address.key is None) == (address.problem is not None) == (address.number is None)
    if address.number is None:
        return
    if address.number.isdigit():
        for digits in (address.number, address.key):
            assert phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
    else:
        assert "@" in address.number or address.number.lower().startswith(("sip:", "sips:"))


@given(st.text(max_size=20))
def test_every_text_has_either_a_key_or_a_problem(text: str):
    for rules in (AddressRules(), POSSIBLE, FIRST, SHORT):
        address = read_address(text, None, rules)
        assert (address.key is None) == (address.problem is not None)


def test_texts_compare_like_the_servers_database_does():
    assert collation_key("Alic\u00e9 ") == collation_key("ALICE")
    assert collation_key("\uff11\uff12") == collation_key("12")
    assert collation_key(" alice") != collation_key("alice") != collation_key("alice\t")
