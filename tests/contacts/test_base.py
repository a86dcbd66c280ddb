"""What both sides said last, as a plan uses it."""

from __future__ import annotations

import pyarrow as pa

from connectors.ledger.values import VALUES
from connectors.values import Contact, RemoteContacts
from flows.contacts.base import Bases, Others, without_own


def base_of(*lines):
    columns = ("contact_id", "variable", "source_value", "remote_value")
    return pa.Table.from_pylist([dict(zip(columns, line, strict=True)) for line in lines], schema=VALUES)


def test_a_base_is_aligned_with_the_contacts_it_is_asked_for():
    bases = Bases(base_of((7, "age", "38", "39"), (9, "age", "1", None), (7, "color", "red", "red")))
    found = bases.at("age", pa.array([9, 8, 7]))
    assert found.known.tolist() == [True, False, True]
    assert (found.source.to_pylist(), found.remote.to_pylist()) == (["1", None, "38"], [None, None, "39"])
    assert bases.at("age", pa.array([9, 7])).source.to_pylist() == ["1", "38"]
    assert bases.at("village", pa.array([7])) is None
    assert not Bases(None)
    assert not Bases(base_of())


def test_only_what_the_base_does_not_say_yet_is_news():
    bases, ids = Bases(base_of((7, "age", "38", "38"), (8, "age", "1", "1"))), pa.array([7, 8, 9])
    news = bases.is_news("age", ids, pa.array(["38", "2", "5"]), remote=pa.array(["38", "1", "5"]))
    assert news.tolist() == [False, True, True]
    news = bases.is_news("color", ids, pa.array(["red"] * 3), remote=pa.array(["red"] * 3))
    assert (news.tolist(), news.dtype) == ([True, True, True], bool)


def test_of_other_pipelines_the_one_that_ran_last_states_what_verboice_has():
    latest = base_of((7, "age", "39", "39"), (8, "age", "40", "41"), (10, "age", "5", "5"))
    before = base_of((7, "age", "39", "39"), (9, "age", "41", "41"), (10, "age", "6", "6"), (11, "age", None, None))
    others = Others({"latest": latest, "before": before, "idle": base_of()})
    assert others
    assert others.names == ("latest", "before", "idle")
    ids, remote = pa.array([7, 8, 9, 10, 12]), pa.array(["39", "41", "41", "6", None])
    assert others.stating("age", ids, remote).tolist() == [0, -1, 1, 1, -1]
    assert others.stating("color", ids, remote).tolist() == [-1] * 5
    assert not Others({"idle": base_of()})


def test_where_a_base_knows_nothing_the_others_do_the_latest_first():
    own = Bases(base_of((7, "age", "38", "37")))
    others = Others(
        {
            "latest": base_of((7, "age", "1", "2"), (8, "age", "40", "41"), (8, "color", "red", "green")),
            "before": base_of((8, "age", "3", "4"), (9, "age", "5", "6")),
        }
    )
    ids = pa.array([7, 8, 9, 10])

    def completed(variable: str) -> tuple[list[bool], list[str], list[str]]:
        base = others.completed(own.at(variable, ids), variable, ids)
        return base.known.tolist(), base.source.to_pylist(), base.remote.to_pylist()

    assert completed("age") == ([True, True, True, False], ["38", "40", "5", None], ["37", "41", "6", None])
    assert completed("color") == ([False, True, False, False], [None, "red", None, None], [None, "green", None, None])
    assert others.completed(None, "village", ids) is None
    assert Others({}).completed(own.at("age", ids), "age", ids).known.tolist() == [True, False, False, False]


def test_a_value_that_an_unanswered_request_brought_is_nobody_elses_change():
    base = base_of((7, "age", "38", "38"), (8, "age", "38", "38"), (7, "color", "red", "red"))
    remote = RemoteContacts.of([Contact(7, ("7",), {"age": "50"}), Contact(8, ("8",), {"age": "51"})], ("age",))
    sent = pa.table({"contact_id": [7, 8], "variable": ["age", "age"], "after": ["50", "50"]})
    assert without_own(base_of(), remote, sent).equals(base_of())
    assert without_own(base, remote, sent.slice(0, 0)).equals(base)
    left = without_own(base, remote, sent)
    assert list(zip(left["contact_id"].to_pylist(), left["variable"].to_pylist(), strict=True)) == [
        (8, "age"),  # somebody set 51
        (7, "color"),
    ]
