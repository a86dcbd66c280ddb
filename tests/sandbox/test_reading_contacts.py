"""contacts.json and by_address (API sheet 3 and 4)."""

from __future__ import annotations

import pytest


def test_3_1_shape_and_no_paging(world):
    answer = world.get(f"{world.project}/contacts.json?page=2&limit=1")
    assert [list(contact) for contact in answer.json()] == [["id", "addresses", "vars"]] * 2
    empty = world.sandbox.add_project(world.ana, "Empty")
    assert world.get(f"/api/projects/{empty.id}/contacts.json").body == b"[]"


def test_3_2_and_3_3_values_are_text_null_or_absent(world):
    world.sandbox.add_contact(world.clinic, ["1"], {"age": None, "village": ""})
    world.sandbox.add_contact(world.clinic, ["2"])
    listed = {
        contact["addresses"][0]: contact["vars"] for contact in world.get(f"{world.project}/contacts.json").json()
    }
    assert listed == {
        "85512345001": {"age": "38"},
        "85512345002": {"age": "38"},
        "1": {"age": None, "village": ""},
        "2": {},
    }


def test_3_5_and_3_6_order_and_several_addresses(world):
    many = world.sandbox.add_contact(world.clinic, ["9", "1", "5"])
    none = world.sandbox.add_contact(world.clinic, ["7"])
    world.sandbox.remove_addresses(none)
    listed = world.get(f"{world.project}/contacts.json").json()
    assert [contact["id"] for contact in listed] == sorted(contact["id"] for contact in listed)
    assert {contact["id"]: contact["addresses"] for contact in listed}.items() >= {
        many: ["9", "1", "5"],
        none: [],
    }.items()


def test_3_7_anonymous_contacts_look_like_any_other(world):
    world.sandbox.add_contact(world.clinic, ["Anonymous7"], anonymous=True)
    assert list(world.get(f"{world.project}/contacts.json").json()[-1]) == ["id", "addresses", "vars"]


def test_3_9_text_is_kept_and_non_ascii_escaped(world):
    world.sandbox.add_contact(world.clinic, ["+54 11 4"], {"village": "Ñañá <&>"})
    answer = world.get(f"{world.project}/contacts.json")
    assert rb"\u00d1a\u00f1\u00e1 <&>" in answer.body
    assert answer.json()[-1] == {"id": 3, "addresses": ["+54 11 4"], "vars": {"village": "Ñañá <&>"}}


def test_3_10_of_duplicate_rows_the_newest_shows(world):
    world.sandbox.add_duplicate_value(world.clinic, world.contacts["85512345001"], "age", "99")
    assert world.get(f"{world.project}/contacts.json").json()[0]["vars"] == {"age": "99"}


# What is asked for, undecoded; the address of the contact found, or the shape of the refusal: raw, and behind Apache.
ROUTES = {
    "1.2.json": ("C", "C"),
    "1.2": ("1", "1"),
    "1%2E2.json": ("1.2", "C"),
    "1%2E2": ("1.2", "1"),
    "sip:user@example.com.json": ("C", "C"),
    "sip:user@example.com": ("sip:user@example", "sip:user@example"),
    "sip:user@example%2Ecom.json": ("sip:user@example.com", "C"),
    "sip%3Auser%40example%2Ecom.json": ("sip:user@example.com", "C"),
    "+54911.json": ("+54911", "+54911"),
    "%2B54911.json": ("+54911", "+54911"),
    "54911.json": ("B", "B"),
    "a%20b.json": ("a b", "a b"),
    "a+b.json": ("a+b", "a+b"),
    "a%2Bb.json": ("a+b", "a+b"),
    "a/b.json": ("C", "C"),
    "a%2Fb.json": ("a/b", "C"),
    "1;x.json": ("1", "B"),
    "100%25.json": ("100%", "100%"),
    "a%3Fb.json": ("a?b", "a?b"),
    "a%23b.json": ("a#b", "a#b"),
    "%2E.json": ("B", "C"),
    "%2E%2E.json": ("B", "C"),
    ".json": ("C", "C"),
    "+54911.json/": ("+54911", "+54911"),
    "/+54911.json": ("+54911", "+54911"),
    "1%252E2.json": ("B", "B"),
    "%F1.json": ("B", "B"),
    "ALICÉ.json": ("alice", "alice"),
    "ALIC%C3%89.json": ("alice", "alice"),
}
STORED = (
    "1", "1.2", "sip:user@example", "sip:user@example.com", "+54911",
    "a b", "a+b", "a/b", "100%", "a?b", "a#b", "alice",
)  # fmt: skip


