"""Which calls are the same call."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.values import CallRequest
from flows.calls.identity import Who, former_identity_of, identity_of, known_by

WHO = Who(12, "", "85512345678")
CALL = CallRequest(
    3, "85512345678", call_flow_id=7, variables={"name": "Ana", "dose": "3"}, not_before="2026-12-24 18:00:00"
)


def test_spelling_channel_and_order_of_variables_do_not_count():
    same = replace(CALL, address="+85512345678", channel="other", variables={"dose": "3", "name": "Ana"})
    assert identity_of(WHO, same) == identity_of(WHO, CALL)


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, call_flow_id=9),
        replace(CALL, call_flow_id=None, twiml="<Response><Hangup/></Response>"),
        replace(CALL, variables={"name": "Ana"}),
        replace(CALL, variables={"name": "Ana", "dose": "4"}),
        replace(CALL, not_before=None),
        replace(CALL, not_after="2026-12-25 18:00:00"),
        replace(CALL, schedule="Office hours"),
        replace(CALL, time_zone="Bangkok"),
    ],
)
def test_what_is_said_and_when_does_count(other):
    assert identity_of(WHO, other) != identity_of(WHO, CALL)


def test_project_campaign_and_person_count():
    others = [Who(13, "", WHO.key), Who(12, "2026-W48", WHO.key), Who(12, "", "85512000000")]
    assert len({identity_of(who, CALL) for who in [WHO, *others]}) == 4


def test_a_zone_counts_only_where_a_time_is_told_in_it_and_by_its_clock():
    untimed = replace(CALL, not_before=None)
    assert identity_of(WHO, replace(untimed, time_zone="Bangkok")) == identity_of(WHO, untimed)
    rails, tz = (identity_of(WHO, replace(CALL, time_zone=zone)) for zone in ("Bangkok", "Asia/Bangkok"))
    assert rails == tz


def test_the_channels_own_flow_is_the_flow_it_has():
    own = replace(CALL, call_flow_id=None)
    assert identity_of(WHO, own, channel_flow=7) == identity_of(WHO, CALL)
    assert identity_of(WHO, own) != identity_of(WHO, own, channel_flow=7)


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), min_size=2, max_size=2, unique=True))
def test_variables_never_run_into_each_other(pairs):
    one, other = ({"a": first, "b": second} for first, second in pairs)
    assert identity_of(WHO, replace(CALL, variables=one)) != identity_of(WHO, replace(CALL, variables=other))


FULL = CallRequest(
    "chan",
    "85512345678",
    call_flow_id=7,
    variables={"b": "ñ", "a": "1"},
    not_before="2026-12-24 18:00:00",
    not_after="2026-12-25 18:00:00",
    schedule="Office",
    time_zone="Bangkok",
)
PLAIN = CallRequest("chan", "85512345678")
KEPT = [
    (
        (FULL, None),
        "64ba93429723c5e954ff7e2a60a8512e826e76483c7a43020bb404a775741330",
        "fddfb4c24be86e88be9e5430e6f51140591d99e433b5b9da890fe84ab7e50ced",
    ),
    (
        (PLAIN, None),
        "c0f27c8317ed0155e48996a86942cb35e09b6bb12d3b1bd19ccd593a3543d3bd",
        "8639511e83bc321503dde89b3c03a06eaa0ebbff200d0fe008b8e905401d474b",
    ),
    (
        (PLAIN, 7),
        "4f2624c7774f40ae18720451bfae9286f1fb89494e9d5c3030a838bcf0658029",
        "128dd1b30781f3b51efbd28d32fb3ca7281657ada9e098684b07ec26f1f7517c",
    ),
    (
        (replace(PLAIN, address="8", twiml="<Response/>"), None),
        "e6c028c0843db72a0d12f972168f975170f24e1c1e3a28a4b141faccdc60f25d",
        "8219180981f84531c205f39108ba3560f24e5767be0a151dbcf78fc99e8e55ec",
    ),
]


@pytest.mark.parametrize(("asked", "now", "former"), KEPT)
def test_calls_are_known_by_what_ledgers_hold_of_them(asked, now, former):
    """Whoever changes these makes everybody be called once more."""
    call, flow = asked
    who = Who(12, "2026-W48", "85512345678")
    assert identity_of(who, call, channel_flow=flow) == f"2:{now}"
    assert former_identity_of("clinic", who, call, channel_flow=flow) == f"1:{former}"


def test_an_identity_without_a_mark_is_a_former_one():
    assert [known_by(kept) for kept in ("2:ab", "1:ab", "ab")] == ["2:ab", "1:ab", "1:ab"]
