"""contacts.json as columns."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.values import Contact, RemoteContacts
from connectors.verboice import listing
from connectors.verboice.errors import UnexpectedReply
from connectors.verboice.listing import ContactColumns

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['},{"id":', '"},{"id":1', "\\", "2026-01-01 10:00:00", "38", "\0", ""]
)
contacts = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(1, 2**40),
            "addresses": st.lists(texts, max_size=3),
            "vars": st.dictionaries(st.sampled_from(["age", "favorite color", "id", "Ã", "d"]), st.none() | texts),
        }
    ),
    max_size=12,
)


def columns(body: bytes, *, portion: int = 1_000, variables: list[str] | None = None) -> RemoteContacts:
    taken = ContactColumns(variables)
    for start in range(0, len(body), portion):
        taken.feed(body[start : start + portion])
    return taken.finish()


def compact(shown: object, *, ascii_only: bool = True) -> bytes:
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=ascii_only).encode()


@settings(deadline=None)
@given(contacts, st.integers(1, 200), st.booleans(), st.sampled_from([",", ", "]))
def test_columns_hold_what_the_json_says_however_it_is_cut_and_written(shown, piece, ascii_only, comma):
    usual, listing.PIECE = listing.PIECE, piece
    try:
        text = json.dumps(shown, separators=(comma, ":"), ensure_ascii=ascii_only).encode()
        found = columns(text, portion=max(1, piece // 2))
    finally:
        listing.PIECE = usual
    present = [{name: text for name, text in one["vars"].items() if text is not None} for one in shown]
    assert list(found) == [
        Contact(one["id"], tuple(one["addresses"]), variables) for one, variables in zip(shown, present, strict=True)
    ]
    assert set(found.variables) == {name for one in shown for name in one["vars"]}


def test_an_empty_project_has_no_columns():
    assert len(columns(b"[]")) == 0
    assert list(columns(b" [ ] \n", variables=["age"]).variables) == ["age"]


def test_only_the_variables_asked_for_become_columns():
    shown = [{"id": 1, "addresses": ["1"], "vars": {"age": "3", "color": "red"}}]
    found = columns(compact(shown), variables=["age", "never seen"])
    assert {name: column.to_pylist() for name, column in found.variables.items()} == {
        "age": ["3"],
        "never seen": [None],
    }


def test_a_date_stays_the_text_it_is():
    shown = [{"id": 1, "addresses": ["1"], "vars": {"due": "2026-01-01 00:00:00"}}]
    assert columns(compact(shown)).variables["due"].to_pylist() == ["2026-01-01 00:00:00"]


def test_numbers_as_the_wiki_shows_them_become_their_text():
    found = columns(b'[{"id":1,"addresses":["1543949458"],"vars":{"age":38,"smokes":true}}]')
    assert list(found) == [Contact(1, ("1543949458",), {"age": "38", "smokes": "true"})]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"<html></html>",
        b'[{"id":1,"addresses":["1"],"vars":{}}',
        b'[{"id":1,"addresses":["1"],"vars":{}},]',
        b'[{"id":1,"addresses":["1"],"vars":{"age":"3',
        b'[{"id":1,"addresses":["1"]}]',
        b'[{"id":"1","addresses":["1"],"vars":{}}]',
        b'[{"id":1,"addresses":[1],"vars":{}}]',
        b'[{"id":1,"addresses":null,"vars":{}}]',
        b'[{"id":1,"addresses":["1"],"vars":null}]',
        b'[{"id":1,"addresses":["1"],"vars":{"age":["3"]}}]',
        b'[{"id":1,"addresses":["1"],"vars":{"age":"\xff"}}]',
        b"[1]",
    ],
)
def test_anything_but_a_whole_contact_list_is_an_unexpected_reply(body: bytes):
    with pytest.raises(UnexpectedReply):
        columns(body)
