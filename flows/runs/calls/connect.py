"""What the account and the project offer for calls, looked up before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from connectors.errors import ConfigurationError
from connectors.values import Channel, Contact, Project
from connectors.verboice.calls import check_twiml
from connectors.verboice.encoding import IMPOSSIBLE_ADDRESS
from connectors.verboice.errors import CannotAddress
from flows import wiring
from flows.calls.catalogue import Catalogue
from flows.calls.parameters import Parameters
from flows.calls.rules import CallRules, Given
from flows.runs.pull import find_project
from flows.settings.models import Pipeline


class Offers(Protocol):
    """The part of the Verboice client that lists what can be called with."""

    def projects(self) -> tuple[Project, ...]: ...
    def channels(self) -> tuple[Channel, ...]: ...
    def schedules(self, project_id: int) -> Mapping[str, int] | None: ...
    def call_flow(self, project_id: int, call_flow_id: int) -> str | None: ...
    def contact_by_address(self, project_id: int, address: str) -> Contact | None: ...


def read_rules(pipeline: Pipeline) -> CallRules:
    """The pipeline's rules with the TwiML itself in the place of its file's name. Raises ConfigurationError."""
    rules = wiring.call_rules(pipeline)
    text = rules.constant("twiml")
    if text is None:
        return rules
    where = pipeline.where("calls", "twiml")
    if not text.lstrip().startswith("<"):
        try:
            # Not every XML parser knows the mark that some editors begin with.
            text = (pipeline.folder / text).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ConfigurationError(f"{where}: {text} cannot be read: {reason}.", hint="Name an XML file.") from None
    problems = check_twiml(text)
    if problems:
        raise ConfigurationError("\n".join(f"{where}: {problem}" for problem in problems), hint="Correct the XML.")
    return replace(
        rules,
        parameters=tuple(Given("twiml", value=text) if given.name == "twiml" else given for given in rules.parameters),
    )


def look_up(offers: Offers, pipeline: Pipeline, rules: CallRules, *, flow_ids: Iterable[str] = ()) -> Catalogue:
    """Project, channels, call flows and schedules. `flow_ids` are texts that a column gives for the call flow.

    Of a project that is only shared to the account nothing is listed, and its call flows are shown to their owner only
    (API sheet 1.22): their ids are taken as they are given. Raises ConfigurationError.
    """
    where = pipeline.where("verboice", "project")
    project = find_project(offers.projects(), pipeline.verboice.project, where=where)
    shared = project.contact_vars is None
    if not shared:
        schedules = dict.fromkeys(project.schedules, 0)
        if rules.retry is not None and rules.given("schedule"):
            schedules |= offers.schedules(project.id) or {}
        return Catalogue(project.id, project.name, offers.channels(), project.call_flows, schedules)
    with suppress(CannotAddress):
        offers.contact_by_address(project.id, IMPOSSIBLE_ADDRESS)  # refused unless the project is shared to the account
    wanted = {text for text in (rules.constant("call_flow"), *flow_ids) if text and text.isascii() and text.isdigit()}
    found = {int(text): offers.call_flow(project.id, int(text)) for text in sorted(wanted)}
    return Catalogue(
        project.id,
        project.name,
        offers.channels(),
        call_flows={flow_id: name or str(flow_id) for flow_id, name in found.items()},
        schedules=offers.schedules(project.id) if rules.given("schedule") else None,
        shared=True,
        unconfirmed=frozenset(flow_id for flow_id, name in found.items() if name is None),
    )


def check_constants(pipeline: Pipeline, parameters: Parameters) -> None:
    """Raises ConfigurationError with everything that is wrong for all rows alike, one line each."""
    problems = parameters.constant_problems()
    if problems:
        lines = [f"{_where(pipeline, problem.column)}: {problem.reason}" for problem in problems]
        raise ConfigurationError("\n".join(dict.fromkeys(lines)), hint="Correct the pipeline file.")


def _where(pipeline: Pipeline, name: str) -> str:
    group, dot, rest = name.partition(".")
    return pipeline.where("calls", group, rest) if dot else pipeline.where("calls", name)
