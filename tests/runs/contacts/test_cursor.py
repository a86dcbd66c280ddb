"""Sources that are read by a cursor, so that each run reads only what changed, and no row is lost."""

from __future__ import annotations

import sqlite3
import time

import pytest

from connectors.sandbox import Fault
from flows.runs.contacts.cursor import _key
from flows.settings.models import Contacts, ContactVariable, Pipeline
from flows.settings.sources import DatabaseSettings


@pytest.fixture
def people(home):
    """people(sql): runs SQL on a small table and returns nothing."""
    path = home / "people.db"

    def run(sql: str) -> None:
        with sqlite3.connect(path) as database:
            database.executescript(sql)
        database.close()

    run(
        "create table people (phone text, age integer, updated_at text);"
        "insert into people values ('85512345678', 39, '2026-01-01'), ('85512999888', 40, '2026-01-02');"
    )
    return run


@pytest.fixture
def by_cursor(pipeline):
    source = {"kind": "database", "url": "sqlite:///people.db", "table": "people", "address": "phone"}
    return pipeline(None, source=source | {"cursor": "updated_at"}, **{"contacts.variables": {"age": "age"}})


def test_each_run_reads_only_what_changed_since_the_last_successful_one(cli, clinic, people, by_cursor):
    assert cli("sync", by_cursor, "--json").json["rows"]["read"] == 2
    assert clinic.vars("85512345678")["age"] == "39"
    again = cli("sync", by_cursor, "--json")
    assert again.json["rows"]["read"] == 1  # rows of the last instant are read again: others may share it
    people("update people set age = 50, updated_at = '2026-01-03' where phone = '85512345678';")
    cli("sync", by_cursor)
    assert clinic.vars("85512345678")["age"] == "50"


def test_rows_that_did_not_arrive_are_read_again(cli, clinic, people, by_cursor):
    clinic.sandbox.faults.add(Fault("reply", method="PUT", status=500, times=20))
    failed = cli("sync", by_cursor, "--json")
    assert failed.status == 4
    assert failed.json["rows"]["failed"] == 1
    clinic.sandbox.faults.clear()
    assert cli("sync", by_cursor, "--json").json["rows"] | {"read": 2, "updated": 1} == cli_rows(updated=1, unchanged=1)
    assert clinic.vars("85512345678")["age"] == "39"


def cli_rows(**counts):
    names = [
        "updated",
        "created",
        "unchanged",
        "not_found",
        "duplicate",
        "rejected",
        "held",
        "failed",
        "uncertain",
        "unsent",
    ]
    return {"read": sum(counts.values())} | {name: counts.get(name, 0) for name in names}


def test_a_first_careful_try_does_not_move_the_watermark(cli, people, by_cursor):
    assert cli("sync", by_cursor, "--limit", "1", "--json").json["rows"]["read"] == 1
    assert cli("sync", by_cursor, "--json").json["rows"]["read"] == 2


def test_no_news_is_no_mistake(cli, people, by_cursor):
    cli("sync", by_cursor)
    people("delete from people;")
    assert cli("sync", by_cursor).status == 0


def test_credentials_never_reach_a_message(cli, pipeline):
    source = {"kind": "database", "url": "postgresql://ana:s3cret@127.0.0.1:9/x", "table": "t", "address": "phone"}
    said = cli("sync", pipeline(None, source=source))
    assert said.status in (1, 2)
    assert "s3cret" not in said.err + said.out


def test_a_variable_that_was_not_sent_before_reaches_the_rows_that_did_not_change(
    cli, clinic, people, by_cursor, pipeline
):
    people("alter table people add column colour text; update people set colour = 'red';")
    cli("sync", by_cursor)
    source = {"kind": "database", "url": "sqlite:///people.db", "table": "people", "address": "phone"}
    variables = {"age": "age", "favorite color": "colour"}
    more = pipeline(None, source=source | {"cursor": "updated_at"}, **{"contacts.variables": variables})
    assert cli("sync", more, "--json").json["rows"]["read"] == 2
    assert clinic.vars("85512345678")["favorite color"] == "red"
    assert cli("sync", more, "--json").json["rows"]["read"] == 1


