"""Drivers that only some need: extras of the distribution, asked for where they are first used."""

from __future__ import annotations

from importlib.util import find_spec

from connectors.errors import ConfigurationError

_EXTRAS = {
    "psycopg": ("PostgreSQL", "postgresql"),
    "pymysql": ("MySQL and MariaDB", "mysql"),
    "apprise": ("Notices", "notify"),
}


def require_driver(module: str) -> None:
    """Raises ConfigurationError that names the extra with the driver, where it is not installed."""
    if find_spec(module) is None:
        what, extra = _EXTRAS[module]
        raise ConfigurationError(
            f"{what} cannot be used: the part {module} is not installed.",
            hint=f"Install it: pip install 'verboice-sync[{extra}]'.",
        )
