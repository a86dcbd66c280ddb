"""What is asked of a column's digits is answered only where it is asked."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from flows.contacts.people.reading import validity
from flows.contacts.people.reading.plan import plan_of_region
from flows.contacts.people.reading.validity import are_valid, are_valid_abroad, may_be_abroad

US, BELARUS, INDONESIA, HUNGARY = map(plan_of_region, ("US", "BY", "ID", "HU"))
ABROAD = pa.array(["85512345678", "12045550123", "22507080910", "870301234567", "9999", "46468123456", "4646812345"])


@pytest.mark.parametrize(
    ("ask", "digits", "answers"),
    [
        (lambda digits, where: are_valid(digits, US, where), ["2015550123", "2045550123", "1115550123"], [1, 1, 0]),
        (lambda digits, where: are_valid(digits, US, where, lead="1"), ["12015550123", "2015550123"], [1, 0]),
        (lambda digits, where: validity.may_be_cut(digits, BELARUS, where), ["8001234", "291234567"], [1, 0]),
        (lambda digits, where: validity.may_be_cut(digits, US, where), ["8001234", "291234567"], [0, 0]),
        (
            lambda digits, where: validity.have_code_twice(digits, INDONESIA, where),
            ["6262812345678", "62620812345678", "62812345678"],
            [1, 1, 0],
        ),
        (
            lambda digits, where: validity.have_prefix_inside(digits, HUNGARY, where),
            ["3606201234567", "36201234567", "06201234567"],
            [1, 0, 0],
        ),
        (lambda digits, where: validity.have_prefix_inside(digits, US, where), ["112015550123"], [0]),
        (lambda digits, where: validity.have_other_zero(digits, HUNGARY, where), ["69182853", "201234567"], [1, 0]),
        (lambda digits, where: validity.have_other_zero(digits, INDONESIA, where), ["812345678"], [0]),
        (lambda digits, where: validity.lack_prefix(digits, HUNGARY, where), ["201234567", "123"], [1, 0]),
        (lambda digits, where: validity.lack_prefix(digits, US, where), ["2015550123"], [0]),
        (lambda digits, where: validity.begin(digits, "855", where), ["85512", "85"], [1, 0]),
        (are_valid_abroad, ABROAD, [1, 1, 0, 1, 0, 0, 1]),
        (may_be_abroad, ABROAD, [1, 1, 0, 0, 0, 1, 1]),
    ],
)
def test_an_answer_is_the_same_for_one_row_and_for_all_and_false_elsewhere(ask, digits, answers):
    expected = np.array(answers, dtype=bool)
    for where in (np.full(len(digits), True), np.full(len(digits), False), np.arange(len(digits)) % 2 == 0):
        found = ask(pa.array(digits), where)
        assert found.dtype == bool
        assert found.tolist() == (expected & where).tolist()
