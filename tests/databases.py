"""Real database servers for the tests of sources and sinks, each on its own data folder and stopped by itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

PASSWORD = "s3cret/w@rd"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server, from the pgserver wheel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on a missing XDG_RUNTIME_DIR
        try:
            import pgserver
        except ImportError:
            pytest.skip("the pgserver wheel cannot be installed on this Python")
        with tempfile.TemporaryDirectory() as folder:
            server = pgserver.get_server(folder, cleanup_mode="stop")
            yield server
            server.cleanup()


@pytest.fixture(scope="session")
def postgres(postgres_server: Any) -> str:
    """URL of an empty PostgreSQL database."""
    return str(postgres_server.get_uri())


@pytest.fixture
def restart_postgres(postgres_server: Any) -> Callable[[str], None]:
    """restart(how): the server is stopped as this mode of pg_ctl says, and started again with the same data."""
    from pgserver._commands import pg_ctl  # the wheel's server can only start and stop for good

    def restart(how: str) -> None:
        words = ["-w", "-m", how, "-l", str(postgres_server.log), "restart"]
        pg_ctl(words, pgdata=postgres_server.pgdata, user=postgres_server.system_user)
        postgres_server.ensure_postgres_running()  # it learns whom to stop in the end

    return restart


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    """URL of an empty MariaDB database with an account that has a password, from Debian's mariadb-server."""
    server = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    if server is None:
        pytest.skip("mariadb-server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        common = ["--no-defaults", f"--datadir={folder}/data"]
        if os.getuid() == 0:
            common.append("--user=root")
        install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, capture_output=True)
        port = _free_port()
        options = [f"--socket={folder}/socket", f"--port={port}", "--bind-address=127.0.0.1"]
        with subprocess.Popen([server, *common, *options], stderr=subprocess.DEVNULL) as process:
            try:
                _create_account(Path(folder, "socket"))
                url = sa.URL.create("mysql", "sync", PASSWORD, "127.0.0.1", port, "clinic")
                yield url.render_as_string(hide_password=False)
            finally:
                process.terminate()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _create_account(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, "mariadbd did not start"
        time.sleep(0.1)
    connection = pymysql.connect(unix_socket=str(path), user="root")
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE clinic CHARACTER SET utf8mb4")
        cursor.execute("CREATE USER sync@'%%' IDENTIFIED BY %s", (PASSWORD,))
        cursor.execute("GRANT ALL ON clinic.* TO sync@'%'")
        cursor.execute("GRANT FILE ON *.* TO sync@'%'")


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """URL of an SQLite file that exists and is empty."""
    (tmp_path / "clinic.db").touch()
    return f"sqlite:///{tmp_path / 'clinic.db'}"


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database of each kind in turn."""
    url = request.getfixturevalue(request.param)
    yield url
    with _writing(url) as connection:
        for table in sa.inspect(connection).get_table_names():
            connection.exec_driver_sql(f"DROP TABLE {table}")


@pytest.fixture(scope="session")
def sql() -> Callable[..., None]:
    """Executes statements in the database of a URL."""

    def execute(url: str, *statements: str) -> None:
        with _writing(url) as connection:
            for statement in statements:
                connection.execution_options(no_parameters=True).exec_driver_sql(statement)

    return execute


@contextmanager
def _writing(url: str) -> Iterator[sa.Connection]:
    drivers = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "sqlite": "sqlite"}
    made = sa.make_url(url)
    engine = sa.create_engine(made.set(drivername=drivers[made.drivername]), poolclass=NullPool)
    with engine.begin() as connection:
        yield connection
    engine.dispose()
