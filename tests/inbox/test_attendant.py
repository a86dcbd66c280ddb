"""What becomes of files that people drop."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from connectors.errors import CouldNotBeDone
from connectors.ledger import Ledger
from connectors.ledger.values import InboxFile
from connectors.sandbox import Fault
from flows.inbox.attendant import settled_rounds
from flows.runs.lease import holding

ADDRESS = "+85512345678"


def test_a_dropped_file_is_synced_and_comes_back_with_its_result(box, clinic) -> None:
    box.drop("my patients.csv", f"{ADDRESS},39,red")
    (attended,) = box.attend()
    assert attended.where == "done"
    assert clinic.vars("85512345678") == {"age": "39", "favorite color": "red"}
    assert box.holds("done") == ["my patients.csv", "my patients.result.xlsx"]
    assert box.holds("processing") == []
    book = openpyxl.load_workbook(box.path / "done" / "my patients.result.xlsx")
    assert [cell.value for cell in book.worksheets[0][2]][:4] == [ADDRESS, 39, "red", "updated"]


def test_a_row_to_fix_sends_the_file_to_to_fix(box, clinic) -> None:
    box.drop("p.csv", f"{ADDRESS},39,red", "nonsense,1,blue")
    (attended,) = box.attend()
    assert attended.where == "to-fix"
    assert box.holds("to-fix") == ["p.csv", "p.result.xlsx"]
    assert clinic.vars("85512345678")["age"] == "39"


def test_a_corrected_result_workbook_can_be_dropped_in_again(box, clinic) -> None:
    box.drop("p.csv", f"{ADDRESS},39,red", "nonsense,1,blue")
    box.attend()
    book = openpyxl.load_workbook(box.path / "to-fix" / "p.result.xlsx")
    sheet = book["To fix"]
    sheet.cell(2, 2).value = "+85512999888"
    assert sheet.cell(2, 3).value == 1  # a number again, though CSV has only text
    for name in book.sheetnames:
        if name != "To fix":
            del book[name]
    book.save(box.path / "p.result.xlsx")
    (attended,) = box.attend()
    assert attended.where == "done"
    assert clinic.vars("+85512999888")["age"] == "1"
    assert box.holds("done") == ["p.result.xlsx", "p.xlsx"]


def test_a_corrected_sheet_to_fix_does_where_the_pipeline_names_another_sheet(box, clinic, pipeline) -> None:
    pipeline(Path("unused.xlsx"), inbox="in", **{"source.sheet": "Patients"})
    corrected = openpyxl.Workbook()
    corrected.active.title = "To fix"
    for line in (("Phone", "Age", "Colour"), (ADDRESS, "39", "red")):
        corrected.active.append(line)
    box.path.mkdir()
    corrected.save(box.path / "corrected.xlsx")
    (attended,) = box.attend()
    assert attended.where == "done"
    assert clinic.vars("85512345678")["age"] == "39"


def test_a_workbook_of_several_sheets_without_the_named_one_is_refused(box, clinic, pipeline) -> None:
    pipeline(Path("unused.xlsx"), inbox="in", **{"source.sheet": "Patients"})
    other = openpyxl.Workbook()
    other.create_sheet("Notes")
    box.path.mkdir()
    other.save(box.path / "other.xlsx")
    (attended,) = box.attend()
    assert attended.where == "failed"
    assert 'Its sheets: 1 "Sheet", 2 "Notes".' in (box.path / "failed" / "other.txt").read_text()


def test_a_whole_result_dropped_again_says_which_of_its_sheets_was_read(box, clinic) -> None:
    box.drop("p.csv", "nonsense,1,blue")
    box.attend()
    (box.path / "to-fix" / "p.result.xlsx").rename(box.path / "again.xlsx")
    box.attend()
    summary = openpyxl.load_workbook(box.path / "to-fix" / "again.result.xlsx")["Summary"]
    told = " ".join(str(cell.value) for line in summary.iter_rows() for cell in line)
    assert 'What was corrected in sheet "To fix" counts once that sheet is saved as a file of its own.' in told


def test_a_refused_guard_sends_nothing_and_says_why_in_words(box, clinic, pipeline) -> None:
    pipeline(None, inbox="in", **{"source.kind": "csv", "source.path": "unused.csv", "guard.max_overwrites": 1})
    box.drop("p.csv", f"{ADDRESS},39,red", "+85512999888,41,green")
    (attended,) = box.attend()
    assert attended.where == "to-fix"
    assert clinic.puts() == 0
    assert box.holds("to-fix") == ["p.csv", "p.result.xlsx", "p.txt"]
    text = (box.path / "to-fix" / "p.txt").read_text()
    assert "max_overwrites: found 2, the limit is 1" in text or "max_overwrites: found 3, the limit is 1" in text
    assert "verboice-sync apply" in text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.xlsx", b"", "empty"),
        ("letter.xlsx", b"%PDF-1.7", "is not a workbook"),
        ("broken.xlsx", b"PK\x03\x04 and then nothing", "What is wrong"),
        ("wrong.csv", b"Name,Colour\nSok,red\n", "Phone"),
        ("no variable.csv", b"Phone,Age\n85512345678,3\n", "Colour"),
    ],
)
def test_an_unusable_file_goes_to_failed_with_words_that_a_person_understands(box, clinic, name, content, said) -> None:
    box.path.mkdir()
    (box.path / name).write_bytes(content)
    (attended,) = box.attend()
    assert attended.where == "failed"
    stem = name.rpartition(".")[0]
    assert box.holds("failed") == sorted([name, f"{stem}.txt"])
    text = (box.path / "failed" / f"{stem}.txt").read_text()
    assert said in text
    assert "processing" not in text
    assert "Traceback" not in text
    assert clinic.puts() == 0


def test_a_file_of_another_ending_is_told_once_and_not_moved(box, monkeypatch) -> None:
    monkeypatch.setattr("flows.inbox.arrivals.UNTOUCHED", 0.0)
    letter = box.drop("letter.docx")
    box.drop("p.csv", f"{ADDRESS},39,red")
    told = {attended.name: attended for attended in box.attend()}
    assert told["p.csv"].where == "done"
    assert told["letter.docx"].told == "is left where it is: by its ending it is no spreadsheet."
    assert letter.exists()
    assert "save it as one of .csv" in (box.path / "to-fix" / "letter.docx.left.txt").read_text()
    assert box.attend() == []


@pytest.mark.parametrize("refused", ["mkdir", "rename", "iterdir", "copyfile", "scandir"])
@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO, errno.EACCES])
def test_a_share_that_goes_away_loses_no_file(box, clinic, monkeypatch, refused, number) -> None:
    """Each thing that is done in the folder fails once: it is told in a line, and the next look goes through."""
    box.drop("p.csv", f"{ADDRESS},39,red")
    attendant = box.attendant()
    owner = {"copyfile": shutil, "scandir": os}.get(refused, Path)
    real, failures = getattr(owner, refused), [1]

    def failing(*paths, **options):
        if failures and any(box.path in (path, *path.parents) for path in map(Path.absolute, map(Path, paths))):
            failures.pop()
            raise OSError(number, os.strerror(number))
        return real(*paths, **options)

    with monkeypatch.context() as share:
        share.setattr(owner, refused, failing)
        with suppress(CouldNotBeDone):
            list(settled_rounds(attendant))
    for _ in range(2):
        list(settled_rounds(box.attendant()))
    assert (failures, clinic.puts(), box.holds("processing")) == ([], 1, [])
    assert [name for name in box.holds("done") if name.endswith("p.csv")] == ["p.csv"]


def test_a_file_waits_while_verboice_is_down_and_goes_through_afterwards(box, clinic) -> None:
    clinic.sandbox.faults.add(Fault("reply", status=503, body=""))
    box.drop("p.csv", f"{ADDRESS},39,red")
    (attended,) = box.attend()
    assert attended.where == ""
    assert box.holds("done") == box.holds("failed") == box.holds("to-fix") == []
    clinic.sandbox.faults.clear()
    (attended,) = box.attend()
    assert attended.where == "done"
    assert clinic.vars("85512345678")["age"] == "39"


def test_a_file_that_waits_is_not_tried_again_before_the_watcher_leaves(box, clinic, monkeypatch) -> None:
    monkeypatch.setattr("flows.inbox.attendant.FIRST_WAIT", 0.0)
    clinic.sandbox.faults.add(Fault("reply", status=500, body=""))
    for name in ("a.csv", "b.csv"):
        box.drop(name, f"{ADDRESS},{name},red")
    seen = []
    for attended in settled_rounds(box.attendant()):
        seen.append(attended.name)
        assert len(seen) <= 2
    assert sorted(seen) == ["a.csv", "b.csv"]


def test_the_same_content_again_is_said_to_be_the_same_and_changes_nothing_twice(box, clinic) -> None:
    box.drop("p.csv", f"{ADDRESS},39,red")
    box.attend()
    puts = clinic.puts()
    box.drop("copy of p.csv", f"{ADDRESS},39,red")
    (attended,) = box.attend()
    assert attended.where == "done"
    assert clinic.puts() == puts
    assert "same content as “p.csv”" in (box.path / "done" / "copy of p.txt").read_text()


def test_equal_names_do_not_overwrite_each_other(box) -> None:
    for colour in ("red", "green", "blue"):
        box.drop("p.csv", f"{ADDRESS},39,{colour}")
        box.attend()
    assert box.holds("done") == [
        "p (2).csv", "p (2).result.xlsx", "p (3).csv", "p (3).result.xlsx", "p.csv", "p.result.xlsx",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["quo\"te's 😀.csv", "up ..\\..\\up.csv", "ក" * 80 + ".csv", "new\nline.csv"])
def test_odd_names_come_back_in_the_right_folder(box, name) -> None:
    box.drop(name, f"{ADDRESS},39,red")
    (attended,) = box.attend()
    assert attended.where == "done"
    assert attended.at.resolve().parent == box.path / "done"
    assert len(box.holds("done")) == 2
    assert sorted(path.name for path in box.path.iterdir()) == ["done", "failed", "processing", "to-fix"]


def test_links_and_folders_stay_where_they_are(box, home) -> None:
    box.drop("real.csv", f"{ADDRESS},39,red")
    (home / "secret.csv").write_text("Phone,Age,Colour\n+85512999888,1,red\n")
    (box.path / "link.csv").symlink_to(home / "secret.csv")
    (box.path / "folder.csv").mkdir()
    assert [attended.name for attended in box.attend()] == ["real.csv"]
    assert (box.path / "link.csv").is_symlink()
    assert (home / "secret.csv").exists()


def test_many_files_are_each_done_once_by_two_watchers(box, clinic) -> None:
    for number in range(40):
        box.drop(f"{number}.csv", f"{ADDRESS},{number},red")
    done: list[str] = []

    def watch() -> None:
        attendant = box.attendant()
        for _ in range(200):
            done.extend(attended.name for attended in attendant.round())
            if not attendant.arrivals.settling and not attendant.folder.files.claimed():
                return
            threading.Event().wait(0.02)

    watchers = [threading.Thread(target=watch) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    assert sorted(done) == sorted(f"{number}.csv" for number in range(40))
    assert len(box.holds("done")) == 80


def _cut_off(box, home: Path, name: str, *lines: str, attempt: int = 1) -> None:
    """A file as a crash leaves it: claimed, written down, not given back."""
    import hashlib

    box.attendant()
    path = box.drop(name, *lines)
    claim = "20261123T080000Z-abcdef"
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    (box.path / "processing" / claim).mkdir()
    path.rename(box.path / "processing" / claim / name)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        at = datetime.now(UTC)
        ledger.claim_file(InboxFile("p", content, name, "processing", claim, at, reason=f"attempt {attempt}"))


def test_what_a_crash_left_is_gone_on_with(box, home, clinic) -> None:
    _cut_off(box, home, "p.csv", f"{ADDRESS},39,red")
    (attended,) = box.attend()
    assert attended.where == "done"
    assert clinic.vars("85512345678")["age"] == "39"
    assert box.holds("processing") == []
    assert "p.txt" not in box.holds("done")


def test_a_file_over_which_the_program_dies_again_and_again_is_put_aside(box, home) -> None:
    _cut_off(box, home, "poison.csv", f"{ADDRESS},39,red", attempt=3)
    box.drop("next.csv", f"{ADDRESS},39,red")
    assert {attended.name: attended.where for attended in box.attend()} == {"poison.csv": "failed", "next.csv": "done"}


def test_nothing_is_touched_while_another_watcher_works_there(box, home) -> None:
    box.drop("p.csv", f"{ADDRESS},39,red")
    with (
        Ledger.open(None, home / ".verboice-sync") as ledger,
        holding(ledger, "inbox:p", run_id="other", told="Another watcher"),
    ):
        assert box.attend() == []
    assert [attended.where for attended in box.attend()] == ["done"]


def test_a_stop_finishes_the_file_at_hand_and_begins_no_other(box) -> None:
    stop = threading.Event()
    for number in range(3):
        box.drop(f"{number}.csv", f"{ADDRESS},{number},red")
    attendant = box.attendant(stop=stop, taken=lambda _pipeline, _name: stop.set())
    attendant.arrivals.complete()
    threading.Event().wait(0.05)
    assert [attended.where for attended in attendant.round()] == ["done"]
    assert len(box.holds("done")) == 2


def test_a_small_file_after_a_large_one_is_not_taken_for_a_broken_export(box, clinic) -> None:
    box.drop("all.csv", f"{ADDRESS},39,red", "+85512999888,41,", "85512777666,2,")
    box.drop("one.csv", "85512777666,3,")
    assert {attended.where for attended in box.attend()} == {"done"}


def test_the_contacts_are_brought_up_to_date_before_people_are_called(box, clinic, pipeline) -> None:
    clinic.sandbox.add_channel(clinic.account, "chan")
    clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    pipeline(
        None,
        inbox="in",
        calls={"channel": "chan", "call_flow": "Reminder", "vars": {"colour": "Colour"}},
        **{"source.kind": "csv", "source.path": "unused.csv"},
    )
    box.drop("p.csv", f"{ADDRESS},39,red")
    (attended,) = box.attend()
    assert attended.where == "done", attended.told
    assert [call["address"] for call in clinic.sandbox.calls()] == ["85512345678"]
    assert box.holds("done") == ["p.calls.result.xlsx", "p.csv", "p.result.xlsx"]
    box.drop("again.csv", f"{ADDRESS},39,red")
    box.attend()
    assert len(clinic.sandbox.calls()) == 1


def test_calls_that_wait_for_another_day_send_the_file_back_with_what_to_do(box, clinic, pipeline) -> None:
    clinic.sandbox.add_channel(clinic.account, "chan")
    clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    calls = {"channel": "chan", "call_flow": "Reminder", "per_day": 1}
    settings = {"source.kind": "csv", "source.path": "unused.csv", "contacts": None}
    pipeline(None, inbox="in", calls=calls, **settings)
    box.drop("p.csv", f"{ADDRESS},39,red", "+85512999888,1,blue")
    (attended,) = box.attend()
    assert (attended.where, len(clinic.sandbox.calls())) == ("to-fix", 1)
    assert box.holds("to-fix") == ["p.csv", "p.result.xlsx", "p.txt"]
    told = (box.path / "to-fix" / "p.txt").read_text()
    assert "1 row of p.csv waited for another day, and nothing is wrong" in told
    assert "drop the file again on that day" in told
    pipeline(None, inbox="in", calls={**calls, "per_day": 2}, **settings)
    (box.path / "to-fix" / "p.csv").rename(box.path / "p.csv")
    assert box.attend()[0].where == "done"
    assert len(clinic.sandbox.calls()) == 2


def test_the_command_works_on_what_lies_there_and_leaves_with_the_right_status(box, cli: Callable, clinic) -> None:
    box.drop("p.csv", f"{ADDRESS},39,red")
    said = cli("watch", "p", "--once")
    assert said.status == 0
    assert "done/p.csv" in said.out
    box.drop("q.csv", "nonsense,39,red")
    assert cli("watch", "p", "--once").status == 4
    clinic.sandbox.faults.add(Fault("reply", status=503, body=""))
    box.drop("r.csv", f"{ADDRESS},40,red")
    assert cli("watch", "p", "--once").status == 1


def test_a_pipeline_without_an_inbox_is_told_so(cli: Callable, pipeline, home) -> None:
    pipeline(Path("unused.xlsx"))
    said = cli("watch", "p", "--once")
    assert said.status == 2
    assert "inbox" in said.err
