"""Kills without warning: before and after every write to the ledger, and every request."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connectors.verboice.session import Session
from tests.torture.world import KILLED, Hook

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH")


class Points:
    """Numbers the points a command passes, kills it at one of them, or writes down how many there were."""

    def __init__(self, at: int | None, count: Path | None = None) -> None:
        self._at = at
        self._count = count
        self._passed = 0

    def passed(self, *_facts: object, **_named: object) -> None:
        self._passed += 1
        if self._passed == self._at:
            os._exit(KILLED)
        if self._count is not None:
            self._count.write_text(str(self._passed), encoding="ascii")

    def statement(self, _connection: Any, _cursor: Any, statement: str, *_facts: object) -> None:
        if statement.lstrip().upper().startswith(_WRITES):
            self.passed()


def hook(points: Points) -> Hook:
    """To be called in the process of the command."""

    def install() -> None:
        for event in ("before_cursor_execute", "after_cursor_execute"):
            sa.event.listen(Engine, event, points.statement)
        sa.event.listen(Engine, "commit", points.passed)
        send: Callable[..., Any] = Session._exchange

        def sent(*facts: object, **named: object) -> object:
            points.passed()
            try:
                return send(*facts, **named)
            finally:
                points.passed()

        Session._exchange = sent  # type: ignore[method-assign]

    return install