def test_a_backfill_reads_everything_again(cli, clinic, people, by_cursor):
    cli("sync", by_cursor)
    assert cli("backfill", by_cursor, "--json").json["rows"]["read"] == 2


def test_what_fill_only_left_alone_is_still_sent_by_the_next_sync(cli, clinic, people, by_cursor):
    assert cli("backfill", by_cursor, "--fill-only").status == 0
    assert clinic.vars("85512345678")["age"] == "38"
    cli("sync", by_cursor)
    assert clinic.vars("85512345678")["age"] == "39"


def test_a_full_check_reads_everything_so_that_a_row_not_found_then_is_found_now(
    cli, clinic, people, by_cursor, pipeline
):
    people("insert into people values ('85512000001', 7, '2026-01-01');")
    assert cli("sync", by_cursor, "--json").json["rows"]["not_found"] == 1
    clinic.sandbox.add_contact(clinic.project, ["85512000001"], {})
    assert cli("sync", by_cursor, "--json").json["rows"]["read"] == 1
    source = {"kind": "database", "url": "sqlite:///people.db", "table": "people", "address": "phone"}
    often = {"contacts.variables": {"age": "age"}, "contacts.full_check": "1s"}
    due = pipeline(None, source=source | {"cursor": "updated_at"}, **often)
    time.sleep(1.1)
    assert cli("sync", due, "--json").json["rows"]["read"] == 3
    assert clinic.vars("85512000001")["age"] == "7"


SOURCE = {"kind": "database", "url": "sqlite:///people.db", "address": "phone", "cursor": "updated_at"}


def key_of(source, contacts):
    account = {"url": "https://verboice.example.org", "account": "ana@example.org", "password": "x", "project": 12}
    read = Pipeline(name="clinic", verboice=account, source=source, contacts=contacts)
    return _key(read, read.source)


def test_watermarks_of_earlier_versions_are_still_found():
    """Keys as ledgers hold them: whoever changes them makes every source be read from its beginning."""
    assert key_of(SOURCE | {"table": "people"}, {"variables": {"age": "age"}}) == "updated_at c9cbbf65a02a2924"
    source = SOURCE | {"query": "SELECT * FROM people", "region": "KH", "statement_timeout": "5m"}
    variables = {"age": {"column": "age", "on_drift": "revert"}, "favorite color": {"value": "green"}}
    policies = {"blank": "clear", "clear_marker": "-", "on_conflict": "hold", "missing": "create"}
    reading = {"bulk": "never", "pull": "changed", "full_check": "1h"}
    assert key_of(source, {"variables": variables} | policies | reading) == "updated_at 78dec4c9060679fe"


class MoreOfASource(DatabaseSettings):
    several: str = "reject"


class MoreOfAVariable(ContactVariable):
    format: str = "as it stands"


class MoreContacts(Contacts):
    blanks: tuple[str, ...] = ()


@pytest.mark.parametrize("used", [{}, {"several": "first"}, {"format": "date"}, {"blanks": ("N/A",)}])
def test_a_new_key_of_the_pipeline_file_begins_anew_only_where_it_is_used(used):
    """Settings of a version that knows one more of each kind."""
    given = {name: used.get(name, default) for name, default in (("several", "reject"), ("format", "as it stands"))}
    variable = MoreOfAVariable(column="age", format=given["format"])
    contacts = MoreContacts(variables={"age": variable}, blanks=used.get("blanks", ()))
    source = MoreOfASource(**SOURCE, table="people", several=given["several"])
    assert (key_of(source, contacts) == "updated_at c9cbbf65a02a2924") == (not used)


@pytest.fixture
def answers(home):
    """answers(row, …): a file of submissions as a form gives it; each row as `phone,age,submitted`."""

    def write(*rows):
        (home / "answers.csv").write_text("\n".join(["phone,age,_submission_time,_uuid", *rows]) + "\n")

    return write


@pytest.fixture
def by_submission(pipeline):
    source = {"kind": "csv", "path": "answers.csv", "address": "phone", "cursor": "_submission_time"}
    return pipeline(None, source=source, **{"contacts.variables": {"age": "age"}, "guard.max_not_found": "100%"})


