"""`init` writes a pipeline file that `check` accepts."""

from __future__ import annotations

LINES = [("Sok", "012345678", 38, "blue"), ("Dara", "+85512999888", 40, None)]
HEADER = ("Name", "Telephone", "Age", "Favorite_Color")


def test_a_first_pipeline_file_is_guessed_and_accepted(cli, clinic, sheet, home, monkeypatch):
    monkeypatch.setenv("VERBOICE_URL", clinic.server.url)
    monkeypatch.setenv("VERBOICE_ACCOUNT", "ana@example.org")
    monkeypatch.setenv("VERBOICE_PASSWORD", "se cret:ñ")
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


def test_without_a_server_the_columns_names_are_kept_and_it_is_said(cli, sheet, home):
    said = cli("init", str(sheet(*LINES, header=HEADER)), "--out", "first.yaml")
    assert said.status == 0
    assert "not all set" in said.err
    assert '"Age": "Age"' in (home / "first.yaml").read_text()


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
    assert "no project “Clinik”. It has: Clinic (1)" in unknown.err
    assert not (home / "configs").exists()
