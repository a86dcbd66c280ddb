"""How queries and bodies become parameters (API sheet 5.6-5.14, 5.19, 5.20, 8.19)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.wire.rack import ParameterError, decoded, form_body, parse_nested, typed_body

QUERIES = {
    "plain": ("vars[age]=39", {"vars": {"age": "39"}}),
    "5.7 empty value": ("vars[age]=", {"vars": {"age": ""}}),
    "5.7 no equals sign": ("vars[age]", {"vars": {"age": None}}),
    "5.9 plus is a space": ("vars[age]=a+b%2Bc", {"vars": {"age": "a b+c"}}),
    "5.9 raw semicolon separates": ("vars[age]=a;b", {"vars": {"age": "a"}, "b": None}),
    "5.9 encoded semicolon": ("vars[age]=a%3Bb", {"vars": {"age": "a;b"}}),
    "5.10 the last one wins": ("vars[age]=1&vars[age]=2", {"vars": {"age": "2"}}),
    "5.11 list": ("vars[age][]=1&vars[age][]=2", {"vars": {"age": ["1", "2"]}}),
    "5.11 hash": ("vars[age][x]=1", {"vars": {"age": {"x": "1"}}}),
    "5.6 list of names": ("vars[]=age", {"vars": ["age"]}),
    "5.12 bracket inside a name": ("vars[a[b]]=v", {"vars": {"a": {"b": "v"}}}),
    "5.12 closing bracket inside": ("vars[a]b]=v", {"vars": {"a": {"b": "v"}}}),
    "5.12 encoded brackets do not help": ("vars%5Ba%5Bb%5D%5D=v", {"vars": {"a": {"b": "v"}}}),
    "5.12 leading and trailing brackets are stripped": ("vars[[age]]=v", {"vars": {"age": "v"}}),
    "5.12 empty name": ("vars[]=v", {"vars": ["v"]}),
    "null leaves lists": ("vars[age][]", {"vars": {"age": None}}),
    "list of hashes": ("a[][x]=1&a[][y]=2&a[][x]=3", {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
    "no name": ("=1&&x=2", {"x": "2"}),
    "not UTF-8": ("x=%F1", {"x": "\udcf1"}),
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES.keys())
def test_queries_nest_as_in_rack(query, expected):
    assert parse_nested(query) == expected


@pytest.mark.parametrize("query", ["vars=1&vars[a]=2", "vars[]=1&vars[a]=2", "vars[a]=1&vars[]=2", "a=%zz", "a=%2"])
def test_5_14_clashes_and_bad_escapes_cannot_be_read(query):
    with pytest.raises(ParameterError):
        parse_nested(query)


@given(st.text(max_size=40))
def test_every_query_is_read_or_refused(query):
    try:
        assert isinstance(parse_nested(query), dict)
    except ParameterError:
        assert "%" in query or "[" in query


BODIES = {
    "form": ("application/x-www-form-urlencoded", b"vars[age]=39", {"vars": {"age": "39"}}),
    "no type counts as form": ("", b"a=1", {"a": "1"}),
    "text is no form": ("text/plain", b"a=1", {}),
    "multipart": (
        "multipart/form-data; boundary=xx",
        b'--xx\r\nContent-Disposition: form-data; name="vars[age]"\r\n\r\n39\r\n--xx--\r\n',
        {"vars": {"age": "39"}},
    ),
}


@pytest.mark.parametrize(("kind", "body", "expected"), BODIES.values(), ids=BODIES.keys())
def test_forms(kind, body, expected):
    assert form_body(kind, body) == expected


TYPED = {
    "json": ("application/json", b'{"vars":{"a[b]":1}}', {"vars": {"a[b]": 1}}),
    "json with charset": ("application/json; charset=utf-8", b'{"a":null}', {"a": None}),
    "json list": ("application/json", b"[1]", {"_json": [1]}),
    "nulls leave json lists": ("application/json", b'{"a":[null],"b":[]}', {"a": None, "b": None}),
    "xml": ("application/xml", b"<vars><age>39</age></vars>", {"vars": {"age": "39"}}),
    "xml repeated": ("text/xml", b"<a><b>1</b><b>2</b></a>", {"a": {"b": ["1", "2"]}}),
    "other": ("text/plain", b"{", {}),
    "empty": ("application/json", b"", {}),
}


@pytest.mark.parametrize(("kind", "body", "expected"), TYPED.values(), ids=TYPED.keys())
def test_typed_bodies(kind, body, expected):
    assert typed_body(kind, body) == expected


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"a":'),
        ("application/xml", b"<a>"),
        ("application/xml", b'<a type="yaml">x</a>'),
        ("text/xml", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
    ],
)
def test_5_19_malformed_bodies_cannot_be_read(kind, body):
    with pytest.raises(ParameterError):
        typed_body(kind, body)


@given(st.text(max_size=20))
def test_path_decoding_leaves_plus_and_broken_escapes(text):
    plain = text.replace("%", "")
    assert decoded(plain) == plain
    assert decoded("%zz" + plain + "+%2B") == "%zz" + plain + "++"
