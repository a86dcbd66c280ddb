"""The keys of the pipeline file about calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from flows.calls.rules import Duplicates
from flows.settings.base import Parameter, Settings, Variable, as_list
from flows.settings.sources import ListSettings
from flows.settings.times import ClockTime, Weekdays
from flows.settings.types import Duration, ProjectPath, Seconds, Text

FailReason = Literal[
    "no-answer",
    "busy",
    "hangup",
    "failed",
    "error",
    "internal error",
    "unknown error",
    "no-call-flow",
    "undefined address",
    "active-for-too-long",
]
"""The reasons of failure that Verboice knows (API sheet 9.8), and `failed` for any."""

_PLACEHOLDER = re.compile(r"\{date:[^{}]+\}|\{file\}")


def _campaign(text: str) -> str:
    if set("{}") & set(_PLACEHOLDER.sub("", text)):
        raise ValueError("has braces that are neither {date:%G-W%V} nor {file}; correct or remove them")
    return text


def _lists(value: object) -> object:
    """A single group where several may stand."""
    return [value] if isinstance(value, dict) else value


class OnlyIf(Settings):
    """Which rows may be called, by what a column says."""

    column: Text = Field(description="Column of the source.", examples=["Consent"])
    values: Annotated[tuple[Text, ...], BeforeValidator(as_list)] = Field(
        alias="is",
        min_length=1,
        description="Texts with which a row may be called; capitals do not count.",
        examples=[["yes", "oui"]],
    )


class HoursSettings(Settings):
    """When people may be rung, by the clock where they are."""

    first: ClockTime = Field(alias="from", description="Time of day from which on people may be rung.")
    last: ClockTime = Field(alias="to", description="Time of day until which people may be rung; 24:00 = midnight.")
    days: Weekdays | None = Field(default=None, description="Weekdays, such as mon-sat or mon, wed; default: all.")
    holidays: ProjectPath | None = Field(
        default=None,
        description="Text file with a date such as 2026-12-25 at the beginning of each line, on which nobody is rung.",
    )
    time_zone: Parameter | None = Field(
        default=None,
        description="Where people are, mostly {column: …}; by default, or where the cell is blank, what the number "
        "tells, else calls.time_zone, else the schedule's timezone, else UTC.",
    )

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.first == self.last:
            raise ValueError("must end at another time of day than it begins")
        return self


class PerPersonSettings(Settings):
    """How often one person is called at most, by all pipelines of the ledger together. `2 per 7d` says the same."""

    calls: int = Field(ge=1, description="So many calls at most.", examples=[2])
    within: Duration = Field(description="In so long a time.", examples=["7d"])

    @model_validator(mode="before")
    @classmethod
    def _from_plain_text(cls, data: object) -> object:
        if not isinstance(data, str):
            return data
        found = re.fullmatch(r"\s*(\d+)\s+(?:calls?\s+)?per\s+(.+)", data)
        if found is None:
            raise ValueError("must say how many calls in how long a time, such as 2 per 7d")
        return {"calls": found[1], "within": found[2]}

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not self.within:
            raise ValueError("must be within some time, such as 7d")
        return self


class RetrySettings(Settings):
    """Which calls are tried again, how often, and when."""

    on: Annotated[tuple[FailReason, ...], BeforeValidator(as_list)] = Field(
        min_length=1,
        description="How a call ended; `failed` = whatever the reason, which newer servers do not tell.",
        examples=[["no-answer", "busy"]],
    )
    times: int = Field(default=1, ge=1, le=20, description="Attempts after the first.")
    after: Duration = Field(
        default=timedelta(hours=3), description="From the end of one attempt to the next.", examples=["3h"]
    )


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

    per_person: PerPersonSettings | None = Field(
        default=None,
        description="How often one person is called at most by whatever pipeline of this server; also with --again.",
        examples=["2 per 7d"],
    )
    do_not_call: Annotated[
        tuple[Annotated[ListSettings, Field(discriminator="kind")], ...], BeforeValidator(_lists)
    ] = Field(default=(), description="Lists of people never to be called, beside `verboice-sync never`.")
    retry: RetrySettings | None = Field(
        default=None,
        description="New attempts for calls that ended so: by `call --retry RUN`, or when they are tracked.",
    )
    only_if: OnlyIf | None = Field(default=None, description="Only rows of which a column says so are called.")
    hours: HoursSettings | None = Field(default=None, description="When people may be rung, by their own clocks.")
    per_day: int | None = Field(
        default=None,
        ge=1,
        description="At most so many calls are asked for a day, by the pipeline's time zone; the rest of a list waits "
        "for the next run on another day.",
        examples=[300],
    )
    lines: int | None = Field(
        default=None,
        ge=1,
        description="Calls that can ring at once, for the forecast, where Verboice does not show the channel's limit.",
        examples=[4],
    )
    length: Seconds | None = Field(
        default=None,
        description="How long a call keeps a line, for the forecast, until enough have been tracked to measure it.",
        examples=["60s"],
    )

    @model_validator(mode="after")
    def _one_of_each_pair(self) -> Self:
        for one, other in (("call_flow", "twiml"), ("schedule", "schedule_id")):
            if getattr(self, one) and getattr(self, other):
                raise ValueError(f"has both {one} and {other}; keep one of them")
        return self
