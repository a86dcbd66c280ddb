"""The pipeline file as frozen models: every key, its default and what it may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from flows.calls.rules import Duplicates
from flows.contacts.rules import Blank, Missing, OnConflict, OnDrift
from flows.limits import Limit
from flows.settings.project import project_here
from flows.settings.types import (
    Concurrency,
    Cron,
    Duration,
    GuardLimit,
    IdOrName,
    ProjectPath,
    Region,
    Seconds,
    SecretUrl,
    ServerUrl,
    Text,
    TimeZone,
)

_PLACEHOLDER = re.compile(r"\{date:[^{}]+\}|\{file\}")


class Settings(BaseModel):
    """Base of every group of keys. A key without a value (empty, `~`, or an empty variable) counts as not given."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )
    _may_be_empty: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value not in ("", None) or cls._keeps(key, value)}

    @classmethod
    def _keeps(cls, key: str, value: object) -> bool:
        return key not in cls.model_fields or (value == "" and key in cls._may_be_empty)


class Verboice(Settings):
    """The server, the account and the project."""

    url: ServerUrl = Field(description="Address of the Verboice server.", examples=["https://verboice.example.org"])
    account: Text = Field(description="E-mail address of the account.", examples=["${VERBOICE_ACCOUNT}"])
    password: SecretStr = Field(description="Password of the account.", examples=["${VERBOICE_PASSWORD}"])
    project: IdOrName = Field(description="Id or exact name of the project; digits are an id.", examples=[12])
    concurrency: Concurrency = Field(default="auto", description="auto, or the most requests in flight.")
    rate_limit: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="Most requests per second.")
    timeout: Seconds = Field(default=60.0, description="Seconds of silence allowed for a small request.")
    allow_insecure: bool = Field(default=False, description="Allow plain http to a server that is not this machine.")


class _SourceSettings(Settings):
    address: Text = Field(description="Column with the phone number or SIP address.", examples=["Phone"])
    region: Region | None = Field(
        default=None,
        description="Country of numbers written nationally (ISO 3166); absent: digits are taken as they are.",
    )
    numbers: Literal["valid", "possible"] = Field(
        default="valid",
        description="Must a number that Verboice does not have yet be valid by its country's plan, or only possible.",
    )
    several: Literal["reject", "first"] = Field(
        default="reject", description="Two numbers in one cell: reject the row, or take the first."
    )
    short_numbers: bool = Field(default=False, description="Numbers under 5 digits are extensions of a local exchange.")


class FileLimits(Settings):
    """What reading a file may take; by default enough for a file of its size."""

    memory: int | None = Field(default=None, gt=0, description="MiB of memory at most.", examples=[4096])
    processor_time: Seconds | None = Field(default=None, description="Seconds of processor time at most.")
    wall_time: Seconds | None = Field(default=None, description="Seconds at most.")


class CsvSettings(_SourceSettings):
    """A CSV file."""

    kind: Literal["csv"]
    path: ProjectPath = Field(description="The file, relative to the project folder.", examples=["data/people.csv"])
    limits: FileLimits | None = Field(default=None, description="What reading the file may take.")


class ExcelSettings(_SourceSettings):
    """A spreadsheet."""

    kind: Literal["excel"]
    path: ProjectPath = Field(description="The file, relative to the project folder.", examples=["data/people.xlsx"])
    sheet: Text | None = Field(default=None, description="Name or 1-based number; default: the first visible sheet.")
    limits: FileLimits | None = Field(default=None, description="What reading the file may take.")


