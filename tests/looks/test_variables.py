"""`vars`: what a project has that a pipeline file can name."""

from __future__ import annotations

from tests.worlds import able_to_call


def test_variables_are_listed_with_what_fills_them_and_calls_with_what_they_need(cli, clinic, sheet, pipeline):
    able_to_call(clinic)
    clinic.sandbox.add_variable(clinic.project, "village")
    variables = {"age": "Age", "favorite color": {"value": "blue"}}
    said = cli("vars", pipeline(sheet(), **{"contacts.variables": variables}))
    assert said.status == 0
    lines = [line.split("  ") for line in said.out.splitlines()]
    told = {line[0]: line[-1].strip() or line[-2].strip() for line in lines if len(line) > 1}
    assert told["age"] == "column Age"
    assert "favorite color  “blue”" in said.out
    assert "village         –" in said.out
    assert "call flows: Reminder\nschedules: Office hours\nchannels: chan\n" in said.out


def test_programs_get_the_same(cli, sheet, pipeline):
    told = cli("vars", pipeline(sheet(), contacts=None, calls={"channel": "x"}), "--json").json
    assert told["project"] == {"id": 1, "name": "Clinic"}
    assert told["variables"] == [{"name": "age", "filled_by": ""}, {"name": "favorite color", "filled_by": ""}]
    assert told["all_told"]


def test_of_a_shared_project_those_are_told_that_can_be_seen(cli, sheet, pipeline, shared):
    said = cli("vars", pipeline(sheet(), **shared("admin")))
    assert "favorite color" in said.out
    assert "The project is shared, so that only variables that some contact has can be seen." in said.out


def test_an_unknown_variable_is_answered_with_those_there_are(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, "x")), **{"contacts.variables": {"Patient age": "Age", "colour": "Colour"}})
    for command in ("plan", "check"):
        said = cli(command, name)
        assert said.status == 2
        assert "contacts.variables.Patient age: The project has no variable of this name" in said.err
        assert "The project has: age, favorite color." in said.err
    for more in range(40):
        clinic.sandbox.add_variable(clinic.project, f"v{more}")
    assert "and 12 more; `verboice-sync vars` lists all." in cli("plan", name).err
