"""Authentication and permissions (API sheet 1)."""

from __future__ import annotations

import base64

import pytest

WRONG = "Invalid email or password."
NOT_SIGNED_IN = "You need to sign in or sign up before continuing."
UNCONFIRMED = "You have to confirm your account before continuing."


def encoded(text: str, charset: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(text.encode(charset)).decode()


REFUSALS = {
    "1.5 wrong password": (encoded("ana@example.org:nope"), WRONG),
    "1.5 unknown e-mail": (encoded("nobody@example.org:secret"), WRONG),
    "1.5 empty password": (encoded("ana@example.org:"), WRONG),
    "1.5 no colon": (encoded("ana@example.org"), WRONG),
    "1.5 the password X": (encoded("x@example.org:X"), WRONG),
    "1.6 no header": (None, NOT_SIGNED_IN),
    "1.6 empty user": (encoded(":secret"), NOT_SIGNED_IN),
    "1.6 undecodable": ("Basic !!!!", NOT_SIGNED_IN),
    "1.6 bearer": ("Bearer abc", NOT_SIGNED_IN),
    "1.6 lower case scheme": ("basic " + encoded("ana@example.org:secret")[6:], NOT_SIGNED_IN),
    "1.7 unconfirmed": (encoded("new@example.org:secret"), UNCONFIRMED),
    "1.11 latin-1 password": (encoded("nina@example.org:contraseña", "latin-1"), WRONG),
}


@pytest.mark.parametrize(("header", "message"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refused_login_is_a_401_with_devises_message(world, header, message):
    world.sandbox.add_account("new@example.org", "secret", confirmed=False)
    world.sandbox.add_account("x@example.org", "X")
    world.sandbox.add_account("nina@example.org", "contraseña")
    answer = world.get("/api/projects.json", auth=header)
    assert (answer.status, answer.shape, answer.json()) == (401, "A", {"error": message})
    assert answer.headers["www-authenticate"] == 'Basic realm="Application"'


ACCEPTED = {
    "1.10 upper case e-mail": encoded("ANA@example.org:secret"),
    "1.10 trailing space": encoded("ana@example.org :secret"),
    "1.11 only the first colon counts": encoded("colon@example.org:a:b"),
    "1.11 UTF-8 password": encoded("nina@example.org:contraseña"),
}


@pytest.mark.parametrize("header", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_an_accepted_login_sets_the_session_cookie(world, header):
    world.sandbox.add_account("colon@example.org", "a:b")
    world.sandbox.add_account("nina@example.org", "contraseña")
    answer = world.get("/api/projects.json", auth=header)
    assert answer.status == 200
    assert answer.headers["set-cookie"].startswith("_verboice_session=")
    assert answer.headers["set-cookie"].endswith("; path=/; HttpOnly")


NAVIGATIONAL = {
    "no extension, any type": ("/api/projects", {"Accept": "*/*"}, 302),
    "no extension, no Accept": ("/api/call", {}, 302),
    "no extension, a browser": ("/api/call", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, 302),
    "html": ("/api/projects.html", {}, 302),
    "json extension": ("/api/call.json", {"Accept": "*/*"}, 401),
    "Accept json": ("/api/call", {"Accept": "application/json"}, 401),
}


@pytest.mark.parametrize(("path", "headers", "status"), NAVIGATIONAL.values(), ids=NAVIGATIONAL.keys())
def test_1_8_a_failed_login_redirects_what_looks_like_a_browser(world, path, headers, status):
    answer = world.get(path, auth=None, **headers)
    assert answer.status == status
    if status == 302:
        assert answer.headers["location"] == world.server.url + "/accounts/sign_in"
        assert answer.type.startswith("text/html")
        followed = world.get("/accounts/sign_in", auth=None)
        assert (followed.status, followed.type) == (200, "text/html; charset=utf-8")


def test_1_9_an_xhr_gets_no_www_authenticate(world):
    answer = world.get("/api/projects.json", auth=None, X_Requested_With="XMLHttpRequest")
    assert answer.status == 401
    assert "www-authenticate" not in answer.headers


def cookie_of(answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def test_1_12_the_cookie_beats_the_authorization_header(world):
    cookie = cookie_of(world.get("/api/projects.json"))
    with_wrong_password = world.get("/api/projects.json", auth=encoded("ana@example.org:nope"), Cookie=cookie)
    as_bob = world.get("/api/projects.json", auth=encoded("bob@example.org:other"), Cookie=cookie)
    assert with_wrong_password.status == 200
    assert [project["name"] for project in as_bob.json()] == ["Clinic"]
    assert "set-cookie" not in as_bob.headers
    assert [record.login for record in world.sandbox.requests] == ["basic", "cookie", "cookie"]


def test_1_13_a_changed_password_ends_the_session(world):
    cookie = cookie_of(world.get("/api/projects.json"))
    world.sandbox.change_password(world.ana, "changed")
    assert world.get("/api/projects.json", auth=None, Cookie=cookie).status == 401
    assert world.get("/api/projects.json", auth=encoded("ana@example.org:changed"), Cookie=cookie).status == 200


def test_a_forged_cookie_is_no_session(world):
    cookie = cookie_of(world.get("/api/projects.json"))
    assert world.get("/api/projects.json", auth=None, Cookie=cookie[:-1] + "z").status == 401
    assert world.get("/api/projects.json", auth=None, Cookie="_verboice_session=rubbish").status == 401


GUISSO = {
    "1.17 local password still works": (encoded("ana@example.org:secret"), "up", 200),
    "1.18 refused": (encoded("ana@example.org:nope"), "up", 401),
    "1.18 no credentials": (None, "up", 401),
    "1.20 error status": (encoded("gina@example.org:sso"), "error", 401),
    "1.20 unreachable": (encoded("gina@example.org:sso"), "down", 500),
    "1.21 second password": (encoded("gina@example.org:extra"), "up", 200),
}


@pytest.mark.parametrize(("header", "health", "status"), GUISSO.values(), ids=GUISSO.keys())
def test_guisso_on(world, header, health, status):
    world.sandbox.configure(guisso=True, guisso_health=health)
    world.sandbox.add_guisso_login("gina@example.org", "sso")
    world.sandbox.add_guisso_login("gina@example.org", "extra")
    for path in ("/api/projects.json", "/api/projects"):
        answer = world.get(path, auth=header)
        assert answer.status == status
        assert "set-cookie" not in answer.headers
        if status == 401:
            assert (answer.shape, answer.type) == ("B", "text/html; charset=utf-8")
            assert "www-authenticate" not in answer.headers
        elif status == 500:
            assert answer.shape == "C"


def test_1_19_guisso_creates_an_empty_account(world):
    world.sandbox.configure(guisso=True)
    world.sandbox.add_guisso_login("gina@example.org", "sso")
    assert world.get("/api/projects.json", auth=encoded("gina@example.org:sso")).json() == []
    assert world.sandbox.requests[-1].account == "gina@example.org"


ROLES = {
    # role, and the answers to: list, by_address, put, put all, create, project, variables
    "owner": (None, [200, 200, 200, 200, 200, 200, 200]),
    "1.22 admin": ("admin", [200, 200, 200, 200, 200, 404, 404]),
    "1.22 read": ("read", [200, 200, 401, 401, 401, 404, 404]),
    "1.22 foreign": ("", [401, 401, 401, 401, 401, 404, 404]),
}


@pytest.mark.parametrize(("role", "statuses"), ROLES.values(), ids=ROLES.keys())
def test_who_may_do_what(world, role, statuses):
    header = encoded("ana@example.org:secret") if role is None else encoded("bob@example.org:other")
    if role:
        world.sandbox.share_project(world.clinic, world.bob, role)
    asked = [
        ("GET", "/contacts.json"),
        ("GET", "/contacts/by_address/85512345001.json"),
        ("PUT", "/contacts/by_address/85512345001.json?vars[age]=1"),
        ("PUT", "/contacts/all.json?vars[age]=1"),
        ("POST", "/contacts.json?address=1"),
        ("GET", ".json"),
        ("GET", "/project_variables.json"),
    ]
    answers = [world.ask(method, world.project + path, b"", auth=header) for method, path in asked]
    assert [answer.status for answer in answers] == statuses
    for answer in answers:
        if answer.status == 401:
            assert (answer.shape, answer.type) == ("B", "text/html; charset=utf-8")
            assert "www-authenticate" not in answer.headers
            assert "set-cookie" in answer.headers  # 1.25: the login itself worked
        elif answer.status == 404:
            assert answer.shape == "C"


def test_1_22_a_missing_project_is_a_401_too(world):
    answer = world.get("/api/projects/999/contacts.json")
    assert (answer.status, answer.shape) == (401, "B")


def test_1_24_routing_comes_before_the_login_and_the_contact_before_the_variables(world):
    assert world.get("/api/nothing.json", auth=None).shape == "C"
    assert world.put(f"{world.project}/contacts/by_address/404.json").status == 404


PROJECT_IDS = {"1abc": 200, "00001": 200, "1%20": 200, "abc": 401, "0": 401, "-1": 401}


@pytest.mark.parametrize(("text", "status"), PROJECT_IDS.items())
def test_1_26_project_ids_are_cast_to_integers(world, text, status):
    assert world.get(f"/api/projects/{text}/contacts.json").status == status
