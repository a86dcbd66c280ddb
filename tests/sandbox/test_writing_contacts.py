"""PUT by_address, PUT all and POST contacts (API sheet 5, 6 and 7)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

LONG = "x" * 256


# The query, and what the contact's variables are afterwards (from age=38) under a 200.
VALUES = {
    "5.1 a value": ("vars[age]=39", {"age": "39"}),
    "5.1 anything else is ignored": ("vars[age]=39&other=1", {"age": "39"}),
    "5.6 a list of names stores null": ("vars[]=age", {"age": None}),
    "5.7 empty": ("vars[age]=", {"age": ""}),
    "5.7 null": ("vars[age]", {"age": None}),
    "5.9 verbatim": ("vars[age]=%20a%0Ab%00%3Cc%3E%20", {"age": " a\nb\0<c> "}),
    "5.9 semicolon cuts": ("vars[age]=a;b", {"age": "a"}),
    "5.10 last wins": ("vars[age]=1&vars[age]=2", {"age": "2"}),
    "5.11 list as YAML": ("vars[age][]=1", {"age": "---\n- '1'\n"}),
    "5.12 bracketed name overwrites another": (
        "vars[age[b]]=v",
        {"age": "--- !ruby/hash:ActiveSupport::HashWithIndifferentAccess\nb: v\n"},
    ),
    "5.13 a name with a space": ("vars[favorite%20color]=blue", {"age": "38", "favorite color": "blue"}),
    "5.13 a plus for the space": ("vars%5Bfavorite+color%5D=blue", {"age": "38", "favorite color": "blue"}),
    "5.15 255 characters fit": ("vars[age]=" + "%C3%B1" * 255, {"age": "ñ" * 255}),
    "5.22 the path wins": ("vars[age]=1&project_id=99&address=nobody", {"age": "1"}),
}


@pytest.mark.parametrize(("query", "expected"), VALUES.values(), ids=VALUES.keys())
def test_values_are_stored(world, query, expected):
    answer = world.put_age(query)
    assert (answer.status, answer.type) == (200, "application/json; charset=utf-8")
    assert answer.json() == {"id": 1, "addresses": ["85512345001"], "vars": expected}
    assert world.vars_of() == expected


UNKNOWN = {
    "5.2 case counts": ("vars[Age]=1", "Age"),
    "5.2 accents count": ("vars[ag%C3%A9]=1", "agé"),
    "5.2 trailing blanks count": ("vars[age%20]=1", "age "),
    "5.6 a list of unknown names": ("vars[]=abc", "abc"),
    "5.12 a bracketed unknown name": ("vars[a[b]]=v", "a"),
    "a hash in a list": ("vars[][a]=1", '{"a"=>"1"}'),
}


@pytest.mark.parametrize(("query", "name"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_5_3_an_unknown_name_is_a_500_in_plain_text(world, query, name):
    answer = world.put_age(query)
    assert (answer.status, answer.text) == (500, f"No such variable: {name}")
    assert answer.type == "application/json; charset=utf-8"
    without_extension = world.put(f"{world.project}/contacts/by_address/85512345001?{query}")
    assert without_extension.type == "text/html; charset=utf-8"


def test_5_4_what_precedes_the_unknown_name_stays_written(world):
    assert world.put_age("vars[age]=40&vars[nope]=1&vars[village]=x").shape == "D"
    assert world.vars_of() == {"age": "40"}


ROLLED_BACK = {
    "5.5 too long": f"vars[village]=x&vars[age]={LONG}",
    "5.6 missing": "",
    "5.6 empty": "vars=",
    "5.6 text": "vars=abc",
    "5.14 clash": "vars=1&vars[age]=2",
    "5.16 emoji": "vars[village]=x&vars[age]=%F0%9F%98%80",
    "5.16 not UTF-8": "vars[village]=x&vars[age]=%F1",
}


@pytest.mark.parametrize("query", ROLLED_BACK.values(), ids=ROLLED_BACK.keys())
def test_an_exception_rolls_everything_back(world, query):
    answer = world.put_age(query)
    assert (answer.status, answer.shape) == (500, "C")
    assert world.vars_of() == {"age": "38"}


TRUNCATED = {
    "5.15": (f"vars[age]={LONG}", "x" * 255),
    "5.16 emoji": ("vars[age]=ab%F0%9F%98%80cd", "ab"),
    "5.16 not UTF-8": ("vars[age]=ab%F1cd", "ab"),
}


@pytest.mark.parametrize(("query", "stored"), TRUNCATED.values(), ids=TRUNCATED.keys())
def test_without_strict_mode_values_are_cut_silently(world, query, stored):
    world.sandbox.configure(sql_mode="truncating")
    assert world.put_age(query).json()["vars"] == {"age": stored}


def test_5_18_of_duplicate_rows_the_newest_is_changed(world):
    world.sandbox.add_duplicate_value(world.clinic, 1, "age", "50")
    assert world.put_age("vars[age]=51").json()["vars"] == {"age": "51"}
    rows = world.sandbox.state.database.rows("select value from persisted_variables where contact_id = 1 order by id")
    assert rows == [("38",), ("51",)]


def test_5_18_two_first_puts_at_once_leave_two_rows(world):
    world.sandbox.configure(workers=2, request_seconds=0.2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda value: world.put_age(f"vars[village]={value}"), "ab"))
    sql = "select count(*) from persisted_variables where contact_id = 1"
    assert world.sandbox.state.database.value(sql) == 3
    assert world.sandbox.log.most_in_flight_per_address == 2


IGNORED_BODIES = {
    "no length": (None, {}),
    "length 0": (b"", {}),
    "text": (b"vars[age]=9", {"Content_Type": "text/plain"}),
    "bytes": (b"\0\1", {"Content_Type": "application/octet-stream"}),
    "no type": (b"vars[village]=9", {}),
    "well-formed xml": (b"<a>1</a>", {"Content_Type": "application/xml"}),
}


@pytest.mark.parametrize(("body", "headers"), IGNORED_BODIES.values(), ids=IGNORED_BODIES.keys())
def test_5_19_other_bodies_are_ignored(world, body, headers):
    assert world.put_age("vars[age]=39", body=body, **headers).json()["vars"] == {"age": "39"}


JSON_VALUES = {
    "number": (39, "39"),
    "fraction": (1.5, "1.5"),
    "true": (True, "1"),
    "null": (None, None),
    "text": ("x", "x"),
}


@pytest.mark.parametrize(("value", "stored"), JSON_VALUES.values(), ids=JSON_VALUES.keys())
def test_5_20_a_json_body_is_read(world, value, stored):
    body = json.dumps({"vars": {"age": value}})
    assert world.put_age("", body=body, Content_Type="application/json").json()["vars"] == {"age": stored}


def test_5_20_json_is_the_way_to_a_bracketed_name(world):
    world.sandbox.add_variable(world.clinic, "a[b]")
    answer = world.put_age("", body='{"vars":{"a[b]":"1"}}', Content_Type="application/json")
    assert answer.json()["vars"] == {"age": "38", "a[b]": "1"}


def test_5_19_form_bodies_count_and_the_query_replaces_them(world):
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert world.put_age("", body="vars[age]=40", **form).json()["vars"] == {"age": "40"}
    both = world.put_age("vars[age]=41", body="vars[age]=1&vars[village]=x", **form)
    assert both.json()["vars"] == {"age": "41"}
    assert world.put_age("vars[age]=1", body="{", Content_Type="application/json").shape == "C"


def test_5_21_a_post_may_stand_for_a_put(world):
    path = f"{world.project}/contacts/by_address/85512345001.json?vars[age]=7"
    assert world.post(path, X_HTTP_Method_Override="PUT").status == 200
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert world.post(path, "_method=put", **form).status == 200
    assert world.post(path + "&_method=put").shape == "C"


def test_5_21_a_post_that_is_no_form_after_all_is_a_low_level_error(world):
    answer = world.post(f"{world.project}/contacts/by_address/85512345001.json", "100% sure")
    assert (answer.status, answer.shape) == (500, "lowlevel")


def test_6_1_all_contacts_get_the_value(world):
    world.sandbox.add_contact(world.clinic, ["3"])
    answer = world.put(f"{world.project}/contacts/all.json?vars[age]=39&vars[village]=x")
    assert [contact["vars"] for contact in answer.json()] == [{"age": "39", "village": "x"}] * 3
    assert answer.json() == world.get(f"{world.project}/contacts.json").json()


def test_6_1_an_unknown_name_keeps_the_earlier_variables_for_everybody(world):
    answer = world.put(f"{world.project}/contacts/all.json?vars[age]=40&vars[nope]=1")
    assert (answer.status, answer.text) == (500, "No such variable: nope")
    assert [contact["vars"] for contact in world.sandbox.contacts(world.clinic)] == [{"age": "40"}] * 2


@pytest.mark.parametrize("query", ["", "vars=abc", f"vars[village]=x&vars[age]={LONG}", "vars[age][]=1&vars[age][]=2"])
def test_6_1_and_6_7_an_exception_rolls_back_for_everybody(world, query):
    assert world.put(f"{world.project}/contacts/all.json?{query}").shape == "C"
    assert [contact["vars"] for contact in world.sandbox.contacts(world.clinic)] == [{"age": "38"}] * 2


def test_6_4_a_contact_created_meanwhile_gets_the_value_only_if_it_had_a_row(world):
    world.sandbox.configure(workers=2, contact_seconds=0.2)
    path = f"{world.project}/contacts/all.json?vars[age]=39"
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(world.put, path)
        world.until_begun()
        world.sandbox.add_contact(world.clinic, ["with a row"], {"age": "1"})
        world.sandbox.add_contact(world.clinic, ["without a row"])
        listed = {contact["addresses"][0]: contact["vars"] for contact in pending.result().json()}
    assert listed["with a row"] == {"age": "39"}
    assert listed["without a row"] == {}


def test_6_5_a_contact_deleted_meanwhile_undoes_it_all(world):
    world.sandbox.configure(workers=2, contact_seconds=0.2)
    path = f"{world.project}/contacts/all.json?vars[age]=1&vars[village]=x"
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(world.put, path)
        world.until_begun()
        world.sandbox.remove_contact(2)
        assert pending.result().shape == "C"
    assert world.vars_of() == {"age": "38"}


def test_6_6_duplicate_rows_are_all_set_and_6_7_quirks(world):
    world.sandbox.add_duplicate_value(world.clinic, 1, "age", "50")
    assert world.put(f"{world.project}/contacts/all.json?vars[age][]=1").status == 200
    assert set(world.sandbox.state.database.rows("select value from persisted_variables")) == {("1",)}
    nested = world.put(f"{world.project}/contacts/all.json?vars[age][x]=1")
    assert nested.json()[0]["vars"]["age"].startswith("---")


CREATED = {
    "7.1 address": ("address=1", ["1"], {}),
    "7.1 address wins": ("address=1&addresses[]=2", ["1"], {}),
    "7.1 several": ("addresses[]=1&addresses[]=2", ["1", "2"], {}),
    "7.1 with variables": ("address=1&vars[age]=5&vars[village]=", ["1"], {"age": "5", "village": ""}),
    "7.5 nested": ("address[]=1", ["---\n- '1'\n"], {}),
}


@pytest.mark.parametrize(("query", "addresses", "variables"), CREATED.values(), ids=CREATED.keys())
def test_contacts_are_created(world, query, addresses, variables):
    answer = world.post(f"{world.project}/contacts.json?{query}")
    assert (answer.status, "location" in answer.headers) == (200, False)
    assert answer.json() == {"id": 3, "addresses": addresses, "vars": variables}


NOT_CREATED = {
    # parameters; status, body, and the id of the contact created next: what fails half way has used one up
    "7.2 none": ("", 400, '{"base":["You must provide at least one phone number"]}', 3),
    "7.2 blank": ("address=%20", 400, '{"base":["You must provide at least one phone number"]}', 3),
    "7.3 duplicate": ("address=85512345001", 400, '{"addresses.address":["has already been taken"]}', 3),
    "7.3 duplicate by collation": ("address=85512345001%20", 500, "C", 4),
    "7.3 twice in one request": ("addresses[]=1&addresses[]=1", 500, "C", 4),
    "7.4 unknown variable": ("address=1&vars[nope]=1", 500, "No such variable: nope", 3),
    "7.4 vars is no hash": ("address=1&vars=abc", 500, "C", 3),
    "7.6 too long": (f"address={LONG}", 500, "C", 4),
    "7.6 emoji": ("address=%F0%9F%98%80", 500, "C", 4),
}


@pytest.mark.parametrize(("query", "status", "body", "next_id"), NOT_CREATED.values(), ids=NOT_CREATED.keys())
def test_nothing_is_created(world, query, status, body, next_id):
    answer = world.post(f"{world.project}/contacts.json?{query}")
    assert (answer.status, answer.shape if body == "C" else answer.text) == (status, body)
    assert len(world.sandbox.contacts(world.clinic)) == 2
    assert world.post(f"{world.project}/contacts.json?address=9").json()["id"] == next_id


def test_7_6_without_strict_mode_an_address_is_cut(world):
    world.sandbox.configure(sql_mode="truncating")
    assert world.post(f"{world.project}/contacts.json?address={LONG}").json()["addresses"] == ["x" * 255]


def test_7_1_parameters_may_be_in_a_body(world):
    form = world.post(f"{world.project}/contacts.json", "address=11", Content_Type="application/x-www-form-urlencoded")
    typed = world.post(f"{world.project}/contacts.json", '{"address":"12"}', Content_Type="application/json")
    assert (form.json()["addresses"], typed.json()["addresses"]) == (["11"], ["12"])
