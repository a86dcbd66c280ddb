"""`status`: how pipelines stand, for people, monitoring and Prometheus."""

from __future__ import annotations

import json
import shutil
import socket
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connectors.ledger import Ledger
from connectors.ledger.values import CallIntent, RunRecord
from tests.worlds import ROWS

RUN = "20261101T060000Z-aaaaaa"
LONG = timedelta(days=3)
LONG_AGO = datetime.now(UTC) - LONG


def told(said) -> list[str]:
    """What somebody has to do about the only pipeline."""
    (one,) = said.json["pipelines"]
    return one["troubles"]


@pytest.fixture
def recorded(home):
    """A run written into the ledger as another process would have left it."""

    def record(status: str = "running", started_at: datetime = LONG_AGO, kind: str = "sync", **facts) -> None:
        run = RunRecord(RUN, "p", kind, status, started_at, **facts)
        with Ledger.open(None, home / ".verboice-sync") as ledger:
            ledger.start_run(run)

    return record


def test_a_pipeline_that_never_ran_is_well_and_leaves_nothing_behind(cli, home, sheet, pipeline):
    shutil.rmtree(home / ".verboice-sync")
    said = cli("status", pipeline(sheet(*ROWS)))
    assert said.status == 0
    assert said.out.splitlines()[:2] == ["p: well", "  No run has changed anything yet."]
    assert not (home / ".verboice-sync").exists()


def test_the_last_run_and_the_next_are_told(cli, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]), schedule={"cron": "0 6 * * *", "timezone": "Asia/Phnom_Penh"})
    cli("sync", name)
    cli("plan", name)
    said = cli("status", "--json", name)
    assert (said.status, said.json["status"]) == (0, "well")
    (one,) = said.json["pipelines"]
    assert (one["last_run"]["kind"], one["last_run"]["rows"]["updated"]) == ("sync", 1)
    assert one["next_run"].endswith("T06:00:00+07:00")
    assert "Next: " in cli("status", name).out


@pytest.mark.parametrize(
    ("why", "told_as"),
    [
        ("The server is down.", f"The server is down. Go on with it: verboice-sync resume {RUN}"),
        (f"Stopped. Go on with `verboice-sync resume {RUN}`.", f"Stopped. Go on with `verboice-sync resume {RUN}`."),
        ("", f"failed. Go on with it: verboice-sync resume {RUN}"),
    ],
)
def test_what_needs_somebody_is_told_with_the_command_for_it(cli, recorded, sheet, pipeline, why, told_as):
    name = pipeline(sheet(*ROWS))
    recorded("failed", error=why)
    said = cli("status", "--json", name)
    assert said.status == 1
    (trouble,) = told(said)
    assert trouble.endswith(f"did not end: {told_as}")
    assert "p: needs somebody" in cli("status", name).out


@pytest.mark.parametrize(
    ("status", "ago", "beginning"),
    [
        ("refused", LONG, f"The last sync ({RUN}) was refused by a guard: verboice-sync runs {RUN}"),
        ("running", LONG, f"The last sync ({RUN}) has not ended, and nobody"),
        ("running", timedelta(0), None),
        ("partial", LONG, None),
    ],
)
def test_how_the_last_run_stands(cli, recorded, sheet, pipeline, status, ago, beginning):
    recorded(status, datetime.now(UTC) - ago)
    troubles = told(cli("status", "--json", pipeline(sheet(*ROWS))))
    assert [trouble.startswith(beginning or "?") for trouble in troubles] == ([True] if beginning else [])


def test_a_run_that_the_schedule_meant_and_that_did_not_come_is_told(cli, recorded, sheet, pipeline):
    recorded("succeeded")
    every_hour = pipeline(sheet(*ROWS), schedule={"cron": "0 * * * *", "timezone": "UTC"})
    (trouble,) = told(cli("status", "--json", every_hour))
    assert trouble.startswith("The run that was due ")
    once_a_year = (LONG_AGO - timedelta(days=1)).strftime("%M %H %d %m *")
    yearly = pipeline(sheet(*ROWS), schedule={"cron": once_a_year, "timezone": "UTC"})
    assert told(cli("status", "--json", yearly)) == []


