"""The keys of the pipeline file about where rows come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from flows.settings.base import Settings, as_list
from flows.settings.types import Duration, FilePlace, IdOrName, Region, Seconds, SecretUrl, Text


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
    cursor: Text | None = Field(
        default=None,
        description="Column by which only rows submitted or changed since the last run are read.",
        examples=["_submission_time"],
    )


class FileLimits(Settings):
    """What reading a file may take; by default enough for a file of its size."""

    memory: int | None = Field(default=None, gt=0, description="MiB of memory at most.", examples=[4096])
    processor_time: Seconds | None = Field(default=None, description="Seconds of processor time at most.")
    wall_time: Seconds | None = Field(default=None, description="Seconds at most.")
    size: int | None = Field(default=None, gt=0, description="MiB that a file from elsewhere may have; default: 200.")
    fetch_time: Seconds | None = Field(default=None, description="Seconds it may take to come; default: 300.")


class _FileSettings(_SourceSettings):
    path: FilePlace = Field(
        description="The file, relative to the project folder, or its URL (https, sftp, smb, s3, gs, abfs, ftp); a "
        "pattern such as exports/*.xlsx stands for the files that match."
    )
    files: Literal["newest", "all"] = Field(
        default="newest", description="Of the files that match: the newest, or all, one below the other."
    )
    file_column: Text = Field(
        default="File", description="With files: all, the name of the column that says which file a row is of."
    )
    headers: Mapping[str, SecretStr] = Field(
        default_factory=dict,
        description="Sent to the web server of the path and to no other.",
        examples=[{"Authorization": "Token ${KOBO_TOKEN}"}],
    )
    redirects_to: Annotated[tuple[Text, ...], BeforeValidator(as_list)] = Field(
        default=(), description="Other hosts to which that server may lead on; they are sent no credentials."
    )
    rows: Literal["all", "until_blank"] = Field(
        default="all", description="until_blank: a blank row ends the list; totals and legends may follow it."
    )
    limits: FileLimits | None = Field(default=None, description="What fetching and reading the file may take.")


class CsvSettings(_FileSettings):
    """A CSV file."""

    kind: Literal["csv"]


class ExcelSettings(_FileSettings):
    """A spreadsheet."""

    kind: Literal["excel"]
    sheet: Text | None = Field(default=None, description="Name or 1-based number; default: the first visible sheet.")


class DatabaseSettings(_SourceSettings):
    """A table or one SELECT of a database."""

    kind: Literal["database"]
    url: SecretUrl = Field(description="SQLAlchemy URL.", examples=["${DB_URL}"])
    table: Text | None = Field(default=None, description="Table or view to read; or give `query`.")
    query: Text | None = Field(default=None, description="One SELECT; or give `table`.")
    statement_timeout: Duration | None = Field(default=None, description="Longest time the database may take.")

    @model_validator(mode="after")
    def _one_of_table_and_query(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("needs either `table` or `query`; give exactly one of them")
        return self


class VerboiceSettings(Settings):
    """People for whom a variable of Verboice's says something, such as what they answered on the telephone."""

    kind: Literal["verboice"]
    variable: Text = Field(description="Variable of the contacts.", examples=["opted_out"])
    values: Annotated[tuple[Text, ...], BeforeValidator(as_list)] = Field(
        alias="is",
        min_length=1,
        description="Texts of the variable that keep a person from being called.",
        examples=[["1"]],
    )
    project: IdOrName | None = Field(default=None, description="Id or exact name; default: the pipeline's project.")


SourceSettings = CsvSettings | ExcelSettings | DatabaseSettings
ListSettings = CsvSettings | ExcelSettings | DatabaseSettings | VerboiceSettings
