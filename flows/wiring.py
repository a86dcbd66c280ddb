"""Settings become concrete parts: the source, client and ledger that a pipeline means, its rules and limits as values.

Whatever works with these is handed them; elsewhere their classes stand in annotations only. What does not come of a
pipeline's settings is named where it is used: the sandbox by its commands, the sinks by `pull` and the reports, and by
`runs` the ledgers of pipelines that may be gone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from connectors.errors import ConfigurationError
from connectors.ledger.values import Cap
from connectors.masking import mask_text
from connectors.values import Rows
from flows.calls.guard import CallLimits
from flows.calls.hours import OpenHours
from flows.calls.retrying import RetryRules
from flows.calls.rules import PARAMETERS, ZONE, CallRules, Consent, Given, Timing
from flows.contacts.guard import GuardLimits
from flows.contacts.people.reading.number import AddressRules
from flows.contacts.rules import ContactRules, VariableRule
from flows.opening import Source, opened
from flows.runs.folder import home_folder
from flows.settings.base import Parameter
from flows.settings.calls import Calls
from flows.settings.models import Contacts, ContactVariable, Pipeline, Verboice
from flows.settings.sources import DatabaseSettings, ExcelSettings
from flows.settings.times import EVERY_DAY, dates_in

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.verboice.client import VerboiceClient


Key: TypeAlias = tuple[str, ...]
"""The place of a setting in the pipeline file, key by key."""


def open_source(pipeline: Pipeline, *, path: Path | None = None, since: str | None = None) -> Source:
    """The pipeline's source, as `flows.opening.opened` has it."""
    home = home_folder(pipeline.folder)
    meant = () if pipeline.contacts is None else contact_rules(pipeline).silent
    return opened(pipeline.source, list(_all_columns(pipeline)), home=home, path=path, since=since, meant=meant)


def source_identity(pipeline: Pipeline) -> str:
    """What the rows are read from, as text that is equal for equal sources: without credentials, files as the project
    folder names them."""
    source, folder = pipeline.source, pipeline.folder
    if isinstance(source, DatabaseSettings):
        from connectors.sources.databases.url import database_url

        return json.dumps([database_url(source.url.get_secret_value()).render_as_string(), source.table, source.query])
    sheet = source.sheet if isinstance(source, ExcelSettings) else None
    place = source.path
    where = os.path.relpath(folder / place, folder) if isinstance(place, Path) else place.identity
    return json.dumps([where, sheet])


def open_client(pipeline: Pipeline) -> VerboiceClient:
    """A client for the pipeline's account, paced as the pipeline says. Close it after use."""
    return client_for(
        pipeline.verboice, named=pipeline.where("verboice", "url"), listed=partial(_listed_before, pipeline)
    )


def _listed_before(pipeline: Pipeline, project_id: int) -> int | None:
    """How many contacts a project had when they were last listed, as far as the ledger knows."""
    from flows.runs.folder import home_folder
    from flows.runs.places import is_there

    home = home_folder(pipeline.folder)
    if not is_there(pipeline, home):
        return None
    with open_ledger(pipeline, home) as ledger:
        return ledger.listed(pipeline.verboice.url, project_id)


def client_for(
    settings: Verboice, *, named: str = "verboice.url", listed: Callable[[int], int | None] | None = None
) -> VerboiceClient:
    """A client for an account; `named` is where its URL is set, `listed` as `VerboiceClient` has it. Close it after
    use."""
    from connectors.verboice.client import VerboiceClient
    from connectors.verboice.pacing import Pacer
    from connectors.verboice.session import Server

    server = Server(
        url=settings.url,
        account=settings.account,
        password=settings.password.get_secret_value(),
        timeout=settings.timeout,
        allow_insecure=settings.allow_insecure,
        named=named,
    )
    if settings.concurrency == "auto":
        pacer = Pacer.auto(rate_limit=settings.rate_limit)
    else:
        pacer = Pacer.fixed(settings.concurrency, rate_limit=settings.rate_limit)
    return VerboiceClient(server, pacer=pacer, listed=listed)


