"""Logging in: once for all, and again when a session has run out."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Callable

import pytest

from connectors.sandbox import Sandbox, SandboxServer, SandboxSettings
from connectors.verboice.client import VerboiceClient
from connectors.verboice.errors import InsecureUrl, NoAnswer, Reached, ServerUnreachable, UnexpectedReply
from connectors.verboice.session import Request, Server, Session

Make = Callable[..., VerboiceClient]


def test_dots_slashes_and_semicolons_stay_encoded_on_the_wire(wire, client_of: Make):
    wire.answers(404, b" ")
    client_of(wire.url).contact_by_address(12, "sip:a.b/c;d@example.com")
    assert wire.lines == [
        "GET /api/projects/12/contacts/by_address/sip%3Aa%2Eb%2Fc%3Bd%40example%2Ecom.json HTTP/1.1",
    ]


def test_a_put_has_an_empty_body_with_its_length_and_asks_for_json(wire, client_of: Make):
    wire.answers_contact(age="39")
    client_of(wire.url).update_contact(12, "85512345678", {"age": "39"})
    assert wire.lines == [
        "PUT /api/projects/12/contacts/by_address/85512345678.json?vars%5Bage%5D=39 HTTP/1.1",
    ]
    assert wire.header(0, "Content-Length") == "0"
    assert wire.requests[0].endswith(b"\r\n\r\n")
    assert wire.header(0, "Accept") == "application/json"


def test_a_server_below_a_path_is_asked_below_that_path(wire, client_of: Make):
    wire.answers(200, b"[]")
    client_of(f"{wire.url}/verboice/").projects()
    assert wire.lines == ["GET /verboice/api/projects.json HTTP/1.1"]


def test_credentials_are_sent_as_utf_8(wire, client_of: Make):
    wire.answers(200, b"[]")
    client_of(wire.url, "josé@example.org", "contraseña:1").projects()
    sent = base64.b64decode((wire.header(0, "Authorization") or "").removeprefix("Basic "))
    assert sent == "josé@example.org:contraseña:1".encode()


def test_the_account_is_the_one_given_whatever_netrc_says(wire, client_of: Make, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login bo@example.org password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    wire.answers(200, b"[]")
    client_of(wire.url).projects()
    assert base64.b64decode((wire.header(0, "Authorization") or "")[6:]) == b"ana@example.org:secret"


def test_the_session_cookie_is_sent_back_and_never_by_another_client(wire, client_of: Make):
    wire.answers(200, b"[]", Set_Cookie="_verboice_session=abc; path=/; HttpOnly").answers(200, b"[]")
    first, second = client_of(wire.url), client_of(wire.url, "bo@example.org")
    for client in (first, first, second):
        client.projects()
    assert [wire.header(n, "Cookie") for n in range(3)] == [None, "_verboice_session=abc", None]


def test_a_stale_cookie_is_dropped_and_the_password_tried_once(wire, client_of: Make):
    wire.answers(200, b"[]", Set_Cookie="_verboice_session=abc; path=/")
    wire.answers(401, b'{"error":"no"}', WWW_Authenticate='Basic realm="Application"').answers(200, b"[]")
    client = client_of(wire.url)
    client.projects()
    client.projects()
    assert [wire.header(n, "Cookie") for n in range(3)] == [None, "_verboice_session=abc", None]


def test_redirects_are_reported_and_not_followed(wire, client_of: Make):
    wire.answers(302, b"", Location="https://verboice.example.org/accounts/sign_in")
    with pytest.raises(UnexpectedReply, match=r"redirects to https://verboice\.example\.org/accounts/sign_in"):
        client_of(wire.url).projects()
    assert len(wire.requests) == 1


def test_the_environment_sets_proxies_but_not_for_this_machine(wire, client_of: Make, monkeypatch):
    wire.answers(200, b"[]")
    monkeypatch.setenv("HTTP_PROXY", wire.url)
    client_of("http://verboice.example.org", allow_insecure=True).projects()
    client_of(wire.url).projects()
    assert wire.lines == [
        "GET http://verboice.example.org/api/projects.json HTTP/1.1",
        "GET /api/projects.json HTTP/1.1",
    ]


def test_a_proxy_gets_the_address_fully_encoded_too(wire, client_of: Make, monkeypatch):
    wire.answers(404, b" ")
    monkeypatch.setenv("HTTP_PROXY", wire.url)
    client_of("http://verboice.example.org", allow_insecure=True).contact_by_address(1, "a.b/..")
    assert "/by_address/a%2Eb%2F%2E%2E.json " in wire.lines[0]


def test_a_proxy_that_hangs_up_after_the_request_leaves_it_open(wire, client_of: Make, monkeypatch):
    wire.drops()
    monkeypatch.setenv("HTTP_PROXY", wire.url)
    with pytest.raises(NoAnswer) as fault:
        client_of("http://verboice.example.org", allow_insecure=True).update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.MAYBE
    assert len(wire.requests) == 1


def test_a_proxy_that_lets_nobody_through_or_is_not_there_never_passed_it_on(wire, client_of: Make, monkeypatch):
    wire.answers(403)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    for proxy, says in ((wire.url, "403"), (nobody, "through a proxy")):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with pytest.raises(ServerUnreachable, match=says) as fault:
            client_of("https://verboice.example.org").projects()
        assert fault.value.reached is Reached.NO


@pytest.mark.parametrize(
    ("proxy", "says"),
    [
        ("socks5h://127.0.0.1:9", "SOCKS proxy, for which a part is missing.*PySocks"),
        ("http://127.0.0.1:port", "is not the URL of one.*HTTPS_PROXY"),
        ("ftp://127.0.0.1:9", "is not the URL of one"),
        ("http://កម្ពុជា:1@127.0.0.1:9", "is not the URL of one"),
        ("http://proxy.invalid:9", "name of the proxy .* cannot be resolved.*HTTPS_PROXY"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named(client_of: Make, monkeypatch, proxy: str, says: str):
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ServerUnreachable) as fault:
        client_of("https://verboice.example.org").update_contact(1, "85512345678", {"age": "39"})
    assert re.search(says, str(fault.value))
    assert fault.value.reached is Reached.NO


@pytest.mark.parametrize(("status", "attempts"), [(403, 1), (407, 1), (503, 4)])
def test_a_proxy_that_does_not_get_through_itself_is_asked_again(wire, client_of: Make, monkeypatch, status, attempts):
    wire.answers(status)
    monkeypatch.setenv("HTTPS_PROXY", wire.url)
    with pytest.raises(ServerUnreachable, match=f"refuses: Tunnel connection failed: {status}") as fault:
        client_of("https://verboice.example.org").projects()
    assert ("user:password@" in str(fault.value)) == (status == 407)
    assert len(wire.requests) == attempts


def test_no_proxy_is_respected(wire, client_of: Make, monkeypatch):
    wire.answers(200, b"[]")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "verboice.invalid")
    with pytest.raises(ServerUnreachable, match="resolved"):
        client_of("http://verboice.invalid", allow_insecure=True).projects()


@pytest.mark.parametrize(
    "url",
    [
        "http://verboice.example.org",
        "http://10.0.0.5",
        "verboice.example.org",
        "ftp://verboice.example.org",
        "https://",
        "https://ana:secret@verboice.example.org",
        "https://verboice.example.org/?a=b",
        "https://verboice.example.org:port",
        "https://verboice..example.org",
        f"https://{'v' * 64}.example.org",
        "",
    ],
)
def test_urls_that_would_leak_or_mislead_are_refused(url: str):
    with pytest.raises(InsecureUrl) as refused:
        Session(Server(url, "ana@example.org", "secret"))
    assert "secret" not in str(refused.value)
    assert refused.value.exit_status == 2


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://x.example.org"])
def test_https_and_this_machine_need_no_permission(url: str):
    assert Session(Server(url, "ana@example.org", "secret")).base == url


def test_plain_http_elsewhere_is_possible_when_it_is_asked_for():
    assert Session(Server("http://10.0.0.5/", "a", "b", allow_insecure=True)).base == "http://10.0.0.5"


def test_the_password_is_not_in_the_servers_repr():
    assert "secret" not in repr(Server("https://x.example.org", "ana@example.org", "secret"))


def test_a_refused_connection_never_reached_verboice(client_of: Make):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = client_of(f"http://127.0.0.1:{port}")
    with pytest.raises(ServerUnreachable, match="connection refused") as fault:
        client.update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.NO
    assert client.tally.as_dict()["retries"] == 3


def test_a_name_that_does_not_resolve_never_reached_verboice(client_of: Make):
    with pytest.raises(ServerUnreachable, match="cannot be resolved") as fault:
        client_of("https://verboice.invalid").projects()
    assert fault.value.reached is Reached.NO


def test_a_certificate_nobody_vouches_for_ends_it_before_anything_is_sent(wire, tls_url: str, client_of: Make):
    wire.answers(200, b"[]")
    client = client_of(tls_url)
    with pytest.raises(ServerUnreachable, match="certificate is not trusted") as fault:
        client.projects()
    assert fault.value.reached is Reached.NO
    assert client.tally.as_dict()["retries"] == 0
    assert wire.requests == []


def test_a_proxy_over_tls_has_to_prove_itself_for_plain_requests_too(
    wire, tls_url: str, client_of: Make, monkeypatch, certificate
):
    wire.answers(200, b"[]")
    monkeypatch.setenv("HTTP_PROXY", tls_url)
    with pytest.raises(ServerUnreachable, match="certificate is not trusted"):
        client_of("http://verboice.example.org", allow_insecure=True).projects()
    assert wire.requests == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert client_of("http://verboice.example.org", allow_insecure=True).projects() == ()


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_certificate_file_from_the_environment_is_trusted(
    wire, tls_url: str, client_of: Make, monkeypatch, certificate, name: str
):
    wire.answers(200, b"[]")
    monkeypatch.setenv(name, str(certificate))
    assert client_of(tls_url).projects() == ()


def test_a_certificate_file_without_certificates_is_named(wire, tls_url: str, client_of: Make, monkeypatch, tmp_path):
    (tmp_path / "empty.pem").write_text("none\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "empty.pem"))
    with pytest.raises(ServerUnreachable, match="file of trusted certificates cannot be read") as fault:
        client_of(tls_url).projects()
    assert fault.value.reached is Reached.NO


def test_a_secure_connection_that_breaks_after_sending_leaves_it_open(
    wire, tls_url: str, client_of: Make, monkeypatch, certificate
):
    wire.drops()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(NoAnswer) as fault:
        client_of(tls_url).update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.MAYBE
    assert len(wire.requests) == 1


def test_a_server_that_does_not_speak_tls_was_never_asked(wire, client_of: Make):
    wire.answers_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ServerUnreachable, match="does not speak https") as fault:
        client_of(wire.url.replace("http://", "https://"), timeout=2).projects()
    assert fault.value.reached is Reached.NO


def test_a_missing_certificate_file_is_named(client_of: Make, monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(ServerUnreachable, match="REQUESTS_CA_BUNDLE"):
        client_of("https://localhost:1").projects()


@pytest.mark.parametrize(
    "cut", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"]
)
def test_a_connection_that_breaks_after_sending_leaves_it_open_whether_the_work_was_done(wire, client_of: Make, cut):
    wire.drops() if not cut else wire.answers_bytes(cut)
    client = client_of(wire.url, timeout=0.3)
    with pytest.raises(NoAnswer) as fault:
        client.update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.MAYBE
    assert len(wire.requests) == 1


def test_silence_longer_than_the_timeout_leaves_it_open(wire, client_of: Make):
    wire.stays_silent()
    with pytest.raises(NoAnswer, match="in time") as fault:
        client_of(wire.url, timeout=0.1).update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.MAYBE


def test_only_silence_counts_not_how_long_an_answer_takes_in_all(client_of: Make):
    sandbox = Sandbox(SandboxSettings(contact_seconds=0.003))
    project = sandbox.add_project(sandbox.add_account("ana@example.org", "secret"), "Clinic")
    sandbox.add_contacts(project, [([f"8551270{n:04d}"], {}) for n in range(150)])
    with SandboxServer(sandbox) as server:
        client = client_of(server.url, timeout=0.2)
        assert len(client.contacts(project.id)) == 150  # takes longer than any small request may


def test_a_kept_connection_that_the_server_closed_is_not_used_to_send_twice(wire, client_of: Make):
    wire.answers_contact(age="1").drops()
    client = client_of(wire.url)
    client.update_contact(1, "85512345678", {"age": "1"})
    with pytest.raises(NoAnswer):
        client.update_contact(1, "85512345678", {"age": "1"})
    assert len(wire.requests) == 2
    assert wire.connections == 1


def test_after_a_pause_requests_use_a_fresh_connection(wire, monkeypatch):
    wire.answers(200, b"[]")
    monkeypatch.setattr("connectors.verboice.connections._FRESH", 0.0)
    session = Session(Server(wire.url, "ana@example.org", "secret"))
    for _ in range(3):
        session.send(Request("get", "GET", "/api/projects.json"))
    session.close()
    assert wire.connections == 3


def test_connections_are_kept_from_request_to_request(wire, client_of: Make):
    wire.answers(200, b"[]")
    client = client_of(wire.url)
    for _ in range(5):
        client.projects()
    assert wire.connections == 1
