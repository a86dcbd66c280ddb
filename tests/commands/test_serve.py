"""`serve`: what has to be there before it begins."""

from __future__ import annotations

from pathlib import Path


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
