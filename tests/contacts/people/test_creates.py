"""Which stored address is too much alike for another contact to be created beside it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from flows.contacts.people.creates import near_misses


@pytest.mark.parametrize(
    ("key", "stored", "is_near"),
    [
        ("85512345678", "+855 12 345 678", True),
        ("012345678", "85512345678", True),  # national and international
        ("012345678", "12345678", True),  # a lost zero
        ("222", "0222", True),  # also of a short code
        ("0222", "222", True),
        ("222", "1222", False),
        ("9607771234", "7771234", True),  # a country whose national numbers have seven digits
        ("7771234", "+960 777 1234", True),
        ("7771234", "17771234", True),
        ("17771234", "7771234", True),
        ("7771234", "Tel. 7771234", True),
        ("7771234", "8881234", False),
        ("12345678", "92345678", False),
        ("55", "Anonymous55", False),
        ("Anonymous55", "Anonymous66", False),
        ("85512345678", "sip:85512345678@example.org", False),
        ("sip:1234567@example.org", "1234567", False),
        ("85512345678", "", False),
    ],
)
def test_a_near_miss_is_an_address_that_is_probably_the_same_person(key, stored, is_near):
    others = ["4915112345000", "777"]
    near = stored if is_near else None
    assert near_misses(pa.array([key]), pa.array([*others, stored])) == [near]
    assert near_misses(pa.array([key, None]), pa.array([*others, stored])) == [near, None]
