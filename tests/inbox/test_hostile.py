"""Each file that can stop a reader, dropped between two good ones: it lies in failed/ with its text, they are done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

HOSTILE = Path(__file__).parents[1] / "sources" / "hostile"


@pytest.mark.parametrize("name", sorted(path.name for path in HOSTILE.iterdir() if path.suffix in {".xlsx", ".ods"}))
def test_a_hostile_file_keeps_nobody_from_getting_through(box, clinic, pipeline, name):
    pipeline(Path("unused"), inbox="in", **{"source.address": "phone", "contacts.variables": {"age": "age"}})
    box.drop("a.csv", "+85512345678,39", header="phone,age")
    shutil.copy(HOSTILE / name, box.path / name)
    box.drop("z.csv", "+85512999888,41", header="phone,age")
    attended = {one.name: one for one in box.attend()}
    assert attended["a.csv"].where == attended["z.csv"].where == "done"
    assert clinic.vars("85512345678")["age"] == "39"
    assert clinic.vars("+85512999888")["age"] == "41"
    if name.startswith(("redos", "ok")):
        assert attended[name].where == "to-fix"  # it is read; its numbers are nobody's
    else:
        assert attended[name].where == "failed"
        text = (box.path / "failed" / f"{Path(name).stem}.txt").read_text(encoding="utf-8")
        assert f"What is wrong: {name}" in text
        assert "What to do: " in text


def test_a_command_over_a_hostile_file_ends_with_one_line(cli, pipeline, home):
    name = pipeline(HOSTILE / "spaces.ods", **{"source.address": "phone", "contacts.variables": {"age": "age"}})
    said = cli("plan", name)
    assert said.status == 2
    (line,) = [line for line in said.err.splitlines() if line.startswith("Error: ")]
    assert "spaces.ods is damaged and cannot be read" in line
    assert cli("plan", name).err.splitlines()[-1] == line
