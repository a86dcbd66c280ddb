"""A one-off over many rows: in portions, without limits on its size, or filling only what is missing."""

from __future__ import annotations

from tests.worlds import CROWD, crowd_ages, number, signed_out

SOK, DARA, NOBODY = "85512345678", "+85512999888", "85512777666"


def test_an_unfinished_backfill_goes_on_by_its_own_limit(cli, clinic, crowd):
    reached = []
    for _ in range(3):
        said = cli("backfill", crowd, "--limit", "30", "--resume", "--json")
        assert said.status == 0
        reached.append((said.json["rows"]["read"], said.json["rows"]["updated"]))
    assert reached == [(30, 30), (30, 30), (20, 20)]
    over = cli("backfill", crowd, "--resume", "--json")
    assert (over.status, over.json["rows"]["read"]) == (0, 0)
    assert "nothing is left" in over.err
    assert cli("backfill", crowd, "--json").json["rows"]["unchanged"] == CROWD


def test_a_backfill_that_was_killed_goes_on_with_resume(cli, clinic, crowd, home):
    clinic.sandbox.faults.add(signed_out(after=40))
    broken = cli("backfill", crowd, "--json")
    assert broken.status == 2
    clinic.sandbox.faults.clear()
    said = cli("backfill", crowd, "--resume", "--json")
    assert (said.status, said.json["run_id"]) == (0, broken.json["run_id"])
    assert said.json["rows"]["updated"] == CROWD
    assert crowd_ages(clinic) == [str(100 + n) for n in range(CROWD)]


def test_it_goes_on_wherever_the_command_is_typed(cli, clinic, crowd, home, monkeypatch):
    monkeypatch.delenv("VERBOICE_SYNC_HOME")
    clinic.sandbox.faults.add(signed_out(after=40))
    broken = cli("backfill", crowd, "--json")
    clinic.sandbox.faults.clear()
    (home / "elsewhere").mkdir()
    monkeypatch.chdir(home / "elsewhere")
    said = cli("backfill", f"../configs/{crowd}.yaml", "--resume", "--json")
    assert (said.status, said.json["run_id"]) == (0, broken.json["run_id"])
    assert not (home / "elsewhere" / ".verboice-sync").exists()


def test_a_backfill_is_not_stopped_by_its_size_but_by_an_empty_source(cli, clinic, crowd, sheet, pipeline):
    name = pipeline(sheet(*[(number(n), 100 + n, None) for n in range(CROWD)]))
    assert cli("sync", name).status == 3
    assert cli("backfill", name).status == 0
    sheet(("Phone", "Age", "Colour"), header=("Phone", "Age", "Colour"))
    empty = pipeline(sheet())
    assert cli("backfill", empty).status == 3


def test_fill_only_never_replaces_a_value(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, "red"), ("012999888", 41, "red")))
    said = cli("backfill", name, "--fill-only", "--json")
    assert said.status == 0
    assert clinic.vars(SOK) == {"age": "38", "favorite color": "blue"}
    assert clinic.vars(DARA) == {"age": "40", "favorite color": "red"}


def test_a_fill_only_backfill_stays_one_when_it_goes_on_and_in_what_to_type_next(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, "red"), ("12", 1, None), ("012999888", 41, "red")))
    first = cli("backfill", name, "--fill-only", "--limit", "2")
    assert f"verboice-sync backfill {name} --fill-only\n" in first.out
    assert cli("backfill", name, "--resume", "--json").json["rows"]["updated"] == 1
    assert clinic.vars(DARA) == {"age": "40", "favorite color": "red"}
