"""Faults on demand: which requests go wrong, and how."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any, Literal, get_args

Cut = Literal["cut", "cut_between_chunks"]
FaultAction = Literal["reply", "delay", "drop_before", "drop_after", "late", "html", "truncate", "drip", "endless", Cut]
ACTIONS = get_args(FaultAction)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the requests that match.

    action:
      `reply`: answers `status` (503 unless set), `headers` and `body` without working (with `commits`: after working);
      `delay`: works as usual, `seconds` later;
      `drop_before`, `drop_after`: the connection ends before, after the work is done;
      `late`: answers `status` (504 unless set) at once, does the work `seconds` later;
      `html`: answers 200 and a login page without working;
      `truncate`: does the work and answers half of the body as if it were whole;
      `drip`: does the work and answers one byte each `seconds`;
      `endless`: does the work and answers a body that has no end;
      `cut`: does the work, promises the whole body and ends the connection half way;
      `cut_between_chunks`: the same, but half of the body is a whole chunk, and only the last, empty one is missing.
    method, path: regular expressions, searched in the method and in the undecoded path with its query.
    every: only each n-th matching request; skip: not the first n; times: at most n altogether.
    probability, seed: by chance, the same ones for the same seed.
    """

    action: FaultAction
    method: str = ""
    path: str = ""
    every: int = 1
    skip: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    status: int | None = None
    body: str = ""
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    commits: bool = False

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}")
        if self.every < 1:
            raise ValueError("every must be at least 1")
        re.compile(self.method), re.compile(self.path)


class _Rule:
    """A fault with the count of requests it has seen."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0
        self.done = 0
        self._chance = random.Random(fault.seed)  # noqa: S311 - chance, not secrecy
        self._method = re.compile(fault.method)
        self._path = re.compile(fault.path)

    def strikes(self, method: str, target: str) -> bool:
        fault = self.fault
        if fault.times is not None and self.done >= fault.times:
            return False
        if not (self._method.search(method) and self._path.search(target)):
            return False
        self.seen += 1
        if self.seen <= fault.skip or (self.seen - fault.skip) % fault.every:
            return False
        if fault.probability < 1.0 and self._chance.random() >= fault.probability:
            return False
        self.done += 1
        return True


class Faults:
    """The list of faults in force; for each request the first that strikes counts."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = Lock()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._rules = [*self._rules, *(_Rule(fault) for fault in faults)]

    def clear(self) -> None:
        with self._lock:
            self._rules = []

    def strike(self, method: str, target: str) -> Fault | None:
        if not self._rules:
            return None
        with self._lock:
            return next((rule.fault for rule in self._rules if rule.strikes(method, target)), None)

    def as_dicts(self) -> list[dict[str, Any]]:
        """Each fault with how often it matched (`seen`) and struck (`done`)."""
        with self._lock:
            return [asdict(rule.fault) | {"seen": rule.seen, "done": rule.done} for rule in self._rules]
