"""Which calls are the same call."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.values import CallRequest
from flows.calls.identity import Who, identity_of

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
