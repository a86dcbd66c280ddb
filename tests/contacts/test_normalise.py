"""What a row states: blanks, clearing, and values that cannot be stored."""

from __future__ import annotations

import pytest

from connectors.values import CellProblem, Contact
from flows.contacts.normalise import CONTROL_REASON, normalise, value_problem
from flows.contacts.people.address import REPEATED_HEADER
from flows.contacts.people.reading.number import AddressRules
from flows.contacts.rules import VariableRule
from tests.worlds import DARA, HEADER, SOK, buckets, changes


def test_a_blank_keeps_and_the_marker_clears(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012345678", "", "--"))
    assert changes(plan_of(rows, [SOK], rules_of())) == [(2, "85512345678", "favorite color", "blue", "")]


def test_surrounding_blanks_are_no_difference(rows_of, rules_of, plan_of):
    stored_with_blank = Contact(7, ("85512345678",), {"age": " 38", "favorite color": "blue"})
    rows = rows_of(HEADER, ("012345678", " 38", " blue  "))
    assert buckets(plan_of(rows, [stored_with_blank], rules_of())) == ["unchanged"]


@pytest.mark.parametrize(
    ("value", "said"),
    [("x" * 256, "256 characters"), ("smile \U0001f600", "emoji"), ("a\x00b", "control"), ("a\x0bb", "control")],
)
def test_values_that_verboice_cannot_store_are_found_before_anything_is_sent(rows_of, rules_of, plan_of, value, said):
    plan = plan_of(rows_of(HEADER, ("012345678", "39", value)), [SOK], rules_of())
    assert buckets(plan) == ["rejected"]
    assert plan.outcomes["column"][0].as_py() == "Colour"
    assert said in plan.outcomes["reason"][0].as_py()
    assert plan.is_empty


def test_255_characters_of_any_alphabet_are_fine(rows_of, rules_of, plan_of):
    assert buckets(plan_of(rows_of(HEADER, ("012345678", "", "\u17a2" * 255)), [SOK], rules_of())) == ["updated"]


def test_a_damaged_cell_rejects_the_row_only_where_its_column_is_used(rows_of, rules_of, plan_of):
    header = ("Phone", "Age", "Colour", "Remarks")
    lines = [("012345678", "#N/A", "", ""), ("012999888", "41", "", "#N/A")]
    rows = rows_of(
        header, *lines, problems=[CellProblem(2, "Age", "broken formula"), CellProblem(3, "Remarks", "broken formula")]
    )
    assert buckets(plan_of(rows, [SOK, DARA], rules_of())) == ["rejected", "updated"]


EMOJI = "The value has an emoji or another character that Verboice's database cannot store."


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("x" * 255, None),
        ("x" * 256, "The value has 256 characters; Verboice stores at most 255."),
        ("\u17a2" * 1000, "The value has 1000 characters; Verboice stores at most 255."),
        *((f"a{chr(code)}b", CONTROL_REASON) for code in (0x00, 0x08, 0x0B, 0x0C, 0x0E, 0x1F, 0x7F, 0x80, 0x9F)),
        *((f"a{chr(code)}b", None) for code in (0x09, 0x0A, 0x0D, 0x20, 0x7E, 0xA0, 0xA9, 0xC2, 0xFFFF)),
        ("a\U00010000b", EMOJI),
        ("\U0010ffff", EMOJI),
        ("\U0001f600\x7f", EMOJI),
        ("", None),
    ],
)
def test_what_keeps_verboice_from_storing_a_value_is_said(value, problem):
    assert value_problem(value) == problem


def test_addresses_are_read_by_the_rules_of_the_pipeline_and_below_their_header(rows_of, rules_of):
    rows = rows_of(HEADER, ("012345678 / 012345679", "1", ""), ("phone", "age", "colour"))
    strict, first = (
        normalise(rows, rules_of(addresses=AddressRules(several=several))) for several in ("reject", "first")
    )
    assert (strict.keys.to_pylist(), first.keys.to_pylist()) == ([None, None], ["85512345678", None])
    assert strict.addresses.problems[1].as_py() == REPEATED_HEADER
    assert (strict.may_match.tolist(), strict.unusable.tolist()) == ([True, False], [True, True])


