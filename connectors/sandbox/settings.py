"""The switches of the sandbox: which Verboice it plays, on which deployment, and what a request costs there."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self

from connectors.sandbox.wire.ruby import JsonValue


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """All switches, with a current Verboice on Puma as the default; seconds are wall seconds, numbers the API sheet's.

    version: the release; decides `details_route` and `cancel_spelling` unless those are set (9.1, 9.5).
    guisso, guisso_health: InSTEDD single sign-on in front of the accounts, and the state of that server (1.16-1.20).
    path_decoding: `raw` as Puma, `early` as Apache with Passenger: no way to an address with a dot or slash (4.5).
    sql_mode: `strict` answers 500 to what does not fit a column, `truncating` cuts it silently (5.15, 5.16).
    front_end: which proxy judges sizes first: 414 for long request lines, 413 for bodies over 1 MB (12.1, 12.2).
    front_end_timeout: after so many seconds the proxy answers 504 while the work goes on and is committed (12.4).
    workers: requests worked on at once; the others wait in order of arrival (12.3).
    request_seconds, login_seconds, contact_seconds: cost of a request, of one without a valid cookie on top, of each
      listed contact on top.
    broker_seconds: how long the broker keeps those waiting who ask it for something (8.24, 10.4).
    channel_status: whether the broker answers with the channels' status (10.2).
    queue_row_seconds: time between a call's log and its queue row; with several workers a later call can overtake an
      earlier one, which then stays queued for good (8.25).
    call_seconds: how long a call stays in each of its stages; None leaves it to `Sandbox.advance`.
    call_seed: another seed gives the same people other fates (busy, no answer...).
    """

    version: str = "3.5.1"
    guisso: bool = False
    guisso_health: Literal["up", "error", "down"] = "up"
    path_decoding: Literal["raw", "early"] = "raw"
    sql_mode: Literal["strict", "truncating"] = "strict"
    front_end: Literal["none", "nginx", "apache"] = "none"
    front_end_timeout: float | None = None
    details_route: bool | None = None
    cancel_spelling: str | None = None
    workers: int = 1
    request_seconds: float = 0.0
    login_seconds: float = 0.0
    contact_seconds: float = 0.0
    broker_seconds: float = 0.0
    queue_row_seconds: float = 0.0
    channel_status: bool = False
    call_seconds: float | None = None
    call_seed: int = 0

    def changed(self, **changes: JsonValue) -> Self:
        """A copy with some switches changed. Raises ValueError for a switch or a value there is not."""
        known = {field.name for field in fields(self)}
        if unknown := sorted(set(changes) - known):
            raise ValueError(f"no such setting: {', '.join(unknown)}")
        settings = replace(self, **changes)
        settings.check()
        return settings

    def check(self) -> None:
        """Raises ValueError for a value that no server could be run with."""
        choices = {
            "guisso_health": ("up", "error", "down"),
            "path_decoding": ("raw", "early"),
            "sql_mode": ("strict", "truncating"),
            "front_end": ("none", "nginx", "apache"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}")
        if self.workers < 1:
            raise ValueError("workers must be at least 1")

    def at_least(self, *release: int) -> bool:
        """Whether the release played is this one or newer."""
        return tuple(int(part) for part in self.version.split(".")) >= release

    @property
    def has_details_route(self) -> bool:
        """Routed up to 3.1.1 only (API sheet 9.1)."""
        return self.details_route if self.details_route is not None else not self.at_least(3, 1, 2)

    @property
    def cancelled(self) -> str:
        """`canceled` up to 3.4.0, `cancelled` from 3.4.1 (API sheet 9.5)."""
        return self.cancel_spelling or ("cancelled" if self.at_least(3, 4, 1) else "canceled")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
