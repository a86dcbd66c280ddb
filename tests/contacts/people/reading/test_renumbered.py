"""One telephone with two numbers is one person."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.contacts.people.address import read_address
from flows.contacts.people.reading.plan import plan_of_region
from flows.contacts.people.reading.renumbered import (
    CODES,
    _change,
    _put_before,
    aliases,
    canonical,
    old_forms,
    renewed,
)


@pytest.mark.parametrize(
    ("region", "spellings", "key"),
    [
        ("AR", ["+54 9 11 2345 6789", "+54 11 2345-6789", "011 15-2345-6789", "011 2345-6789"], "5491123456789"),
        ("BR", ["+55 11 98765-4321", "(11) 98765-4321"], "5511987654321"),
        ("MX", ["+52 55 4163 7145", "55 4163 7145"], "525541637145"),
        ("BJ", ["+229 01 97 12 34 56", "01 97 12 34 56"], "2290197123456"),
        ("CI", ["+225 07 07 08 09 10", "07 07 08 09 10"], "2250707080910"),
        ("GA", ["+241 06 03 12 34", "06 03 12 34", "+241 6 03 12 34"], "24106031234"),
    ],
)
def test_todays_spellings_of_one_telephone_are_one_person(region, spellings, key):
    assert {read_address(text, region).key for text in spellings} == {key}


@pytest.mark.parametrize(
    ("region", "spellings", "key", "told"),
    [
        ("BR", ["+55 11 8765-4321", "(11) 8765-4321", "011 8765-4321"], "5511987654321", "+55 11987654321"),
        ("MX", ["+52 1 55 4163 7145", "044 55 4163 7145", "01 55 4163 7145"], "525541637145", "+52 5541637145"),
        ("BJ", ["22997123456", "+229 97 12 34 56", "97 12 34 56"], "2290197123456", "+229 0197123456"),
        ("CI", ["07080910", "+225 07 08 09 10"], "2250707080910", "+225 0707080910"),
        ("CI", ["45 08 09 10"], "2250545080910", "+225 0545080910"),
        ("CI", ["22 44 09 10"], "2252722440910", "+225 2722440910"),
        ("CM", ["+237 77 12 34 56"], "237677123456", "+237 677123456"),
        ("CO", ["+57 1 2345678"], "576012345678", "+57 6012345678"),
    ],
)
def test_a_number_of_an_old_plan_is_its_new_one_if_verboice_has_that_and_nobodys_otherwise(
    region, spellings, key, told
):
    for text in spellings:
        address = read_address(text, region)
        assert address.key is None
        assert key in (address.candidates or ())
        assert told in (address.problem or "")


def test_what_was_remembered_of_a_person_before_is_found_by_the_key_of_today():
    assert aliases("5491123456789") == ("541123456789",)
    assert aliases("5511987654321") == ("551187654321",)
    assert aliases("525541637145") == ("5215541637145",)
    assert aliases("2290197123456") == ("22997123456",)
    assert aliases("2250707080910") == ("22507080910",)
    assert aliases("85512345678") == aliases("sip:a@b") == ()


def test_a_row_of_the_table_leads_from_the_old_number_to_the_new_one_and_back():
    benin, gabon = plan_of_region("BJ"), plan_of_region("GA")
    row = _put_before("229", "01", r"\d{8}")
    assert (row.code, row.in_use) == ("229", False)
    assert [row.renewed(nsn, benin) for nsn in ("97123456", "0197123456", "9712345")] == ["0197123456", None, None]
    assert row.present.fullmatch("0197123456").expand(row.former) == "97123456"
    forth, back = (r"([2-7]\d{6})", r"0\1"), (r"0([2-7]\d{6})", r"\1")
    for in_use, new in ((True, "06031234"), (False, None)):  # the plan still has the old number
        row = _change("241", forth, back, in_use=in_use)
        assert (row.code, row.renewed("6031234", gabon)) == ("241", new)
        assert row.present.fullmatch("06031234").expand(row.former) == "6031234"


def test_only_a_number_that_is_no_more_is_renewed():
    assert [renewed(number) for number in ("22997123456", "2290197123456", "85512345678")] == [
        "2290197123456",
        None,
        None,
    ]
    assert old_forms("237") == (r"([5-9]\d{7})", r"((?:22|33)\d{6})")
    assert old_forms("855") == ()


def test_other_numbers_of_these_countries_are_themselves():
    for number in ("551123456789", "541143211234"[:4], "5411", "548001234567", "22912", "85512345678", "12025550123"):
        assert canonical(number) == number


@given(code=st.sampled_from(CODES), nsn=st.from_regex(r"\A[0-9]{6,11}\Z"))
def test_a_canonical_number_is_its_own_and_its_aliases_lead_to_it(code, nsn):
    key = canonical(code + nsn)
    assert canonical(key) == key
    assert all(canonical(alias) == key for alias in aliases(key))
    if key != code + nsn:
        assert phonenumbers.is_valid_number(phonenumbers.parse(f"+{key}"))
