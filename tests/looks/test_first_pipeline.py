"""`init` writes a pipeline file that `check` accepts."""

from __future__ import annotations

import pytest

LINES = [("Sok", "012345678", 38, "blue"), ("Dara", "+85512999888", 40, None)]
HEADER = ("Name", "Telephone", "Age", "Favorite_Color")


@pytest.fixture
def reachable(clinic, monkeypatch):
    """The environment says where Verboice is."""
    monkeypatch.setenv("VERBOICE_URL", clinic.server.url)
    monkeypatch.setenv("VERBOICE_ACCOUNT", "ana@example.org")
    monkeypatch.setenv("VERBOICE_PASSWORD", "se cret:ñ")


def test_a_first_pipeline_file_is_guessed_and_accepted(cli, reachable, sheet, home):
    said = cli("init", str(sheet(*LINES, header=HEADER, name="My patients")), "--region", "KH")
    assert said.status == 0
    text = (home / "configs" / "my-patients.yaml").read_text()
    assert '"age": "Age"' in text
    assert '"favorite color": "Favorite_Color"' in text
    assert "se cret" not in text
    assert cli("check", "my-patients").status == 0
    assert cli("sync", "my-patients", "--json").json["rows"]["unchanged"] == 2
    again = cli("init", str(home / "My patients.xlsx"))
    assert again.status == 2
    assert "exists already" in again.err


ODD = ("Name", "group_contact/Phone number", "Age (yrs)", "The favorite color of all", "Weight")


def test_names_inside_headers_are_found_doubtful_ones_proposed_and_the_rest_listed(cli, clinic, reachable, sheet, home):
    clinic.sandbox.add_variable(clinic.project, "village")
    rows = [("Sok", "012345678", 39, "blue", 50), ("Dara", "+85512999888", 40, "red", 61)]
    said = cli("init", str(sheet(*rows, header=ODD)), "--region", "KH")
    text = (home / "configs" / "p.yaml").read_text()
    assert '\n    "age": "Age (yrs)"    # without group and unit' in text
    assert '\n    # "favorite color": "The favorite color of all"    # among other words' in text
    assert '\n    # "village": …    # a variable of the project' in text
    assert '\n    # …: "Weight"' in text
    assert "perhaps favorite color" in said.out
    assert "Variables of the project without a column: village." in said.out
    assert cli("sync", "p", "--json").json["rows"]["updated"] == 1
    assert clinic.vars("85512345678")["favorite color"] == "blue"


def test_a_footer_is_left_out_by_the_file_that_is_written(cli, reachable, sheet, home):
    path = sheet(("012345678", 39), ("012999888", 40), (), ("Total", 79), header=("Phone", "Age"))
    said = cli("init", str(path), "--region", "KH")
    assert "The list ends above row 5" in said.out
    assert "\n  rows: until_blank    # rows 5 to 5" in (home / "configs" / "p.yaml").read_text()
    assert cli("sync", "p", "--json").json["rows"]["read"] == 2


def test_a_file_in_which_nothing_is_mapped_is_told_to_be_that(cli, reachable, sheet, home):
    said = cli("init", str(sheet(("012345678", 3), header=("Phone", "Weight"))), "--region", "KH")
    assert "name at least one variable" in said.out
    said = cli("check", "p")
    assert said.status == 2
    assert "neither `contacts` nor `calls`, so there is nothing to do" in said.err
    assert "verboice-sync vars configs/p.yaml" in said.err
    assert "in order" not in said.out


def test_among_several_projects_the_file_lists_them(cli, clinic, reachable, sheet, home):
    clinic.sandbox.add_project(clinic.account, "Other")
    said = cli("init", str(sheet(*LINES, header=HEADER)), "--region", "KH")
    assert "Name one with --project" in said.err
    text = (home / "configs" / "p.yaml").read_text()
    assert "project: ${VERBOICE_PROJECT}    # the account has: Clinic (1), Other (" in text
    assert "#   VERBOICE_PROJECT=" in text


def test_a_shared_projects_variables_are_those_that_its_contacts_have(cli, clinic, sheet, home, shared, monkeypatch):
    shared("admin")
    monkeypatch.setenv("VERBOICE_URL", clinic.server.url)
    monkeypatch.setenv("VERBOICE_ACCOUNT", "ben@example.org")
    monkeypatch.setenv("VERBOICE_PASSWORD", "pw")
    assert cli("init", str(sheet(*LINES, header=HEADER)), "--region", "KH", "--project", "1").status == 0
    assert '"age": "Age"    # capitals differ' in (home / "configs" / "p.yaml").read_text()


def test_without_a_server_the_columns_names_are_kept_and_it_is_said(cli, sheet, home):
    said = cli("init", str(sheet(*LINES, header=HEADER)), "--out", "first.yaml")
    assert said.status == 0
    assert "are not set" in said.err
    text = (home / "first.yaml").read_text()
    assert '"Age": "Age"' in text
    missing = ["VERBOICE_URL=", "VERBOICE_ACCOUNT=", "VERBOICE_PASSWORD=", "VERBOICE_PROJECT="]
    assert [name for name in missing if f"\n#   {name}" in text] == missing
    assert "write VERBOICE_URL, VERBOICE_ACCOUNT, VERBOICE_PASSWORD, VERBOICE_PROJECT into .env" in said.out


def test_a_sheet_without_numbers_is_an_error_that_says_what_to_do(cli, sheet):
    said = cli("init", str(sheet(("Sok", 1), header=("Name", "Age"))))
    assert said.status == 2
    assert "--address" in said.err


def test_what_was_given_is_judged_before_a_file_is_written_and_kept(cli, clinic, sheet, home, monkeypatch):
    path = str(sheet(*LINES, header=HEADER, name="My patients"))
    wrong = cli("init", path, "--region", "UK")
    assert (wrong.status, "--region UK" in wrong.err) == (2, True)
    said = cli("init", path, "--region", "kh", "--project", "12", "--out", "my first.yaml")
    assert "verboice-sync check 'my first.yaml'" in said.out
    text = (home / "my first.yaml").read_text()
    assert "region: KH" in text
    assert "project: 12" in text
    monkeypatch.setenv("VERBOICE_URL", clinic.server.url)
    monkeypatch.setenv("VERBOICE_ACCOUNT", "ana@example.org")
    monkeypatch.setenv("VERBOICE_PASSWORD", "se cret:ñ")
    unknown = cli("init", path, "--project", "Clinik")
    assert unknown.status == 2
    assert "no project named “Clinik”; it has: Clinic (1)" in unknown.err
    assert not (home / "configs").exists()
