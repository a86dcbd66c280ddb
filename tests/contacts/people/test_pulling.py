"""Which contacts have to be read, and in which spellings they are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from flows.contacts.normalise import normalise
from flows.contacts.people.pulling import FEW_ROWS, Lookup, Person, choose, lookups, select
from tests.worlds import HEADER


@pytest.fixture
def stated(rows_of, rules_of):
    """Rows of these addresses, as statements."""
    return lambda *addresses: normalise(rows_of(HEADER, *[(one, "1", "") for one in addresses]), rules_of())


def test_few_are_asked_one_by_one_and_many_read_in_one_list_unless_the_pipeline_says_so():
    assert [choose("auto", number).way for number in (FEW_ROWS, FEW_ROWS + 1)] == ["by_address", "all"]
    assert [choose(pull, 1).way for pull in ("all", "by_address")] == ["all", "by_address"]
    assert choose("by_address", 1, needs_everything="a reason").reason == "a reason"


def test_a_number_is_asked_as_typed_then_as_verboice_stores_it_then_as_people_write_it():
    assert Lookup.of(Person("012345678", "85512345678"), "KH") == Lookup(
        "85512345678", "012345678", ("85512345678", "+85512345678"), ("012 345 678", "+855 12 345 678")
    )
    assert Lookup.of(Person("+85512345678", "85512345678"), None).usual == ("85512345678",)
    assert Lookup.of(Person("Alice", None), "KH").usual == ()


def test_the_spelling_that_was_found_before_is_asked_first():
    again = Lookup("k", "0 1", ("1", "+1"), ("01",)).beginning_with("+1")
    assert again == Lookup("k", "+1", ("0 1", "1"), ("01",))


def test_each_spelling_of_each_person_is_looked_up_once_and_what_says_nothing_never(stated):
    rows = stated("012345678", "012345678", "85512345678", "bad", "---", "012999888")
    asked = [lookup.typed for lookup in lookups(rows, np.array([True, True, True, True, True, False]), "KH")]
    assert asked == ["012345678", "85512345678", "bad"]


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"only": ["+855 12 345 678"]}, [2, 5]),
        ({"only": ["bad"]}, [4]),
        ({"limit": 2}, [2, 3]),
        ({"after_row": 3, "limit": 1}, [4]),
        ({"only": ["012345678"], "after_row": 2}, [5]),
    ],
)
def test_a_careful_first_try_is_about_the_rows_it_names(stated, options, rows):
    statements = stated("012345678", "012999888", "bad", "85512345678")
    assert statements.numbers.to_numpy()[select(statements, region="KH", **options)].tolist() == rows
