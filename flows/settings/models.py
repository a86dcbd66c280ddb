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

from flows.limits import Limit as LimitValue
from flows.settings.types import (
    Concurrency,
    Cron,
    Duration,
    IdOrName,
    Limit,
    Region,
    Seconds,
    SecretUrl,
    ServerUrl,
    Text,
    TimeZone,
)

OnConflict = Literal["source", "verboice", "hold"]
OnDrift = Literal["keep", "revert"]
Blank = Literal["keep", "clear"]

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


class _Source(Settings):
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


class CsvSource(_Source):
    """A CSV file."""

    kind: Literal["csv"]
    path: Path = Field(description="The file, relative to the current folder.", examples=["data/people.csv"])


class ExcelSource(_Source):
    """A spreadsheet."""

    kind: Literal["excel"]
    path: Path = Field(description="The file, relative to the current folder.", examples=["data/people.xlsx"])
    sheet: Text | None = Field(default=None, description="Name or 1-based number; default: the first visible sheet.")


class DatabaseSource(_Source):
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


Source = CsvSource | ExcelSource | DatabaseSource


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


class Contacts(Settings):
    """What `plan`, `sync` and `backfill` do."""

    variables: Mapping[str, ContactVariable] = Field(
        min_length=1, description="Verboice variable: source column.", examples=[{"age": "Age"}]
    )
    blank: Blank = Field(default="keep", description="An empty cell: keep or clear.")
    clear_marker: Text = Field(default="--", description="A cell with just this text clears the variable.")
    on_conflict: OnConflict = Field(default="source", description="The value changed on both sides since the last run.")
    on_drift: OnDrift = Field(
        default="keep", description="It changed in Verboice only; the source still says what it said."
    )
    missing: Literal["report", "create"] = Field(default="report", description="An address Verboice does not know.")
    bulk: Literal["auto", "never"] = Field(
        default="auto", description="May all.json be used where it is proved equivalent."
    )
    pull: Literal["auto", "all", "by_address", "changed"] = Field(default="auto", description="How contacts are read.")
    full_check: Duration = Field(
        default=timedelta(hours=24),
        description="With pull auto or changed: at least this often everything is compared.",
    )


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
    duplicates: Literal["first", "all"] = Field(default="first", description="An address in several rows of one batch.")
    repeat_after: Duration | None = Field(
        default=None,
        description="The same address is not called again by this pipeline sooner than this, whatever its row says; "
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
    """Limits that stop a run before anything is sent; shares are of matched contacts, in max_rejected of rows."""

    max_overwrites: Limit = Field(default=LimitValue.parse("30%"), description="Existing values replaced.")
    max_clears: Limit = Field(default=LimitValue.parse("5%"), description="Existing values cleared.")
    max_creates: Limit = Field(default=LimitValue.parse("100"), description="Contacts created.")
    max_calls: Limit = Field(default=LimitValue.parse("1000"), description="Calls of one batch.")
    max_rejected: Limit = Field(default=LimitValue.parse("20%"), description="Rows that could not be used.")


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


def _as_list(value: object) -> object:
    items = [value] if isinstance(value, str) else value
    return [item for item in items if item not in ("", None)] if isinstance(items, list) else items


class Pipeline(Settings):
    """One pipeline file. `name` defaults to the file's stem; at least one of `contacts` and `calls` makes it useful."""

    name: Annotated[str, AfterValidator(_name)] = Field(description="Default: the file's name without .yaml.")
    verboice: Verboice
    source: Annotated[Source, Field(discriminator="kind")] = Field(description="Where the rows come from.")
    contacts: Contacts | None = None
    calls: Calls | None = None
    guard: Guard = Guard()
    ledger: SecretUrl | None = Field(default=None, description="SQLAlchemy URL; default: SQLite in the home folder.")
    inbox: Path | None = Field(default=None, description="Folder for `watch`.", examples=["data/inbox/clinic"])
    schedule: Schedule | None = None
    notify: Annotated[tuple[SecretUrl, ...], BeforeValidator(_as_list)] = Field(default=(), description="Apprise URLs.")
    results: Results | None = None

    _file: Path | None = PrivateAttr(None)
    _lines: Mapping[tuple[str | int, ...], int] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: object, /) -> None:
        if isinstance(context, dict):
            self._file, self._lines = context["file"], context["lines"]

    @property
    def file(self) -> Path | None:
        """The file these settings were read from."""
        return self._file

    def where(self, *key: str | int) -> str:
        """`configs/clinic.yaml:12: contacts.variables.age`: the place of a key, for messages about what it names."""
        dotted = ".".join(map(str, key))
        line = next((self._lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self._lines), None)
        return dotted if line is None else f"{self._file}:{line}: {dotted}"