def stated(statements, name):
    return list(zip(statements.desired[name].to_pylist(), statements.raw[name].to_pylist(), strict=True))


def test_what_a_cell_asks_for_and_how_it_stood(rows_of, rules_of):
    cells = (" 39 ", "39", "", " n/a ", " -- ", "--", None)
    rows = rows_of(HEADER, *((f"01234567{n}", cell, cell) for n, cell in enumerate(cells)))
    rules = rules_of(
        variables=(VariableRule("age", "Age"), VariableRule("favorite color", "Colour", blank="clear")),
        blanks=("n/a",),
        clear_marker="--",
    )
    kept = normalise(rows, rules)
    assert stated(kept, "age") == [
        (" 39 ".strip(), " 39 "),
        ("39", "39"),
        *[(None, None)] * 2,
        *[("", "")] * 2,
        (None, None),
    ]
    assert stated(kept, "favorite color") == [("39", " 39 "), ("39", "39"), *[("", "")] * 4, (None, None)]
    plain = normalise(rows, rules_of(clear_marker=""))
    assert stated(plain, "age")[3:6] == [("n/a", " n/a "), ("--", " -- "), ("--", "--")]
    assert kept.numbers.to_pylist() == list(range(2, 9))
    assert len(kept) == 7


def test_a_constant_means_what_it_says_an_empty_one_too(rows_of, rules_of):
    rows = rows_of(HEADER, ("012345678", "", ""))
    rules = rules_of(variables=(VariableRule("a", constant=" x "), VariableRule("b", constant="")), blanks=("x",))
    said = normalise(rows, rules)
    assert (stated(said, "a"), stated(said, "b")) == ([("x", " x ")], [("", "")])
    nothing = normalise(rows, rules_of(variables=(VariableRule("b", constant="x" * 256),)))
    assert nothing.problem_columns.to_pylist() == ["b"]


def test_of_several_problems_of_a_row_the_first_is_told_with_its_column(rows_of, rules_of):
    lines = [("012345678", "#REF!", "x" * 300), ("012345679", "a\x00", "x" * 300), ("nobody", "1", "x" * 300)]
    lines.append(("#REF!", "1", "2"))
    problems = [
        CellProblem(2, "Age", "broken"),
        CellProblem(2, "Phone", "broken too"),
        CellProblem(5, "Phone", "no number"),
        CellProblem(99, "Age", "not among the rows"),
        CellProblem(4, "Remarks", "not used"),
    ]
    said = normalise(rows_of(HEADER, *lines, problems=problems), rules_of())
    assert said.problems.to_pylist() == [
        "broken", CONTROL_REASON, "The value has 300 characters; Verboice stores at most 255.", "no number",
    ]  # fmt: skip
    assert said.problem_columns.to_pylist() == ["Age", "Age", "Colour", "Phone"]
    assert said.addresses.problems.is_valid().to_pylist() == [False, False, True, False]
    assert said.unusable.tolist() == [True] * 4
    assert normalise(rows_of(HEADER, ("012345678", "1", "")), rules_of()).unusable.tolist() == [False]


def test_damage_in_a_cell_that_counts_as_blank_is_none_but_in_the_address_and_the_row(rows_of, rules_of):
    lines = [("012345678", " #N/A ", ""), ("#N/A", "1", ""), ("012345679", "#N/A", ""), ("012345670", "#REF!", "")]
    problems = [
        CellProblem(2, "Age", "error"),
        CellProblem(3, "Phone", "error"),
        CellProblem(4, "", "the row"),
        CellProblem(5, "Age", "error"),
        CellProblem(99, "Age", "not among the rows"),
    ]
    said = normalise(rows_of(HEADER, *lines, problems=problems), rules_of(blanks=("#N/A",)))
    assert said.problems.to_pylist() == [None, "error", "the row", "error"]
    assert said.problem_columns.to_pylist() == [None, "Phone", "", "Age"]
