"""`retention`: what is older goes but for keyed hashes, nobody is rung again, and what is still to be seen to stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.ledger import Ledger
from flows.runs.retention import remove_older
from tests.forgetting.conftest import texts
from tests.worlds import CALLS, CROWD, PATIENTS, Clinic, Said, able_to_call, gather_crowd, number, signed_out

Command = Callable[..., Said]
HEADER = ("Phone", "Name", "Dose")
WORDS = ("12345678", "12999888", "12777666")


@pytest.fixture
def clinic(clinic: Clinic) -> Clinic:
    """`tests.worlds.able_to_call`"""
    return able_to_call(clinic)


@pytest.fixture
def batch(sheet: Callable[..., Path], pipeline: Callable[..., str]) -> str:
    """A pipeline that calls, and keeps details for ten days."""
    calls = {**CALLS, "vars": {"name": "Name", "dose": "Dose"}}
    return pipeline(sheet(*PATIENTS, header=HEADER), calls=calls, contacts=None, retention="10d", ledger_backups=0)


def age(home: Path, run_id: str, days: int = 11) -> None:
    """The run was so long ago, and today nobody has looked yet."""
    then = datetime.now(UTC) - timedelta(days=days)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        ended = {} if ledger.run(run_id).finished_at is None else {"finished_at": then}
        ledger.note_run(run_id, started_at=then, **ended)
    for looked in (home / ".verboice-sync" / "retention").glob("*"):
        looked.unlink()


def kept_of(home: Path, run_id: str) -> bool:
    return (home / ".verboice-sync" / "runs" / run_id).exists()


def left(home: Path, *besides: str) -> set[str]:
    """Where one of the people still stands in the home folder, but for the folders of these runs."""
    found = {place for place, text in texts(home / ".verboice-sync") if any(word in text for word in WORDS)}
    return {place for place in found if not any(run_id in place for run_id in besides)}


def test_what_is_older_goes_and_nobody_is_rung_again(home: Path, batch: str, cli: Command, clinic: Clinic) -> None:
    first = cli("call", batch, "--json").json["run_id"]
    rung = clinic.rung()
    assert rung
    assert f"the oldest until {datetime.now(UTC) + timedelta(days=10):%Y-%m-%d}" in cli("check", batch).out
    age(home, first)
    told = cli("check", batch).out
    assert f"Run {first} is older and still kept: the pipeline's next run of another day removes it." in told
    assert left(home)

    second = cli("call", batch, "--json").json
    assert second["rows"]["skipped"] == len(rung)
    assert clinic.rung() == rung
    assert not kept_of(home, first)
    assert left(home, second["run_id"]) <= {"ledger.db", "ledger.db: ledger_rows"}  # of the second run
    told = cli("check", batch).out
    assert "now of 1 run, " in told
    assert "still kept" not in told
    shown = cli("runs", first)
    assert (shown.status, kept_of(home, first)) == (0, False)
    assert "`retention`" in cli("track", first).err

    age(home, second["run_id"], days=12)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        remove_older("p", ledger, home / ".verboice-sync", before=datetime.now(UTC) - timedelta(days=10))
    assert left(home) == set()
    assert cli("call", batch, "--json").json["rows"]["skipped"] == len(rung)
    assert clinic.rung() == rung


def test_who_was_called_once_more_since_is_reduced_as_well(
    home: Path, batch: str, cli: Command, clinic: Clinic
) -> None:
    for times in (1, 2, 3):
        run = cli("call", batch, "--json", *(("--again", "asked to") if times > 1 else ()))
        assert run.status == 0, run.err
        assert len(clinic.rung()) == times * 3
        age(home, run.json["run_id"])
    assert cli("call", batch, "--json").json["rows"]["skipped"] == 3
    assert len(clinic.rung()) == 9


def test_what_somebody_has_to_see_to_is_kept_and_told(home: Path, batch: str, cli: Command, clinic: Clinic) -> None:
    first = cli("call", batch, "--json").json["run_id"]
    with Ledger.open(None, home / ".verboice-sync") as ledger, ledger._db.writing() as connection:
        connection.exec_driver_sql("UPDATE ledger_calls SET state = 'uncertain', settled_at = NULL")
    age(home, first)
    assert cli("call", batch, "--json").status in {0, 4}
    assert kept_of(home, first)
    assert f"`verboice-sync resolve {first}`" in cli("check", batch).out
    assert cli("resolve", first, "--row", "2", "--row", "3", "--row", "4", "--placed").status == 0
    age(home, first)
    cli("call", batch)
    assert not kept_of(home, first)


def test_a_run_that_was_cut_off_is_kept_until_another_got_through(
    home: Path, sheet: Callable, pipeline: Callable, cli: Command, clinic: Clinic
) -> None:
    gather_crowd(clinic)
    people = [(number(n), 100 + n, "red") for n in range(CROWD)]
    name = pipeline(sheet(*people), retention="10d", **{"guard.max_overwrites": "100%"})
    clinic.sandbox.faults.add(signed_out(after=5))
    cut = cli("sync", name, "--json").json["run_id"]
    clinic.sandbox.faults.clear()
    age(home, cut)
    assert f"it was cut off (`verboice-sync resume {cut}`)" in cli("check", name).out
    cli("sync", name, "--only", number(0))
    age(home, cut)
    cli("plan", name)
    assert kept_of(home, cut)
    assert cli("sync", name).status == 0
    age(home, cut)
    cli("plan", name)
    assert not kept_of(home, cut)


def test_it_is_looked_once_a_day_and_only_at_ones_own_runs(home: Path, batch: str, cli: Command, pipeline) -> None:
    first = cli("call", batch, "--json").json["run_id"]
    cli("call", batch)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        then = datetime.now(UTC) - timedelta(days=11)
        ledger.note_run(first, started_at=then, finished_at=then)
        ledger.start_run(ledger.run(first).__class__("other", "q", "call", "succeeded", then))
    cli("call", batch)
    assert kept_of(home, first)
    age(home, first)
    cli("call", batch)
    assert not kept_of(home, first)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        assert "reduced" not in ledger.run("other").options


@pytest.mark.parametrize("wrong", ["12h", "90", "999999999d", "for ever"])
def test_what_is_no_retention_is_said_with_its_line(
    sheet: Callable, pipeline: Callable, cli: Command, wrong: str
) -> None:
    said = cli("check", pipeline(sheet(*PATIENTS, header=HEADER), retention=wrong))
    assert said.status == 2
    assert "retention" in said.err
