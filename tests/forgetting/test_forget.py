"""`forget ADDRESS`: nothing is left of the person anywhere here, all is of the others, and nobody is rung again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from connectors.ledger import Ledger
from flows.forgetting.folders import FolderTraces, traces_in
from flows.forgetting.places import places
from flows.forgetting.whom import find_whom
from tests.forgetting.conftest import HER, cells_of, texts, traces
from tests.storages import Site
from tests.worlds import CROWD, PATIENTS, Clinic, Said, crowd_ages, gather_crowd, number, signed_out

THEIRS = ("people.xlsx", "in/to-fix/more.xlsx")  # files of the analyst's own

Command = Callable[..., Said]


def ledger_text(home: Path) -> str:
    return "".join(text for place, text in texts(home / ".verboice-sync") if place.startswith("ledger.db"))


def test_nothing_is_left_of_a_person_and_all_of_the_others(home: Path, known: str, cli: Command) -> None:
    before = list(texts(home))
    assert {place.split("/")[0].split(":")[0] for place, _ in traces(home)} >= {".verboice-sync", "results.db", "in"}
    books = sorted(home.glob(".verboice-sync/runs/*/people.result.xlsx"))
    assert len(books) > 3  # of a plan for her alone, among others
    people, visits = zip(*((cells_of(book), cells_of(book, 1)) for book in books), strict=True)
    would = cli("forget", "012 345 678", "--dry-run", "--json").json
    assert would["dry_run"] is True
    assert files_of(texts(home)) == files_of(before)

    said = cli("forget", HER, "--json")
    assert (said.status, said.json["removed"]) == (0, would["removed"])
    assert {one["what"] for one in said.json["removed"]} >= {"files written anew", "rows", "outcomes of rows"}
    assert traces(home, besides=THEIRS) == []
    assert "12345678" not in said.out + said.err
    assert all(any(f"{file} still has this person" in sentence for sentence in said.json["left"]) for file in THEIRS)

    for book, rows, others in zip(books, people, visits, strict=True):
        after = cells_of(book)
        assert after[0] == rows[0]
        assert set(after[1]) == {None}
        assert after[2] == tuple(None if value == "012-345-678" else value for value in rows[2])
        assert after[3] == rows[3]
        assert cells_of(book, 1) == [others[0], (None, None, None), others[2]]
    assert cli("forget", HER).out.startswith("Nothing is kept of ••••5678.")


def files_of(found: Iterable[tuple[str, str]]) -> list[str]:
    """What is kept outside the ledger and its copies, which an SQLite engine may write anew with the same content."""
    return [text for place, text in found if ".db" not in place]


def test_she_is_not_rung_again_and_runs_go_on_without_her(home: Path, known: str, cli: Command, clinic: Clinic) -> None:
    listed = cli("runs", "--json").json
    called, synced = (next(run["run_id"] for run in listed if run["kind"] == kind) for kind in ("call", "sync"))
    rung, hers = clinic.rung(), clinic.vars("85512345678")
    assert "85512345678" in rung
    cli("forget", HER)
    assert cli("track", called, "--json").json["rows"]["read"] == 2
    assert cli("undo", synced).status in {0, 4}
    assert clinic.vars("85512345678") == hers
    assert traces(home, besides=THEIRS) == []
    assert cli("call", known, "--json").json["rows"]["skipped"] == 2
    assert clinic.rung() == rung
    assert "12345678" not in ledger_text(home)


def test_a_run_that_was_cut_off_goes_on_without_her(
    home: Path, sheet: Callable, pipeline: Callable, cli: Command, clinic: Clinic
) -> None:
    gather_crowd(clinic)
    people = [(number(n), 100 + n, "red") for n in range(CROWD)]
    name = pipeline(sheet(*people, ("012345678", 99, "turquoise")), **{"guard.max_overwrites": "100%"})
    clinic.sandbox.faults.add(signed_out(after=5))
    run = cli("sync", name, "--json").json["run_id"]
    clinic.sandbox.faults.clear()
    cli("forget", HER)
    said = cli("resume", run, "--json")
    assert (said.status, said.json["rows"]["read"], said.json["rows"]["updated"]) == (0, CROWD, CROWD)
    assert (crowd_ages(clinic)[-1], clinic.vars("85512345678")["age"]) == (str(100 + CROWD - 1), "38")


def test_all_addresses_of_a_contact_are_one_person(
    home: Path, sheet: Callable, pipeline: Callable, cli: Command
) -> None:
    for address in ("012999888", "097000001"):
        name = pipeline(sheet((address, 77, "Sokhalina"), ("012345678", 78, "blue")))
        assert cli("sync", name).status == 0
    cli("forget", "097 000 001")
    assert not [place for place, text in texts(home / ".verboice-sync") if "Sokhalina" in text or "2999888" in text]
    assert "12345678" in ledger_text(home)


def test_a_run_at_work_is_not_disturbed(home: Path, sheet: Callable, pipeline: Callable, cli: Command) -> None:
    cli("sync", pipeline(sheet(("012345678", 39, "turquoise"))))
    before = traces(home)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        now = datetime.now(UTC)
        ledger.acquire_lease("call:p", run_id="r9", holder="elsewhere/1/2", at=now, ttl=timedelta(minutes=1))
        said = cli("forget", HER)
    assert said.status == 1
    assert "Nothing was removed, because a run of the pipeline “p” is at work (r9 on elsewhere)" in said.err
    assert traces(home) == before != []


def test_cut_off_anywhere_it_is_done_once_more(home: Path, known: str, cli: Command, tmp_path_factory) -> None:
    with places(home / ".verboice-sync") as found:
        whom = find_whom(HER, found.regions, found.ledgers)
        of_sync = next(folder for folder in found.folders if b'"sync"' in folder.summary.read_bytes())
        planned = traces_in(of_sync, whom, (), address="Phone")
    assert len(planned.edits) > 3
    kept = tmp_path_factory.mktemp("kept") / "home"
    shutil.copytree(home, kept)
    for done in range(1, len(planned.edits) + 1):
        FolderTraces(planned.rows, planned.edits[:done]).remove()
        assert cli("forget", HER).status == 0
        assert traces(home, besides=THEIRS) == []
        shutil.copytree(kept, home, dirs_exist_ok=True)


@pytest.mark.parametrize("text", ["nobody", "", "12 and 13"])
def test_what_is_no_address_is_said(home: Path, cli: Command, text: str) -> None:
    said = cli("forget", text, "--json")
    assert (said.status, said.json["status"]) == (2, "failed")
    assert "This is no address" in said.err


def test_a_ledger_on_a_server_forgets_too(
    home: Path, sheet: Callable, pipeline: Callable, cli: Command, clinic: Clinic, postgres: str
) -> None:
    calls = {"channel": "chan", "call_flow": "Reminder", "vars": {"name": "Name", "dose": "Dose"}}
    people = sheet(*PATIENTS, header=("Phone", "Name", "Dose"))
    name = pipeline(people, calls=calls, contacts=None, ledger=postgres)
    cli("call", name)
    assert cli("forget", HER).status == 0
    with Ledger.open(postgres, home) as ledger:
        assert [call.address for call in ledger.calls_of_run(ledger.runs()[0].run_id)] == [
            "",
            "+85512999888",
            "85512777666",
        ]
    said = cli("call", name, "--json")
    assert said.json["rows"]["skipped"] == 3
    assert len(clinic.rung()) == 3


def test_copies_of_files_from_elsewhere_go(
    home: Path, site: Site, pipeline: Callable, cli: Command, book: Path, clinic: Clinic
) -> None:
    site.content, site.headers = book.read_bytes(), {"ETag": '"1"'}
    name = pipeline(f"{site.url}/people.xlsx")
    copies = home / ".verboice-sync" / "fetched"
    assert cli("plan", name).status == 4  # a row is no number
    assert list(copies.glob("*/people.xlsx"))
    site.content, site.headers = b"Phone,Age,Colour\n012999888,41,red\n", {"ETag": '"2"'}
    others = pipeline(f"{site.url}/others.csv", **{"source.kind": "csv"})
    assert cli("plan", others).status == 0
    book.unlink()

    would = cli("forget", HER, "--dry-run", "--json").json
    said = cli("forget", HER, "--json").json
    assert said["removed"] == would["removed"]
    assert [one["count"] for one in said["removed"] if one["what"] == "copies of files from elsewhere"] == [1]
    assert any(sentence.startswith("people.xlsx, fetched from elsewhere") for sentence in said["left"])
    assert (list(copies.glob("*/people.xlsx")), len(list(copies.glob("*/others.csv")))) == ([], 1)
    assert traces(home) == []
    site.content, site.headers = book_without_her(), {"ETag": '"1"'}  # as far as the server tells it is the old one
    assert cli("plan", pipeline(f"{site.url}/people.xlsx"), "--json").json["rows"]["read"] == 1


def book_without_her() -> bytes:
    opened, kept = Workbook(), BytesIO()
    opened.active.append(["Phone", "Age", "Colour"])
    opened.active.append(["012999888", 41, "red"])
    opened.save(kept)
    return kept.getvalue()
