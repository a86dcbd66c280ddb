"""`python -m tests.torture --budget SECONDS --seed N [--shard I/N] [--people N] [KIND…]`: faults, kills, hostile files,
ledger accidents, histories of calls, and a campaign of several days."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from random import Random

from connectors.ledger import Ledger
from tests.runs.calls.machine import try_histories
from tests.torture import accidents, faults, files, kills
from tests.torture.campaign import campaign
from tests.torture.journeys import JOURNEYS, Journey, Verdict, judge, settle
from tests.torture.world import World, preload, warm_up, world

MOST_TOLD = 20
HISTORIES, HISTORY = 3, 20  # so many at a time, of so many steps at most


@dataclass
class Tally:
    """What one kind of torture found."""

    name: str
    share: float
    done: int = 0
    of: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    aborts: list[str] = field(default_factory=list)

    def add(self, what: str, verdict: Verdict, aborts: list[str]) -> None:
        self.done += 1
        self.lost += [f"{what}: {one}" for one in verdict.lost]
        self.doubled += [f"{what}: {one}" for one in verdict.doubled]
        self.aborts += [f"{what}: {one}" for one in aborts]


@dataclass(frozen=True)
class Torture:
    """One run of it. shard: which of how many parts of the whole list this one does. people: of the campaign."""

    folder: Path
    seed: int
    shard: tuple[int, int]
    people: int

    @property
    def empty(self) -> Path:
        return self.folder / "empty" / "ledger.db"

    def world(self) -> Iterator[World]:
        with world(self.folder / "trial", self.empty) as made:
            yield made

    def mine(self, trials: list[object]) -> list[object]:
        """The shard's part of a list, in an order of the seed."""
        Random(self.seed).shuffle(trials)
        number, parts = self.shard
        return trials[number - 1 :: parts]

    def faults(self, tally: Tally, until: float) -> None:
        every = [(journey, *one) for journey in JOURNEYS for one in faults.matrix(journey.name)]
        tally.of = len(every)
        for journey, what, fault in self._until(self.mine(every), until):
            for made in self.world():
                words = journey.prepare(made)
                made.clinic.sandbox.faults.add(fault)
                made.run(*words)
                made.clinic.sandbox.faults.clear()
                self._settled(tally, what, made, journey, words)

    def kills(self, tally: Tally, until: float) -> None:
        every = [(journey, at) for journey in JOURNEYS for at in range(1, self._points(journey) + 1)]
        tally.of = len(every)
        for journey, at in self._until(self.mine(every), until):
            for made in self.world():
                words = journey.prepare(made)
                made.run(*words, hook=kills.hook(kills.Points(at)))
                self._settled(tally, f"{journey.name}: killed at point {at}", made, journey, words)

    def accidents(self, tally: Tally, until: float) -> None:
        every = list(accidents.all_accidents())
        tally.of = len(every)
        for name, journey in self._until(self.mine(every), until):
            for made in self.world():
                verdict = accidents.befall(made, name, journey, Random(f"{self.seed} {name} {journey.name}"))
                tally.add(f"{journey.name}: ledger {name}", verdict, made.aborts)

    def histories(self, tally: Tally, until: float) -> None:
        """Of calls, a few at a time, each time others."""
        while time.monotonic() < until:
            seed = int.from_bytes(f"{self.seed} {self.shard} {tally.done}".encode())
            try:
                try_histories(HISTORIES, HISTORY, seed=seed)
            except AssertionError as wrong:
                tally.lost.append("\n".join(["a history of calls", *getattr(wrong, "__notes__", ())]))
            tally.done += HISTORIES

    def inputs(self, tally: Tally, until: float) -> None:
        chance = Random(f"{self.seed} {self.shard}")
        mutated = files.mutations(chance, self.folder / "files")
        for path in self._until(chain(self.mine(list(files.committed())), mutated), until):
            aborts = files.read(path)
            tally.add(path.name, Verdict(), [aborts] if aborts else [])

    def campaign(self, tally: Tally, _until: float) -> None:
        """One, however long it takes."""
        tally.of = self.people
        folder = self.folder / "campaign"
        folder.mkdir()
        figures = campaign(folder, self.people)
        print(figures.told())
        tally.lost += figures.wrong
        tally.done = self.people

    def _until(self, every: Iterable, until: float) -> Iterator:
        """Those for which there is time; one however slow the machine is."""
        for number, trial in enumerate(every):
            if number and time.monotonic() > until:
                return
            yield trial

    def _points(self, journey: Journey) -> int:
        """How many points there are to be killed at."""
        count = self.folder / "points"
        for made in self.world():
            words = journey.prepare(made)
            made.run(*words, hook=kills.hook(kills.Points(None, count)))
        return int(count.read_text(encoding="ascii"))

    def _settled(self, tally: Tally, what: str, made: World, journey: Journey, words: list[str]) -> None:
        settle(made, journey, words)
        tally.add(what, judge(made, journey), made.aborts)


KINDS = {"inputs": 0.15, "accidents": 0.15, "histories": 0.1, "kills": 0.6, "faults": 1.0, "campaign": 1.0}


def torture(kinds: list[str], budget: float, seed: int, shard: tuple[int, int], people: int) -> list[Tally]:
    """These kinds, each with its share of the time; what one leaves the next may use."""
    tallies = [Tally(name, share) for name, share in KINDS.items() if name in kinds]
    end = time.monotonic() + budget
    preload()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        whole = Torture(Path(folder), seed, shard, people)
        whole.empty.parent.mkdir()
        Ledger.open(None, whole.empty.parent).close()
        for made in whole.world():
            warm_up(made)
        for tally in tallies:
            do: Callable[[Tally, float], None] = getattr(whole, tally.name)
            do(tally, time.monotonic() + tally.share * (end - time.monotonic()))
    return tallies


def tell(tallies: list[Tally]) -> bool:
    """The table, what went wrong, and the one line; whether nothing did."""
    print(f"{'':<12}{'done':>8}{'of':>8}{'lost':>8}{'doubled':>9}{'aborts':>8}")
    for one in tallies:
        of = f"{one.of:,}" if one.of else "-"
        print(f"{one.name:<12}{one.done:>8,}{of:>8}{len(one.lost):>8}{len(one.doubled):>9}{len(one.aborts):>8}")
    wrong = [text for one in tallies for text in (*one.lost, *one.doubled, *one.aborts)]
    for text in islice(wrong, MOST_TOLD):
        print(f"! {text}")
    done = Counter({one.name: one.done for one in tallies})
    lost, doubled, aborts = (sum(len(getattr(one, name)) for one in tallies) for name in ("lost", "doubled", "aborts"))
    print(
        f"faults injected {done['faults'] + done['accidents']}, kills {done['kills']}, inputs {done['inputs']}, "
        f"lost {lost}, doubled {doubled}, aborts {aborts}"
    )
    return not wrong


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("kinds", nargs="*", default=[], help=f"of {', '.join(KINDS)}; all unless named")
    parser.add_argument("--budget", type=float, default=600.0, help="seconds; the campaign comes on top")
    parser.add_argument("--people", type=int, default=5_000, help="of the campaign")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shard", default="1/1", help="such as 2/4: the second of four parts")
    given = parser.parse_args()
    if unknown := set(given.kinds) - KINDS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    number, _, parts = given.shard.partition("/")
    kinds = given.kinds or list(KINDS)
    sys.exit(0 if tell(torture(kinds, given.budget, given.seed, (int(number), int(parts)), given.people)) else 1)


if __name__ == "__main__":
    main()
