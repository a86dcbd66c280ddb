"""Database URLs: the driver meant, the database named for people, and credentials kept out of messages."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, quote_plus

import sqlalchemy as sa
from sqlalchemy.engine import URL

from connectors.drivers import require_driver
from connectors.errors import ConfigurationError

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_EXAMPLE = "Write it like postgresql://user:password@host/database, mysql://… or sqlite:///folder/file.db."
_SECRET_OPTIONS = (
    "password", "passwd", "sslpassword", "ssl_key_password", "odbc_connect", "token", "access_token", "api_key",
    "motherduck_token", "private_key",
)  # fmt: skip
_EXTRAS = {"duckdb": 'pip install "verboice-sync[duckdb]"'}
_NAMES = {
    "postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "mssql": "SQL Server", "oracle": "Oracle",
    "duckdb": "DuckDB",
}  # fmt: skip


def database_url(text: str) -> URL:
    """The URL, with the driver this project brings where it brings one; else with whatever SQLAlchemy finds installed.

    Raises ConfigurationError, which never repeats the URL, also for a kind of database without an installed driver.
    """
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigurationError("The database URL cannot be understood.", hint=_EXAMPLE) from None
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        _check_driver(url)
        return url
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("The database URL names no database.", hint=_EXAMPLE)
    if "+" in driver:
        require_driver(driver.partition("+")[2])
    return url.set(drivername=driver)


def is_fully_checked(url: URL) -> bool:
    """Whether this project knows how to have the database refuse writes and too long statements."""
    return url.get_backend_name() in _DRIVERS


def _check_driver(url: URL) -> None:
    kind = url.get_backend_name()
    try:
        url.get_dialect().import_dbapi()
    except sa.exc.NoSuchModuleError:
        raise ConfigurationError(
            f'There is no driver for a database of kind "{kind}".',
            hint=_EXTRAS.get(kind, f"{_EXAMPLE} For others install their SQLAlchemy dialect."),
        ) from None
    except ImportError as error:
        raise ConfigurationError(
            f'The driver for a database of kind "{kind}" is not installed.', hint=f"pip install {error.name or kind}"
        ) from None


def sqlite_file(url: URL) -> Path:
    """The file of an SQLite URL. Raises ConfigurationError when there is none: SQLite would create an empty one."""
    path = Path((url.database or "").removeprefix("file:"))
    if not path.is_file():
        raise ConfigurationError(
            f"{path} does not exist, or is not a file.", hint="Check the path in the database URL."
        )
    return path


def named(url: URL) -> str:
    """The database for people: kind, name and host; never the account."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite file {url.database}"
    kind = _NAMES.get(url.get_backend_name(), url.get_backend_name())
    return f'{kind} database "{url.database or ""}"' + (f" on {url.host}" if url.host else "")


def without_secrets(text: str, url: URL) -> str:
    """A driver's message without the URL's secrets, in whatever spelling they may appear."""
    secrets = [str(url.password or "")]
    for option in _SECRET_OPTIONS:
        value = url.query.get(option, "")
        secrets += [value] if isinstance(value, str) else list(value)
    for secret in filter(None, secrets):
        for spelling in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}:
            text = text.replace(spelling, "***")
    return " ".join(text.split())
