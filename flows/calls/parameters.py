"""The parameters of one row, resolved: names become ids, dates become what is sent. Each distinct text only once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from connectors.values import CallRequest, Channel
from flows.calls import window
from flows.calls.catalogue import Catalogue, whole_number
from flows.calls.rules import WINDOW, ZONE, CallRules, NotUsable
from flows.calls.window import Window, WindowTexts, read_window

K = TypeVar("K")
T = TypeVar("T")


@dataclass(slots=True)
class Parameters:
    """Resolves texts of parameters against what the account has. `now` is aware. Remembers what it has resolved."""

    rules: CallRules
    catalogue: Catalogue
    now: datetime
    _windows: dict[WindowTexts, Window | NotUsable] = field(default_factory=dict)
    _channels: dict[str, Channel | NotUsable] = field(default_factory=dict)
    _flows: dict[str, int | NotUsable] = field(default_factory=dict)

    def request(self, texts: Mapping[str, str], address: str, variables: Mapping[str, str]) -> CallRequest:
        """The call for one row; `texts` has the parameters that are not blank. Raises NotUsable, naming a parameter."""
        channel = self.channel(texts["channel"])
        when = self._window(texts)
        twiml = texts.get("twiml")
        call_flow_id = self._flow(texts["call_flow"]) if "call_flow" in texts else None
        if call_flow_id is None and twiml is None:
            _check_own_flow(channel)
        return CallRequest(
            channel=channel.name if channel.id is None else channel.id,
            address=address,
            call_flow_id=call_flow_id,
            twiml=twiml,
            project_id=self._project(texts, twiml),
            variables=variables,
            schedule=self._schedule(texts),
            not_before=when.not_before,
            not_after=when.not_after,
            time_zone=when.time_zone,
        )

    def channel(self, text: str) -> Channel:
        """Raises NotUsable with the column `channel`."""
        return _once(self._channels, text, lambda key: _named("channel", lambda: self.catalogue.channel(key)))

    def _flow(self, text: str) -> int:
        return _once(self._flows, text, lambda key: _named("call_flow", lambda: self.catalogue.call_flow(key)))

    def _window(self, texts: Mapping[str, str]) -> Window:
        when = _once(self._windows, _asked(texts), lambda key: read_window(key, self.now))
        if self.rules.timing.hours is not None and when.time_zone is None and (when.not_before or when.not_after):
            raise NotUsable("With `calls.hours`, dates need a time zone: give `calls.time_zone`.", "time_zone")
        return when

    def _project(self, texts: Mapping[str, str], twiml: str | None) -> int | None:
        if "project_id" in texts:
            return _named("project_id", lambda: whole_number(texts["project_id"], "project"))
        return self.catalogue.project_id if twiml is not None else None

    def _schedule(self, texts: Mapping[str, str]) -> int | str | None:
        if "schedule_id" in texts:
            return _named("schedule_id", lambda: whole_number(texts["schedule_id"], "schedule"))
        if "schedule" in texts:
            return _named("schedule", lambda: self.catalogue.schedule(texts["schedule"]))
        return None

    def constant_problems(self) -> list[NotUsable]:
        """Everything wrong with what is the same for every row: the pipeline has to be corrected, not the rows."""
        problems = [*self._name_problems()]
        given = {one.name: one.value for one in self.rules.parameters if one.value is not None}
        for check in self._checks(given):
            try:
                check()
            except NotUsable as fault:
                problems.append(fault)
        return problems

    def _checks(self, given: Mapping[str, str]) -> list[Callable[[], object]]:
        checks: list[Callable[[], object]] = []
        if "channel" in given:
            checks.append(lambda: self.channel(given["channel"]))
        if "call_flow" in given:
            checks.append(lambda: self._flow(given["call_flow"]))
        elif "channel" in given and not (self.rules.given("call_flow") or self.rules.given("twiml")):
            checks.append(lambda: _check_own_flow(self.channel(given["channel"])))
        checks += [lambda: self._project(given, None), lambda: self._schedule(given)]
        for name in ("not_before", "not_after"):
            if name in given:
                checks.append(partial(_named, name, partial(window.read_moment, given[name])))
        if "time_zone" in given:
            checks.append(lambda: _named("time_zone", lambda: window.check_zone(given["time_zone"])))
        zone = self.rules.timing.zone
        if zone is not None and zone.value is not None:
            checks.append(partial(_named, ZONE, partial(window.check_zone, zone.value)))
        if self.rules.constants >= WINDOW:
            checks.append(lambda: self._window(given))
        return checks

    def _name_problems(self) -> list[NotUsable]:
        brackets = "Names with brackets cannot be sent: they would be read as structure."
        return [
            NotUsable(brackets if name.strip() else "A variable needs a name.", f"vars.{name}")
            for name in (given.name for given in self.rules.variables)
            if "[" in name or "]" in name or not name.strip()
        ]


def _asked(texts: Mapping[str, str]) -> WindowTexts:
    when = {name: texts[name] for name in WINDOW if name in texts}
    return WindowTexts(**when, has_schedule="schedule" in texts or "schedule_id" in texts)


def _check_own_flow(channel: Channel) -> None:
    """A call that names neither a flow nor TwiML needs a channel with a flow of its own, or it fails when dialled."""
    if channel.id is not None and channel.call_flow_id is None:
        raise NotUsable(
            f"The channel “{channel.name}” has no call flow of its own; name one with `call_flow` or give `twiml`.",
            "channel",
        )


def _named(name: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except NotUsable as fault:
        raise NotUsable(fault.reason, name) from None


def _once(known: dict[K, T | NotUsable], key: K, work: Callable[[K], T]) -> T:
    if key not in known:
        try:
            known[key] = work(key)
        except NotUsable as fault:
            known[key] = fault
    found = known[key]
    if isinstance(found, NotUsable):
        raise NotUsable(found.reason, found.column)
    return found
