"""Settings become concrete parts: the one place that names connector classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from connectors.errors import ConfigurationError
from connectors.values import Rows
from flows.calls.guard import CallLimits
from flows.calls.rules import CallRules, Given
from flows.contacts.guard import GuardLimits
from flows.contacts.reading.number import AddressRules
from flows.contacts.rules import ContactRules, VariableRule
from flows.settings.models import (
    Calls,
    Contacts,
    ContactVariable,
    CsvSource,
    DatabaseSource,
    ExcelSource,
    Pipeline,
    Variable,
    Verboice,
)

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.verboice.client import VerboiceClient


class Source(Protocol):
    """Where rows come from. `read` raises ConfigurationError or CouldNotBeDone with the place and the next step."""

    @property
    def stem(self) -> str: ...
    def read(self) -> Rows: ...
    def describe(self) -> str: ...


def open_source(pipeline: Pipeline, *, path: Path | None = None, since: str | None = None) -> Source:
    """The pipeline's source; `path` puts a dropped file in the place of the configured file, table or query.

    since: a database source with a cursor reads only rows changed since this watermark.
    """
    settings = pipeline.source
    if path is not None:
        return _dropped(settings, path)
    if isinstance(settings, DatabaseSource):
        return _database(settings, since)
    sheet = settings.sheet if isinstance(settings, ExcelSource) else None
    return spreadsheet_source(settings.kind, settings.path, sheet=sheet, address=settings.address)


def _dropped(settings: CsvSource | ExcelSource | DatabaseSource, path: Path) -> Source:
    """A dropped file is read by what it is: people save a workbook as CSV and the other way round."""
    from connectors.sources.files import CSV_SUFFIXES, EXCEL_SUFFIXES, kind_of

    kind = kind_of(path)
    if kind is None:
        raise ConfigurationError(
            f"{path} is neither a spreadsheet nor a CSV file.",
            hint=f"Save it as one of: {', '.join(sorted(EXCEL_SUFFIXES | CSV_SUFFIXES))}.",
        )
    sheet = settings.sheet if isinstance(settings, ExcelSource) else None
    return spreadsheet_source(kind, path, sheet=sheet, address=settings.address, or_only_sheet=True)


def spreadsheet_source(
    kind: str, path: Path, *, sheet: str | None = None, address: str | None = None, or_only_sheet: bool = False
) -> Source:
    """A file as a source; `kind` is csv or excel, `address` the column that must be there, if one must.

    or_only_sheet: whether a workbook of one sheet may call it something else than `sheet`.
    """
    from connectors.sources.csv_source import CsvSource as Csv
    from connectors.sources.excel import ExcelSource as Excel

    if kind == "csv":
        return Csv(path, address=address)
    return Excel(path, sheet=sheet, address=address, or_only_sheet=or_only_sheet)


def _database(settings: DatabaseSource, since: str | None) -> Source:
    from connectors.sources.database import DatabaseSource as Database

    limit = settings.statement_timeout
    return Database(
        settings.url.get_secret_value(),
        query=settings.query,
        table=settings.table,
        address=settings.address,
        cursor=settings.cursor,
        since=since,
        **({} if limit is None else {"statement_timeout": limit.total_seconds()}),
    )


def open_client(pipeline: Pipeline) -> VerboiceClient:
    """A client for the pipeline's account, paced as the pipeline says. Close it after use."""
    return client_for(pipeline.verboice)


def client_for(settings: Verboice) -> VerboiceClient:
    """A client for an account. Close it after use."""
    from connectors.verboice.client import VerboiceClient
    from connectors.verboice.pacing import Pacer
    from connectors.verboice.session import Server

    server = Server(
        url=settings.url,
        account=settings.account,
        password=settings.password.get_secret_value(),
        timeout=settings.timeout,
        allow_insecure=settings.allow_insecure,
    )
    if settings.concurrency == "auto":
        return VerboiceClient(server, pacer=Pacer.auto(rate_limit=settings.rate_limit))
    return VerboiceClient(server, pacer=Pacer.fixed(settings.concurrency, rate_limit=settings.rate_limit))


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
        pipeline=pipeline.name,
        address=pipeline.source.address,
        region=pipeline.source.region,
        addresses=address_rules(pipeline),
        channel=_given("channel", calls.channel) or Given("channel"),
        call_flow=_given("call_flow", calls.call_flow),
        twiml=_given("twiml", calls.twiml),
        project_id=_given("project_id", calls.project_id),
        schedule=_given("schedule", calls.schedule),
        schedule_id=_given("schedule_id", calls.schedule_id),
        not_before=_given("not_before", calls.not_before),
        not_after=_given("not_after", calls.not_after),
        time_zone=_given("time_zone", calls.time_zone),
        variables=tuple(Given(name, one.column, one.value) for name, one in calls.vars.items()),
        campaign=calls.campaign or "",
        duplicates=calls.duplicates,
        repeat_after=calls.repeat_after,
    )


def _given(name: str, setting: Variable | None) -> Given | None:
    return None if setting is None else Given(name, setting.column, setting.value)


def call_limits(pipeline: Pipeline) -> CallLimits:
    """The pipeline's limits for calls."""
    return CallLimits(max_calls=pipeline.guard.max_calls, max_rejected=pipeline.guard.max_rejected)


def check_columns(pipeline: Pipeline, rows: Rows) -> None:
    """Raises ConfigurationError naming every column the contact sync uses and the source does not have."""
    _check_columns(pipeline, rows, _contact_columns(pipeline))


def check_call_columns(pipeline: Pipeline, rows: Rows) -> None:
    """Raises ConfigurationError naming every column the calls use and the source does not have."""
    _check_columns(pipeline, rows, dict(call_rules(pipeline).used_columns()))


def check_all_columns(pipeline: Pipeline, rows: Rows) -> None:
    """Raises ConfigurationError naming every column that any section uses and the source does not have."""
    used: dict[str, tuple[str, ...]] = {pipeline.source.address: ("source", "address")}
    used |= dict(call_rules(pipeline).used_columns()) if pipeline.calls is not None else {}
    used |= _contact_columns(pipeline) if pipeline.contacts is not None else {}
    _check_columns(pipeline, rows, used)


def _contact_columns(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    rules = contact_rules(pipeline)
    used: dict[str, tuple[str, ...]] = {rules.address: ("source", "address")}
    return used | {
        rule.column: ("contacts", "variables", rule.name) for rule in rules.variables if rule.column is not None
    }


def _check_columns(pipeline: Pipeline, rows: Rows, used: Mapping[str, tuple[str, ...]]) -> None:
    missing = {column: key for column, key in used.items() if column not in rows.columns}
    if missing:
        lines = [f"{pipeline.where(*key)}: the source has no column “{column}”." for column, key in missing.items()]
        raise ConfigurationError("\n".join(lines), hint=f"Its columns are: {', '.join(rows.columns)}.")
