"""The sentence that answers: what is done, for how many, and what is left to do."""

from __future__ import annotations

import pytest

from flows.reports.answer import answer


def test_contacts_are_told_by_how_many_rows_are_as_the_source_says(make_report):
    statuses = ["updated"] * 40 + ["unchanged"] * 372 + ["rejected"] * 9 + ["held"] * 3 + ["not_found"] * 76
    told = "412 of 500 rows are as the sheet says: 40 updated, 372 were already; 76 are not known to Verboice; "
    assert answer(make_report({"Phone": ["1"] * 500}, statuses)) == f"{told}12 need a person: 9 rejected, 3 held."


def test_the_source_is_called_what_it_is(make_report):
    assert "as the database says" in answer(make_report({"Phone": ["1"]}, ["updated"]), source="database")


def test_a_row_whose_value_was_left_in_verboice_is_not_as_the_sheet_says(make_report):
    report = make_report({"Phone": ["1", "2"]}, ["unchanged", "unchanged"])
    kept = ["", "age: changed in Verboice only since the last run, kept."]
    outcomes = report.outcomes.set_column(1, "sync_reason", [kept])
    told = answer(type(report)(report.rows, outcomes, report.summary))
    assert told == "1 of 2 rows are as the sheet says: 1 were already; 1 keeps what Verboice has."


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("undo", "1 of 1 row is as they were before that run: 1 updated."),
        ("set-all", "1 of 1 contact is as was asked for: 1 updated."),
        ("plan", "Nothing has been sent yet: 1 of 1 row would change: 1 to update."),
    ],
)
def test_each_kind_of_run_is_told_by_what_it_was_for(make_report, kind, told):
    assert answer(make_report({"Phone": ["1"]}, ["updated"], kind=kind)) == told


def test_a_run_that_was_cut_off_says_so_first(make_report):
    told = answer(make_report({"Phone": ["1", "2"]}, ["updated", "unsent"], status="failed"))
    assert told == "Not finished: 1 of 2 rows are as the sheet says: 1 updated; 1 had no turn."


def test_nothing_read_is_told_as_that(make_report):
    assert answer(make_report({"Phone": []}, [])) == "No rows were read."
    assert answer(make_report({"Phone": []}, [], status="failed")) == "Not finished: no rows were read."


def calls(states, reasons=None):
    return {"call_id": ["1"] * len(states), "call_state": states, "fail_reason": reasons or [""] * len(states)}


def test_calls_are_told_by_who_was_reached_and_why_the_others_were_not(make_report):
    states = ["completed"] * 160 + ["failed"] * 69
    reasons = [""] * 160 + ["no-answer"] * 41 + ["busy: the line"] * 28
    report = make_report({"Phone": ["1"] * 229}, ["queued"] * 229, kind="call", extra=calls(states, reasons))
    assert answer(report) == "160 of 229 people were reached; 69 calls failed: 41 no answer, 28 busy."


def test_calls_that_have_not_ended_are_still_to_come(make_report):
    extra = calls(["completed", "active", "queued", "cancelled", "not visible"])
    told = answer(make_report({"Phone": ["1"] * 5}, ["queued"] * 5, kind="call", extra=extra))
    assert told == "1 of 5 people were reached so far; 2 are still to come; 1 is cancelled; 1 is of unknown end."


def test_before_anybody_asked_all_of_them_wait(make_report):
    report = make_report({"Phone": ["1"] * 3}, ["queued", "queued", "skipped"], kind="call", extra=calls([""] * 3))
    told = "2 people are waiting in Verboice's queue to be called; 1 had been called for before."
    assert answer(report) == told


def test_a_server_that_tells_no_reasons_gets_none(make_report):
    report = make_report({"Phone": ["1"]}, ["queued"], kind="call", extra=calls(["failed"]))
    assert answer(report) == "0 of 1 person was reached; 1 call failed."


def test_nobody_called_is_said(make_report):
    report = make_report({"Phone": ["1"]}, ["skipped"], kind="call", extra=calls([""]))
    assert answer(report) == "Nobody was called; 1 had been called for before."
