"""The client: one method for each endpoint, against a real socket."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.sandbox import Fault
from connectors.values import Channel, Contact, Project
from connectors.verboice.client import VerboiceClient
from connectors.verboice.errors import (
    AlreadyExists,
    CannotAddress,
    LoginRefused,
    NoAnswer,
    NoSuchContact,
    NoSuchProjectOrNotShared,
    NotStored,
    NotWanted,
    Reached,
    ReadOnlyProject,
    ServerBroken,
    ServerUnreachable,
    StoredDifferently,
    TurnedAway,
    UnexpectedReply,
    UnknownVariable,
)

Make = Callable[..., VerboiceClient]
SIP = "sip:bo.li/desk@example.com"


def test_projects_with_their_flows_schedules_and_variables(clinic, client: VerboiceClient):
    flow = clinic.sandbox.call_flow("Reminder")
    assert client.projects() == (
        Project(clinic.project.id, "Clinic", {flow.id: "Reminder"}, (), ("age", "favorite color")),
    )


def test_all_contacts_come_as_columns_and_progress_is_told(clinic, client: VerboiceClient):
    told: list[int] = []
    found = client.contacts(clinic.project.id, progress=told.append)
    assert list(found) == [
        Contact(1, ("85512345678", "85512000001"), {"age": "38"}),
        Contact(2, (SIP,), {"favorite color": "blue"}),
        Contact(3, ("+85512999999",), {}),
    ]
    assert told
    assert told[-1] > 100
    assert list(client.contacts(clinic.project.id, variables=["age"]).variables) == ["age"]


def test_a_contact_is_found_by_any_address_and_kept_with_nulls(clinic, client: VerboiceClient):
    assert client.contact_by_address(clinic.project.id, "85512000001") == Contact(
        1, ("85512345678", "85512000001"), {"age": "38"}
    )
    assert client.contact_by_address(clinic.project.id, SIP) == Contact(
        2, (SIP,), {"age": None, "favorite color": "blue"}
    )
    assert client.contact_by_address(clinic.project.id, "85512999999") is None


def test_an_update_sends_one_put_and_gives_the_contact_as_stored(clinic, client: VerboiceClient):
    stored = client.update_contact(clinic.project.id, SIP, {"age": "39", "favorite color": ""})
    assert stored == Contact(2, (SIP,), {"age": "39", "favorite color": ""})
    assert clinic.sandbox.contact(clinic.project, SIP) == {
        "id": 2,
        "addresses": [SIP],
        "vars": {"age": "39", "favorite color": ""},
    }
    assert clinic.sandbox.count("PUT") == 1


def test_an_update_too_long_for_one_request_is_split_and_stored_whole(clinic, client: VerboiceClient):
    values = {f"note {n}": "ខ្មែរ" * 30 for n in range(12)}
    for name in values:
        clinic.sandbox.add_variable(clinic.project, name)
    assert client.update_contact(clinic.project.id, "85512345678", values).vars == {"age": "38"} | values
    puts = [request.target for request in clinic.sandbox.requests if request.method == "PUT"]
    assert len(puts) > 1
    assert all(len(target) < 7_980 for target in puts)


def test_a_split_update_that_stops_half_way_may_be_half_written(clinic, client: VerboiceClient):
    values = {f"note {n}": "ខ្មែរ" * 30 for n in range(12)}
    for name in values:
        clinic.sandbox.add_variable(clinic.project, name)
    clinic.sandbox.faults.add(Fault("reply", method="PUT", skip=1, status=503, headers={"Retry-After": "0"}))
    with pytest.raises(ServerUnreachable) as fault:
        client.update_contact(clinic.project.id, "85512345678", values)
    assert fault.value.reached is Reached.MAYBE


def test_a_request_that_is_asked_to_wait_all_alone_is_given_up_and_stops_nobody(clinic, client: VerboiceClient):
    clinic.sandbox.faults.add(Fault("reply", method="PUT", path="85512345678", status=429))
    with pytest.raises(TurnedAway) as fault:
        client.update_contact(clinic.project.id, "85512345678", {"age": "39"})
    assert isinstance(fault.value, NotWanted)
    assert clinic.sandbox.count("PUT") == 4
    assert client.update_contact(clinic.project.id, "+85512999999", {"age": "39"}).vars["age"] == "39"


def test_while_everybody_is_asked_to_wait_nobody_is_given_up(clinic, client: VerboiceClient):
    addresses = ("85512345678", "+85512999999", SIP)
    clinic.sandbox.faults.add(Fault("reply", method="PUT", status=429, times=14))
    with ThreadPoolExecutor(len(addresses)) as pool:
        done = pool.map(lambda address: client.update_contact(clinic.project.id, address, {"age": "39"}), addresses)
    assert [contact.vars["age"] for contact in done] == ["39"] * len(addresses)


def test_an_unknown_variable_stops_and_is_named(clinic, client: VerboiceClient):
    with pytest.raises(UnknownVariable, match="'Age'") as fault:
        client.update_contact(clinic.project.id, "85512345678", {"age": "40", "Age": "41"})
    assert (fault.value.name, fault.value.exit_status) == ("Age", 2)
    assert clinic.sandbox.count("PUT") == 1


def test_updating_nobody_is_that_rows_fault(clinic, client: VerboiceClient):
    with pytest.raises(NoSuchContact):
        client.update_contact(clinic.project.id, "85599999999", {"age": "39"})


def test_a_value_the_database_rejects_is_that_rows_fault(clinic, client: VerboiceClient):
    with pytest.raises(NotStored):
        client.update_contact(clinic.project.id, "85512345678", {"age": "x" * 256})


@pytest.mark.parametrize(("asked", "kept"), [("x" * 256, "x" * 255), ("nice 😀 day", "nice ")])
def test_a_silently_cut_value_is_noticed(clinic, client: VerboiceClient, asked: str, kept: str):
    clinic.sandbox.configure(sql_mode="truncating")
    with pytest.raises(StoredDifferently) as fault:
        client.update_contact(clinic.project.id, "85512345678", {"age": asked})
    assert (fault.value.name, fault.value.asked, fault.value.stored) == ("age", asked, kept)


def test_behind_passenger_a_dotted_address_cannot_be_asked_for(clinic, client: VerboiceClient):
    clinic.sandbox.configure(path_decoding="early")
    with pytest.raises(CannotAddress):
        client.contact_by_address(clinic.project.id, SIP)
    with pytest.raises(CannotAddress):
        client.update_contact(clinic.project.id, SIP, {"age": "39"})


def test_a_dotted_address_never_reaches_the_contact_before_the_dot(clinic, client: VerboiceClient):
    clinic.sandbox.add_contact(clinic.project, ["1"], {})
    assert client.contact_by_address(clinic.project.id, "1.2") is None
    assert client.contact_by_address(clinic.project.id, "1;x") is None


def test_a_contact_is_found_by_another_spelling_that_the_database_takes_for_the_same(clinic, client: VerboiceClient):
    found = client.contact_by_address(clinic.project.id, "８５５12345678 ")
    assert found is not None
    assert found.id == 1


def test_all_contacts_get_one_value_at_once(clinic, client: VerboiceClient):
    found = client.update_all(clinic.project.id, {"age": "50"})
    assert found.variables["age"].to_pylist() == ["50", "50", "50"]
    assert list(found.variables) == ["age"]
    with pytest.raises(UnknownVariable):
        client.update_all(clinic.project.id, {"Age": "50"})
    assert client.tally.as_dict()["bulk_put"] == 2


def test_a_contact_is_created_once(clinic, client: VerboiceClient):
    made = client.create_contact(clinic.project.id, "new.one@example.org", {"favorite color": "red & [blue]; +1"})
    assert made.addresses == ("new.one@example.org",)
    assert made.vars == {"favorite color": "red & [blue]; +1"}
    with pytest.raises(AlreadyExists):
        client.create_contact(clinic.project.id, "new.one@example.org", {})
    with pytest.raises(AlreadyExists, match="another spelling"):
        client.create_contact(clinic.project.id, "NEW.one@example.org", {})


def test_creating_with_an_unknown_variable_creates_nobody(clinic, client: VerboiceClient):
    with pytest.raises(UnknownVariable):
        client.create_contact(clinic.project.id, "777", {"Age": "1"})
    assert client.contact_by_address(clinic.project.id, "777") is None


def test_creating_with_a_value_the_database_rejects_creates_nobody(clinic, client: VerboiceClient):
    with pytest.raises(NotStored):
        client.create_contact(clinic.project.id, "777", {"age": "x" * 256})
    assert client.contact_by_address(clinic.project.id, "777") is None


@pytest.mark.parametrize("guisso", [False, True])
def test_a_wrong_password_is_a_wrong_password(clinic, server, client_of: Make, guisso: bool):
    clinic.sandbox.configure(guisso=guisso)
    with client_of(server.url, password="wrong") as client:
        for ask in (client.projects, client.channels, lambda: client.contacts(clinic.project.id)):
            with pytest.raises(LoginRefused):
                ask()


def test_an_unconfirmed_account_is_told_so(sandbox, server, client_of: Make):
    sandbox.add_account("new@example.org", "secret", confirmed=False)
    with pytest.raises(LoginRefused, match="not confirmed"):
        client_of(server.url, "new@example.org").projects()


@pytest.mark.parametrize("guisso", [False, True])
def test_a_missing_or_foreign_project_is_not_a_wrong_password(clinic, client: VerboiceClient, guisso: bool):
    clinic.sandbox.configure(guisso=guisso)
    clinic.sandbox.add_guisso_login("ana@example.org", "secret")
    foreign = clinic.sandbox.add_project(clinic.sandbox.add_account("bo@example.org", "x"), "Other")
    for project_id in (99, foreign.id):
        with pytest.raises(NoSuchProjectOrNotShared, match=str(project_id)):
            client.contacts(project_id)
        with pytest.raises(NoSuchProjectOrNotShared):
            client.update_contact(project_id, "85512345678", {"age": "39"})
        with pytest.raises(NoSuchProjectOrNotShared):
            client.may_write(project_id)


def test_a_project_shared_for_reading_can_be_read_only(clinic, server, client_of: Make):
    bo = clinic.sandbox.add_account("bo@example.org", "secret")
    clinic.sandbox.share_project(clinic.project, bo, "read")
    client = client_of(server.url, "bo@example.org")
    assert client.projects() == ()
    assert len(client.contacts(clinic.project.id)) == 3
    assert client.schedules(clinic.project.id) is None
    assert client.call_flow(clinic.project.id, 1) is None
    assert client.may_write(clinic.project.id) is False
    for change in (
        lambda: client.update_contact(clinic.project.id, "85512345678", {"age": "39"}),
        lambda: client.update_all(clinic.project.id, {"age": "39"}),
        lambda: client.create_contact(clinic.project.id, "777", {}),
    ):
        with pytest.raises(ReadOnlyProject):
            change()


def test_asking_whether_one_may_write_changes_nothing(clinic, client: VerboiceClient):
    before = clinic.sandbox.contacts(clinic.project)
    assert client.may_write(clinic.project.id) is True
    assert clinic.sandbox.contacts(clinic.project) == before


def test_channels_own_and_shared_come_without_their_secrets(clinic, client: VerboiceClient):
    bo = clinic.sandbox.add_account("bo@example.org", "x")
    other = clinic.sandbox.add_channel(bo, "other", enabled=False, config={"password": "hidden"})
    clinic.sandbox.share_channel(other, clinic.account)
    own, shared = client.channels()
    flow = clinic.sandbox.call_flow("Reminder")
    assert own == Channel(clinic.channel.id, "chan", enabled=True, call_flow_id=flow.id, call_flow="Reminder")
    assert shared == Channel(other.id, "other", enabled=False, shared_by="bo@example.org")


@pytest.mark.parametrize(
    ("config", "lines"),
    [({"limit": 2}, 2), ({"limit": "12"}, 12), ({"limit": ""}, None), ({"limit": "0"}, None), ({"limit": "few"}, None)],
)
def test_a_channel_tells_its_lines_where_somebody_set_them(clinic, client: VerboiceClient, config, lines):
    clinic.sandbox.add_channel(clinic.account, "chan", config=config)
    assert client.channels()[-1].lines == lines


def test_old_servers_tell_channel_names_only(wire, client_of: Make):
    wire.answers(404, b" ").answers(200, b'["chan"]')
    assert client_of(wire.url).channels() == (Channel(None, "chan"),)
    assert [line.split()[1] for line in wire.lines] == ["/api/channels/all.json", "/api/channels.json"]


def test_schedules_and_call_flows_by_name(clinic, client: VerboiceClient):
    clinic.sandbox.add_schedule(clinic.project, "Office hours")
    flow = clinic.sandbox.call_flow("Reminder")
    assert client.schedules(clinic.project.id) == {"Office hours": 0}
    assert client.call_flow(clinic.project.id, flow.id) == "Reminder"
    assert client.call_flow(clinic.project.id, 99) is None


def test_after_the_first_login_requests_go_by_cookie(clinic, client: VerboiceClient):
    for _ in range(3):
        client.projects()
    assert [request.login for request in clinic.sandbox.requests] == ["basic", "cookie", "cookie"]


def test_a_changed_password_ends_in_a_refused_login(clinic, client: VerboiceClient):
    client.projects()
    clinic.sandbox.change_password(clinic.account, "another")
    with pytest.raises(LoginRefused):
        client.projects()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_reading_is_repeated_until_it_works(clinic, client: VerboiceClient, status: int):
    clinic.sandbox.faults.add(Fault("reply", status=status, times=2))
    assert len(client.projects()) == 1
    assert client.tally.as_dict() == {"get": 3, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 2}


@pytest.mark.parametrize("action", ["drop_before", "drop_after", "cut"])
def test_reading_survives_broken_connections(clinic, client: VerboiceClient, action: str):
    clinic.sandbox.faults.add(Fault(action, times=1))
    assert len(client.contacts(clinic.project.id)) == 3


def test_reading_gives_up_after_four_attempts(clinic, client: VerboiceClient):
    clinic.sandbox.faults.add(Fault("drop_before"))
    with pytest.raises(ServerUnreachable):
        client.projects()
    with pytest.raises(NoAnswer):
        client.contact_by_address(clinic.project.id, "85512345678")
    assert len(clinic.sandbox.requests) == 8


def test_an_internal_error_is_met_with_one_more_attempt(clinic, client: VerboiceClient):
    clinic.sandbox.faults.add(Fault("reply", status=500, times=3))
    with pytest.raises(ServerBroken):
        client.projects()
    assert len(client.projects()) == 1


def test_an_update_is_never_repeated_once_it_may_have_arrived(clinic, client: VerboiceClient):
    clinic.sandbox.faults.add(Fault("drop_after", method="PUT", times=1))
    with pytest.raises(NoAnswer) as fault:
        client.update_contact(clinic.project.id, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.MAYBE
    assert clinic.sandbox.count("PUT") == 1
    assert clinic.sandbox.contact(clinic.project, "85512345678")["vars"]["age"] == "39"


def test_an_update_that_was_asked_to_wait_is_sent_again(clinic, client: VerboiceClient):
    clinic.sandbox.faults.add(Fault("reply", status=503, headers={"Retry-After": "0"}, times=2))
    assert client.update_contact(clinic.project.id, "85512345678", {"age": "39"}).vars["age"] == "39"
    assert client.tally.as_dict()["put"] == 3


@pytest.mark.parametrize("action", ["html", "truncate"])
def test_anything_but_json_is_an_unexpected_reply(clinic, client: VerboiceClient, action: str):
    clinic.sandbox.faults.add(Fault(action))
    for ask in (client.projects, client.channels, lambda: client.contacts(clinic.project.id)):
        with pytest.raises(UnexpectedReply) as fault:
            ask()
        assert fault.value.exit_status == 1


def test_a_server_that_is_not_verboice_is_told_so(wire, client_of: Make):
    wire.answers(404, b"<html>nginx</html>", "text/html")
    with pytest.raises(UnexpectedReply, match="may not be Verboice"):
        client_of(wire.url).projects()


def test_a_list_that_the_front_end_does_not_wait_for_is_not_asked_for_more_than_twice(wire, client_of: Make):
    wire.answers(504, b"<html>", "text/html")
    with pytest.raises(ServerUnreachable, match="by_address"):
        client_of(wire.url).contacts(1)
    assert len(wire.requests) == 2


def test_a_list_that_breaks_off_is_taken_from_the_start_again(wire, client_of: Make):
    whole = b'[{"id":1,"addresses":["1"],"vars":{}},{"id":2,"addresses":["2"],"vars":{}}]'
    wire.answers_bytes(
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{"id\r\nx\r\n'
    )
    wire.answers(200, whole)
    assert client_of(wire.url).contacts(1).ids.to_pylist() == [1, 2]


def test_a_compressed_list_is_unpacked(wire, client_of: Make):
    packed = gzip.compress(b'[{"id":1,"addresses":["1"],"vars":{}}]')
    wire.answers(200, packed, Content_Encoding="gzip")
    assert client_of(wire.url).contacts(1).ids.to_pylist() == [1]
    assert wire.header(0, "Accept-Encoding") == "gzip"


def test_many_threads_share_one_client(clinic, client: VerboiceClient):
    addresses = [f"8551000{n:04}" for n in range(120)]
    clinic.sandbox.add_contacts(clinic.project, [([address], {}) for address in addresses])
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda a: client.update_contact(clinic.project.id, a, {"age": a}), addresses))
    assert [contact.vars["age"] for contact in stored] == addresses
    assert client.tally.as_dict()["put"] == 120