def test_uncertain_calls_are_counted_by_run(cli, home, recorded, sheet, pipeline):
    name = pipeline(sheet(*ROWS))
    recorded("partial", kind="call")
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        for row in (2, 3):
            intent = CallIntent(RUN, row, "http://x", 1, "p", f"i{row}", f"85512{row}", f"85512{row}")
            ledger.begin_call(intent, LONG_AGO)
        ledger.strand_calls(RUN, LONG_AGO, "lost")
    said = cli("status", "--json", name)
    assert said.json["pipelines"][0]["uncertain_calls"] == 2
    (trouble,) = told(said)
    assert trouble == f"Of 2 calls of run {RUN} nobody knows whether it rang: verboice-sync resolve {RUN}"


def test_files_that_nobody_takes_are_told_after_a_while(cli, home, sheet, pipeline, monkeypatch):
    name = pipeline(sheet(*ROWS), inbox="in")
    assert cli("status", "--json", name).json["pipelines"][0]["inbox"]["waiting"] == 0
    (home / "in").mkdir()
    (home / "in" / "processing").mkdir()
    (home / "in" / "a.csv").write_text("x")
    said = cli("status", "--json", name)
    assert (said.status, said.json["pipelines"][0]["inbox"]["waiting"]) == (0, 1)
    monkeypatch.setattr("flows.looks.status.UNATTENDED", timedelta(0))
    (trouble,) = told(cli("status", "--json", name))
    assert trouble.startswith("A file waits in ")


def test_a_broken_pipeline_and_a_lost_ledger_keep_the_others_from_nothing(cli, home, sheet, pipeline):
    pipeline(sheet(*ROWS))
    (home / "configs" / "broken.yaml").write_text("verboice: {url: 12}\n")
    far = (home / "configs" / "p.yaml").read_text() + "\nname: far\nledger: postgresql://x@127.0.0.1:1/none\n"
    (home / "configs" / "far.yaml").write_text(far)
    said = cli("status", "--json")
    assert said.status == 1
    found = {one["pipeline"]: one["troubles"] for one in said.json["pipelines"]}
    assert (found["p"], len(found["broken"]), len(found["far"])) == ([], 1, 1)
    assert "broken.yaml:1" in found["broken"][0]


def test_a_prefect_server_that_does_not_answer_is_a_trouble_of_its_own(cli, sheet, pipeline, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{closed.getsockname()[1]}/api")
        said = cli("status", "--json", pipeline(sheet(*ROWS)))
    assert (said.status, said.json["prefect"]["well"], told(said)) == (1, False, [])


def test_prometheus_reads_the_same_from_a_file(cli, home, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]), inbox="in", schedule={"cron": "0 6 * * *"})
    cli("sync", name)
    file = home / "verboice.prom"
    assert cli("status", name, "--metrics", str(file)).status == 0
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
    }
    assert samples["verboice_sync_well", "p"] == 1
    assert samples["verboice_sync_last_run_rows", "p", "sync", "updated"] == 1
    assert samples["verboice_sync_inbox_files", "p", "waiting"] == 0
    assert ("verboice_sync_next_run_timestamp_seconds", "p") in samples
    said = cli("status", name, "--metrics", str(home / "absent" / "x.prom"))
    assert (said.status, "cannot be written" in said.err) == (1, True)


def test_log_lines_are_json_on_request(cli, sheet, pipeline, monkeypatch):
    monkeypatch.setenv("VERBOICE_SYNC_LOG", "json")
    said = cli("sync", pipeline(sheet(*ROWS[:2])))
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert {"at", "level", "message"} == set(lines[0])
    said = cli("sync", "absent")
    assert [json.loads(line)["level"] for line in said.err.splitlines()] == ["error"]
