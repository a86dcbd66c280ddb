"""Problems by reason, with a cure and examples."""

from __future__ import annotations

from flows.reports.page.problems import by_reason, kind_of_reason
from flows.reports.page.rules import PageRules


def problem(row, status, reason, column="Phone"):
    return {"row": row, "column": column, "status": status, "reason": reason}


def groups(*problems, addresses=None):
    return by_reason(problems, PageRules(), settling="verboice-sync resolve r1", addresses=addresses or {})


def test_rows_with_one_reason_are_one_group_also_where_it_names_their_own_numbers():
    found = groups(*(problem(row, "rejected", f"“12-{row}” has {row} digits.") for row in range(2, 9)))
    (group,) = found
    assert (group.count, group.reason) == (7, "“…” has … digits.")
    assert [example["row"] for example in group.examples] == [2, 3, 4]
    assert group.examples[0]["reason"] == "“12-2” has 2 digits."
    assert group.cure.startswith("Correct the cell")


def test_a_reason_that_all_rows_share_is_told_as_it_is():
    (group,) = groups(*(problem(row, "rejected", "Like 8.55E+11.") for row in (2, 3)))
    assert group.reason == "Like 8.55E+11."
    assert group.kind == "Like …E+…."


def test_the_uncertain_come_first_with_the_command_that_settles_them():
    first, second = groups(*(problem(n, "rejected", "Bad.") for n in (2, 3)), problem(9, "uncertain", "No answer."))
    assert (first.bucket, first.command, first.cure) == ("uncertain", "verboice-sync resolve r1", "")
    assert (second.bucket, second.command) == ("rejected", "")


def test_numbers_are_masked_in_reasons_and_examples():
    (group,) = groups(problem(2, "rejected", "+855 12 345 678 is no number"), addresses={2: "012345678"})
    assert group.reason == "••••5678 is no number"
    assert group.examples == [{"row": 2, "address": "••••5678", "reason": "••••5678 is no number"}]


def test_what_is_a_rows_own_is_left_out_of_the_kind():
    assert kind_of_reason("Row 8 says “age 3”, row 9 ••••1234 on 2026-11-23.") == "Row … says “…”, row … … on …."
