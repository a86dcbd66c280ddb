"""Which contacts have to be read, and in which spellings they are asked for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from flows.contacts.normalise import normalise
from flows.contacts.people.address import address_keys
from flows.contacts.people.pulling import (
    FEW_ROWS,
    Lookup,
    Person,
    PullChoice,
    choose,
    lookups,
    meant_by,
    people,
    select,
)
from flows.contacts.people.reading.number import AddressRules
from tests.worlds import HEADER


@pytest.fixture
def stated(rows_of, rules_of):
    """Rows of these addresses, as statements."""
    return lambda *addresses: normalise(rows_of(HEADER, *[(one, "1", "") for one in addresses]), rules_of())


def test_few_are_asked_one_by_one_and_many_read_in_one_list_unless_the_pipeline_says_so():
    assert choose("auto", FEW_ROWS) == PullChoice("by_address", "only 25 addresses are needed")
    assert choose("auto", FEW_ROWS + 1) == PullChoice("all", "26 addresses are needed")
    assert choose("auto", 1_000) == PullChoice("all", "1,000 addresses are needed")
    for pull in ("all", "by_address"):
        assert choose(pull, 1) == PullChoice(pull, "the pipeline says so")
    assert choose("by_address", 1, needs_everything="a reason") == PullChoice("all", "a reason")


@pytest.mark.parametrize(
    ("person", "region", "usual", "formatted"),
    [
        (
            Person("012345678", "85512345678"),
            "KH",
            ("85512345678", "+85512345678"),
            ("012 345 678", "+855 12 345 678"),
        ),
        (Person("+85512345678", "85512345678"), None, ("85512345678",), ()),  # how people write it, no country says
        (Person("sip:Alice@pbx", "sip:alice@pbx"), "KH", ("Alice@pbx", "sips:Alice@pbx"), ()),
        (Person("Alice", None), "KH", (), ()),
    ],
)
def test_an_address_is_asked_as_typed_then_as_verboice_stores_it_then_as_people_write_it(
    person, region, usual, formatted
):
    assert Lookup.of(person, region) == Lookup(person.key, person.typed, usual, formatted)


def test_of_a_number_that_may_mean_two_people_both_are_asked_for():
    typed, other = "62812345678", "6262812345678"
    asked = Lookup.of(Person(typed, None, (typed, other)), None)
    assert asked == Lookup(None, typed, (f"+{typed}", other, f"+{other}"), is_ambiguous=True)


def test_the_spelling_that_was_found_before_is_asked_first_and_once():
    usual = Lookup("k", "0 1", ("1", "+1"), ("01",))
    assert usual.beginning_with("+1") == Lookup("k", "+1", ("0 1", "1"), ("01",))
    assert usual.beginning_with("01") == Lookup("k", "01", ("0 1", "1", "+1"))


def test_each_spelling_of_each_person_is_looked_up_once_and_what_says_nothing_never(stated):
    rows = stated("012345678", "012345678", "85512345678", "bad", "---", "012999888")
    written = ("012 345 678", "+855 12 345 678")
    sok = "85512345678"
    others = [Lookup(sok, sok, (f"+{sok}",), ("012345678", *written)), Lookup(None, "bad")]
    some = np.array([True, True, True, True, True, False])
    assert lookups(rows, some, "KH") == [Lookup(sok, "012345678", (sok, f"+{sok}"), written), *others]
    stored = pa.array(["+85512345678", "+85512345678", None, None, None, None])
    assert lookups(rows, some, "KH", stored=stored) == [Lookup(sok, f"+{sok}", ("012345678", sok), written), *others]


def test_people_are_columns_again_whom_addresses_mean():
    typed = pa.array(["62812345678", "+62 812 345 678", "---", "odd"])
    meant, all_but_one = address_keys(typed, "ID"), pa.array([True, True, False, True])
    found = people(typed, meant, all_but_one)
    assert found == [
        Person("62812345678", None, ("62812345678", "6262812345678")),
        Person("+62 812 345 678", "62812345678"),
        Person("odd", None),
    ]
    again = meant_by(found)
    assert again.keys.equals(meant.keys.filter(all_but_one))
    assert again.candidates.equals(meant.candidates.filter(all_but_one))
    nobody = meant_by([])
    assert (nobody.keys.type, nobody.candidates.type) == (again.keys.type, again.candidates.type)


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"only": ["+855 12 345 678"]}, [2, 5]),
        ({"only": ["bad"]}, [4]),
        ({"only": [" bad ", "nobody"]}, [4]),
        ({"limit": 2}, [2, 3]),
        ({"after_row": 3, "limit": 1}, [4]),
        ({"only": ["012345678"], "after_row": 2}, [5]),
    ],
)
def test_a_careful_first_try_is_about_the_rows_it_names(stated, options, rows):
    statements = stated("012345678", "012999888", "bad", "85512345678", "worse")
    assert statements.numbers.to_numpy()[select(statements, region="KH", **options)].tolist() == rows


def test_the_addresses_of_a_first_try_are_read_by_the_rules_of_the_pipeline(rows_of, rules_of):
    extensions = AddressRules(short_numbers=True)
    statements = normalise(rows_of(HEADER, ("12 34", "1", "")), rules_of(addresses=extensions))
    assert select(statements, only=["1234"], region="KH", rules=extensions).tolist() == [True]
    assert select(statements, only=["1234"], region="KH").tolist() == [False]
