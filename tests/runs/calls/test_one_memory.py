"""Who was called is known to every pipeline of a server and project, wherever and by whatever name it is started."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from connectors.ledger import migrations
from connectors.values import CallRequest
from flows.calls.identity import Who, former_identity_of

ROWS = [("012345678", "Ana"), ("012999888", "Bo")]


@pytest.fixture
def clinic(clinic):
    """The clinic with a flow and a channel."""
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "chan", call_flow=flow)
    return clinic


@pytest.fixture
def two(home: Path, clinic, sheet, pipeline, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline file that rings two people; no variable names a home."""
    monkeypatch.delenv("VERBOICE_SYNC_HOME")
    path = sheet(*ROWS, header=("Phone", "Name"))
    calls = {"channel": "chan", "call_flow": "Reminder", "vars": {"name": "Name"}}
    pipeline(path.relative_to(home), calls=calls, contacts=None)
    return (home / "configs" / "p.yaml").rename(home / "configs" / "two.yaml")


def rung(clinic) -> int:
    return len(clinic.sandbox.calls())


def test_from_two_folders_everybody_is_rung_once(home, clinic, two, cli, monkeypatch):
    for name in ("a", "b"):
        (home / name).mkdir()
        monkeypatch.chdir(home / name)
        said = cli("call", "../configs/two.yaml", "--json")
        assert said.status == 0
    assert said.json["rows"]["skipped"] == 2
    assert rung(clinic) == 2


@pytest.mark.parametrize("change", [shutil.copy, shutil.move], ids=["copy", "rename"])
def test_a_copied_or_renamed_pipeline_skips_what_another_asked_for(home, clinic, two, cli, change: Callable):
    first = cli("call", "two", "--json")
    assert first.json["rows"]["queued"] == 2
    change(two, two.with_name("three.yaml"))
    said = cli("call", "three", "--json")
    assert said.json["rows"]["skipped"] == 2
    assert rung(clinic) == 2
    reasons = workbook_reasons(said)
    assert reasons[0].startswith("Already queued by pipeline two on ")
    assert ", call 1." in reasons[0]


def workbook_reasons(said) -> list[str]:
    from openpyxl import load_workbook

    head, *lines = load_workbook(said.json["reports"]["workbook"]).worksheets[0].iter_rows(values_only=True)
    return [line[head.index("sync_reason")] for line in lines]


def test_who_wants_the_same_call_twice_says_campaign(clinic, two, cli):
    cli("call", "two")
    other = two.with_name("three.yaml")
    other.write_text(two.read_text().replace("channel: chan", "channel: chan\n  campaign: again"))
    assert cli("call", "three", "--json").json["rows"]["queued"] == 2
    assert rung(clinic) == 4


def test_repeat_after_counts_calls_of_every_pipeline_of_the_project(clinic, two, cli):
    cli("call", "two")
    other = two.with_name("three.yaml")
    text = two.read_text().replace("channel: chan", "channel: chan\n  repeat_after: 24h\n  campaign: other")
    other.write_text(text)
    said = cli("call", "three", "--json")
    assert said.json["rows"]["blocked"] == 2
    assert "called by pipeline two on" in workbook_reasons(said)[0]
    assert rung(clinic) == 2


def test_what_a_ledger_of_version_0_1_knows_is_not_asked_for_again_by_any_name(home, clinic, two, cli):
    """One person was rung by `two` before the migration; the pipeline has been renamed since."""
    (home / ".verboice-sync").mkdir()
    request = CallRequest(1, "85512345678", call_flow_id=1, variables={"name": "Ana"})
    digest = former_identity_of("two", Who(0, "", "85512345678"), request).removeprefix("1:")
    engine = sa.create_engine(f"sqlite:///{home / '.verboice-sync' / 'ledger.db'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        told = {"server": clinic.server.url, "identity": digest, "at": "2026-11-20T06:00:00.000000Z"}
        connection.execute(
            sa.text(
                "INSERT INTO ledger_calls (run_id, row, server, pipeline, identity, nth, campaign, address_key, "
                "address, state, attempts, call_id, asked_at, reason, again_reason, call_state, fail_reason) VALUES "
                "('old', 2, :server, 'two', :identity, 0, '', '85512345678', '85512345678', 'queued', 1, 123, :at, "
                "'', '', 'completed', '')"
            ),
            told,
        )
    two.rename(two.with_name("three.yaml"))
    said = cli("call", "three", "--json")
    assert said.status == 0, said.err
    assert (said.json["rows"]["skipped"], said.json["rows"]["queued"]) == (1, 1)
    assert "by pipeline two on 2026-11-20 06:00 UTC, call 123 (completed since)." in workbook_reasons(said)[0]
    assert json.loads(Path(said.json["reports"]["plan"]).read_bytes())["calls"][0]["identity"].startswith("2:")
