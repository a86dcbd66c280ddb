"""Pipelines as deployments: names, options, schedules, and no secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml


def test_deployments_carry_only_names_and_options_and_module_paths(pipeline: Callable[..., str]) -> None:
    from flows.orchestration.deployments import Place, deployments_of

    name = pipeline(
        Path("p.xlsx"), inbox="in", calls={"channel": "chan"}, schedule={"cron": "0 6 * * *", "timezone": "Asia/Tokyo"}
    )
    made = {deployment.flow_name: deployment for deployment in deployments_of(name, Place())}
    of_calls = {"enqueue-calls", "track-recent-calls", "reconcile-calls"}
    assert set(made) == {"sync-contacts", "backfill", "watch-inbox", *of_calls}
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
