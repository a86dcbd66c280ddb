"""Settings become concrete parts: the one place that names connector classes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from connectors.errors import ConfigurationError
from connectors.values import Rows
from flows.contacts.guard import GuardLimits
from flows.contacts.rules import ContactRules, VariableRule
from flows.settings.models import Contacts, ContactVariable, CsvSource, DatabaseSource, ExcelSource, Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.verboice.client import VerboiceClient


class Source(Protocol):
    """Where rows come from. `read` raises ConfigurationError or CouldNotBeDone with the place and the next step."""

    @property
    def stem(self) -> str: ...
    def read(self) -> Rows: ...
    def describe(self) -> str: ...


def open_source(pipeline: Pipeline, *, path: Path | None = None) -> Source:
    """The pipeline's source; `path` puts a dropped file in the place of the configured one."""
    settings = pipeline.source
    if isinstance(settings, DatabaseSource):
        return _database(settings)
    if path is not None or isinstance(settings, CsvSource | ExcelSource):
        file = path or settings.path
        return _spreadsheet(settings, file)
    raise ConfigurationError(pipeline.where("source") + " cannot be opened.")


def _spreadsheet(settings: CsvSource | ExcelSource, path: Path) -> Source:
    from connectors.sources.csv_source import CsvSource as Csv
    from connectors.sources.excel import ExcelSource as Excel

    if isinstance(settings, CsvSource):
        return Csv(path, address=settings.address)
    return Excel(path, sheet=settings.sheet, address=settings.address)


def _database(settings: DatabaseSource) -> Source:
    from connectors.sources.database import DatabaseSource as Database

    return Database(
        settings.url.get_secret_value(), query=settings.query, table=settings.table, address=settings.address
    )


def open_client(pipeline: Pipeline) -> VerboiceClient:
    """A client for the pipeline's account, paced as the pipeline says. Close it after use."""
    from connectors.verboice.client import VerboiceClient
    from connectors.verboice.pacing import Pacer
    from connectors.verboice.session import Server

    settings = pipeline.verboice
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
        clear_marker=contacts.clear_marker,
        missing=contacts.missing,
        fill_only=fill_only,
    )


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


def check_columns(pipeline: Pipeline, rows: Rows) -> None:
    """Raises ConfigurationError naming every column the pipeline uses and the source does not have."""
    rules = contact_rules(pipeline)
    used: dict[str, tuple[str, ...]] = {
        rule.column: ("contacts", "variables", rule.name) for rule in rules.variables if rule.column is not None
    }
    used[rules.address] = ("source", "address")
    missing = {column: key for column, key in used.items() if column not in rows.columns}
    if missing:
        lines = [f"{pipeline.where(*key)}: the source has no column “{column}”." for column, key in missing.items()]
        raise ConfigurationError("\n".join(lines), hint=f"Its columns are: {', '.join(rows.columns)}.")
