"""How quickly a column of addresses is read, beside `phonenumbers.parse` for each of them."""

from __future__ import annotations

import time

import phonenumbers
import pyarrow as pa

from flows.contacts.address import address_keys


def run(quick: bool) -> list[tuple[str, str]]:
    """Numbers a second of processor time: international, national and unknown country, against one parse each."""
    count = 100_000 if quick else 1_000_000
    international = [f"+855{12_000_000 + n}" for n in range(count)]
    national = [f"0{12_000_000 + n}" for n in range(count)]
    sample = national[:20_000]
    begun = time.process_time()
    for text in sample:
        phonenumbers.parse(text, "KH")
    one_by_one = len(sample) / (time.process_time() - begun)
    columns = {
        "international, region KH": (international, "KH"),
        "national, region KH": (national, "KH"),
        "digits as they are, no region": (national, None),
    }
    rows = [("`phonenumbers.parse`, one by one", f"{one_by_one:,.0f}/s")]
    for name, (texts, region) in columns.items():
        rate = _rate(pa.array(texts), region)
        rows.append((f"{count:,} numbers, {name}", f"{rate:,.0f}/s, {rate / one_by_one:.0f} × (wanted 500,000/s)"))
    return rows


def _rate(texts: pa.Array, region: str | None) -> float:
    begun = time.process_time()
    address_keys(texts, region)
    return len(texts) / (time.process_time() - begun)
