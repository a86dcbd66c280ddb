"""Whole columns are worked on as their values would be, one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.contacts.columns import Labels, count_distinct, matching, one, places_of, take

NUMBERS = st.lists(st.one_of(st.integers(0, 20), st.integers(0, 10**12)), max_size=20, unique=True)


def column(numbers):
    return pa.array(numbers, pa.int64())


@given(NUMBERS, NUMBERS)
def test_places_are_found_among_few_close_and_wide_numbers(wanted, among):
    expected = [among.index(number) if number in among else -1 for number in wanted]
    found = places_of(column(wanted), column(among))
    assert (found.tolist(), found.dtype) == (expected, np.int64)


@given(st.lists(st.integers(0, 30) | st.integers(0, 10**12)))
def test_distinct_numbers_are_counted(numbers):
    assert count_distinct(np.array(numbers, dtype=np.int64)) == len(set(numbers))


def test_taking_everything_in_order_copies_nothing():
    texts = pa.array(["a", "b", "c"])
    assert take(texts, np.arange(3)) is texts
    assert take(texts, np.array([2, 0])).to_pylist() == ["c", "a"]


def test_a_column_of_several_pieces_becomes_one():
    whole = pa.chunked_array([["a"], ["b", "c"]])
    assert one(whole).equals(pa.array(["a", "b", "c"]))
    assert one(whole.slice(0, 1)).equals(pa.array(["a"]))
    assert one(pa.array(["a"])).to_pylist() == ["a"]


@pytest.mark.parametrize("asked", [[], [4], [4, 5], [0, 4, 5, 7], [*range(8)]])
def test_texts_are_matched_only_where_it_is_asked_however_few_these_are(asked):
    texts = pa.array(["1", "x", "2", "y", "3", "z", "4", "5"])
    where = np.isin(np.arange(8), asked)
    assert np.flatnonzero(matching(texts, r"^\d$", where)).tolist() == [at for at in asked if at in {0, 2, 4, 6, 7}]


def test_labels_are_put_added_copied_and_given_each():
    labels = Labels(5)
    labels.put(np.array([True, True, False, False, False]), "one")
    labels.add(np.array([0, 2]), "more")
    labels.copy(np.array([0]), np.array([4]))
    labels.put_each(np.array([3, 1]), pa.array(["three", "other"]))
    assert labels.column().to_pylist() == ["one more", "other", "more", "three", "one more"]
    assert labels.column(np.array([3])).to_pylist() == ["three"]
    labels.put_each(np.zeros(0, dtype=np.int64), pa.array([], pa.string()))
    labels.put(2, None)
    assert labels.missing().tolist() == [False, False, True, False, False]
    assert Labels(2).column().equals(pa.nulls(2, pa.string()))
