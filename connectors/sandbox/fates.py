"""What happens to whoever is called: as somebody chose it for their address, or else by chance, the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

OUTCOMES = (
    "completed",
    "busy",
    "no-answer",
    "hangup",
    "error",
    "unknown error",
    "internal error",
    "active-for-too-long",
)
_SHARES = ((70, "completed"), (82, "no-answer"), (92, "busy"), (97, "hangup"), (100, "error"))
T = TypeVar("T")


class Fates:
    """How calls to addresses end, and what is said in them. An address may be a pattern (`85512*`); one that is meant
    as a whole goes before those, and of patterns the first that fits."""

    def __init__(self) -> None:
        self._outcomes: dict[str, tuple[str, ...]] = {}
        self._answers: dict[int, dict[str, dict[str, str]]] = {}

    def forget(self) -> None:
        """As if nothing had ever been chosen."""
        self._outcomes.clear()
        self._answers.clear()

    def set_outcomes(self, address: str, outcomes: Sequence[str]) -> None:
        """Attempt by attempt, the last one for all later ones. Raises ValueError for an outcome there is not."""
        if unknown := set(outcomes) - set(OUTCOMES):
            raise ValueError(f"outcomes are {', '.join(OUTCOMES)}, not {', '.join(sorted(unknown))}")
        self._outcomes[address] = tuple(outcomes)

    def set_answers(self, project_id: int, address: str, variables: Mapping[str, str]) -> None:
        """The variables that whoever answers there sets."""
        self._answers.setdefault(project_id, {})[address] = dict(variables)

    def outcome(self, address: str, attempt: int, *, seed: int) -> str:
        """How this attempt ends; the first is 0."""
        if chosen := _chosen(self._outcomes, address):
            return chosen[min(attempt, len(chosen) - 1)]
        digest = hashlib.sha256(f"{seed}:{address}:{attempt}".encode("utf-8", "replace")).digest()
        chance = int.from_bytes(digest[:4]) % 100
        return next(outcome for below, outcome in _SHARES if chance < below)

    def answers(self, project_id: int, address: str) -> Mapping[str, str]:
        """The variables that whoever answers there sets; mostly none."""
        return _chosen(self._answers.get(project_id, {}), address) or {}


def _chosen(by_address: Mapping[str, T], address: str) -> T | None:
    fitting = (chosen for pattern, chosen in by_address.items() if fnmatchcase(address, pattern))
    return by_address.get(address) or next(fitting, None)
