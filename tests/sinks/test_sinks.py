"""Contacts with history and outcomes of rows, in a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
import sqlalchemy as sa

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.sinks.history import Recorded, record_history
from connectors.sinks.results import batches_recorded, forget_rows, record_results
from connectors.sources.databases.url import database_url
from connectors.values import Contact, RemoteContacts

T0 = datetime(2026, 11, 3, 8, tzinfo=UTC)
RUN = {"run_id": "r1", "pipeline": "p", "kind": "call"}


@pytest.fixture(params=["sqlite", "duckdb"])
def url(tmp_path, request):
    return f"{request.param}:///{tmp_path / 'out.db'}"


def rows(url, query):
    engine = sa.create_engine(database_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def record(url, day, *contacts):
    at = T0 + timedelta(days=day)
    return record_history(url, "contacts", RemoteContacts.of(contacts), server="https://v", project_id=1, at=at)


def test_every_change_of_a_value_is_kept_with_its_time(url):
    assert record(url, 0, Contact(7, ("855", "856"), {"age": "38", "colour": ""})) == Recorded(2, 0)
    assert record(url, 1, Contact(7, ("855",), {"age": "39", "colour": ""})) == Recorded(1, 1)
    assert record(url, 2, Contact(7, ("855",), {"age": "39", "colour": None})) == Recorded(0, 1)
    assert record(url, 3, Contact(7, ("855",), {"age": "39"})) == Recorded(0, 0)
    day = "substr(cast({} as text), 1, 10)"
    told = f"select variable, value, {day.format('valid_from')}, {day.format('valid_to')} from contacts order by id"
    assert rows(url, told) == [
        ("age", "38", "2026-11-03", "2026-11-04"),
        ("colour", "", "2026-11-03", "2026-11-05"),
        ("age", "39", "2026-11-04", None),
    ]


def test_a_contact_that_is_gone_has_no_present_values_and_other_projects_are_left_alone(url):
    record(url, 0, Contact(7, ("855",), {"age": "38"}), Contact(8, (), {"age": "1"}))
    others = RemoteContacts.of([Contact(9, ("857",), {"age": "5"})])
    record_history(url, "contacts", others, server="https://v", project_id=2, at=T0)
    record(url, 1, Contact(8, (), {"age": "1"}))
    assert rows(url, "select contact_id from contacts where valid_to is null order by 1") == [(8,), (9,)]


def test_a_project_without_contacts_ends_everything(url):
    record(url, 0, Contact(7, ("855",), {"age": "38"}))
    assert record(url, 1) == Recorded(0, 1)


def test_results_of_a_run_replace_what_was_written_for_it_before(url):
    outcomes = pa.table({"row": [2, 3], "address": ["855", "856"], "sync_status": ["queued", "failed"]})
    assert record_results(url, "results", outcomes, run=RUN, at=T0) == 2
    tracked = outcomes.append_column("call_state", pa.array(["completed", None]))
    record_results(url, "results", tracked, run=RUN, at=T0)
    assert rows(url, "select row, sync_status, call_state from results order by row") == [
        (2, "queued", "completed"),
        (3, "failed", None),
    ]


def test_a_table_that_an_earlier_version_made_gets_the_columns_it_lacks_and_keeps_its_rows(database, sql):
    older = "create table results (run_id varchar(64), {row} bigint, pipeline varchar(100) not null, "
    older += "kind varchar(20) not null, recorded_at {moment} not null, address varchar(255) not null, "
    older += "sync_status text, remark varchar(20), primary key (run_id, {row}))"
    row, moment = ("`row`", "datetime") if database.startswith("mysql") else ('"row"', "timestamp")
    insert = "insert into results values ('r0', 2, 'p', 'sync', '2026-11-02 08:00:00', '855', 'updated', 'mine')"
    sql(database, older.format(row=row, moment=moment), insert)
    outcomes = pa.table({"row": [2], "address": ["856"], "sync_status": ["queued"], "call_state": ["completed"]})
    assert forget_rows(database, "results", lambda run_id, *_: run_id == "r0", dry_run=True) == 1
    assert batches_recorded(database, "results", "p") == []
    for _ in range(2):
        record_results(database, "results", outcomes, run=RUN, at=T0)
    assert rows(database, "select run_id, sync_status, remark, call_state from results order by run_id") == [
        ("r0", "updated", "mine", None),
        ("r1", "queued", None, "completed"),
    ]


def test_where_a_column_may_not_be_added_it_is_said_which_one_is_needed(postgres, sql):
    record_results(postgres, "results", pa.table({"row": [2], "address": ["855"]}), run=RUN, at=T0)
    owned = "alter table results drop column fail_reason"
    sql(postgres, owned, "create role clerk login", "grant select, insert, delete on results to clerk")
    clerk = database_url(postgres).set(username="clerk").render_as_string(hide_password=False)
    with pytest.raises(CouldNotBeDone, match="table results: must be owner of table results") as refused:
        record_results(clerk, "results", pa.table({"row": [3], "address": ["856"]}), run=RUN, at=T0)
    assert "as text that may be null: fail_reason." in refused.value.hint
    assert rows(postgres, 'select "row" from results') == [(2,)]
    sql(postgres, "drop table results", "drop role clerk")


def test_a_table_of_another_shape_and_a_database_that_is_away_are_told_without_credentials(url):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table contacts (id integer)"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="no column server"):
        record(url, 0, Contact(7, ("855",), {}))
    with pytest.raises(CouldNotBeDone) as away:
        record("postgresql://ana:s3cret@127.0.0.1:9/x", 0, Contact(7, ("855",), {}))
    assert "s3cret" not in str(away.value)
