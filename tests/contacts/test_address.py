"""Who is meant by an address as typed."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.contacts.address import address_keys, collation_key, read_address


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("012 345 678", "85512345678"),
        ("012-345-678", "85512345678"),
        ("012.345.678", "85512345678"),
        ("(012) 345 678", "85512345678"),
        ("+85512345678", "85512345678"),
        ("+855 (0)12 345 678", "85512345678"),
        ("85512345678", "85512345678"),
        ("0085512345678", "85512345678"),
        ("tel:+85512345678", "85512345678"),
        ("  012345678 ", "85512345678"),
        ("+1 202 555 0123", "12025550123"),
        ("sip:Nurse@Clinic.example.org", "sip:nurse@clinic.example.org"),
    ],
)
def test_spellings_of_one_number_have_one_key_where_the_country_is_known(typed: str, key: str):
    assert read_address(typed, "KH").key == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [("+85512345678", "85512345678"), ("012 345 678", "012345678"), ("7", "7"), ("alice", "alice"), ("a/b", "a/b")],
)
def test_without_a_country_digits_are_taken_as_they_are(typed: str, key: str):
    assert read_address(typed, None).key == key


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("85512345678.0", "“.0”"),
        ("012\u200b345678", "Invisible"),
        ("\uff10\uff11\uff12345678", "another script"),
        ("\u0660\u0661\u0662345678", "another script"),
        ("12345678", "leading 0"),
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
        ("85512345678.5", "fraction"),
        ("1234.5", "fraction"),
        ("123.0", "fraction"),
        ("1234567890123456", "digits"),
        ("012345678/012999888", "two numbers"),
        ("012345678+012999888", "plus sign"),
    ],
)
def test_damage_that_could_hide_another_persons_number_is_a_problem(typed: str, said: str, region: str | None):
    address = read_address(typed, region)
    assert address.key is None
    assert address.problem is not None
    assert said in address.problem


@pytest.mark.parametrize("typed", ["12345", "0123", "alice", "n/a", "999999999999"])
def test_what_cannot_be_a_number_of_the_country_is_a_problem(typed: str):
    assert read_address(typed, "KH").problem is not None


@pytest.mark.parametrize("region", [None, "KH", "US", "KE", "GB", "IT", "AR", "BR", "MX"])
@given(data=st.data())
def test_a_whole_column_is_read_like_its_texts_one_by_one(region: str | None, data: st.DataObject):
    code = {"KH": "855", "US": "1", "KE": "254", "GB": "44", "IT": "39", "AR": "54", "BR": "55", "MX": "52"}
    number = st.from_regex(rf"\+?({code.get(region or '', '')})?0?[0-9]{{5,11}}", fullmatch=True)
    messy = st.text(alphabet="0123456789+-. ()ex@\u00a0\u0661\uff15", max_size=18)
    texts = data.draw(st.lists(st.one_of(number, messy), max_size=30))
    column = address_keys(pa.array(texts, pa.string()), region)
    together = list(zip(column.keys.to_pylist(), column.problems.to_pylist(), column.notes.to_pylist(), strict=True))
    alone = [(a.key, a.problem, a.note) for a in (read_address(text, region) for text in texts)]
    assert together == alone


@given(st.text(max_size=20))
def test_every_text_has_either_a_key_or_a_problem(text: str):
    for region in (None, "KH"):
        address = read_address(text, region)
        assert (address.key is None) != (address.problem is None)


def test_texts_compare_like_the_servers_database_does():
    assert collation_key("Alic\u00e9 ") == collation_key("ALICE")
    assert collation_key("\uff11\uff12") == collation_key("12")
    assert collation_key(" alice") != collation_key("alice")
