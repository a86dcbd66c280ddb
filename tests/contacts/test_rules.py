"""Names of variables, judged before anything is sent."""

from __future__ import annotations

import pytest

from flows.contacts.rules import NameProblem, judge_names, judge_unseen

UNKNOWN = "The project has no variable of this name (capitals, blanks and accents count)."
OF_VERBOICE = "Verboice keeps this variable itself; its API cannot write it."
BRACKETS = "Names with brackets cannot be written through Verboice's API."


@pytest.mark.parametrize(
    ("name", "known", "problem"),
    [
        ("age", ["age", "village"], None),
        ("Age", ["age"], (UNKNOWN, ("age",))),
        ("vilage", ["age", "village", " Villages"], (UNKNOWN, ("village", " Villages"))),
        ("language", ["age"], (OF_VERBOICE, ())),
        ("a[b]", ["a[b]"], (BRACKETS, ())),
        ("a[b", None, (BRACKETS, ())),
        ("b]", None, (BRACKETS, ())),
        (" ", None, ("A variable needs a name.", ())),
        ("anything", None, None),
        ("sms_number", None, (OF_VERBOICE, ())),
    ],
)
def test_a_name_that_cannot_be_written_is_told_with_what_was_probably_meant(name, known, problem):
    assert judge_names(["age", name], [*known, "age"] if known else None) == (
        [] if problem is None else [NameProblem(name, *problem)]
    )


def test_a_name_that_no_contact_has_is_suspicious_only_beside_one_that_is_near():
    unseen = "No contact of this shared project has a variable of this name (capitals, blanks and accents count)."
    assert judge_unseen(["vilage", "colour"], ["village", "age"]) == [NameProblem("vilage", unseen, ("village",))]
