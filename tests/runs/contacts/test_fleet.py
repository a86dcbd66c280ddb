"""A push cut into parts: what each part sends, and what a part may not send any more. No Prefect server needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import CouldNotBeDone
from flows.runs.contacts.fleet import FEWEST, Piece, cut, push_part, send_by_fleet
from flows.runs.contacts.journal import Errands
from flows.runs.contacts.write import Write
from flows.runs.execution import Started, execute
from flows.runs.run import Ended

PEOPLE = [f"855120{n:05}" for n in range(3 * FEWEST)]


def writes(number: int, *, first: int = 0) -> Errands:
    singles = tuple(Write(first + n, "put", n, "85512345678", {"age": "1"}) for n in range(number))
    return Errands(singles, None, datetime.now(UTC), frozenset())


@given(st.integers(0, 5_000), st.integers(0, 3), st.integers(1, 20))
def test_the_parts_are_all_requests_each_once(number: int, first: int, parts: int) -> None:
    pieces = cut(writes(number, first=first), run_id="r", project_id=1, parts=parts)
    covered = [seq for piece in pieces for seq in range(piece.first, piece.end)]
    assert covered == [write.seq for write in writes(number, first=first).singles]
    assert len(pieces) <= parts
    assert len(pieces) == 1 or min(piece.end - piece.first for piece in pieces) >= FEWEST


@pytest.fixture
def big(clinic, pipeline, home: Path) -> str:
    """A pipeline whose source changes all of many people."""
    clinic.sandbox.add_contacts(clinic.project, [([address], {"age": "1"}) for address in PEOPLE])
    source = home / "big.csv"
    source.write_text("Phone,Age\n" + "".join(f"{address},2\n" for address in PEOPLE))
    changes = {"source.kind": "csv", "source.region": None, "contacts.variables": {"age": "Age"}}
    return pipeline(source, **changes, **{"contacts.bulk": "never", "guard.max_overwrites": "100%"})


def by_fleet(name: str, hand_out: Callable[[Sequence[Piece]], None]) -> Ended:
    return execute(Started("sync", name), lambda run: send_by_fleet(run, hand_out=hand_out, parts=3))


def unpaced(_requests: int) -> None:
    """No limit that workers share."""


def test_the_parts_together_are_the_whole_push_and_the_report_tells_all_of_it(big: str, clinic) -> None:
    paced: list[int] = []

    def hand_out(pieces: Sequence[Piece]) -> None:
        assert len(pieces) == 3
        for piece in reversed(pieces):
            assert push_part(big, piece, paced.append) == 0

    ended = by_fleet(big, hand_out)
    assert ended.error is None
    assert ended.report.summary["rows"]["updated"] == len(PEOPLE)
    assert clinic.puts() == len(PEOPLE) == sum(paced)


def test_a_part_started_again_sends_only_what_was_not_sent(big: str, clinic) -> None:
    def dies(_requests: int) -> None:
        if clinic.puts() >= 50:
            raise CouldNotBeDone("the worker dies here")

    def hand_out(pieces: Sequence[Piece]) -> None:
        with pytest.raises(CouldNotBeDone):
            push_part(big, pieces[0], dies)
        for piece in pieces:
            assert push_part(big, piece, unpaced) == 0
            assert push_part(big, piece, unpaced) == 0

    assert by_fleet(big, hand_out).report.summary["rows"]["updated"] == len(PEOPLE)
    assert clinic.puts() == len(PEOPLE)


def test_parts_that_nobody_sent_are_left_to_resume(big: str, clinic, cli) -> None:
    ended = by_fleet(big, lambda pieces: [push_part(big, piece, unpaced) for piece in pieces[:2]] and None)
    assert isinstance(ended.error, CouldNotBeDone)
    assert f"resume {ended.report.summary['run_id']}" in str(ended.error)
    assert cli("resume", ended.report.summary["run_id"]).status == 0
    assert clinic.puts() == len(PEOPLE)


def test_a_part_of_a_run_that_is_over_sends_nothing(big: str, clinic) -> None:
    kept: list[Piece] = []
    by_fleet(big, kept.extend)
    clinic.sandbox.log.reset()
    (home_run,) = {piece.run_id for piece in kept}
    assert home_run
    execute(Started("sync", big), lambda run: send_by_fleet(run, hand_out=lambda _pieces: None, parts=3))
    with pytest.raises(CouldNotBeDone, match="is over"):
        push_part(big, kept[0], unpaced)
    assert clinic.puts() == 0
