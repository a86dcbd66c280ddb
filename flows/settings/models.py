"""The pipeline file as frozen models: every key, its default and what it may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from flows.contacts.rules import Blank, Missing, OnConflict, OnDrift
from flows.limits import Limit
from flows.settings.base import Settings, Variable, as_list
from flows.settings.calls import Calls
from flows.settings.project import CONFIGS, project_here
from flows.settings.sources import SourceSettings
from flows.settings.types import (
    Concurrency,
    Cron,
    Duration,
    GuardLimit,
    IdOrName,
    InboxPlace,
    KeptFor,
    ResultsPlace,
    Seconds,
    SecretUrl,
    ServerUrl,
    Text,
    TimeZone,
)


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


class ContactVariable(Variable):
    """A Verboice variable's source, with policies of its own where they differ from those of `contacts`."""

    blank: Blank | None = Field(default=None, description="An empty cell: keep or clear.")
    on_conflict: OnConflict | None = Field(
        default=None, description="The value changed on both sides since the last run."
    )
    on_drift: OnDrift | None = Field(default=None, description="The value changed in Verboice only.")


class Contacts(Settings):
    """What `plan`, `sync` and `backfill` do."""

    variables: Mapping[str, ContactVariable] = Field(
        min_length=1, description="Verboice variable: source column.", examples=[{"age": "Age"}]
    )
    blank: Blank = Field(default="keep", description="An empty cell: keep or clear.")
    blanks: Annotated[tuple[Text, ...], BeforeValidator(as_list)] = Field(
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


class Guard(Settings):
    """Limits that stop a run before anything is sent; shares are of matched contacts, of max_rejected and
    max_not_found of rows, of max_unfinished of calls."""

    max_overwrites: GuardLimit = Field(default=Limit.parse("30%"), description="Existing values replaced.")
    max_clears: GuardLimit = Field(default=Limit.parse("5%"), description="Existing values cleared.")
    max_creates: GuardLimit = Field(default=Limit.parse("100"), description="Contacts created.")
    max_calls: GuardLimit = Field(default=Limit.parse("1000"), description="Calls of one batch.")
    max_unfinished: GuardLimit = Field(
        default=Limit.parse("10%"),
        description="Calls that by the forecast have no turn before their not_after; a share is of the calls.",
    )
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
    """A database table, or a file elsewhere, that receives the outcome of every row."""

    url: ResultsPlace = Field(
        description="SQLAlchemy URL, or the URL of a .csv or .xlsx file: of the last run, or with * in its name, which "
        "stands for the run, of each."
    )
    table: Text = Field(default="verboice_results", description="The database's table, made if it does not exist.")

    @model_validator(mode="after")
    def _table_of_a_database(self) -> Self:
        if self.database is None and "table" in self.model_fields_set:
            raise ValueError("has a table, but its url is that of a file; leave table out")
        return self

    @property
    def database(self) -> str | None:
        """The URL of the database, where it is one."""
        return self.url.get_secret_value() if isinstance(self.url, SecretStr) else None


class Reports(Settings):
    """How reports that are passed on show people: pages, and what Prefect keeps."""

    mask: bool = Field(default=True, description="Phone numbers show their last four digits only.")


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
    inbox: InboxPlace | None = Field(
        default=None,
        description="Folder for `watch`, relative to the project folder, or its URL (https, sftp, smb, s3, gs, abfs, "
        "ftp).",
        examples=["data/inbox/clinic"],
    )
    inbox_every: Seconds = Field(default=30.0, description="Seconds between looks into an inbox elsewhere.")
    schedule: Schedule | None = None
    notify: Annotated[tuple[SecretUrl, ...], BeforeValidator(as_list)] = Field(default=(), description="Apprise URLs.")
    results: Results | None = None
    retention: KeptFor | None = Field(
        default=None, description="Run folders and details older than this are removed.", examples=["90d"]
    )
    report: Reports = Reports()

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
    def typed(self) -> str:
        """What to type for it: NAME where its file is the project's configs/NAME.yaml, else the file."""
        if self._file is None:
            return self.name
        is_named = self._file.resolve().parent == (self.folder / CONFIGS).resolve()
        return self._file.stem if is_named else str(self._file)

    @property
    def folder(self) -> Path:
        """The project folder; of settings that come from no file the one that the current folder belongs to."""
        return self._folder or project_here()

    def where(self, *key: str | int) -> str:
        """`configs/clinic.yaml:12: contacts.variables.age`: the place of a key, for messages about what it names."""
        dotted = ".".join(map(str, key))
        line = next((self._lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self._lines), None)
        return dotted if line is None else f"{self._file}:{line}: {dotted}"
