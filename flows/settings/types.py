"""Field types of the pipeline file: each takes the typed text and says in one sentence what it would accept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
)

from connectors.errors import ConfigurationError
from connectors.storage.url import StorageUrl, is_storage_url, is_url, storage_url
from flows.limits import Limit
from flows.settings.project import shown, url_in

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhms])", re.IGNORECASE)
_DURATION = re.compile(rf"(?:{_PART.pattern}\s*)+", re.IGNORECASE)
_ISO_DURATION = TypeAdapter(timedelta)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")

_CRON_NAMES = {
    3: ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    4: ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
_CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_CRON_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>[1-9]\d*))?")


def typed(value: object) -> str:
    """The text of a scalar. Numbers are taken too, for settings built in Python. ValueError for a group or a list."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError("must be a single text or number, not a group or a list")


def duration(value: object) -> timedelta:
    """`24h`, `1h30m`, `7d`, `90s` or ISO 8601 (`PT24H`). ValueError otherwise: a bare `24` has no unit."""
    if isinstance(value, timedelta):
        return value
    text = typed(value)
    try:
        if _DURATION.fullmatch(text):
            return sum((timedelta(**{_UNITS[unit.lower()]: float(n)}) for n, unit in _PART.findall(text)), timedelta())
        if text[:1] in {"P", "p"}:
            return _ISO_DURATION.validate_python(text.upper())
    except (OverflowError, ValueError):
        pass  # falls through to the one sentence for every wrong duration
    raise ValueError("must be a length of time with its unit, such as 90s, 30m, 24h or 7d")


def _kept_for(length: timedelta) -> timedelta:
    if not timedelta(days=1) <= length <= timedelta(days=36_500):
        raise ValueError("must be between 1d and 36500d, such as 90d")
    return length


