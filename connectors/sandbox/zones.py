"""Time zones as the server knows them: Rails' names and the identifiers of tzdata 2018g, some with rules of 2018."""

from __future__ import annotations

import io
import struct
import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from connectors.verboice.zones import NEWER_THAN_VERBOICE, RAILS_ZONES

_SINCE_GONE = {"US/Pacific-New": "America/Los_Angeles"}
# Rules that changed after 2018, as they stood: what the server still goes by.
_RULES_OF_2018 = {
    "America/Chihuahua": "MST7MDT,M4.1.0,M10.5.0",
    "America/Mazatlan": "MST7MDT,M4.1.0,M10.5.0",
    "America/Mexico_City": "CST6CDT,M4.1.0,M10.5.0",
    "America/Monterrey": "CST6CDT,M4.1.0,M10.5.0",
    "America/Godthab": "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
    "America/Sao_Paulo": "<-03>3<-02>,M11.1.0/0,M2.3.0/0",
    "Africa/Cairo": "EET-2",
    "Asia/Tehran": "<+0330>-3:30<+0430>,J79/24,J263/24",
    "Asia/Almaty": "<+06>-6",
    "Pacific/Fiji": "<+12>-12<+13>,M11.1.0,M1.2.1/147",
    "Pacific/Apia": "<+13>-13<+14>,M9.5.0/3,M4.1.0/4",
}


@lru_cache(maxsize=1)
def identifiers() -> frozenset[str]:
    """The identifiers the server accepts beside Rails' names; case counts."""
    return frozenset(zoneinfo.available_timezones() - NEWER_THAN_VERBOICE) | frozenset(_SINCE_GONE)


def identifier(name: str) -> str | None:
    """The identifier of a Rails name or identifier, None for a zone the server does not know."""
    return RAILS_ZONES.get(name) or (name if name in identifiers() else None)


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """The zone of a name `identifier` accepts. Raises KeyError for another."""
    known = identifier(name)
    if known is None:
        raise KeyError(name)
    if rule := _RULES_OF_2018.get(known):
        return _of_rule(rule)
    return zoneinfo.ZoneInfo(_SINCE_GONE.get(known, known))


def _of_rule(rule: str) -> tzinfo:
    """A zone that follows one rule for good: a TZif file without transitions, but with the rule as its footer."""
    empty = b"TZif2" + b"\0" * 15 + struct.pack(">6L", 0, 0, 0, 0, 1, 1) + struct.pack(">lbB", 0, 0, 0) + b"\0"
    return zoneinfo.ZoneInfo.from_file(io.BytesIO(empty + empty + b"\n" + rule.encode("ascii") + b"\n"))


def standard_offset(name: str) -> timedelta:
    """The offset from UTC outside daylight saving time."""
    found = zone(name)
    moments = (datetime(2026, month, 15, tzinfo=UTC).astimezone(found) for month in (1, 7))
    return min((moment.utcoffset() or timedelta()) - (moment.dst() or timedelta()) for moment in moments)
