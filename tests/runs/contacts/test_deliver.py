"""What happens in Verboice between the reading of a plan and its sending."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sandbox import Fault
from flows.contacts.costs import ServerCosts
from flows.runs.contacts import costs, deliver
from flows.runs.contacts.prepare import prepare
from flows.runs.contacts.run import send_contacts, sync_contacts
from flows.runs.execution import Started, execute

PEOPLE = 30
NAMES = ("age", "favorite color")


def number(person: int) -> str:
    return f"8551270{person:05d}"


@pytest.fixture
def crowd(clinic, sheet, pipeline):
    """PEOPLE contacts of age 1 and with no color beside the clinic's own three, who are gone."""
    for contact in (1, 2, 3):
        clinic.sandbox.remove_contact(contact)
    clinic.sandbox.add_contacts(clinic.project, [([number(n)], {"age": "1"}) for n in range(PEOPLE)])
    return clinic


@pytest.fixture
def synced(home):
    """synced(name, meanwhile): a sync with something happening in Verboice after its plan is made."""

    def run(name, meanwhile=lambda: None):
        def preparing(run):
            prepared = prepare(run)
            meanwhile()
            return prepared

        return execute(Started("sync", name), lambda run: send_contacts(run, preparing))

    return run


def each_their_own(sheet, pipeline, color="red"):
    rows = [(number(n), 100 + n, color) for n in range(PEOPLE)]
    return pipeline(sheet(*rows), **{"guard.max_overwrites": "100%"})


def statuses(ended):
    rows = ended.report.summary["rows"]
    return {bucket: count for bucket, count in rows.items() if count and bucket != "read"}


