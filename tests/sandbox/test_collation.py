"""Which addresses the database holds for equal (API sheet 4.8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.collation import collation_key

EQUAL = {
    "case": ("alice", "ALICE"),
    "accents": ("alice", "Alicé"),
    "trailing space": ("54911", "54911 "),
    "zero width space": ("54911", "549\u200b11"),
    "embedding mark": ("54911", "\u202a54911"),
    "byte order mark": ("54911", "\ufeff54911"),
    "trailing no-break space": ("54911", "54911\u00a0"),
    "fullwidth digits": ("54911", "５４９１１"),
    "arabic-indic digits": ("54911", "٥٤٩١١"),
    "circled": ("1", "①"),
    "superscript": ("1", "¹"),
    "sharp s": ("strasse", "straße"),
    "ligature": ("oe", "œ"),
}
DIFFERENT = {
    "leading space": ("54911", " 54911"),
    "inner space": ("54911", "54 911"),
    "tab": ("54911", "54911\t"),
    "newline": ("54911", "54911\n"),
    "soft hyphen": ("54911", "54\u00ad911"),
    "plus": ("54911", "+54911"),
    "minus": ("54911", "54-911"),
    "dot": ("54911", "54.911"),
    "leading zero": ("54911", "054911"),
    "khmer vowels": ("\u1780\u17b6", "\u1780\u17b7"),
}


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL.keys())
def test_equal_for_the_database(one, other):
    assert collation_key(one) == collation_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_for_the_database(one, other):
    assert collation_key(one) != collation_key(other)


@given(st.text(max_size=20), st.integers(0, 3))
def test_trailing_spaces_and_case_never_count(text, spaces):
    assert collation_key(text + " " * spaces) == collation_key(text)
    if text.isascii():
        assert collation_key(text.upper()) == collation_key(text.lower())
