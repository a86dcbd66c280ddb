"""A pipeline with a drop folder, and somebody who attends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.inbox.attendant import Attendant, Attended, Surroundings, settled_rounds

SETTLE = 0.02


@dataclass(frozen=True)
class DropBox:
    """The folder `in` of the pipeline `p`."""

    path: Path

    def attendant(self, **surroundings: object) -> Attendant:
        return Attendant("p", Surroundings(settle=SETTLE, **surroundings))

    def attend(self) -> list[Attended]:
        """Everything that lies there, worked on once."""
        return list(settled_rounds(self.attendant()))

    def drop(self, name: str, *lines: str, header: str = "Phone,Age,Colour") -> Path:
        self.path.mkdir(exist_ok=True)
        path = self.path / name
        path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return path

    def holds(self, where: str) -> list[str]:
        return sorted(path.name for path in (self.path / where).iterdir())


@pytest.fixture
def box(home: Path, pipeline: Callable[..., str]) -> DropBox:
    pipeline(Path("unused.xlsx"), inbox="in", **{"source.kind": "csv", "source.path": "unused.csv"})
    return DropBox(home / "in")
