"""People are forgotten by the ledger, and what was asked for them is still not asked for again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow as pa
import pytest
import sqlalchemy as sa

from connectors.ledger import AlreadyAsked, CalledLately, Ledger, schema
from connectors.ledger.values import (
    CHANGES,
    ROWS,
    SETTLED,
    VALUES,
    WRITES,
    CallIntent,
    CallState,
    Cap,
    Listing,
    RunRecord,
    SavedPlan,
    Scope,
    SettledWrite,
    Trail,
)

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVER = "https://v"
SCOPE = Scope(SERVER, 12, "clinic")
HER, HIS = "85512345678", "85598765432"
HERS = Trail(frozenset({HER, "012 345 678", "+85512345678"}), frozenset({(SERVER, 12, 7)}))
CALL = CallIntent("r1", 2, SERVER, 12, "clinic", "2:her", HER, "012 345 678", again_reason="Dara said so")
# What these hold is no person's: names of pipelines, files and states, times, counts, and what is said of a whole run.
IMPERSONAL = {"watermarks", "leases", "server_costs", "inbox_files", "notices", "facts", "lost_runs", "scopes"}


@pytest.fixture
def known(ledger: Ledger) -> Ledger:
    """A ledger that knows her (contact 7, also as 012 345 678) and him (contact 8) from a run of every kind."""
    options = {"only": ["+85512345678", HIS]}
    ledger.start_run(RunRecord("r1", "clinic", "sync", "running", AT, server=SERVER, project_id=12, options=options))
    people = [(2, HER, "012 345 678", 7), (3, HIS, HIS, 8)]
    told = [(row, key, address, "updated", "Sokha", contact) for row, key, address, contact in people]
    ledger.record_rows("r1", table(ROWS, told))
    writes = [(seq, "put", contact, address, row) for seq, (row, _, address, contact) in enumerate(people)]
    changes = [(seq, contact, "name", "", f"Name{contact}") for seq, contact in ((0, 7), (1, 8), (2, 7), (2, 8))]
    ledger.plan_writes("r1", table(WRITES, [*writes, (2, "bulk", None, "", None)]), table(CHANGES, changes))
    ledger.settle_writes("r1", [SettledWrite(0, "done")], AT, scope=SCOPE)
    ledger.remember_values(SCOPE, table(VALUES, [(contact, "name", f"Name{contact}", "x") for contact in (7, 8)]))
    settled = [(key, "h", contact, address) for _, key, address, contact in people]
    ledger.settle_rows(SCOPE, table(SETTLED, settled), at=AT)
    body = orjson.dumps({"changes": [{"address": "012 345 678", "after": "Name7"}]})
    ledger.save_plan(SavedPlan("c1", "r1", "clinic", AT, body))
    ledger.save_plan(SavedPlan("c2", "r1", "clinic", AT, b'{"changes": []}'))
    ledger.begin_call(CALL, AT)
    ledger.settle_call("r1", 2, "queued", AT, call_id=123, reason="Name7")
    ledger.begin_call(replace(CALL, row=3, identity="2:his", address_key=HIS, address=HIS, again_reason=""), AT)
    ledger.list_never({"+85512345678"}, Listing(AT, "Bo", "Name7 said so"))
    return ledger


def table(columns: pa.Schema, lines: list[tuple]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(columns.names, line, strict=True)) for line in lines], columns)


def contents(ledger: Ledger) -> str:
    """All that the tables hold, but for the key and ids of the ledger itself."""
    with ledger._db.reading() as connection:
        tables = [t for t in schema.metadata.sorted_tables if t is not schema.facts]
        return repr([connection.execute(sa.select(table)).all() for table in tables])


def is_hers(content: bytes) -> bool:
    return b"012 345 678" in content


def test_nothing_is_left_of_a_person_and_everything_of_the_others(known: Ledger) -> None:
    before = contents(known)
    counts = known.forget(HERS, is_hers)
    kinds = ("rows", "requests", "plans", "calls", "choices", "settled", "values", "reasons")
    assert counts == dict.fromkeys(kinds, 1)
    left = contents(known)
    assert not [word for word in (HER, "012 345 678", "Name7", "2:her", "Dara") if word in left]
    assert known.calls_of_run("r1")[0].call_id is None
    assert all(left.count(word) == before.count(word) for word in (HIS, "Name8", "2:his"))
    assert known.plan("c1").body is None
    assert known.plan("c2").body == b'{"changes": []}'
    assert [len(known.writes("r1")), len(known.changes("r1"))] == [2, 2]
    only = known.run("r1").options["only"]
    assert only == [known.people_key().hashed("+85512345678"), HIS]


def test_every_table_is_either_forgotten_from_or_impersonal(known: Ledger) -> None:
    before = known.table_counts()
    known.forget(HERS, is_hers)
    after = known.table_counts()
    changed_in_place = {"runs", "plans", "calls", "never"}
    lost = {name for name in before if after[name] < before[name]}
    assert lost | changed_in_place | IMPERSONAL == set(before)


def test_forgetting_again_and_counting_only_change_nothing(known: Ledger) -> None:
    before = contents(known)
    would = known.forget(HERS, is_hers, dry_run=True)
    assert contents(known) == before
    assert known.forget(HERS, is_hers) == would
    after = contents(known)
    assert set(known.forget(HERS, is_hers).values()) == {0}
    assert contents(known) == after


def test_addresses_are_told_in_every_spelling_with_their_contacts(known: Ledger) -> None:
    found = {(line["contact_id"], line["address"]) for line in known.addresses().to_pylist()}
    assert {(7, HER), (7, "012 345 678"), (8, HIS), (None, "+85512345678")} <= found
    known.forget(HERS, is_hers)
    left = {line["address"] for line in known.addresses().to_pylist()}
    assert left == {HIS, ""}


@pytest.mark.parametrize("state", ["queued", "uncertain"])
def test_what_was_asked_for_is_known_by_its_hash_and_not_asked_for_again(ledger: Ledger, state: CallState) -> None:
    ledger.begin_call(CALL, AT)
    ledger.settle_call("r1", 2, state, AT)
    ledger.forget(HERS, is_hers)
    later = replace(CALL, run_id="r2", row=9, pipeline="school", again_reason="")
    with pytest.raises(AlreadyAsked) as caught:
        ledger.begin_call(later, AT + HOUR)
    assert (caught.value.earlier.run_id, caught.value.earlier.state) == ("r1", state)
    assert ledger.calls_of_run("r2") == []
    found = ledger.calls_by_identity(["2:her", "2:other"], server=SERVER)
    assert {name: (call.identity, call.state) for name, call in found.items()} == {"2:her": ("2:her", state)}
    counted = ledger.calls_counted([HER, HIS], Cap(1, HOUR, 12), server=SERVER, now=AT)
    assert {name: call.address_key for name, (call,) in counted.items()} == {HER: HER}


def test_who_was_forgotten_is_still_left_in_peace_for_a_while(ledger: Ledger) -> None:
    ledger.begin_call(CALL, AT)
    ledger.settle_call("r1", 2, "queued", AT)
    ledger.forget(HERS, is_hers)
    other = replace(CALL, run_id="r2", identity="2:another call")
    with pytest.raises(CalledLately) as caught:
        ledger.begin_call(other, AT + HOUR, caps=[Cap(1, 2 * HOUR, 12)])
    assert caught.value.earlier.run_id == "r1"
    ledger.begin_call(other, AT + HOUR, caps=[Cap(1, HOUR, 12)])


def test_a_reason_calls_somebody_again_who_was_forgotten(ledger: Ledger) -> None:
    ledger.begin_call(CALL, AT)
    ledger.settle_call("r1", 2, "queued", AT)
    ledger.forget(HERS, is_hers)
    ledger.begin_call(replace(CALL, run_id="r2"), AT + HOUR)
    assert [call.state for call in ledger.calls_of_run("r2")] == ["sending"]


@pytest.mark.parametrize("state", ["failed", "not_placed"])
def test_of_what_did_not_ring_nothing_is_kept(ledger: Ledger, state: CallState) -> None:
    ledger.begin_call(CALL, AT)
    ledger.settle_call("r1", 2, state, AT)
    ledger.forget(HERS, is_hers)
    assert ledger.table_counts()["calls"] == 0
    ledger.begin_call(replace(CALL, run_id="r2", again_reason=""), AT)


def test_a_call_of_before_identities_changed_is_still_looked_for(ledger: Ledger) -> None:
    ledger.begin_call(replace(CALL, identity="1:her"), AT)
    ledger.settle_call("r1", 2, "queued", AT)
    ledger.forget(HERS, is_hers)
    assert ledger.pipelines_of_former_identities(SERVER) == ["clinic"]
    assert list(ledger.calls_by_identity(["1:her"], server=SERVER)) == ["1:her"]


def test_the_key_is_one_for_all_who_open_the_ledger_and_goes_with_it(
    open_ledger: Callable[[], Ledger], tmp_path: Path
) -> None:
    first, second = open_ledger(), open_ledger()
    key = first.people_key()
    assert second.people_key() == key
    assert key.hashed(HER) == key.hashed(key.hashed(HER)) != key.hashed(HIS)
    assert HER not in key.hashed(HER)
    with Ledger.open(f"sqlite:///{tmp_path / 'other.db'}", tmp_path) as other:
        first.move_to(other, at=AT)
        assert other.people_key() == key


def test_the_files_of_a_ledger_hold_no_byte_of_the_person(tmp_path: Path) -> None:
    with Ledger.open(None, tmp_path) as ledger:
        ledger.begin_call(CALL, AT)
        ledger.settle_call("r1", 2, "queued", AT)
        assert traces(tmp_path)
        ledger.forget(HERS, is_hers)
        ledger.wipe()
        assert traces(tmp_path) == []


def test_traces_are_told_of_while_somebody_else_reads(tmp_path: Path) -> None:
    with Ledger.open(None, tmp_path) as ledger, Ledger.open(None, tmp_path) as other:
        ledger.begin_call(CALL, AT)
        with other._db.reading() as connection:
            connection.execute(sa.select(schema.calls)).all()
            ledger.forget(HERS, is_hers)
            with pytest.raises(Exception, match="in use"):
                ledger.wipe()
        ledger.wipe()
        assert traces(tmp_path) == []


def traces(folder: Path) -> list[str]:
    """Files in which her number or what her call is known by still stands."""
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    return [name for name, content in files.items() if HER.encode() in content or b"2:her" in content]


def test_a_run_past_its_retention_keeps_its_counts_and_hashes_alone(known: Ledger) -> None:
    (ended,) = [run for run in known.ended_runs("clinic") if run.run_id == "r1"]
    assert (ended.at, ended.is_reduced) == (AT, False)
    known.reduce_runs(["r1"])
    known.reduce_runs(["r1"])
    assert [run.is_reduced for run in known.ended_runs("clinic") if run.run_id == "r1"] == [True]
    assert (known.rows("r1").num_rows, known.writes("r1").num_rows, known.changes("r1").num_rows) == (0, 0, 0)
    assert known.plan("c1", "r1").body is None
    kept = known.calls_of_run("r1")
    assert kept
    assert all(call.address == "" and call.identity.startswith("keyed:") for call in kept)
    with pytest.raises(AlreadyAsked):
        known.begin_call(replace(CALL, run_id="r7", again_reason=""), AT + HOUR)