def test_a_value_read_a_while_ago_is_read_again_before_it_is_replaced(
    crowd, sheet, pipeline, synced, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(deliver, "FRESH", 0.0)
    monkeypatch.setattr(deliver, "SLICE", 10)
    database = crowd.sandbox.state.database
    contact = crowd.sandbox.contact(crowd.project, number(25))["id"]

    def answer():
        database.run("update persisted_variables set value = '77' where contact_id = ?", (contact,))

    ended = synced(each_their_own(sheet, pipeline, color=None), answer)
    assert statuses(ended) == {"updated": PEOPLE - 1, "held": 1}
    assert crowd.vars(number(25))["age"] == "77"
    assert ended.report.summary["problems"][0]["row"] == 27


def test_values_of_a_large_project_are_read_again_one_by_one(crowd, sheet, pipeline, synced, monkeypatch):
    monkeypatch.setattr(deliver, "FRESH", 0.0)
    monkeypatch.setattr(costs, "of_server", lambda _run: ServerCosts())
    crowd.sandbox.add_contacts(crowd.project, [([f"8551280{n:05d}"], {}) for n in range(20 * PEOPLE)])
    ended = synced(each_their_own(sheet, pipeline, color=None))
    assert statuses(ended) == {"updated": PEOPLE}
    assert crowd.sandbox.count(method="GET", path="contacts.json") == 1
    assert crowd.sandbox.count(method="GET", path="by_address") == PEOPLE


def test_values_are_as_old_as_the_beginning_of_their_list(crowd, sheet, pipeline, synced, monkeypatch):
    monkeypatch.setattr(deliver, "FRESH", 0.3)
    crowd.sandbox.configure(contact_seconds=0.4 / PEOPLE)
    ended = synced(each_their_own(sheet, pipeline, color=None))
    assert statuses(ended) == {"updated": PEOPLE}
    assert crowd.sandbox.count(method="GET", path="contacts") > 1


def test_a_server_that_cannot_be_read_again_ends_the_run_with_every_row_told(
    crowd, sheet, pipeline, synced, monkeypatch
):
    monkeypatch.setattr(deliver, "FRESH", 0.0)

    def fall_ill():
        crowd.sandbox.faults.add(Fault("reply", path="contacts", status=500))

    ended = synced(each_their_own(sheet, pipeline, color=None), fall_ill)
    assert ended.error is not None
    assert ended.error.exit_status == 1
    assert statuses(ended) == {"unsent": PEOPLE}
    assert crowd.puts() == 0


def test_half_written_variables_are_read_and_told(crowd, sheet, pipeline, synced):
    def delete_the_color():
        crowd.sandbox.state.database.run("update project_variables set name = 'colour' where name like 'fav%'")

    name = pipeline(sheet((number(0), 39, "red")))
    ended = synced(name, delete_the_color)
    assert ended.error is not None
    assert ended.error.exit_status == 2
    assert "Already stored: age." in ended.report.summary["problems"][0]["reason"]
    assert ended.report.summary["variables_changed"] == 1
    assert crowd.vars(number(0))["age"] == "39"


def test_a_second_variable_that_vanishes_leaves_nobody_in_doubt(crowd, sheet, pipeline, synced, monkeypatch):
    monkeypatch.setattr(costs, "of_server", lambda _run: ServerCosts(put=1.0))

    def delete_the_color():
        crowd.sandbox.state.database.run("update project_variables set name = 'colour' where name like 'fav%'")

    rows = [(number(n), 39, "red") for n in range(PEOPLE)]
    ended = synced(pipeline(sheet(*rows), **{"guard.max_overwrites": "100%"}), delete_the_color)
    assert ended.error is not None
    assert crowd.sandbox.count(path="all.json") == 1
    assert crowd.sandbox.count(method="PUT", path="by_address") == 0
    assert statuses(ended) == {"failed": PEOPLE}
    assert ended.report.summary["variables_changed"] == PEOPLE
    assert "Already stored: age." in ended.report.summary["problems"][0]["reason"]
    assert {c["vars"]["age"] for c in crowd.sandbox.contacts(crowd.project)} == {"39"}


def test_a_contact_that_appears_during_a_request_for_everybody_is_told_of(crowd, sheet, pipeline, synced, monkeypatch):
    monkeypatch.setattr(costs, "of_server", lambda _run: ServerCosts(put=1.0))
    rows = [(number(n), 39, None) for n in range(PEOPLE)]
    name = pipeline(sheet(*rows), **{"guard.max_overwrites": "100%"})
    ended = synced(name, lambda: crowd.sandbox.add_contact(crowd.project, ["85512799999"], {}))
    assert statuses(ended) == {"updated": PEOPLE}
    assert any("1 contact appeared" in note for note in ended.notes)


value = st.sampled_from(["1", "2", "", None])
wanted = st.sampled_from(["1", "2", "--", ""])


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    have=st.lists(st.tuples(value, value), min_size=2, max_size=4),
    even=st.booleans(),
    want=st.lists(st.tuples(wanted, wanted), min_size=4, max_size=4),
)
def test_with_and_without_requests_for_everybody_the_project_ends_the_same(
    clinic, sheet, pipeline, monkeypatch, have, even, want
):
    monkeypatch.setattr(costs, "of_server", lambda _run: ServerCosts(put=1.0))
    lines = [(number(n), *(want[0] if even else want[n])) for n in range(len(have))]
    path, ends = sheet(*lines), []
    for bulk in ("auto", "never"):
        project = clinic.sandbox.add_project(clinic.account, f"{bulk} {clinic.sandbox.count()}", variables=NAMES)
        people = [
            ([number(n)], {name: v for name, v in zip(NAMES, values, strict=True) if v is not None})
            for n, values in enumerate(have)
        ]
        clinic.sandbox.add_contacts(project, people)
        changes = {"verboice.project": project.id, "contacts.bulk": bulk, "contacts.pull": "all"}
        assert execute(Started("sync", pipeline(path, **changes)), sync_contacts).error is None
        ends.append([(c["addresses"], c["vars"]) for c in clinic.sandbox.contacts(project)])
    assert ends[0] == ends[1]
