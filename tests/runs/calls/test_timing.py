"""Hours as the sandbox is told them: each call within those of its own person, by whatever command it is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from connectors.sandbox import Fault
from tests.worlds import CALLS, PATIENTS, cells

CAMBODIA, FRANCE, JAPAN = "Asia/Phnom_Penh", "Europe/Paris", "Asia/Tokyo"
FRENCH = ("+33612345678", "Dée", 1)
NO_ROUTE = {"status": 404, "body": "x" * 728}


def clock(away: float, zone: str = CAMBODIA, form: str = "%H:%M") -> str:
    """What a clock of the zone shows so many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=away)).astimezone(ZoneInfo(zone)).strftime(form)


def hours(first: float, last: float, **more: object) -> dict[str, object]:
    """Hours that begin and end so many hours from now, by the clocks of Cambodia."""
    return {**CALLS, "hours": {"from": clock(first), "to": clock(last), **more}}


def windows(clinic) -> list[tuple[float, float]]:
    """In how many hours each call may ring and no longer may, to the nearest tenth, as it was asked for."""
    queries = [parse_qs(one.query) for one in clinic.sandbox.requests if one.path == "/api/call.json"]
    assert {query["time_zone"][0] for query in queries} == {"UTC"}
    return [(away(query["not_before"][0]), away(query["not_after"][0])) for query in queries]


def away(text: str) -> float:
    return round((datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime.now(UTC)) / timedelta(hours=1) + 0.009, 1)


def test_a_call_waits_for_the_hours_and_rings_within_them(cli, clinic, people):
    clinic.sandbox.set_outcomes("*", "completed")
    said = cli("call", people(calls=hours(2, 4)))
    assert (said.status, windows(clinic)) == (0, [(2, 4)] * 3)
    clinic.sandbox.advance(5)
    assert {call["state"] for call in clinic.sandbox.calls()} == {"queued"}
    clinic.sandbox.advance(5, seconds=2 * 3600 + 60)
    assert {call["state"] for call in clinic.sandbox.calls()} == {"completed"}
    assert "3 of 3 calls wait for their hours, which begin from " in said.out + said.err


def test_each_person_has_hours_by_the_clock_where_they_are(cli, clinic, people, sheet, pipeline):
    lines = [(*PATIENTS[0], ""), (*FRENCH, ""), (*PATIENTS[1], "Tokyo"), (*PATIENTS[2], "Nowhere")]
    path = sheet(*lines, header=("Phone", "Name", "Dose", "Zone"), name="p")
    calls = hours(-1, 3, time_zone={"column": "Zone"})
    said = cli("call", pipeline(path, calls=calls, contacts=None), "--json")
    apart = [
        (datetime.now(ZoneInfo(CAMBODIA)).utcoffset() - datetime.now(ZoneInfo(zone)).utcoffset()) / timedelta(hours=1)
        for zone in (CAMBODIA, FRANCE, JAPAN)
    ]
    assert windows(clinic) == [((first := -1 + by if -1 + by + 4 > 0 else 23 + by), first + 4) for by in apart]
    (problem,) = said.json["problems"]
    assert (problem["status"], problem["column"]) == ("rejected", "Zone")
    assert "does not know the time zone “Nowhere”" in problem["reason"]


def test_a_calls_own_dates_narrow_its_hours_and_may_leave_nothing(cli, clinic, sheet, pipeline):
    form = "%Y-%m-%d %H:%M"
    lines = [
        (*PATIENTS[0], clock(3, form=form), clock(9, form=form)),
        (*PATIENTS[1], "", clock(3, form=form)),
        (*PATIENTS[2], "", clock(1, form=form)),
    ]
    path = sheet(*lines, header=("Phone", "Name", "Dose", "From", "To"), name="p")
    dates = {"not_before": {"column": "From"}, "not_after": {"column": "To"}, "time_zone": CAMBODIA}
    said = cli("call", pipeline(path, calls=hours(2, 4) | dates, contacts=None), "--json")
    assert windows(clinic) == [(3, 4), (2, 3)]
    (problem,) = said.json["problems"]
    assert (problem["row"], problem["status"], problem["column"]) == (4, "rejected", "To")
    assert problem["reason"].startswith("There is no time left in which this person may be rung: calls.hours")


