"""What requests cost the server, in seconds during which it serves nobody else.

The figures are from the API sheet (3.11, 6.2, 6.3, 12.16), measured with a session cookie on an idle machine. A ledger
that has seen the real server puts its own in their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

MOST_SAMPLES = 2_000  # older observations count no more than so many requests: a server may move or grow


@dataclass(frozen=True, slots=True)
class ServerCosts:
    """Seconds. Each field is also the name under which a ledger keeps it.

    get: one look-up of one contact; put: one update of one. listed: the whole list, per contact in it. bulk_contact: an
    all.json, per contact of the project (it answers with all of them).
    bulk_lacking: on top, per contact that does not have the variable yet, for whom three statements are carried out.
    """

    get: float = 0.006
    put: float = 0.010
    listed: float = 0.0015
    bulk_contact: float = 0.0025
    bulk_lacking: float = 0.0045

    @classmethod
    def of(cls, measured: Mapping[str, float]) -> Self:
        """The usual costs, corrected by what was measured."""
        return cls(**{field.name: measured[field.name] for field in fields(cls) if field.name in measured})

    def list(self, contacts: int) -> float:
        """One contacts.json of a project with so many contacts."""
        return self.get + contacts * self.listed

    def bulk(self, contacts: int, lacking: int) -> float:
        """One all.json that sets variables which `lacking` contacts (counted per variable) do not have yet."""
        return contacts * self.bulk_contact + lacking * self.bulk_lacking


@dataclass(frozen=True, slots=True)
class Observed:
    """A cost as measured over so many requests or contacts."""

    value: float
    samples: int

    def then(self, later: Observed) -> Observed:
        """Both together, each by its weight."""
        before = min(self.samples, MOST_SAMPLES)
        samples = before + later.samples
        return Observed((self.value * before + later.value * later.samples) / samples, samples)
