"""The wheel: what the program reads beside its modules goes with them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("flows", "connectors")
BUILD = "from setuptools.build_meta import build_wheel; build_wheel('wheels')"


EMPTY_FOLDER = """
import sys
from pathlib import Path
import flows
from flows.commands.demo import PIPELINE, in_project_folder, own_home
from flows.settings import load_pipeline
assert Path(flows.__file__).is_relative_to(sys.prefix)
with in_project_folder(), own_home() as home:
    assert load_pipeline(PIPELINE).source.path.resolve().is_file()
    print(Path.cwd(), home)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a wheel, made from what is no leftover of another build."""
    folder = tmp_path_factory.mktemp("build")
    for part in (*PACKAGES, "configs", "data/samples"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, folder)
    subprocess.run([sys.executable, "-c", BUILD], cwd=folder, check=True, capture_output=True, timeout=120)
    (made,) = (folder / "wheels").glob("*.whl")
    return made


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    with zipfile.ZipFile(wheel) as package:
        assert files - set(package.namelist()) == set()
    assert {"flows/reports/page/run.html", "flows/py.typed", "connectors/py.typed"} <= files


def test_the_demo_has_its_files_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    """In an environment that has the wheel, and the libraries of this one."""
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", installed], check=True, timeout=120)
    python = installed / "bin" / "python"
    site = subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"], text=True).strip()
    (Path(site) / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    words = ["--python", str(python), "install", "--no-index", "--no-deps", "--force-reinstall", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True, timeout=120)
    done = subprocess.run([python, "-c", EMPTY_FOLDER], cwd=empty, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    home = empty / ".verboice-sync"
    assert done.stdout.split() == [str(home / "demo-clinic"), str(home / "demo")]
    assert [path.name for path in empty.iterdir()] == [".verboice-sync"]