def test_dates_without_a_time_zone_cannot_be_compared_with_hours(cli, clinic, people):
    said = cli("call", people(calls=hours(2, 4) | {"not_after": "2099-01-01"}), "--json")
    assert (said.status, clinic.rung()) == (2, [])
    assert "give `calls.time_zone`" in said.err
    assert "p.yaml" in said.err


def test_nobody_is_rung_on_a_holiday_or_another_weekday(cli, clinic, people, tmp_path):
    day = "%Y-%m-%d"
    (tmp_path / "holidays.csv").write_text(f'day,what\n# remark\n"{clock(2, form=day)}",feast\n\n', "utf-8-sig")
    days = f"{clock(2, form='%A')}, {clock(50, form='%a')}"
    name = people(calls=hours(2, 4, holidays=str(tmp_path / "holidays.csv"), days=days))
    assert cli("call", name).status == 0
    assert windows(clinic) == [(50, 52)] * 3


@pytest.mark.parametrize("text", ["25/12/2026\n", "day\n2026-02-30\n"])
def test_a_holiday_that_cannot_be_read_stops_everything(cli, clinic, people, tmp_path, text):
    (tmp_path / "holidays.csv").write_text(text)
    said = cli("call", people(calls=hours(2, 4, holidays=str(tmp_path / "holidays.csv"))))
    assert (said.status, clinic.rung()) == (2, [])
    assert "does not begin with a date" in said.err
    assert "p.yaml" in said.err


def test_a_mistake_in_the_hours_is_one_of_the_pipeline_file(cli, people):
    for wrong, told in (
        ({"from": "08:00", "to": "8pm"}, "must be a time of day"),
        ({"from": "08:00", "to": "08:00"}, "must end at another time of day"),
        ({"from": "08:00", "to": "18:00", "days": "mon-sux"}, "must be days such as"),
        ({"from": "08:00", "to": "18:00", "time_zone": "Nowhere"}, "does not know the time zone"),
    ):
        said = cli("call", people(calls={**CALLS, "hours": wrong}))
        assert said.status == 2
        assert told in said.err


def test_resume_and_retry_obey_the_hours(cli, clinic, people):
    name = people(calls=hours(2, 4) | {"retry": {"on": ["failed"], "times": 1, "after": "0s"}})
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, times=1, **NO_ROUTE))
    cut = cli("call", name, "--json")
    assert cut.json["rows"]["queued"] == 1
    assert cli("resume", cut.json["run_id"], "--json").json["rows"]["queued"] == 3
    clinic.sandbox.set_outcomes("*", "busy")
    clinic.sandbox.advance(5, seconds=3 * 3600)
    cli("track", cut.json["run_id"])
    assert cli("call", name, "--retry", cut.json["run_id"], "--json").json["rows"]["queued"] == 3
    assert windows(clinic) == [(2, 4)] * 7  # with the one that the server did not take


def test_the_preview_shows_the_hours_and_a_checksum_is_not_changed_by_the_clock(cli, clinic, people):
    name = people(calls=hours(2, 4), **{"guard.max_calls": 2})
    dry = cli("call", name, "--dry-run")
    assert f"not_before={clock(2, 'UTC', '%Y-%m-%d')}" in dry.out + dry.err
    checksum = cli("call", name, "--json").json["plan"]["checksum"]
    people(calls=hours(2, 4), **{"guard.max_calls": 2})
    assert cli("call", name, "--approve", checksum, "--json").json["rows"]["queued"] == 3
    assert cells(cli("call", name, "--json"), "sync_status")[0] == ("skipped",)
