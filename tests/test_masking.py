from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.masking import mask_number, mask_text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+85512345678", "••••5678"),
        ("012 345 678", "••••5678"),
        ("(012) 345-678", "••••5678"),
        ("85512345678@pbx.example.org", "••••5678@pbx.example.org"),
        ("alice@pbx.example.org", "••••@pbx.example.org"),
        ("12345", "••••"),
        ("", ""),
    ],
)
def test_an_address_shows_its_last_four_digits_only(address, shown):
    assert mask_number(address) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("“+855 12 345 678” is too short", "“••••5678” is too short"),
        ("(012) 345-678 or 0123456789.", "••••5678 or ••••6789."),
        ("also row 100001 and row 7", "also row 100001 and row 7"),
        ("rows 100001, 100002 and 100003 name it", "rows 100001, 100002 and 100003 name it"),
        (
            "queued on 2026-11-23, call 4123456 of contact 100007",
            "queued on 2026-11-23, call 4123456 of contact 100007",
        ),
        ("call 85512345678", "call ••••5678"),
        ("100,001 of 250,000 contacts", "100,001 of 250,000 contacts"),
        ("row 12345678 is no row", "row ••••5678 is no row"),
        ("since 2026-11-23 08:15:00 it says 85512345678", "since 2026-11-23 08:15:00 it says ••••5678"),
        ("2026-99-99", "••••9999"),
        ("Verboice at 192.168.100.20:8080 did not answer.", "Verboice at 192.168.100.20:8080 did not answer."),
        ("redirects to https://10.0.0.5/by_address/85512345678", "redirects to https://10.0.0.5/by_address/••••5678"),
        ("Verboice at 855.12.345.678.9", "Verboice at ••••6789"),
        ("belongs to 12.34.56.78", "belongs to ••••5678"),
        ("25/12/2026 → 26.12.2026 08:30", "25/12/2026 → 26.12.2026 08:30"),
        ("1-2-2026 or 2026/12/25", "1-2-2026 or 2026/12/25"),
        ("45/12/2026", "••••2026"),
        ("The connection to 127.0.0.1:46653 broke", "The connection to 127.0.0.1:46653 broke"),
        ("http://192.168.12.34/ and 10.11.12.13:8090", "http://192.168.12.34/ and 10.11.12.13:8090"),
        ("12.34.56.78 or 01.23.45.67.89:8", "••••5678 or ••••6789:8"),
        ("012 31-12-2034 and 31-12-2034 567", "••••2034 and ••••4567"),
        ("٠١٢٣٤٥٦٧", "••••٤٥٦٧"),
        ("age: 38 → 39", "age: 38 → 39"),
    ],
)
def test_long_runs_of_digits_in_a_text_are_masked_and_dates_and_rows_are_not(text, shown):
    assert mask_text(text) == shown


@given(
    before=st.text(alphabet="ab “:", max_size=5),
    digits=st.text(alphabet="0123456789", min_size=6, max_size=15),
    separators=st.lists(st.sampled_from(["", " ", "-", ".", ") ", "\u00a0"]), min_size=15, max_size=15),
)
def test_no_number_however_spaced_shows_more_than_four_digits(before, digits, separators):
    spelled = "".join(digit + separator for digit, separator in zip(digits, separators, strict=False))
    as_date = re.fullmatch(r"\d{4}[-.]\d{1,2}[-.]\d{1,2}|\d{1,2}[-.]\d{1,2}[-.]\d{4}", spelled.strip(" -.\u00a0"))
    masked = mask_text(before + spelled)
    assert as_date or sum(map(str.isdigit, masked)) <= 4


@given(st.text(alphabet="0123456789 -+.rows,andT:", max_size=40))
def test_masking_twice_changes_nothing_more(text):
    assert mask_text(mask_text(text)) == mask_text(text)
