"""Words in the place of a number are compared by their letters and digits alone."""

from __future__ import annotations

import pytest

from flows.contacts.people.reading.words import (
    LABELS,
    NOTHING,
    _alternatives,
    _words,
    folded,
    is_silent,
    says_nothing,
    without_accents,
)


def test_case_accents_signs_and_blanks_do_not_count():
    assert folded(" N/A ") == "na"
    assert folded("Teléfono 2") == "telefono2"
    assert without_accents("Số Điện, N° 2") == "so đien, n° 2"


def test_a_list_of_words_is_one_entry_between_semicolons():
    assert _words("n/a; No phone;\n    Não") == {"na", "nophone", "nao"}
    assert "" not in NOTHING | LABELS


def test_of_words_that_begin_alike_the_longer_is_looked_for_first():
    assert _alternatives("or; c.f.;\n    or else") == r"or\s+else|c\.f\.|or"


@pytest.mark.parametrize(
    ("text", "nothing", "silent"),
    [
        ("", True, True),
        ("--", True, True),
        ("00-00", True, True),
        ("N/A", True, False),
        ("XXX", True, False),
        ("n0", False, False),
        ("x0x", False, False),
        ("Sok", False, False),
        ("0 x", False, False),
        ("1", False, False),
        ("n/a 1", False, False),
    ],
)
def test_a_text_says_nothing_by_a_word_for_it_and_is_silent_without_any(text, nothing, silent):
    assert (says_nothing(text), is_silent(text)) == (nothing, silent)
