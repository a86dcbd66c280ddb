"""Which variables the columns of an unknown spreadsheet mean."""

from __future__ import annotations

import pytest

from flows.contacts.people.guess import Mapped, bare_name, map_columns, proposed_names


def test_headers_find_their_variables_from_exact_to_close():
    found = map_columns(["age", "Village", "Próxima_fecha", "favourite colour", "Remarks", "_Dose_"],
                        ["village", "age", "proxima fecha", "favorite color", "weight", "dose"])  # fmt: skip
    assert found == [
        Mapped("age", "age", "exact"),
        Mapped("Village", "village", "case"),
        Mapped("Próxima_fecha", "proxima fecha", "accents"),
        Mapped("favourite colour", "favorite color", "close"),
        Mapped("_Dose_", "dose", "accents"),
    ]
    assert [one.is_sure for one in found] == [True, True, True, False, True]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Age (yrs)", "Age"),
        ("group_respondent/Age in years", "Age"),
        ("form.case.weight_kg", "weight"),
        ("Next visit [dd/mm/yyyy] *", "Next visit"),
        ("3. Age, years", "Age"),
        ("q2b) Village:", "Village"),
        ("Edad en años", "Edad"),
        ("Next visit [date]", "Next visit"),
        ("Visit_date", "Visit_date"),
        ("Age", "Age"),
        ("Visit days", "Visit days"),
        ("Age (mother)", "Age (mother)"),
        ("Weight kg/m2", "Weight kg/m2"),
        ("kg", "kg"),
        ("(yrs)", "(yrs)"),
        ("2026", "2026"),
    ],
)
def test_the_name_inside_a_header_stands_without_group_number_and_unit(header, name):
    assert bare_name(header) == name


def test_a_variable_is_found_in_a_header_with_group_and_unit():
    headers = ["group_respondent/Age in years", "Weight (kg)", "group_respondent/Village of residence"]
    assert map_columns(headers, ["age", "weight", "village", "visit"]) == [
        Mapped("group_respondent/Age in years", "age", "bare"),
        Mapped("Weight (kg)", "weight", "bare"),
        Mapped("group_respondent/Village of residence", "village", "part"),
    ]


def test_of_two_headers_that_may_mean_a_variable_none_is_taken_for_sure():
    (found,) = map_columns(["mother/Age", "child/Age (months)"], ["age"])
    assert not found.is_sure
    (found,) = map_columns(["Age of the mother", "Age (child)"], ["age"])
    assert (found.column, found.is_sure) == ("Age (child)", False)
    assert map_columns(["Village", "Language"], ["age"]) == []
    assert map_columns(["***"], ["--"]) == []


@pytest.mark.parametrize(
    ("variable", "headers", "taken"),
    [
        ("village", ["A new home village", "The village, please"], "The village, please"),  # fewer other words
        ("village", ["Your present village", "A former village"], "Your present village"),  # as many: the first
        ("home village", ["Village of your home", "What is your home village now?"], "What is your home village now?"),
    ],
)
def test_the_words_of_a_variable_stand_together_among_as_few_others_as_there_are(variable, headers, taken):
    assert map_columns(headers, [variable]) == [Mapped(taken, variable, "part")]


def test_without_variables_the_names_inside_are_proposed_where_they_tell_columns_apart():
    proposed = proposed_names(["Age (yrs)", "mother/Village", "child/Village"])
    assert proposed == [
        Mapped("Age (yrs)", "Age", "exact"),
        Mapped("mother/Village", "mother/Village", "exact"),
        Mapped("child/Village", "child/Village", "exact"),
    ]