def open_ledger(pipeline: Pipeline, home: Path) -> Ledger:
    """The pipeline's ledger, by default SQLite in the home folder."""
    from connectors.ledger import Ledger

    return Ledger.open(pipeline.ledger.get_secret_value() if pipeline.ledger else None, home)


def contact_settings(pipeline: Pipeline) -> Contacts:
    """The `contacts` section. Raises ConfigurationError where the pipeline has none."""
    if pipeline.contacts is None:
        raise ConfigurationError(
            f"{pipeline.file or pipeline.name}: has no `contacts` section, so there is nothing to sync.",
            hint="Add `contacts: {variables: {…}}`, or use `verboice-sync call`.",
        )
    return pipeline.contacts


def contact_rules(pipeline: Pipeline, *, fill_only: bool = False) -> ContactRules:
    """What the pipeline says about contacts, for the pure rooms."""
    contacts = contact_settings(pipeline)
    return ContactRules(
        address=pipeline.source.address,
        variables=tuple(_variable(name, variable, contacts) for name, variable in contacts.variables.items()),
        region=pipeline.source.region,
        blanks=contacts.blanks,
        addresses=address_rules(pipeline),
        clear_marker=contacts.clear_marker,
        missing=contacts.missing,
        fill_only=fill_only,
    )


def address_rules(pipeline: Pipeline) -> AddressRules:
    """What the pipeline says about numbers that Verboice does not have."""
    source = pipeline.source
    return AddressRules(source.numbers, source.several, short_numbers=source.short_numbers)


def _variable(name: str, variable: ContactVariable, contacts: Contacts) -> VariableRule:
    return VariableRule(
        name=name,
        column=variable.column,
        constant=variable.value,
        blank=variable.blank or contacts.blank,
        on_conflict=variable.on_conflict or contacts.on_conflict,
        on_drift=variable.on_drift or contacts.on_drift,
    )


def guard_limits(pipeline: Pipeline) -> GuardLimits:
    """The pipeline's limits for contacts."""
    guard = pipeline.guard
    return GuardLimits(
        max_overwrites=guard.max_overwrites,
        max_clears=guard.max_clears,
        max_creates=guard.max_creates,
        max_rejected=guard.max_rejected,
        max_not_found=guard.max_not_found,
    )


def call_settings(pipeline: Pipeline) -> Calls:
    """The `calls` section. Raises ConfigurationError where the pipeline has none."""
    if pipeline.calls is None:
        raise ConfigurationError(
            f"{pipeline.file or pipeline.name}: has no `calls` section, so nobody can be called.",
            hint="Add `calls: {channel: …, call_flow: …}`, or use `verboice-sync sync`.",
        )
    return pipeline.calls


def call_rules(pipeline: Pipeline) -> CallRules:
    """What the pipeline says about calls, for the pure rooms. `twiml` is still the name of a file here."""
    calls = call_settings(pipeline)
    return CallRules(
        address=pipeline.source.address,
        region=pipeline.source.region,
        addresses=address_rules(pipeline),
        parameters=tuple(_given(calls)),
        variables=tuple(Given(name, one.column, one.value) for name, one in calls.vars.items()),
        campaign=calls.campaign or "",
        duplicates=calls.duplicates,
        repeat_after=calls.repeat_after,
        per_person=None if calls.per_person is None else Cap(calls.per_person.calls, calls.per_person.within),
        retry=_retry(calls),
        only_if=None if calls.only_if is None else Consent(calls.only_if.column, calls.only_if.values),
        timing=_timing(pipeline, calls),
    )


