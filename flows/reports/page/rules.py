"""How a page shows what it tells: numbers masked or not, times by which clock, what the rows' source is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from connectors.masking import mask_number, mask_text
from connectors.verboice.zones import identifier_of
from flows.settings.models import Pipeline

_MANY_DIGITS = r"\d(?:[^\d\pL]*\d){5}"  # what `mask_text` may hide: nothing else is given to it, for it is slow


@dataclass(frozen=True, slots=True)
class PageRules:
    """masked: phone numbers show their last four digits. zone: the clock of the page, called `zone_name`.
    source: what people call where the rows come from."""

    masked: bool = True
    zone: tzinfo = UTC
    zone_name: str = "UTC"
    source: str = "sheet"

    def number(self, address: str) -> str:
        """A contact's address."""
        return mask_number(address) if self.masked else address

    def text(self, text: str) -> str:
        """What came from outside, or quotes it."""
        return mask_text(text) if self.masked else text

    def texts(self, texts: pa.Array) -> list[str]:
        """Many of them, as `text` shows each; null is ""."""
        shown: list[str] = pc.fill_null(texts, "").to_pylist()
        if self.masked and shown:
            hiding = pc.match_substring_regex(pc.fill_null(texts, ""), _MANY_DIGITS)
            for at in pc.indices_nonzero(hiding).to_pylist():
                shown[at] = mask_text(shown[at])
        return shown

    def local(self, utc: str | None) -> str:
        """A time in UTC (`…Z` of a summary, or as outcomes have it) by the page's clock: `2026-11-23 15:00`."""
        if not utc:
            return ""
        moment = datetime.fromisoformat(utc)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"


def page_rules(pipeline: Pipeline) -> PageRules:
    """As the pipeline says: `report.mask`; the clock of its calls, or else of its schedule."""
    name = _zone_of(pipeline)
    return PageRules(
        masked=pipeline.report.mask,
        zone=ZoneInfo(name),
        zone_name=name,
        source="sheet" if pipeline.source.kind != "database" else "database",
    )


def _zone_of(pipeline: Pipeline) -> str:
    given = pipeline.calls.time_zone if pipeline.calls is not None else None
    own = identifier_of(given.value) if given is not None and given.value else None
    return own or (pipeline.schedule.timezone if pipeline.schedule is not None else "UTC")
