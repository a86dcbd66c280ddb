"""What both sides said last, as a plan uses it."""

from __future__ import annotations

import pyarrow as pa

from connectors.ledger.values import VALUES
from connectors.values import Contact, RemoteContacts
from flows.contacts.base import Bases, without_own


def base_of(*lines):
    columns = ("contact_id", "variable", "source_value", "remote_value")
    return pa.Table.from_pylist([dict(zip(columns, line, strict=True)) for line in lines], schema=VALUES)


def test_a_base_is_aligned_with_the_contacts_it_is_asked_for():
    bases = Bases(base_of((7, "age", "38", "39"), (9, "age", "1", None), (7, "color", "red", "red")))
    found = bases.at("age", pa.array([9, 8, 7]))
    assert found.known.tolist() == [True, False, True]
    assert (found.source.to_pylist(), found.remote.to_pylist()) == (["1", None, "38"], [None, None, "39"])
    assert bases.at("village", pa.array([7])) is None
    assert not Bases(None)


def test_only_what_the_base_does_not_say_yet_is_news():
    bases, ids = Bases(base_of((7, "age", "38", "38"), (8, "age", "1", "1"))), pa.array([7, 8, 9])
    news = bases.is_news("age", ids, pa.array(["38", "2", "5"]), remote=pa.array(["38", "1", "5"]))
    assert news.tolist() == [False, True, True]


def test_a_value_that_an_unanswered_request_brought_is_nobody_elses_change():
    base = base_of((7, "age", "38", "38"), (8, "age", "38", "38"), (7, "color", "red", "red"))
    remote = RemoteContacts.of([Contact(7, ("7",), {"age": "50"}), Contact(8, ("8",), {"age": "51"})], ("age",))
    sent = pa.table({"contact_id": [7, 8], "variable": ["age", "age"], "after": ["50", "50"]})
    left = without_own(base, remote, sent)
    assert list(zip(left["contact_id"].to_pylist(), left["variable"].to_pylist(), strict=True)) == [
        (8, "age"),  # somebody set 51
        (7, "color"),
    ]
