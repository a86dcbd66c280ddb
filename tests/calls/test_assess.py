"""Who is asked for, and why the others are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.ledger.values import Cap
from flows.calls.assess import assess
from flows.calls.batch import PlannedCall, RowOutcome
from flows.calls.normalise import Unusable
from flows.calls.sparing import Barred, Earlier, Remembered
from tests.worlds import wanted

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
BEFORE = Earlier("run-1", 5, AT, "two", call_id=123, call_state="completed")
LOST = Earlier("run-1", 5, AT, "two", is_uncertain=True)


def statuses(assessed):
    return [outcome.status for outcome in assessed.outcomes]


def test_each_row_has_its_reason(rules_of):
    rows = [
        wanted(2, "1"),
        Unusable(3, "Phone", "no"),
        wanted(4, "2"),
        wanted(5, "1", "again"),
        wanted(6, "3"),
        wanted(7, "4"),
    ]
    remembered = Remembered(asked={"2/hello": BEFORE, "3/hello": LOST}, recent={"4": [BEFORE]})
    assessed = assess(rows, remembered, rules_of(repeat_after=timedelta(hours=24)))
    assert statuses(assessed) == ["queued", "rejected", "skipped", "duplicate", "uncertain", "blocked"]
    assert [call.row for call in assessed.calls] == [2]
    reasons = [outcome.reason for outcome in assessed.outcomes]
    assert "call 123" in reasons[2]
    assert "2026-11-20 08:30" in reasons[2]
    assert "row 2" in reasons[3]
    assert "resolve run-1" in reasons[4]
    assert "2026-11-21 08:30" in reasons[5]


def test_again_calls_whoever_was_called_but_nobody_twice_in_one_batch(rules_of):
    remembered = Remembered(asked={"1/hello": BEFORE, "2/hello": LOST}, recent={"1": [BEFORE], "2": [LOST]})
    rows = [wanted(2, "1"), wanted(3, "2"), wanted(4, "1")]
    rules = rules_of(repeat_after=timedelta(hours=24))
    assert statuses(assess(rows, remembered, rules, again="power cut")) == ["queued", "queued", "duplicate"]


def test_people_who_share_a_telephone_are_all_called_where_the_pipeline_says_so(rules_of):
    rows = [wanted(2, "1", "Ana"), wanted(3, "1", "Bo"), wanted(4, "1", "Ana")]
    assessed = assess(rows, Remembered(), rules_of(duplicates="all"))
    assert statuses(assessed) == ["queued", "queued", "duplicate"]
    assert assessed.outcomes[2].reason == "The same call as row 2; it is asked for once."


def test_rows_of_a_batch_count_for_the_cap_of_their_person_and_again_does_not_lift_it(rules_of):
    rows = [wanted(2, "1", "Ana"), wanted(3, "1", "Bo"), wanted(4, "1", "Chi"), wanted(5, "2")]
    rules = rules_of(duplicates="all", per_person=Cap(2, timedelta(days=7)))
    assert statuses(assess(rows, Remembered(), rules)) == ["queued", "queued", "blocked", "queued"]
    counted = Remembered(counted={"1": [BEFORE]})
    assert statuses(assess(rows, counted, rules, again="power cut")) == ["queued", "blocked", "blocked", "queued"]


def test_each_outcome_has_its_words_and_its_column_and_each_call_what_its_row_has(rules_of):
    noted = replace(wanted(2, "1"), note="taken for the one Verboice has", zones=("Asia/Bangkok",))
    rows = [noted, Unusable(3, "Phone", "no"), wanted(4, "1"), wanted(5, "1", "other")]
    assessed = assess(rows, Remembered(), rules_of())
    assert assessed.outcomes == (
        RowOutcome(2, "queued", "taken for the one Verboice has"),
        RowOutcome(3, "rejected", "no", "Phone"),
        RowOutcome(4, "duplicate", "The same call as row 2; it is asked for once.", "Phone"),
        RowOutcome(5, "duplicate", "The same address as row 2; it is called once per batch.", "Phone"),
    )
    assert assessed.calls == (PlannedCall(2, "1", "1/hello", noted.request, ("Asia/Bangkok",)),)


def test_of_several_rows_for_one_person_the_one_that_was_asked_for_stands_for_them(rules_of):
    rows = [wanted(2, "1", "a"), wanted(3, "1", "b"), wanted(4, "1", "c")]
    remembered = Remembered(asked={"1/b": BEFORE, "1/c": BEFORE})
    assessed = assess(rows, remembered, rules_of())
    assert statuses(assessed) == ["duplicate", "skipped", "duplicate"]
    assert [outcome.reason[:28] for outcome in assessed.outcomes[::2]] == ["The same address as row 3; i"] * 2


def test_a_row_that_must_not_be_called_stands_for_nobody_and_says_so_itself(rules_of):
    barred = Barred({"1": "on the list"})
    rows = [wanted(2, "1"), wanted(3, "1"), wanted(4, "2")]
    assessed = assess(rows, Remembered(barred=barred), rules_of(), again="power cut")
    assert statuses(assessed) == ["blocked", "blocked", "queued"]


@given(st.lists(st.tuples(st.sampled_from("12"), st.sampled_from("ab")), min_size=1, max_size=6), st.randoms())
def test_sorting_a_list_differently_calls_nobody_more(rules_of, people, chance):
    rows = [wanted(number, *person) for number, person in enumerate(people, start=2)]
    asked = {call.identity: BEFORE for call in assess(rows, Remembered(), rules_of()).calls}
    chance.shuffle(people)
    sorted_rows = [wanted(number, *person) for number, person in enumerate(people, start=2)]
    assert assess(sorted_rows, Remembered(asked=asked), rules_of()).calls == ()


def test_who_was_called_under_another_number_of_theirs_was_called(rules_of):
    rows = [replace(wanted(2, "new"), aliases=("old",)), replace(wanted(3, "4"), aliases=("5",))]
    remembered = Remembered(asked={rows[0].identity: BEFORE}, recent={"5": [BEFORE]})
    assert statuses(assess(rows, remembered, rules_of(repeat_after=timedelta(hours=24)))) == ["skipped", "blocked"]
    rows.append(wanted(4, "new", "hello"))
    assert statuses(assess(rows, remembered, rules_of())) == ["skipped", "queued", "duplicate"]
