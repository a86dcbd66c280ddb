"""`contact`: one person, seen from both sides."""

from __future__ import annotations

from tests.worlds import ROWS


def test_contact_shows_both_sides_and_what_would_change(cli, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]))
    said = cli("contact", name, "012345678")
    assert said.status == 0
    assert "age: 38 → 39" in said.out
    assert cli("contact", name, "012345678", "--json").json["contacts"][0]["id"] == 1
