"""One pipeline of several that are served: its fault is said under its name, and what changed is taken up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from connectors.errors import ConfigurationError
from flows.orchestration import member
from flows.orchestration.member import Member


@dataclass
class World:
    """A pipeline file, its member, and what the member said."""

    file: Path
    member: Member
    said: list[str] = field(default_factory=list)

    def rounds(self, number: int) -> None:
        """So many looks, as the member's own thread takes them."""
        looks = iter(range(number))

        class Stop(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                return timeout == member.LOOK and next(looks, None) is None

        self.member.look_after(Stop())


@pytest.fixture
def world(home: Path, pipeline: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(member, "reconcile", lambda _pipeline: [])
    name = pipeline(home / "p.xlsx", inbox="in")
    said: list[str] = []
    made = World(home / "configs" / "p.yaml", Member(name, lambda _typed: [], said.append), said)
    made.member.deployments = {"watch-inbox/p": uuid4()}
    return made


def test_a_broken_file_is_said_once_and_again_when_it_is_another_fault_or_none(world: World) -> None:
    good = world.file.read_text()
    world.rounds(2)
    assert world.said == []
    world.file.write_text(good + "nonsense: 1\n")
    world.rounds(5)
    world.file.rename(world.file.with_suffix(".away"))
    world.rounds(5)
    world.file.write_text(good)
    world.rounds(5)
    assert [line.startswith("p: ") for line in world.said] == [True] * 3
    assert "nonsense" in world.said[0]
    assert "there is no such pipeline file" in world.said[1]
    assert "put right" in world.said[2]


def test_a_ledger_out_of_reach_is_said_under_the_name(world: World, home: Path) -> None:
    world.rounds(1)
    folder = home / ".verboice-sync"
    folder.rename(home / "elsewhere")
    folder.touch()
    (home / "in" / "x.csv").touch()
    world.member._upkeep_at = float("-inf")
    world.rounds(3)
    (told,) = world.said
    assert told.startswith("p: ")
    folder.unlink()
    (home / "elsewhere").rename(folder)
    world.rounds(1)
    assert "put right" in world.said[-1]


def test_a_change_is_taken_up_and_one_that_means_the_same_is_not_told(world: World, home: Path) -> None:
    world.rounds(1)
    assert world.member.is_to_be_registered
    world.member.is_to_be_registered = False
    text = world.file.read_text()
    world.file.write_text(f"# a comment\n{text}")
    world.rounds(2)
    assert (world.said, world.member.is_to_be_registered) == ([], False)
    world.file.write_text(text.replace("inbox: in", "inbox: other"))
    world.rounds(2)
    assert world.said == ["p: its file has changed, and is taken up."]
    assert world.member.is_to_be_registered
    assert (home / "other" / "processing").is_dir()


def test_a_name_that_another_one_has_is_not_taken_up(world: World, pipeline: Callable[..., str]) -> None:
    other = Member("other", lambda _typed: [], world.said.append)
    world.rounds(1)
    other.others = [world.member]
    (world.file.parent / "other.yaml").write_text(world.file.read_text() + "name: p\n")
    with pytest.raises(ConfigurationError, match="both named p"):
        other.take_up_changes()


def test_a_server_that_does_not_answer_is_left_to_whoever_polls(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_pipeline: str) -> list[str]:
        raise httpx.ConnectError("away")

    monkeypatch.setattr(member, "reconcile", away)
    world.rounds(3)
    assert world.said == []
