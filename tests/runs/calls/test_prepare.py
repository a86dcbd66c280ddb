"""From rows to a batch: who is asked for, with what, and which rows are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.worlds import CALLS, PATIENTS


def test_check_names_every_column_that_calls_and_contacts_lack(cli, clinic, people):
    calls = CALLS | {"vars": {"name": "Name", "dose": "Pills"}, "not_before": {"column": "Call after"}}
    said = cli("check", people(calls=calls, contacts={"variables": {"age": "Years"}}))
    assert said.status == 2
    assert all(f"no column “{column}”" in said.err for column in ("Pills", "Call after", "Years"))
    assert cli("check", people()).status == 0


def test_duplicates_name_the_row_and_rejected_rows_their_column(cli, clinic, people):
    said = cli(
        "call",
        people(PATIENTS[0], ("+85512345678", "Ana", 9), ("8.55E+11", "Bo", 1), ("012 999 888", "x\n1", 1)),
        "--json",
    )
    assert said.status == 4
    assert [(p["row"], p["column"], p["status"]) for p in said.json["problems"]] == [
        (3, "Phone", "duplicate"),
        (4, "Phone", "rejected"),
        (5, "Name", "rejected"),
    ]
    assert "row 2" in said.json["problems"][0]["reason"]
    assert len(clinic.rung()) == 1


def test_dates_schedule_and_zone_reach_the_queue(cli, clinic, people):
    day = datetime.now(UTC) + timedelta(days=30)
    window = {"not_before": f"{day:%Y-%m-%d} 09:00", "not_after": f"{day:%Y-%m-%d} 18:00", "time_zone": "Bangkok"}
    name = people(
        PATIENTS[0], **{f"calls.{key}": text for key, text in window.items()}, **{"calls.schedule": "Office hours"}
    )
    assert cli("call", name).status == 0
    (call,) = clinic.sandbox.calls()
    assert call["not_before"].startswith(f"{day:%Y-%m-%d}")
    assert "02:00" in call["not_before"]
    assert call["schedule_id"] is not None
