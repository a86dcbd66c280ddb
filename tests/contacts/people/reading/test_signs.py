"""What spreadsheets, keyboards and scripts make of the signs of an address is undone, and told."""

from __future__ import annotations

import pytest

from flows.contacts.people.reading.signs import plain

INVISIBLE = "Invisible characters in the address were left out."
GUARD = "The signs that keep a spreadsheet program from changing the number were left out."
SCRIPT = "Digits or signs of another script in the address were read as plain ones."
FLOAT = "The address ended in “.0”, which a spreadsheet program added; it was left out."


@pytest.mark.parametrize(
    ("text", "repaired", "note"),
    [
        ("012 345-678", "012 345-678", None),
        ("\u202a012345678\u202c", "012345678", INVISIBLE),
        ('="012345678"', "012345678", GUARD),
        ("'012345678", "012345678", GUARD),
        ("“ 012345678 ”", "012345678", GUARD),
        ("0\uff11\u0662345678", "012345678", SCRIPT),
        ("（012）345 678", "(012)345 678", SCRIPT),
        ("012345678！", "012345678!", SCRIPT),
        ("⁺855・12～345", "+855.12-345", SCRIPT),
        ("012\u2014345\u2009678", "012-345 678", SCRIPT),
        ("012345678\u2003ก", "012345678 ก", SCRIPT),
        ("85512345678.0", "85512345678", FLOAT),
        ("+85512345678,00", "+85512345678", FLOAT),
        ("12345.0", "12345.0", None),
        ("nurse–1@example.org", "nurse–1@example.org", None),  # a SIP address is not touched
        ("\u200b'85512345678.0", "85512345678", f"{INVISIBLE} {GUARD} {FLOAT}"),
    ],
)
def test_signs_that_mean_plain_ones_are_plain(text, repaired, note):
    assert plain(text) == (repaired, note)