def seconds(value: object) -> float:
    """Seconds as a plain number or as a duration; more than 0."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    text = typed(value)
    number = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else duration(text).total_seconds()
    if number <= 0:
        raise ValueError("must be more than 0 seconds")
    return number


def _limit(value: object) -> Limit:
    return value if isinstance(value, Limit) else Limit.parse(typed(value))


def _id_or_name(value: object) -> int | str:
    text = typed(value)
    return int(text) if text.isascii() and text.isdigit() else text


def _concurrency(value: object) -> int | Literal["auto"]:
    text = typed(value)
    if text == "auto":
        return "auto"
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise ValueError("must be auto or the most requests in flight, a whole number from 1 on")


def region(text: str) -> str:
    """`kh` → `KH`. ValueError for what is no country, or one without telephone numbers of its own."""
    if text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country as two letters (ISO 3166), such as KH, or GB for the United Kingdom")
    return text.upper()


def _server_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be the web address of the Verboice server, such as https://verboice.example.org")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must not hold credentials, ? or #; credentials go to account and password")
    # One server has one spelling: what is remembered of it, such as who was called, is kept by its URL.
    return urlunsplit(parts._replace(netloc=parts.netloc.lower())).rstrip("/")


def _secret_url(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    url, folder = secret.get_secret_value(), _folder(info)
    if not _URL.fullmatch(url):
        raise ValueError("must be a URL of the form kind://…")
    return secret if folder is None else SecretStr(url_in(folder, url))


def _project_path(path: Path, info: ValidationInfo) -> Path:
    folder = _folder(info)
    return path if folder is None or path.is_absolute() else shown(folder / path)


def _file_place(value: object, info: ValidationInfo) -> Path | StorageUrl:
    if isinstance(value, Path | StorageUrl):
        return value
    text = typed(value)
    if not text:
        raise ValueError("must not be empty")
    return _storage_url(text, info) if is_url(text) else _project_path(Path(text), info)


def _inbox_place(value: object, info: ValidationInfo) -> Path | StorageUrl:
    place = _file_place(value, info)
    if isinstance(place, Path):
        return place
    if place.is_pattern or place.query:
        raise ValueError("must be the URL of a folder, without *, ? or [")
    return replace(place, path=place.path.rstrip("/") or "/", shown=place.shown.rstrip("/"))


def _results_place(value: object, info: ValidationInfo) -> SecretStr | StorageUrl:
    if isinstance(value, SecretStr | StorageUrl):
        return value
    text = typed(value)
    if not is_storage_url(text):
        return _secret_url(SecretStr(text), info)
    url = _storage_url(text, info)
    if not url.name.lower().endswith((".csv", ".xlsx")):
        raise ValueError("must be the URL of a .csv or .xlsx file, or of a database")
    return url


def _storage_url(text: str, info: ValidationInfo) -> StorageUrl:
    try:
        return storage_url(text, typed=_as_typed(info))
    except ConfigurationError as error:
        raise ValueError(f"cannot be used. {error}") from None


def _as_typed(info: ValidationInfo) -> str:
    """The text of the field before `${…}` was filled in; "" where there was none."""
    known: Mapping[tuple[str | int, ...], str] = info.context.get("typed", {}) if info.context else {}
    return next((text for key, text in known.items() if key[-1] == info.field_name), "")


def _folder(info: ValidationInfo) -> Path | None:
    """The project folder, where the settings come from a file; those built in Python say what they mean."""
    folder: Path | None = info.context["folder"] if info.context else None
    return folder


def _time_zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, OSError, ValueError):  # unknown, a folder of the zone database, or a path out of it
        raise ValueError("must be a time zone such as Asia/Phnom_Penh") from None


def cron(text: str) -> str:
    """Five cron fields or a name such as `@daily`, as Prefect's scheduler takes them. ValueError names the field."""
    if text in {"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}:
        return text
    fields = text.split()
    if len(fields) != 5:
        raise ValueError('must have five fields: minute hour day month weekday, such as "0 6 * * *"')
    numbers = [_cron_field(written, position) for position, written in enumerate(fields)]
    days, months = numbers[2], numbers[3]
    if fields[4] == "*" and min(days) > max(_LONGEST_MONTHS[month - 1] for month in months):
        raise ValueError(f"never comes: no month in {fields[3]} has a day {fields[2]}")
    return text


def _cron_field(written: str, position: int) -> list[int]:
    """The numbers that a field stands for. ValueError names the field."""
    name, low, high = _CRON_FIELDS[position]
    found = [_cron_part(part, position) for part in written.split(",")]
    if not all(found):
        raise ValueError(f"has a wrong {name} ({written}); it takes {low} to {high}, *, lists, ranges and steps")
    return [number for part in found for number in part]


def _cron_part(part: str, position: int) -> range:
    """The numbers of one item of a field's list; none where it is wrong."""
    match = _CRON_PART.fullmatch(part)
    if not match:
        return range(0)
    low, high = _CRON_FIELDS[position][1:]
    names = _CRON_NAMES.get(position, ())
    numbers = []
    for text in filter(None, (match["first"], match["last"])):
        if text.lower() in names:
            numbers.append(names.index(text.lower()) + low)
        elif text.isascii() and text.isdigit():
            numbers.append(int(text))
        else:
            return range(0)
    first, last = (numbers or [low])[0], (numbers or [high])[-1]
    if len(numbers) == 1 and match["step"]:
        last = high
    step = int(match["step"] or 1)
    return range(first, last + 1, step) if low <= first <= last <= high else range(0)


def _shape(kind: dict[str, Any], *examples: object) -> WithJsonSchema:
    return WithJsonSchema(kind | {"examples": list(examples)})


Text = Annotated[str, Field(min_length=1)]
Duration = Annotated[timedelta, PlainValidator(duration), _shape({"type": "string"}, "24h", "30m", "7d")]
KeptFor = Annotated[Duration, AfterValidator(_kept_for)]
Seconds = Annotated[float, PlainValidator(seconds), _shape({"type": ["number", "string"]}, 60, "2m")]
GuardLimit = Annotated[
    Limit,
    PlainValidator(_limit),
    PlainSerializer(str, return_type=str),
    _shape({"type": ["string", "integer"]}, "30%", 100),
]
IdOrName = Annotated[int | str, PlainValidator(_id_or_name), _shape({"type": ["integer", "string"]}, 12, "Clinic")]
Concurrency = Annotated[
    int | Literal["auto"], PlainValidator(_concurrency), _shape({"type": ["integer", "string"]}, "auto", 8)
]
ProjectPath = Annotated[Path, AfterValidator(_project_path)]
FilePlace = Annotated[
    Path | StorageUrl,
    PlainValidator(_file_place),
    PlainSerializer(lambda place: str(place) if isinstance(place, Path) else place.identity, return_type=str),
    _shape({"type": "string"}, "data/people.xlsx", "exports/*.csv", "sftp://${USER}:${PASSWORD}@host/people.xlsx"),
]
InboxPlace = Annotated[
    Path | StorageUrl,
    PlainValidator(_inbox_place),
    PlainSerializer(lambda place: str(place) if isinstance(place, Path) else place.identity, return_type=str),
    _shape({"type": "string"}, "data/inbox/clinic", "sftp://${USER}:${PASSWORD}@host/drop", "s3://bucket/drop"),
]
ResultsPlace = Annotated[
    SecretStr | StorageUrl,
    PlainValidator(_results_place),
    PlainSerializer(lambda place: place.identity if isinstance(place, StorageUrl) else str(place), return_type=str),
    _shape({"type": "string"}, "${RESULTS_URL}", "s3://bucket/results/*.xlsx"),
]
Region = Annotated[str, AfterValidator(region)]
ServerUrl = Annotated[str, BeforeValidator(typed), AfterValidator(_server_url)]
SecretUrl = Annotated[SecretStr, AfterValidator(_secret_url)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Cron = Annotated[str, AfterValidator(cron)]
