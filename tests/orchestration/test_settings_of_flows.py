"""What must hold for every flow and task, without a server."""

from __future__ import annotations

import importlib
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from connectors.errors import CouldNotBeDone

FLOWS = [
    ("flows.sync_contacts", "sync_contacts"),
    ("flows.enqueue_calls", "enqueue_calls"),
    ("flows.track_calls", "track_calls"),
    ("flows.track_calls", "track_recent_calls"),
    ("flows.backfill", "backfill"),
    ("flows.watch_inbox", "watch_inbox"),
    ("flows.fleet", "sync_by_fleet"),
    ("flows.fleet", "push_one_part"),
]


@pytest.mark.parametrize(("module", "name"), FLOWS)
def test_no_flow_is_retried_or_keeps_results(module: str, name: str) -> None:
    flow = getattr(importlib.import_module(module), name)
    assert flow.retries == 0
    assert flow.persist_result is False


@pytest.mark.parametrize(
    ("module", "name", "options"),
    [
        ("flows.sync_contacts", "sync_contacts", "SyncOptions"),
        ("flows.enqueue_calls", "enqueue_calls", "CallOptions"),
        ("flows.backfill", "backfill", "BackfillOptions"),
        ("flows.fleet", "sync_by_fleet", "FleetOptions"),
    ],
)
def test_prefect_keeps_no_address_that_a_command_was_limited_to(module: str, name: str, options: str) -> None:
    from flows.orchestration.under_prefect import secret

    room = importlib.import_module(module)
    chosen = getattr(room, options)(only=secret(["012345678"]))
    assert "012345678" not in json.dumps(getattr(room, name).serialize_parameters({"options": chosen}))
    assert chosen.addresses == ("012345678",)
    assert getattr(room, options).model_validate({"only": ["012345678"]}) == chosen


@pytest.mark.parametrize("logger", ["prefect.flow_runs", "prefect.task_runs"])
@pytest.mark.parametrize(("error", "kept"), [(CouldNotBeDone("The server is down."), False), (KeyError("x"), True)])
def test_only_a_fault_is_told_with_its_traceback(logger: str, error: Exception, kept: bool) -> None:
    importlib.import_module("flows.orchestration.under_prefect")
    about = (type(error), error, None)
    record = logging.LogRecord(logger, logging.ERROR, __file__, 1, "stopped: %r", (error,), about)
    assert logging.getLogger(logger).filter(record)
    assert bool(record.exc_info) is kept


def test_no_step_is_retried_or_keeps_results(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect import Task

    from flows.orchestration.steps import as_task

    seen: list[Task] = []
    monkeypatch.setattr(Task, "__call__", lambda task: seen.append(task) or task.fn())
    assert as_task("push", lambda: 7) == 7
    (task,) = seen
    assert task.retries == 0
    assert task.persist_result is False


def test_deployments_carry_only_names_and_options_and_module_paths(pipeline: Callable[..., str]) -> None:
    from flows.orchestration.deployments import Place, deployments_of

    name = pipeline(
        Path("p.xlsx"), inbox="in", calls={"channel": "chan"}, schedule={"cron": "0 6 * * *", "timezone": "Asia/Tokyo"}
    )
    made = {deployment.flow_name: deployment for deployment in deployments_of(name, Place())}
    assert set(made) == {"sync-contacts", "backfill", "enqueue-calls", "track-recent-calls", "watch-inbox"}
    for deployment in made.values():
        assert deployment.parameters.keys() == {"pipeline", "options"}
        assert "se cret" not in deployment.model_dump_json()
        assert "/" not in str(deployment.entrypoint)
        assert deployment.concurrency_limit == 1
    strategies = {name: made[name].concurrency_options.collision_strategy.value for name in made}
    assert strategies["sync-contacts"] == "ENQUEUE"
    assert strategies["watch-inbox"] == "CANCEL_NEW"
    (schedule,) = made["sync-contacts"].schedules
    assert (schedule.schedule.cron, schedule.schedule.timezone) == ("0 6 * * *", "Asia/Tokyo")
    assert not made["enqueue-calls"].schedules


def test_the_file_for_prefect_deploy_has_the_deployments_that_deploy_makes(monkeypatch) -> None:
    from flows.orchestration.deployments import Place, deployments_of

    project = Path(__file__).parents[2]
    monkeypatch.chdir(project)
    file = yaml.safe_load((project / "configs" / "prefect.yaml").read_text())
    assert "pull" not in file  # so that Prefect's own one names the folder, on any machine
    listed = {
        one["entrypoint"]: (one["name"], one["parameters"], one.get("concurrency_limit"), set(one["tags"]))
        for one in file["deployments"]
    }
    made = {}
    for one in deployments_of("clinic", Place(pool="verboice", folder=project)):
        policy = one.concurrency_options and {
            "limit": one.concurrency_limit,
            "collision_strategy": one.concurrency_options.collision_strategy.value,
        }
        made[str(one.entrypoint).replace(":", ".")] = (one.name, one.parameters, policy, set(one.tags))
    assert listed == made


def test_people_are_rung_by_the_clock_where_a_pipeline_does_nothing_else(pipeline: Callable[..., str]) -> None:
    from flows.orchestration.deployments import Place, deployments_of

    name = pipeline(Path("p.xlsx"), contacts=None, calls={"channel": "chan"}, schedule={"cron": "0 6 * * *"})
    made = {deployment.flow_name: deployment for deployment in deployments_of(name, Place())}
    assert len(made["enqueue-calls"].schedules) == 1


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"], ["check", "nowhere"], ["plan", "nowhere"]])
def test_quick_commands_never_import_prefect(words: list[str], home: Path) -> None:
    code = (
        "import sys\nfrom flows.cli import app\ntry:\n    app(sys.argv[1:])\n"
        "except SystemExit:\n    pass\nassert 'prefect' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_serving_without_a_server_says_which_commands_start_one(pipeline, cli, monkeypatch, tmp_path) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    name = pipeline(Path("p.xlsx"))
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        said = cli("serve", name)
    assert said.status == 2
    assert "prefect server start" in said.err
    assert "PREFECT_API_URL=" in said.err


def test_a_broken_pipeline_is_told_before_prefect_is_started(home, cli) -> None:
    (home / "configs").mkdir()
    (home / "configs" / "bad.yaml").write_text("verboice: {url: 5}\n")
    said = cli("serve")
    assert said.status == 2
    assert "bad.yaml" in said.err
