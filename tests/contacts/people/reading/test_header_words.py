"""A header is read word by word, in scripts with and without blanks between them."""

from __future__ import annotations

import pytest

from flows.contacts.people.reading.header_words import NEVER, SECONDARY, TELLING, VAGUE, has_word, vocabulary, words_of


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("PhoneNumber_2 (home)", ["phone", "number", "2", "home"]),
        ("Tel2", ["tel", "2"]),
        ("Numéro de TÉLÉPHONE", ["numero", "de", "telephone"]),
        ("MSISDN", ["msisdn"]),
        ("điện thoại", ["đien", "thoai"]),
        ("2nd", ["2nd"]),
        ("__", []),
    ],
)
def test_words_are_told_apart_by_capitals_digits_and_signs(header, words):
    assert words_of(header) == words


def test_an_entry_of_several_words_is_known_in_one_piece():
    assert vocabulary("No HP; Téléphone;\n  số điện thoại") == {"nohp", "telephone", "sođienthoai"}


@pytest.mark.parametrize(
    ("header", "known", "is_known"),
    [
        ("Phone number", TELLING, True),
        ("no_hp", TELLING, True),
        ("Số điện thoại", TELLING, True),
        ("Phones", TELLING, True),
        ("Phoned", TELLING, False),
        ("Nohp of mother", TELLING, True),
        ("手机号码", TELLING, True),  # without blanks, somewhere in it
        ("Contact", VAGUE, True),
        ("Contact", TELLING, False),
        ("身份证号码", NEVER, True),
        ("Phone 2", SECONDARY, True),
        ("Phone2", SECONDARY, True),
        ("Phone 22", SECONDARY, False),
    ],
)
def test_a_header_has_a_word_whole_but_in_scripts_without_blanks(header, known, is_known):
    assert has_word(header, known) == is_known