OLD, LATER = "85512345678,39,2026-01-01T08:00:00", "85512999888,40,2026-01-02T08:00:00"


def test_of_a_file_too_only_what_was_submitted_since_is_read(cli, clinic, answers, by_submission):
    answers(OLD, LATER)
    assert cli("sync", by_submission, "--json").json["rows"]["read"] == 2
    answers("85512345678,50,2026-01-01T08:00:00", LATER, "85512999888,41,2026-01-02T08:00:01")
    again = cli("sync", by_submission, "--json")
    assert again.json["rows"]["read"] == 2  # rows of the last instant are read again: others may share it
    assert "Read were the rows since 2026-01-02T08:00:00 (“_submission_time”): 2 of 3." in again.err
    assert clinic.vars("85512345678")["age"] == "39"  # corrected answers wait for the next full check


def test_no_new_submissions_are_no_mistake_and_a_full_check_sees_corrections(cli, clinic, answers, by_submission, home):
    answers(OLD, LATER)
    cli("sync", by_submission)
    answers("85512345678,50,2026-01-01T08:00:00", LATER)
    assert cli("sync", by_submission, "--json").json["rows"]["unchanged"] == 1
    assert cli("backfill", by_submission, "--json").json["rows"]["updated"] == 1
    assert clinic.vars("85512345678")["age"] == "50"


def test_submissions_that_did_not_arrive_are_read_again(cli, clinic, answers, by_submission):
    answers(OLD, LATER)
    clinic.sandbox.faults.add(Fault("reply", method="PUT", status=500, times=20))
    assert cli("sync", by_submission, "--json").status == 4
    clinic.sandbox.faults.clear()
    assert cli("sync", by_submission, "--json").json["rows"]["read"] == 2
    assert clinic.vars("85512345678")["age"] == "39"


@pytest.mark.parametrize(
    ("times", "read"),
    [
        (("2026-01-05T23:30:00.000+07:00", "2026-01-05T16:40:00.000Z"), 1),  # compared as moments
        (("2026-01-05 08:00:00", "2026-01-06"), 1),
        (("7", "10"), 1),
        (("2026-01-05 08:00:00", ""), 2),
        (("2026-01-05 08:00:00", "yesterday"), 2),
        (("2026-01-05 08:00:00", "2126-01-06 08:00:00"), 2),  # a clock that is wrong keeps nobody out
        (("2026-01-05 08:00:00", "2026-01-04T08:00:00Z"), 2),  # which is first, nobody can tell
    ],
)
def test_what_cannot_be_put_into_an_order_is_read_each_time(cli, answers, by_submission, times, read):
    answers(f"85512345678,39,{times[0]}", f"85512999888,40,{times[1]}")
    assert cli("sync", by_submission, "--json").json["rows"]["read"] == 2
    said = cli("sync", by_submission, "--json")
    assert said.json["rows"]["read"] == read
    assert ("is the cursor and has texts that are neither numbers nor ISO dates, such as in row 3" in said.err) == (
        "yesterday" in times
    )


def test_a_cursor_that_is_not_there_is_named(cli, answers, pipeline):
    answers(OLD)
    source = {"kind": "csv", "path": "answers.csv", "address": "phone", "cursor": "submitted"}
    said = cli("sync", pipeline(None, source=source, **{"contacts.variables": {"age": "age"}}))
    assert said.status == 2
    assert 'answers.csv has no column "submitted"' in said.err


def test_all_files_of_a_pattern_have_one_cursor(cli, clinic, home, pipeline):
    for name, row in (("a", OLD), ("b", LATER)):
        (home / f"{name}.csv").write_text(f"phone,age,_submission_time,_uuid\n{row},u\n")
    source = {"kind": "csv", "path": "*.csv", "files": "all", "address": "phone", "cursor": "_submission_time"}
    name = pipeline(None, source=source, **{"contacts.variables": {"age": "age"}})
    assert cli("sync", name, "--json").json["rows"]["read"] == 2
    (home / "c.csv").write_text("phone,age,_submission_time,_uuid\n85512345678,51,2026-02-01T08:00:00,u\n")
    again = cli("sync", name, "--json")
    assert (again.json["rows"]["read"], clinic.vars("85512345678")["age"]) == (2, "51")