@pytest.mark.parametrize("decoding", ["raw", "early"])
@pytest.mark.parametrize(("segment", "expected"), ROUTES.items())
def test_4_5_which_contact_a_path_means(world, decoding, segment, expected):
    world.sandbox.configure(path_decoding=decoding)
    world.sandbox.add_contacts(world.clinic, [([address], {}) for address in STORED])
    path = f"{world.project}/contacts/by_address/{segment}"
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5hQGV4YW1wbGUub3JnOnNlY3JldA==\r\n"
    answer = world.answer_to(f"{head}Accept: application/json\r\n\r\n".encode())
    wanted = expected[decoding == "early"]
    if wanted in ("B", "C"):
        assert (answer.status, answer.shape) == (404, wanted)
        assert answer.type.startswith("application/json" if wanted == "B" else "text/html")
    else:
        assert (answer.status, answer.json()["addresses"]) == (200, [wanted])


@pytest.mark.parametrize("segment", ["a b.json", "%.json", "%2", "1%zz.json", 'a"b.json', "a<b.json"])
def test_4_5_what_pumas_parser_refuses_is_a_bare_400(world, segment):
    request = f"GET {world.project}/contacts/by_address/{segment} HTTP/1.1\r\nHost: x\r\n\r\n"
    assert world.raw(request.encode()) == b"HTTP/1.1 400 Bad Request\r\n\r\n"


def test_4_5_a_null_byte_is_a_low_level_error(world):
    answer = world.get(f"{world.project}/contacts/by_address/1%002.json")
    assert (answer.status, answer.shape, answer.type) == (500, "lowlevel", "")


def test_4_8_another_spelling_finds_the_contact_and_shows_the_stored_one(world):
    world.sandbox.add_contact(world.clinic, ["Alicé"])
    assert world.get(f"{world.project}/contacts/by_address/alice%20.json").json()["addresses"] == ["Alicé"]


def test_4_10_a_path_over_2048_bytes_is_a_bare_400(world):
    path = f"{world.project}/contacts/by_address/{'9' * 2048}.json"
    assert world.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) == b"HTTP/1.1 400 Bad Request\r\n\r\n"


@pytest.mark.parametrize("extension", [".json", ".xml", ".html", ".csv", ".foo", ""])
def test_4_11_always_the_same_json(world, extension):
    answer = world.get(f"{world.project}/contacts/by_address/85512345001{extension}", Accept="text/html")
    assert (answer.type, answer.json()["addresses"]) == ("application/json; charset=utf-8", ["85512345001"])


NO_SUCH_ACTION = [
    ("GET", "/contacts/1.json"),
    ("PUT", "/contacts/1.json?vars[age]=1"),
    ("DELETE", "/contacts/1.json"),
    ("GET", "/contacts/new.json"),
    ("GET", "/contacts/all.json"),
    ("GET", "/contacts/by_address.json"),
    ("POST", "/contacts/by_address/85512345001.json?vars[age]=1"),
    ("PATCH", "/contacts/by_address/85512345001.json?vars[age]=1"),
    ("DELETE", "/contacts/by_address/85512345001.json"),
    ("OPTIONS", "/contacts.json"),
]


@pytest.mark.parametrize(("method", "path"), NO_SUCH_ACTION)
def test_4_12_and_5_21_there_is_no_such_action(world, method, path):
    answer = world.ask(method, world.project + path)
    assert (answer.status, answer.shape) == (404, "C")
    assert world.vars_of() == {"age": "38"}