class DatabaseSettings(_SourceSettings):
    """A table or one SELECT of a database."""

    kind: Literal["database"]
    url: SecretUrl = Field(description="SQLAlchemy URL.", examples=["${DB_URL}"])
    table: Text | None = Field(default=None, description="Table or view to read; or give `query`.")
    query: Text | None = Field(default=None, description="One SELECT; or give `table`.")
    cursor: Text | None = Field(
        default=None, description="Column by which only rows changed since the last run are read."
    )
    statement_timeout: Duration | None = Field(default=None, description="Longest time the database may take.")

    @model_validator(mode="after")
    def _one_of_table_and_query(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("needs either `table` or `query`; give exactly one of them")
        return self


SourceSettings = CsvSettings | ExcelSettings | DatabaseSettings


class Variable(Settings):
    """Where a variable's value comes from: a column of the source, or a constant. A plain text is a column."""

    _may_be_empty = frozenset({"value"})
    _plain: ClassVar[str] = "column"

    column: Text | None = Field(default=None, description="Column of the source.")
    value: str | None = Field(default=None, description="The same text for every row.")

    @model_validator(mode="before")
    @classmethod
    def _from_plain_text(cls, data: object) -> object:
        if data is None:
            return {}
        return data if isinstance(data, dict | BaseModel) else {cls._plain: data}

    @model_validator(mode="after")
    def _column_or_value(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError(
                "needs the name of a source column, or {value: …} for a constant; give exactly one of them"
            )
        return self


class ContactVariable(Variable):
    """A Verboice variable's source, with policies of its own where they differ from those of `contacts`."""

    blank: Blank | None = Field(default=None, description="An empty cell: keep or clear.")
    on_conflict: OnConflict | None = Field(
        default=None, description="The value changed on both sides since the last run."
    )
    on_drift: OnDrift | None = Field(default=None, description="The value changed in Verboice only.")


class Parameter(Variable):
    """A call parameter: the same for every row, or {column: …} for one per row. A plain text is the value itself."""

    _plain = "value"

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.value == "":
            raise ValueError("is empty; leave the key out or give it a value")
        return self


def _as_list(value: object) -> object:
    items = [value] if isinstance(value, str) else value
    return [item for item in items if item not in ("", None)] if isinstance(items, list) else items


class Contacts(Settings):
    """What `plan`, `sync` and `backfill` do."""

    variables: Mapping[str, ContactVariable] = Field(
        min_length=1, description="Verboice variable: source column.", examples=[{"age": "Age"}]
    )
    blank: Blank = Field(default="keep", description="An empty cell: keep or clear.")
    blanks: Annotated[tuple[Text, ...], BeforeValidator(_as_list)] = Field(
        default=(), description="Texts that count as an empty cell.", examples=[["N/A", "---"]]
    )
    clear_marker: Text = Field(default="--", description="A cell with just this text clears the variable.")
    on_conflict: OnConflict = Field(default="source", description="The value changed on both sides since the last run.")
    on_drift: OnDrift = Field(
        default="keep", description="It changed in Verboice only; the source still says what it said."
    )
    missing: Missing = Field(default="report", description="An address Verboice does not know.")
    bulk: Literal["auto", "never"] = Field(
        default="auto", description="May all.json be used where it is proved equivalent."
    )
    pull: Literal["auto", "all", "by_address", "changed"] = Field(default="auto", description="How contacts are read.")
    full_check: Duration = Field(
        default=timedelta(hours=24),
        description="With pull auto or changed: at least this often everything is compared.",
    )

    @model_validator(mode="after")
    def _one_meaning_of_each_text(self) -> Self:
        if self.clear_marker in self.blanks:
            raise ValueError(f"has {self.clear_marker} both as clear_marker and among blanks; keep one of them")
        return self


def _campaign(text: str) -> str:
    if set("{}") & set(_PLACEHOLDER.sub("", text)):
        raise ValueError("has braces that are neither {date:%G-W%V} nor {file}; correct or remove them")
    return text


class Calls(Settings):
    """What `call` does. Every parameter is one value for all rows, or {column: …} for one per row."""

    channel: Parameter = Field(description="Name or id of the channel.", examples=["main line"])
    call_flow: Parameter | None = Field(default=None, description="Name or id of the call flow; or give `twiml`.")
    twiml: Parameter | None = Field(
        default=None, description="XML file with what is said; of a column: the XML itself."
    )
    project_id: Parameter | None = Field(
        default=None, description="With twiml: project of the call, if not the channel's."
    )
    schedule: Parameter | None = Field(default=None, description="Name of the schedule.")
    schedule_id: Parameter | None = Field(default=None, description="Id of the schedule, instead of its name.")
    not_before: Parameter | None = Field(default=None, description="Date-time before which nobody is rung.")
    not_after: Parameter | None = Field(
        default=None, description="Date-time after which nobody is rung; a date alone includes that day."
    )
    time_zone: Parameter | None = Field(
        default=None, description="Rails zone name or tz identifier of these date-times."
    )
    vars: Mapping[str, Variable] = Field(default_factory=dict, description="Call variable: source column.")
    campaign: Annotated[Text, AfterValidator(_campaign)] | None = Field(
        default=None,
        description="An equal row is called once per campaign; default: once ever. Dates are of the run's day in "
        "time_zone, else in the schedule's timezone, else in UTC.",
        examples=["{date:%G-W%V}", "{file}"],
    )
    duplicates: Duplicates = Field(default="first", description="An address in several rows of one batch.")
    repeat_after: Duration | None = Field(
        default=None,
        description="The same address is not called again sooner than this by any pipeline of the project; "
        "default: no such limit (an equal row is called once in any case).",
        examples=["24h"],
    )

    @model_validator(mode="after")
    def _one_of_each_pair(self) -> Self:
        for one, other in (("call_flow", "twiml"), ("schedule", "schedule_id")):
            if getattr(self, one) and getattr(self, other):
                raise ValueError(f"has both {one} and {other}; keep one of them")
        return self


class Guard(Settings):
    """Limits that stop a run before anything is sent; shares are of matched contacts, of max_rejected and
    max_not_found of rows."""

    max_overwrites: GuardLimit = Field(default=Limit.parse("30%"), description="Existing values replaced.")
    max_clears: GuardLimit = Field(default=Limit.parse("5%"), description="Existing values cleared.")
    max_creates: GuardLimit = Field(default=Limit.parse("100"), description="Contacts created.")
    max_calls: GuardLimit = Field(default=Limit.parse("1000"), description="Calls of one batch.")
    max_rejected: GuardLimit = Field(default=Limit.parse("20%"), description="Rows that could not be used.")
    max_not_found: GuardLimit = Field(
        default=Limit.parse("50%"),
        description="Addresses Verboice does not know; a share is of the usable rows, from 20 rows on.",
    )


class Schedule(Settings):
    """When the pipeline runs by itself."""

    cron: Cron = Field(description="Minute, hour, day, month, weekday.", examples=["0 6 * * *"])
    timezone: TimeZone = Field(default="UTC", description="Time zone of the cron fields.", examples=["Asia/Phnom_Penh"])


class Results(Settings):
    """A database table that receives the outcome of every row."""

    url: SecretUrl = Field(description="SQLAlchemy URL.", examples=["${RESULTS_URL}"])
    table: Text = Field(default="verboice_results", description="The table, made if it does not exist.")


def _name(text: str) -> str:
    if not re.fullmatch(r"\w[\w .-]{0,99}", text):
        raise ValueError("must begin with a letter or digit and hold only letters, digits, spaces, . _ and -")
    return text


class Pipeline(Settings):
    """One pipeline file. `name` defaults to the file's stem; at least one of `contacts` and `calls` makes it useful."""

    name: Annotated[str, AfterValidator(_name)] = Field(description="Default: the file's name without .yaml.")
    verboice: Verboice
    source: Annotated[SourceSettings, Field(discriminator="kind")] = Field(description="Where the rows come from.")
    contacts: Contacts | None = None
    calls: Calls | None = None
    guard: Guard = Guard()
    ledger: SecretUrl | None = Field(default=None, description="SQLAlchemy URL; default: SQLite in the home folder.")
    ledger_backups: int = Field(default=7, ge=0, description="Daily copies kept of an SQLite ledger; 0 = none.")
    inbox: ProjectPath | None = Field(default=None, description="Folder for `watch`.", examples=["data/inbox/clinic"])
    schedule: Schedule | None = None
    notify: Annotated[tuple[SecretUrl, ...], BeforeValidator(_as_list)] = Field(default=(), description="Apprise URLs.")
    results: Results | None = None

    _file: Path | None = PrivateAttr(None)
    _folder: Path | None = PrivateAttr(None)
    _lines: Mapping[tuple[str | int, ...], int] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: object, /) -> None:
        if isinstance(context, dict):
            self._file, self._lines, self._folder = context["file"], context["lines"], context["folder"]

    @property
    def file(self) -> Path | None:
        """The file these settings were read from."""
        return self._file

    @property
    def folder(self) -> Path:
        """The project folder; of settings that come from no file the one that the current folder belongs to."""
        return self._folder or project_here()

    def where(self, *key: str | int) -> str:
        """`configs/clinic.yaml:12: contacts.variables.age`: the place of a key, for messages about what it names."""
        dotted = ".".join(map(str, key))
        line = next((self._lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self._lines), None)
        return dotted if line is None else f"{self._file}:{line}: {dotted}"
