"""Addresses and values in a URL, as Verboice reads them."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.verboice import encoding
from connectors.verboice.errors import CannotAddress, CannotSend

texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[]"), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("address", "segment"),
    [
        ("85512345678", "85512345678"),
        ("1.2", "1%2E2"),
        ("sip:user@example.com", "sip%3Auser%40example%2Ecom"),
        ("a/b", "a%2Fb"),
        ("1;x", "1%3Bx"),
        ("+54 911", "%2B54%20911"),
        ("100%", "100%25"),
        ("..", "%2E%2E"),
        ("Alicé", "Alic%C3%A9"),
        ("a-b_c~d", "a-b_c~d"),
    ],
)
def test_an_address_becomes_one_path_segment_without_dots(address: str, segment: str):
    assert encoding.by_address(12, address) == f"/api/projects/12/contacts/by_address/{segment}.json"


@settings(deadline=None)
@given(texts)
def test_encoded_text_decodes_to_itself_and_has_nothing_a_url_could_trip_over(text: str):
    shown = encoding.encoded(text)
    assert unquote(shown) == text
    assert not set(shown) & set("./;?#&=+[] ")
    assert shown.isascii()


@pytest.mark.parametrize("address", ["", "a\0b", "\ud800", "é" * 400])
def test_an_address_no_path_can_name_is_refused_before_sending(address: str):
    with pytest.raises(CannotAddress):
        encoding.by_address(1, address)


@pytest.mark.parametrize("name", ["", "a[b]", "a]b", "[", "vars[]"])
def test_a_variable_name_the_server_would_take_apart_is_refused(name: str):
    with pytest.raises(CannotSend, match="brackets"):
        encoding.split_queries("/p", {name: "x"})


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(CannotSend, match="surrogate"):
        encoding.split_queries("/p", {"age": "\ud800"})


@settings(deadline=None)
@given(st.dictionaries(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=255), min_size=1, max_size=12))
def test_splitting_keeps_every_variable_once_in_order_below_the_line_limit(variables: dict[str, str]):
    base, path = "https://verboice.example.org/sub", encoding.by_address(1, "85512345678")
    parts = encoding.split_queries(path, variables, base=base)
    sent = [pair for text, _ in parts for pair in parse_qsl(text, keep_blank_values=True)]
    assert sent == [(f"vars[{name}]", value) for name, value in variables.items()]
    assert {name: value for _, carried in parts for name, value in carried.items()} == variables
    assert all(len(f"PUT {base}{path}?{text} HTTP/1.1\r\n") < 8_000 for text, _ in parts)


def test_what_fits_one_request_is_not_split():
    assert len(encoding.split_queries("/p", {f"variable {n}": "some value" for n in range(100)})) == 1


def test_a_value_that_fits_no_request_is_refused():
    with pytest.raises(CannotSend, match="too long for one request"):
        encoding.split_queries("/p", {"age": "é" * 2_000})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "ALICÉ"),
        ("54911", "54911 "),
        ("54911", "54\u200b911"),
        ("54911", "\ufeff54911"),
        ("54911", "５４９１１"),
        ("54911", "٥٤٩١١"),
        ("1", "①"),
        ("1", "¹"),
    ],
)
def test_spellings_that_the_database_takes_for_one_address(one: str, other: str):
    assert encoding.same_address(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("54911", "+54911"), ("54911", " 54911"), ("54911", "54 911"), ("54911", "054911"), ("54911", "54\u00ad911")],
)
def test_spellings_that_the_database_keeps_apart(one: str, other: str):
    assert not encoding.same_address(one, other)