def _timing(pipeline: Pipeline, calls: Calls) -> Timing:
    settings = calls.hours
    portions = Timing(per_day=calls.per_day, lines=calls.lines, length=calls.length)
    if settings is None:
        return portions
    where = pipeline.where("calls", "hours", "holidays")
    holidays = frozenset() if settings.holidays is None else dates_in(settings.holidays, where=where)
    hours = OpenHours(settings.first, settings.last, settings.days or EVERY_DAY, holidays)
    zone = settings.time_zone
    return replace(portions, hours=hours, zone=None if zone is None else Given(ZONE, zone.column, zone.value))


def _retry(calls: Calls) -> RetryRules | None:
    retry = calls.retry
    return None if retry is None else RetryRules(frozenset(retry.on), retry.times, retry.after)


def _given(calls: Calls) -> Iterator[Given]:
    for name in PARAMETERS:
        setting: Parameter | None = getattr(calls, name)
        if setting is not None:
            yield Given(name, setting.column, setting.value)


def call_limits(pipeline: Pipeline) -> CallLimits:
    """The pipeline's limits for calls."""
    guard = pipeline.guard
    return CallLimits(guard.max_calls, guard.max_rejected, guard.max_unfinished)


def check_columns(pipeline: Pipeline, rows: Rows) -> None:
    """Raises ConfigurationError naming every column the contact sync uses and the source does not have."""
    _check_columns(pipeline, rows, _by_column(_contact_columns(pipeline)))


def check_call_columns(pipeline: Pipeline, rows: Rows) -> None:
    """Raises ConfigurationError naming every column the calls use and the source does not have."""
    _check_columns(pipeline, rows, _by_column(call_rules(pipeline).used_columns()))


def check_all_columns(pipeline: Pipeline, rows: Rows) -> None:
    """Raises ConfigurationError naming every column that any section uses and the source does not have."""
    _check_columns(pipeline, rows, _all_columns(pipeline))


def used_as(pipeline: Pipeline) -> dict[str, list[str]]:
    """What each source column that matters is used as, for people: `address`, `variable age`, `call variable name`."""
    uses: dict[str, list[str]] = {}
    words: dict[Key, str] = {("contacts", "variables"): "variable ", ("calls", "vars"): "call variable "}
    for column, keys in _all_columns(pipeline).items():
        uses[column] = [words.get(key[:-1], "") + key[-1] for key in keys]
    return uses


def _all_columns(pipeline: Pipeline) -> dict[str, list[Key]]:
    """Each source column that any section uses, with its keys in the pipeline file; the address first."""
    return _by_column(
        chain(
            [(pipeline.source.address, ("source", "address"))],
            _contact_columns(pipeline) if pipeline.contacts is not None else (),
            call_rules(pipeline).used_columns() if pipeline.calls is not None else (),
        )
    )


def _by_column(uses: Iterable[tuple[str, Key]]) -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = {}
    for column, key in dict.fromkeys(uses):
        found.setdefault(column, []).append(key)
    return found


def _contact_columns(pipeline: Pipeline) -> Iterator[tuple[str, Key]]:
    rules = contact_rules(pipeline)
    yield rules.address, ("source", "address")
    for rule in rules.variables:
        if rule.column is not None:
            yield rule.column, ("contacts", "variables", rule.name)


def _check_columns(pipeline: Pipeline, rows: Rows, used: Mapping[str, Sequence[Key]]) -> None:
    from connectors.sources.wanted_columns import NoSuchColumn, comes_near, hint_for

    known = {missing.name: missing for missing in rows.missing}
    absent = [known.get(name) or comes_near(name, rows.columns) for name in used if name not in rows.columns]
    if absent:
        lines = []
        for missing in absent:
            told = f"the source has no column “{missing.name}”. {missing.told} {hint_for(missing)}"
            lines.append(f"{pipeline.where(*used[missing.name][0])}: {' '.join(told.split())}")
        columns = f"Its columns are: {mask_text(', '.join(rows.columns))}."
        raise NoSuchColumn("\n".join(lines), hint=columns, missing=absent)
