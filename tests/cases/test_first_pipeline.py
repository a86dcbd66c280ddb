"""Spreadsheets of which `init` once took the wrong column for the telephone numbers."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent / "addresses"


@pytest.fixture
def written(cli, home):
    """written(file, *words): what `init` said, and the pipeline file as settings and as text."""

    def run(file: str, *words: str):
        said = cli("init", str(HERE / file), "--out", "first.yaml", *words)
        text = (home / "first.yaml").read_text() if said.status == 0 else ""
        return said, yaml.safe_load(text or "{}"), text

    return run


@pytest.mark.parametrize("region", [(), ("--region", "KH")])
@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("ids_beside_patchy_phones.csv", "Mobile"),
        ("national_ids_beside_phones.csv", "Phone number"),
        ("codes_beside_extensions.csv", "Phone of facility"),
    ],
)
def test_ids_and_codes_are_not_taken_for_telephone_numbers(written, file, address, region):
    said, settings, _ = written(file, *region)
    assert said.status == 0
    assert settings["source"]["address"] == address


def test_the_region_is_detected_from_the_numbers_and_said(written):
    said, settings, text = written("ids_beside_patchy_phones.csv")
    assert settings["source"]["region"] == "KH"
    assert "# guessed from the numbers" in text
    assert "Numbers are taken for those of KH." in said.out


def test_a_region_that_is_not_sure_is_left_to_the_user_with_those_that_fit(written):
    said, settings, text = written("national_ids_beside_phones.csv")
    assert "region" not in settings["source"]
    assert "`region` is needed. CG, KH or TJ would fit." in said.err
    assert "CG, KH or TJ would fit" in text


def test_between_two_columns_that_are_as_likely_init_refuses_to_guess(written, home):
    said, _, _ = written("two_phones_alike.csv")
    assert said.status == 2
    assert "“Mobile”, “Telephone”" in said.err
    assert "--address Mobile" in said.err
    assert not (home / "first.yaml").exists()
    said, settings, text = written("two_phones_alike.csv", "--address", "Telephone")
    assert settings["source"]["address"] == "Telephone"
    assert '# address: "Mobile"    # looks like numbers of people too: 8 of 8' in text
    assert "“Mobile” looks like phone numbers too" in said.out


class Terminal(io.StringIO):
    """Somebody who types these answers."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_init_asks_for_what_it_cannot_know(written, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("Telephone\n"))
    monkeypatch.setattr(sys, "stderr", screen)
    _, settings, _ = written("two_phones_alike.csv")
    assert settings["source"]["address"] == "Telephone"
    assert "Which column has the phone numbers? (Mobile, Telephone)" in screen.getvalue()
    monkeypatch.setattr(sys, "stdin", Terminal("kh\n"))
    (Path("first.yaml")).unlink()
    _, settings, _ = written("national_ids_beside_phones.csv")
    assert settings["source"]["region"] == "KH"
    assert "CG, KH or TJ would fit. Of which country are they" in screen.getvalue()
