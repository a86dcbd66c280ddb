"""How quickly a column of addresses is read, beside `phonenumbers.parse` for each of them."""

from __future__ import annotations

import random
import time

import phonenumbers
import pyarrow as pa

from flows.contacts.people.address import address_keys

_CLEAN = "{count:,} numbers, {name}"
# Spellings of a column that many people filled in; `{}` is a Cambodian number without its 0.
_DIRTY = (
    "0{}", "+855{}", "855{}", "{}", "+855 (0){}", "{}.0", "Tel: 0{}", "0{}\u200b", "0{} / 098765432", "0{}/9",
    "0{} ext 12", "8{}", "O{}", "KH-{}", "N/A", "-", "sip:{}@example.org", "+4479{}", "849{}",
)  # fmt: skip


def run(quick: bool) -> list[tuple[str, str]]:
    """Numbers a second of processor time: clean columns of several countries, against one parse each; and how long a
    dirty column takes."""
    count = 100_000 if quick else 1_000_000
    sample = [f"0{12_000_000 + n}" for n in range(20_000)]
    begun = time.process_time()
    for text in sample:
        phonenumbers.parse(text, "KH")
    one_by_one = len(sample) / (time.process_time() - begun)
    columns = {
        "international, region KH": ("+855", 12_000_000, "KH"),
        "national, region KH": ("0", 12_000_000, "KH"),
        "national without their 0, region KH": ("", 12_000_000, "KH"),
        "national, region KE": ("07", 22_000_000, "KE"),
        "national, region US": ("201", 2_000_000, "US"),
        "national, region DE": ("0151", 10_000_000, "DE"),
        "international, no region": ("+855", 12_000_000, None),
        "digits as they are, no region": ("0", 12_000_000, None),
    }
    rows = [("`phonenumbers.parse`, one by one", f"{one_by_one:,.0f}/s")]
    for name, (lead, first, region) in columns.items():
        seconds = _seconds(pa.array([f"{lead}{first + n}" for n in range(count)]), region)
        rate = count / seconds
        rows.append(
            (_CLEAN.format(count=count, name=name), f"{rate:,.0f}/s, {rate / one_by_one:.0f} × (wanted 2,000,000/s)")
        )
    dirty = _dirty(count // 10)
    rows.append((f"{len(dirty):,} texts of a dirty column", f"{_seconds(dirty, 'KH'):.2f} s (wanted under 2 s)"))
    return rows


def _dirty(count: int) -> pa.Array:
    chance = random.Random(1)
    return pa.array([chance.choice(_DIRTY).format(chance.randint(11_000_000, 99_999_999)) for _ in range(count)])


def _seconds(texts: pa.Array, region: str | None) -> float:
    begun = time.process_time()
    address_keys(texts, region)
    return time.process_time() - begun
