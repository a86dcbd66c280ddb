"""The same tests run on SQLite and on a real PostgreSQL, each test in a place of its own."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.ledger import Ledger

OpenLedger = Callable[[], Ledger]
StartChild = Callable[[str], "subprocess.Popen[str]"]

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the test session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a machine without a runtime folder
        pgserver = pytest.importorskip("pgserver", reason="the pgserver wheel is not made for this Python")
    # Not below pytest's own folder: as root the server runs as another user, who may not enter it.
    server = pgserver.get_server(tempfile.mkdtemp(prefix="ledger-"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on PostgreSQL of an empty schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def postgresql_url(postgresql: str) -> str:
    """The URL of an empty schema on PostgreSQL."""
    server = sa.make_url(postgresql).set(drivername="postgresql+psycopg")
    schema = f"test_{next(_NUMBERS)}"  # made in a fraction of the time a database takes
    engine = sa.create_engine(server, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    return server.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)


@pytest.fixture
def open_ledger(url: str, tmp_path: Path) -> Iterator[OpenLedger]:
    """Opens the test's ledger, as often as wanted."""
    opened: list[Ledger] = []

    def open_one() -> Ledger:
        opened.append(Ledger.open(url, tmp_path))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    return open_ledger()


@pytest.fixture
def start_child(url: str, tmp_path: Path) -> Iterator[StartChild]:
    """Starts a process that has `ledger` open and `AT`, `MINUTE`, the values and `wait()` at hand."""
    children: list[subprocess.Popen[str]] = []
    before = (
        "import sys\nfrom datetime import UTC, datetime, timedelta\nfrom pathlib import Path\nimport pyarrow as pa\n"
        "from connectors.ledger import *\nfrom connectors.ledger.values import *\n"
        "AT, MINUTE = datetime(2026, 11, 23, 6, tzinfo=UTC), timedelta(minutes=1)\n"
        "def tell(*what): print(*what, flush=True)\n"
        "def wait(): tell('ready'); sys.stdin.readline()\n"
        "ledger = Ledger.open(sys.argv[1], Path(sys.argv[2]))\n"
    )

    def start(code: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", before + code, url, str(tmp_path)]
        children.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.communicate()
