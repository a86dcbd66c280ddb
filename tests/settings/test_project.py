"""The project folder: what belongs to a pipeline does so wherever a command is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import ConfigurationError
from flows.runs.folder import home_folder
from flows.settings import CsvSettings, load_pipeline

FILE = """\
verboice: {url: "http://127.0.0.1:1", account: a@example.org, password: "${SECRET}", project: 1}
source: {kind: csv, path: people.csv, address: Phone}
calls: {channel: c, twiml: say.xml}
ledger: sqlite:///kept/own.db
inbox: in
results: {url: "sqlite:////tmp/elsewhere.db"}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a pipeline, in a folder beside the current one; neither variable is set."""
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (project / "configs").mkdir(parents=True)
    elsewhere.mkdir()
    (project / "configs" / "two.yaml").write_text(FILE)
    (project / ".env").write_text("SECRET=hush\n")
    monkeypatch.chdir(elsewhere)
    for name in ("VERBOICE_SYNC_HOME", "VERBOICE_SYNC_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    return project


def test_paths_env_and_home_are_the_projects_whatever_the_current_folder_is(project):
    pipeline = load_pipeline("../project/configs/two.yaml", environ={})
    assert pipeline.folder == project
    assert pipeline.verboice.password.get_secret_value() == "hush"
    assert isinstance(pipeline.source, CsvSettings)
    assert pipeline.source.path == project / "people.csv"
    assert pipeline.inbox == project / "in"
    assert pipeline.ledger is not None
    assert pipeline.ledger.get_secret_value() == f"sqlite:///{project}/kept/own.db"
    assert pipeline.results is not None
    assert pipeline.results.url.get_secret_value() == "sqlite:////tmp/elsewhere.db"
    assert home_folder(pipeline.folder) == project / ".verboice-sync"


def test_a_pipeline_outside_of_configs_has_its_own_folder_as_project(project):
    (project / "sub").mkdir()
    (project / "sub" / "p.yaml").write_text(FILE)
    assert load_pipeline("../project/sub/p.yaml", environ={"SECRET": "x"}).folder == project / "sub"


def test_a_name_is_found_from_a_folder_below_the_project_and_from_anywhere_by_the_variable(project, monkeypatch):
    with pytest.raises(ConfigurationError, match=r"no configs/ in .*elsewhere.*--project DIR"):
        load_pipeline("two", environ={})
    (project / "data" / "deep").mkdir(parents=True)
    monkeypatch.chdir(project / "data" / "deep")
    assert load_pipeline("two", environ={}).folder == project
    assert home_folder() == project / ".verboice-sync"
    monkeypatch.chdir("/")
    monkeypatch.setenv("VERBOICE_SYNC_PROJECT", str(project))
    assert load_pipeline("two", environ={}).folder == project


def test_the_option_and_the_home_variable_override(project, monkeypatch):
    file = str(project / "configs" / "two.yaml")
    monkeypatch.setenv("VERBOICE_SYNC_HOME", "kept")
    assert home_folder(load_pipeline(file, environ={}).folder) == project / "kept"
    monkeypatch.setenv("VERBOICE_SYNC_PROJECT", str(project.parent))
    assert load_pipeline(file, environ={"SECRET": "x"}).folder == project.parent


def test_within_the_project_paths_are_told_as_they_are_written(project, monkeypatch):
    monkeypatch.chdir(project)
    pipeline = load_pipeline("two", environ={})
    assert isinstance(pipeline.source, CsvSettings)
    assert (pipeline.file, pipeline.source.path) == (Path("configs/two.yaml"), Path("people.csv"))
