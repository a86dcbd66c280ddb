"""`check`: everything the pipeline names is tried, all problems are told at once, and each used column is shown."""

from __future__ import annotations

from tests.worlds import ROWS

HEADER = ("Phone", "Age", "Colour", "Secret")
LINES = [
    ("012345678", 38, "---", "x"),
    ("nonsense", 41, "red", "x"),
    ("012777666", "#N/A", "---", "x"),
    ("012999888", 9.5, None, "x"),
]


def table(said) -> dict[str, str]:
    """The lines of the table by column; what follows in further lines belongs to the column above."""
    rows: dict[str, str] = {}
    column = ""
    lines = said.out.splitlines()
    for line in lines[next(at for at, text in enumerate(lines) if text.startswith("column")) + 1 :]:
        if not line.strip():
            break
        column = line.split()[0] if line[0] != " " else column
        rows[column] = f"{rows.get(column, '')} {' '.join(line.split())}"
    return rows


def test_each_column_has_its_use_what_it_is_read_as_and_its_odd_cells(cli, sheet, pipeline, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    said = cli("check", pipeline(sheet(*LINES, header=HEADER)))

    assert said.status == 0
    assert "4 rows. 2 of them cannot be used." in said.out
    rows = table(said)
    assert list(rows) == ["Phone", "Age", "Colour"]
    assert "address 3 phone numbers or SIP addresses, 1 not usable row 3: This is not a phone number" in rows["Phone"]
    assert rows["Age"].endswith(
        "2 whole numbers, 1 number with decimals, 1 text row 4: The cell shows the error #N/A. "
        "Correct its formula, or clear the cell."
    )
    assert (
        "variable favorite color 3 texts, 1 blank cell row 2 and 1 more: “---” is taken for a value" in rows["Colour"]
    )


def test_texts_that_count_as_blank_are_counted_so(cli, sheet, pipeline, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    said = cli("check", pipeline(sheet(*LINES, header=HEADER), **{"contacts.blanks": ["---", "#N/A"]}))

    rows = table(said)
    assert "variable favorite color 1 text, 3 blank cells" in rows["Colour"]
    assert "2 whole numbers, 1 number with decimals, 1 blank cell" in rows["Age"]
    assert "row" not in rows["Age"]
    assert "1 of them cannot be used." in said.out


def test_columns_of_calls_are_shown_with_those_of_contacts(cli, clinic, sheet, pipeline, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "main line", call_flow=flow)
    calls = {"channel": "main line", "vars": {"years": "Age"}, "not_before": {"column": "Secret"}}
    lines = [("012345678", 38, "red", "2026-11-03"), ("012777666", 41, "red", "46329")]
    path = sheet(*lines, header=HEADER)

    both = table(cli("check", pipeline(path, calls=calls)))
    assert "variable age, call variable years 2 whole numbers" in both["Age"]
    assert "not_before 1 whole number, 1 date row 3: among dates there are bare numbers" in both["Secret"]
    only_calls = table(cli("check", pipeline(path, calls=calls, contacts=None)))
    assert list(only_calls) == ["Phone", "Secret", "Age"]


def test_what_was_decided_while_reading_is_said(cli, home, pipeline) -> None:
    path = home / "people.csv"
    path.write_text("phone;Age;Colour\n012345678;38;red\n")
    said = cli("check", pipeline(path, **{"source.kind": "csv"}))

    assert "Note: The columns are separated by a semicolon." in said.out
    assert "capitals differ" in said.out


def test_a_row_that_repeats_the_header_is_told_with_the_address(cli, home, pipeline, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    path = home / "people.csv"
    path.write_text("Phone,Age,Colour\n012345678,38,red\nPhone,Age,Colour\n")
    said = cli("check", pipeline(path, **{"source.kind": "csv"}))

    assert "row 3: The row is the header once more" in table(said)["Phone"]
    assert "1 of them cannot be used." in said.out


def test_a_source_without_rows_is_in_order(cli, sheet, pipeline) -> None:
    said = cli("check", pipeline(sheet()))

    assert said.status == 0
    assert "0 rows." in said.out


def test_check_does_not_call_a_shared_projects_unused_variable_unknown(cli, clinic, sheet, pipeline, shared):
    clinic.sandbox.add_variable(clinic.project, "village")
    rows = sheet(("012345678", 39, "x"))
    name = pipeline(rows, **shared("admin"), **{"contacts.variables": {"age": "Age", "village": "Colour"}})
    said = cli("check", name)
    assert said.status == 0
    assert "No contact has village yet" in said.out
    assert cli("sync", name).status == 0
    name = pipeline(rows, **{"contacts.variables": {"Age": "Age"}})
    assert cli("check", name).status == 2


def test_check_tells_a_likely_misspelling_in_a_shared_project(cli, sheet, pipeline, shared):
    rows = sheet(("012345678", 39, "x"))
    settings = shared("admin")
    said = cli("check", pipeline(rows, **settings, **{"contacts.variables": {"Age": "Age"}}))
    assert said.status == 2
    assert "No contact of this shared project has a variable of this name" in said.err
    assert "age" in said.err


def test_check_tells_a_project_shared_for_reading_from_one_that_is_not_there(cli, sheet, pipeline, shared):
    rows, settings = sheet(("012345678", 39, "x")), shared("read")
    said = cli("check", pipeline(rows, **settings))
    assert said.status == 2
    assert "shared to this account for reading only" in said.err
    assert "There is no project 99" in cli("check", pipeline(rows, **settings | {"verboice.project": 99})).err


def test_check_finds_every_problem_at_once_and_writes_nothing(cli, clinic, sheet, pipeline, home):
    assert cli("check", pipeline(sheet(*ROWS))).status == 0
    result = cli("check", pipeline(sheet(*ROWS), **{"contacts.variables": {"nope": "Nope"}}))
    assert result.status == 2
    assert "no column “Nope”" in result.err
    assert "no variable of this name" in result.err
    assert clinic.puts() == 0
    assert not (home / ".verboice-sync" / "runs").exists()


def test_a_large_project_that_is_asked_one_by_one_is_judged_by_its_first_rows(cli, clinic, sheet, pipeline):
    rows = [("012345678", 39, None), ("012999888", 41, None)] * 20
    said = cli("check", pipeline(sheet(*rows), **{"contacts.pull": "by_address"}))
    assert (said.status, clinic.sandbox.count(path="contacts.json")) == (0, 0)
    assert "Contacts: 25 of 25 are known to Verboice." in said.out


def test_the_next_runs_of_the_schedule_are_shown_and_what_the_clocks_do_to_them(cli, sheet, pipeline) -> None:
    name = pipeline(sheet(*LINES, header=HEADER), schedule={"cron": "30 2 * * *", "timezone": "Europe/Berlin"})
    said = cli("check", name)
    line = next(line for line in said.out.splitlines() if line.startswith("ok  Schedule: "))
    assert line.startswith("ok  Schedule: 30 2 * * *, Europe/Berlin. Next runs: ")
    assert line.count(" 02:30 (+0") >= 4
    assert " clocks change: a run at " in said.out
    assert len(cli("check", name, "--json").json["next_runs"]) == 5


def test_a_footer_is_recognised_and_ended_by_the_setting(cli, sheet, pipeline):
    path = sheet(("012345678", 39, None), (), ("Total", 39, None), ("Legend", None, None))
    name = pipeline(path)
    for said in (cli("check", name).out, cli("plan", name).out):
        assert "Rows 4 to 5 stand below a blank row" in said
        assert "`rows: until_blank` under `source`" in said
    name = pipeline(path, **{"source.rows": "until_blank"})
    assert "1 row. All of them can be used." in cli("check", name).out
    assert cli("sync", name, "--json").json["rows"]["read"] == 1
    path.unlink()
    database = {"kind": "database", "url": "sqlite:///x.db", "table": "t", "address": "Phone", "rows": "until_blank"}
    said = cli("check", pipeline(source=database))
    assert "source.rows is not a key of kind database, only of csv and excel" in said.err
