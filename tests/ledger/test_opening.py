"""Opening a ledger: where it is, who may read it, and bringing its tables up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.ledger import Ledger, database, migrations, schema
from connectors.ledger.values import RunRecord, Scope

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
OLD_VALUES = [(7, "age", "38", "39"), (7, "note", 'a "b",\n ñ', None), (8, "age", None, "")]


def test_the_home_folder_is_only_for_its_owner(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Ledger.open(None, home) as ledger:
        ledger.start_run(RunRecord("r1", "clinic", "sync", "running", AT))
        modes = {file.name: file.stat().st_mode & 0o777 for file in (home, *home.iterdir())}
    assert modes == {"home": 0o700, "ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}


def test_a_ledger_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.touch(0o644)
    Ledger.open(None, tmp_path).close()
    assert file.stat().st_mode & 0o777 == 0o600


def test_opening_again_finds_what_was_written(open_ledger: Callable[[], Ledger]) -> None:
    with open_ledger() as ledger:
        ledger.start_run(RunRecord("r1", "clinic", "sync", "running", AT))
    with open_ledger() as ledger:
        assert ledger.run("r1") == RunRecord("r1", "clinic", "sync", "running", AT)


def test_several_may_open_a_new_ledger_at_once(open_ledger: Callable[[], Ledger]) -> None:
    with ThreadPoolExecutor(6) as threads:
        ledgers = [future.result() for future in [threads.submit(open_ledger) for _ in range(6)]]
    ledgers[0].start_run(RunRecord("r1", "clinic", "sync", "running", AT))
    assert all(ledger.run("r1") for ledger in ledgers)


def test_a_new_file_that_another_process_is_switching_is_waited_for(tmp_path: Path) -> None:
    class Switching:
        tries = 0

        def execute(self, statement: str) -> sqlite3.Cursor:
            self.tries += 1
            if "journal_mode" in statement and self.tries < 3:
                raise sqlite3.OperationalError("database is locked")
            return sqlite3.connect(tmp_path / "new.db").execute(statement)

    switching = Switching()
    database._write_ahead(switching)
    assert switching.tries == 3


def test_the_migrations_make_just_the_tables_the_code_knows(url: str, ledger: Ledger) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrations.VERSION_TABLE})
        assert compare_metadata(context, schema.metadata) == []


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_current_head() == migrations.HEAD


def test_what_was_remembered_value_by_value_is_found_again(url: str, open_ledger: Callable[[], Ledger]) -> None:
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            sa.text("INSERT INTO ledger_scopes (scope, server, project_id, pipeline) VALUES (1, 'https://v', 12, 'c')")
        )
        row = "INSERT INTO ledger_values VALUES (1, :id, :name, :source, :remote, '2026-11-23T06:00:00.000000Z', 'r')"
        for told in OLD_VALUES:
            connection.execute(sa.text(row), dict(zip(("id", "name", "source", "remote"), told, strict=True)))
    ledger = open_ledger()
    found = ledger.values(Scope("https://v", 12, "c")).to_pylist()
    assert [tuple(one.values()) for one in found] == OLD_VALUES
    (facts,) = ledger.scope_facts("https://v", 12)
    assert sorted(facts.variables or ()) == sorted({name for _, name, _, _ in OLD_VALUES})


def test_a_ledger_of_a_newer_version_is_left_alone(url: str, open_ledger: Callable[[], Ledger]) -> None:
    open_ledger().close()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"newer version .*9999.* Update verboice-sync"):
        open_ledger()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("hunter2", "not a database URL"),
        ("nonsense://u:hunter2@h/d", "SQLite file or a PostgreSQL"),
        ("mysql+pymysql://u:hunter2@h/d", "SQLite file or a PostgreSQL"),
        ("sqlite://", "SQLite file or a PostgreSQL"),
        ("sqlite:///:memory:", "SQLite file or a PostgreSQL"),
    ],
)
def test_other_databases_are_refused_without_showing_the_url(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        Ledger.open(url, tmp_path)
    assert "hunter2" not in str(caught.value)


def test_an_unreachable_server_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(CouldNotBeDone, match=r"at 127.0.0.1, database d cannot be used") as caught:
        Ledger.open("postgresql://u:hunter2@127.0.0.1:1/d", tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"not a database at all, " * 100)
    with pytest.raises(CouldNotBeDone, match="not a database"):
        Ledger.open(None, tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for url, home in ((None, tmp_path / "file" / "home"), (f"sqlite:///{tmp_path}/file/x.db", tmp_path)):
        with pytest.raises(ConfigurationError, match="cannot be opened"):
            Ledger.open(url, home)


def test_sqlite_writes_are_on_disk_before_they_return(tmp_path: Path) -> None:
    with Ledger.open(None, tmp_path) as ledger, ledger._db.writing() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]


def test_errors_do_not_quote_what_was_written(ledger: Ledger) -> None:
    ledger.start_run(RunRecord("r1", "clinic", "sync", "running", AT, error="+85512345678"))
    with pytest.raises(CouldNotBeDone) as caught:
        ledger.start_run(RunRecord("r1", "clinic", "sync", "running", AT, error="+85512345678"))
    assert "345678" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_naive_times_are_refused(ledger: Ledger) -> None:
    with pytest.raises(sa.exc.StatementError, match="aware"):
        ledger.start_run(RunRecord("r1", "clinic", "sync", "running", AT.replace(tzinfo=None)))


def test_a_table_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("CREATE TABLE runs (mine)")
    connection.close()
    with Ledger.open(None, tmp_path) as ledger:
        assert ledger.runs() == []
