"""What psycopg has to be told to read dates and texts leniently; imported only where there is PostgreSQL."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.datetime import (
    DateLoader,
    IntervalLoader,
    TimeLoader,
    TimestampLoader,
    TimestamptzLoader,
    TimetzLoader,
)

from connectors.sources.databases.lenient import Data, OutOfRange, text_of

_TEXTS = ("text", "varchar", "bpchar", "name")
_LOADERS = {
    "date": DateLoader, "time": TimeLoader, "timetz": TimetzLoader, "timestamp": TimestampLoader,
    "timestamptz": TimestamptzLoader, "interval": IntervalLoader,
}  # fmt: skip


def read_dates_leniently(driver: Any) -> None:  # noqa: ANN401 - psycopg's connection has a type of its result
    """What no calendar of Python has becomes `OutOfRange`."""
    for name, loader in _LOADERS.items():
        driver.adapters.register_loader(name, _lenient(loader))


def read_undeclared_text(driver: Any) -> None:  # noqa: ANN401 - as above
    """In a PostgreSQL database without an encoding (SQL_ASCII), texts are bytes: read them as UTF-8."""
    if driver.info.encoding == "ascii":
        for name in _TEXTS:
            driver.adapters.register_loader(name, _TextLoader)


class _TextLoader(psycopg.adapt.Loader):
    def load(self, data: Data) -> str:
        return text_of(data)


def _lenient(loader: Any) -> type:  # noqa: ANN401 - one of the driver's loader classes, of which none is in common
    class Lenient(loader):  # type: ignore[misc]
        def load(self, data: Data) -> object:
            try:
                return super().load(data)
            except psycopg.DataError:
                return OutOfRange(bytes(data).decode())

    return Lenient
