"""What is tortured: commands that change something, how each is settled afterwards, and what must then be true."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.torture.world import NEWCOMERS, PEOPLE, World

ROUNDS = 6  # of going on, after which what is still open counts as lost
WANTED = {address: 30 + n for n, address in enumerate(PEOPLE)}
EVERYBODY = {**WANTED, **dict.fromkeys(NEWCOMERS, 7)}


@dataclass(frozen=True)
class Verdict:
    """What came out wrong: values, calls or contacts that are missing, and those there once too often."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Journey:
    """prepare: commands before, and the words of the command that is tortured. expected: everybody's age at the end.
    again: whether typing the command anew is a way to go on; else `resume` alone is. rung: who is called."""

    name: str
    prepare: Callable[[World], list[str]]
    expected: dict[str, int]
    again: bool = True
    rung: tuple[str, ...] = ()


def _sheet(ages: dict[str, int], *words: str) -> Callable[[World], list[str]]:
    def prepare(world: World) -> list[str]:
        world.write_sheet(ages)
        return list(words)

    return prepare


def _apply(world: World) -> list[str]:
    world.write_sheet(EVERYBODY)
    world.run("plan", "p", "--out", "plan.json")
    return ["apply", "plan.json", "--json"]


def _set_all(world: World) -> list[str]:
    world.write_sheet(WANTED)
    checksum = json.loads(world.run("set-all", "p", "age=77", "--json").out)["plan"]["checksum"]
    return ["set-all", "p", "age=77", "--approve", checksum, "--json"]


def _undo(world: World) -> list[str]:
    world.write_sheet(WANTED)
    return ["undo", world.run("sync", "p", "--json").run, "--json"]


def _track(world: World) -> list[str]:
    world.write_sheet(WANTED)
    run = world.run("call", "p", "--json").run
    world.clinic.sandbox.advance(9)
    return ["track", run, "--json"]


SAME = dict.fromkeys(PEOPLE, 1)
JOURNEYS = (
    Journey("sync", _sheet(WANTED, "sync", "p", "--json"), WANTED),
    Journey("create", _sheet(EVERYBODY, "sync", "p", "--json"), EVERYBODY),
    Journey("backfill", _sheet(EVERYBODY, "backfill", "p", "--json"), EVERYBODY),
    Journey("apply", _apply, EVERYBODY, again=False),
    Journey("set-all", _set_all, dict.fromkeys(PEOPLE, 77), again=False),
    Journey("undo", _undo, SAME, again=False),
    Journey("call", _sheet(WANTED, "call", "p", "--json"), SAME, rung=tuple(PEOPLE)),
    Journey("track", _track, SAME, rung=tuple(PEOPLE)),
)


def settle(world: World, journey: Journey, words: list[str]) -> None:
    """What a careful person does: go on with the run, settle what is uncertain by Verboice's log, type it again."""
    for _ in range(ROUNDS):
        run = world.last_run()
        if run:
            world.run("resume", run, "--json")
            _settle_calls(world, run)
        if not journey.again and not judge(world, journey).lost:
            return
        if world.run(*words).status in (0, 4) and not judge(world, journey).lost:
            return


def _settle_calls(world: World, run: str) -> None:
    """Uncertain rows are looked up in the server's own log, which a person would do."""
    rung = set(world.clinic.rung())
    told = world.run("resolve", run, "--json")
    if told.status not in (0, 4) or '"uncertain"' not in told.out:
        return
    for problem in json.loads(told.out)["problems"]:
        if problem["status"] == "uncertain":
            address = PEOPLE[problem["row"] - 2]
            world.run("resolve", run, "--row", str(problem["row"]), "--placed" if address in rung else "--not-placed")


def judge(world: World, journey: Journey) -> Verdict:
    """The server's state beside the model's."""
    ages = world.ages()
    wanted = {address: str(age) for address, age in journey.expected.items()}
    lost = [
        f"{address} has {ages.get(address)}, not {age}" for address, age in wanted.items() if ages.get(address) != age
    ]
    strangers = [f"{address} was not asked for" for address in ages if address not in wanted]
    listed = [a for c in world.clinic.sandbox.contacts(world.clinic.project) for a in c["addresses"]]
    rung = Counter(world.clinic.rung())
    lost += [f"{address} was not rung" for address in journey.rung if not rung[address]]
    twice = [f"{address} was rung {n} times" for address, n in rung.items() if n > 1 or address not in journey.rung]
    return Verdict(
        tuple(lost), (*strangers, *(f"{a} is there twice" for a, n in Counter(listed).items() if n > 1), *twice)
    )
