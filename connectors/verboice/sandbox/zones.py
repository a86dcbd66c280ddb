"""Time zones as the server knows them: Rails' names and the identifiers of tzdata 2018g, some with rules of 2018."""

from __future__ import annotations

import io
import struct
import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

_NOT_YET = frozenset(
    {
        "America/Ciudad_Juarez",
        "America/Coyhaique",
        "America/Nuuk",
        "Asia/Qostanay",
        "Europe/Kyiv",
        "Pacific/Kanton",
        "Factory",
        "localtime",
    }
)
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
    return frozenset(zoneinfo.available_timezones() - _NOT_YET) | frozenset(_SINCE_GONE)


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


RAILS_ZONES = {
    "International Date Line West": "Pacific/Midway",
    "Midway Island": "Pacific/Midway",
    "American Samoa": "Pacific/Pago_Pago",
    "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Juneau",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Tijuana": "America/Tijuana",
    "Mountain Time (US & Canada)": "America/Denver",
    "Arizona": "America/Phoenix",
    "Chihuahua": "America/Chihuahua",
    "Mazatlan": "America/Mazatlan",
    "Central Time (US & Canada)": "America/Chicago",
    "Saskatchewan": "America/Regina",
    "Guadalajara": "America/Mexico_City",
    "Mexico City": "America/Mexico_City",
    "Monterrey": "America/Monterrey",
    "Central America": "America/Guatemala",
    "Eastern Time (US & Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "Bogota": "America/Bogota",
    "Lima": "America/Lima",
    "Quito": "America/Lima",
    "Atlantic Time (Canada)": "America/Halifax",
    "Caracas": "America/Caracas",
    "La Paz": "America/La_Paz",
    "Santiago": "America/Santiago",
    "Newfoundland": "America/St_Johns",
    "Brasilia": "America/Sao_Paulo",
    "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Georgetown": "America/Guyana",
    "Greenland": "America/Godthab",
    "Mid-Atlantic": "Atlantic/South_Georgia",
    "Azores": "Atlantic/Azores",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    "Dublin": "Europe/Dublin",
    "Edinburgh": "Europe/London",
    "Lisbon": "Europe/Lisbon",
    "London": "Europe/London",
    "Casablanca": "Africa/Casablanca",
    "Monrovia": "Africa/Monrovia",
    "UTC": "Etc/UTC",
    "Belgrade": "Europe/Belgrade",
    "Bratislava": "Europe/Bratislava",
    "Budapest": "Europe/Budapest",
    "Ljubljana": "Europe/Ljubljana",
    "Prague": "Europe/Prague",
    "Sarajevo": "Europe/Sarajevo",
    "Skopje": "Europe/Skopje",
    "Warsaw": "Europe/Warsaw",
    "Zagreb": "Europe/Zagreb",
    "Brussels": "Europe/Brussels",
    "Copenhagen": "Europe/Copenhagen",
    "Madrid": "Europe/Madrid",
    "Paris": "Europe/Paris",
    "Amsterdam": "Europe/Amsterdam",
    "Berlin": "Europe/Berlin",
    "Bern": "Europe/Berlin",
    "Rome": "Europe/Rome",
    "Stockholm": "Europe/Stockholm",
    "Vienna": "Europe/Vienna",
    "West Central Africa": "Africa/Algiers",
    "Bucharest": "Europe/Bucharest",
    "Cairo": "Africa/Cairo",
    "Helsinki": "Europe/Helsinki",
    "Kyiv": "Europe/Kiev",
    "Riga": "Europe/Riga",
    "Sofia": "Europe/Sofia",
    "Tallinn": "Europe/Tallinn",
    "Vilnius": "Europe/Vilnius",
    "Athens": "Europe/Athens",
    "Istanbul": "Europe/Istanbul",
    "Minsk": "Europe/Minsk",
    "Jerusalem": "Asia/Jerusalem",
    "Harare": "Africa/Harare",
    "Pretoria": "Africa/Johannesburg",
    "Moscow": "Europe/Moscow",
    "St. Petersburg": "Europe/Moscow",
    "Volgograd": "Europe/Moscow",
    "Kuwait": "Asia/Kuwait",
    "Riyadh": "Asia/Riyadh",
    "Nairobi": "Africa/Nairobi",
    "Baghdad": "Asia/Baghdad",
    "Tehran": "Asia/Tehran",
    "Abu Dhabi": "Asia/Muscat",
    "Muscat": "Asia/Muscat",
    "Baku": "Asia/Baku",
    "Tbilisi": "Asia/Tbilisi",
    "Yerevan": "Asia/Yerevan",
    "Kabul": "Asia/Kabul",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Islamabad": "Asia/Karachi",
    "Karachi": "Asia/Karachi",
    "Tashkent": "Asia/Tashkent",
    "Chennai": "Asia/Kolkata",
    "Kolkata": "Asia/Kolkata",
    "Mumbai": "Asia/Kolkata",
    "New Delhi": "Asia/Kolkata",
    "Kathmandu": "Asia/Kathmandu",
    "Astana": "Asia/Dhaka",
    "Dhaka": "Asia/Dhaka",
    "Sri Jayawardenepura": "Asia/Colombo",
    "Almaty": "Asia/Almaty",
    "Novosibirsk": "Asia/Novosibirsk",
    "Rangoon": "Asia/Rangoon",
    "Bangkok": "Asia/Bangkok",
    "Hanoi": "Asia/Bangkok",
    "Jakarta": "Asia/Jakarta",
    "Krasnoyarsk": "Asia/Krasnoyarsk",
    "Beijing": "Asia/Shanghai",
    "Chongqing": "Asia/Chongqing",
    "Hong Kong": "Asia/Hong_Kong",
    "Urumqi": "Asia/Urumqi",
    "Kuala Lumpur": "Asia/Kuala_Lumpur",
    "Singapore": "Asia/Singapore",
    "Taipei": "Asia/Taipei",
    "Perth": "Australia/Perth",
    "Irkutsk": "Asia/Irkutsk",
    "Ulaan Bataar": "Asia/Ulaanbaatar",
    "Seoul": "Asia/Seoul",
    "Osaka": "Asia/Tokyo",
    "Sapporo": "Asia/Tokyo",
    "Tokyo": "Asia/Tokyo",
    "Yakutsk": "Asia/Yakutsk",
    "Darwin": "Australia/Darwin",
    "Adelaide": "Australia/Adelaide",
    "Canberra": "Australia/Melbourne",
    "Melbourne": "Australia/Melbourne",
    "Sydney": "Australia/Sydney",
    "Brisbane": "Australia/Brisbane",
    "Hobart": "Australia/Hobart",
    "Vladivostok": "Asia/Vladivostok",
    "Guam": "Pacific/Guam",
    "Port Moresby": "Pacific/Port_Moresby",
    "Magadan": "Asia/Magadan",
    "Solomon Is.": "Asia/Magadan",
    "New Caledonia": "Pacific/Noumea",
    "Fiji": "Pacific/Fiji",
    "Kamchatka": "Asia/Kamchatka",
    "Marshall Is.": "Pacific/Majuro",
    "Auckland": "Pacific/Auckland",
    "Wellington": "Pacific/Auckland",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Samoa": "Pacific/Apia",
}
