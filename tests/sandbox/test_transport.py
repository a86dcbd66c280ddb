"""HTTP, limits, headers (API sheet 12)."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json

import pytest

AUTH = "Basic YW5hQGV4YW1wbGUub3JnOnNlY3JldA=="


def test_12_1_a_query_up_to_10240_bytes_passes(world):
    path = f"{world.project}/contacts.json?"
    assert world.get(path + "x" * 10_240).status == 200
    reply = world.raw(f"GET {path}{'x' * 10_241} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert reply == b"HTTP/1.1 400 Bad Request\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"rubbish\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 82_000 + b"\r\n\r\n",
    ],
)
def test_12_1_what_is_no_http_is_a_bare_400(world, data):
    assert world.raw(data) == b"HTTP/1.1 400 Bad Request\r\n\r\n"


@pytest.mark.parametrize("front_end", ["nginx", "apache"])
def test_12_1_a_front_end_answers_414(world, front_end):
    world.sandbox.configure(front_end=front_end)
    answer = world.get(f"{world.project}/contacts.json?{'x' * 9_000}")
    assert (answer.status, answer.type) == (414, "text/html")
    assert world.get(f"{world.project}/contacts.json?{'x' * 7_000}").status == 200


@pytest.mark.parametrize(("front_end", "status"), [("nginx", 413), ("apache", 200), ("none", 200)])
def test_12_2_nginx_refuses_large_bodies(world, front_end, status):
    world.sandbox.configure(front_end=front_end)
    answer = world.put_age("vars[age]=1", body=b"x" * 1_200_000, Content_Type="text/plain")
    assert answer.status == status


def test_12_7_headers_of_a_success(world):
    answer = world.get(f"{world.project}/contacts.json")
    assert answer.type == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "max-age=0, private, must-revalidate"
    assert answer.headers["etag"] == f'"{hashlib.md5(answer.body).hexdigest()}"'
    assert {"x-request-id", "x-runtime", "x-rack-cache"} <= set(answer.headers)


def test_12_7_if_none_match_gives_a_304(world):
    tag = world.get(f"{world.project}/contacts.json").headers["etag"]
    again = world.get(f"{world.project}/contacts.json", If_None_Match=tag)
    assert (again.status, again.body) == (304, b"")
    assert world.put_age("vars[age]=5", If_None_Match=tag).status == 200
    assert world.get(f"{world.project}/contacts.json", If_None_Match=tag).status == 200


def test_12_8_apache_compresses_and_marks_the_tag(world):
    plain = world.get(f"{world.project}/contacts.json", Accept_Encoding="gzip")
    world.sandbox.configure(front_end="apache")
    packed = world.get(f"{world.project}/contacts.json", Accept_Encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert gzip.decompress(packed.body) == plain.body


def test_12_10_paths_are_case_sensitive(world):
    assert world.get("/API/projects.json").shape == "C"


def test_12_11_there_is_no_jsonp(world):
    assert world.get("/api/projects.json?callback=f").body.startswith(b"[{")


def test_connections_are_kept_alive_and_requests_on_one_are_answered_in_order(world):
    connection = http.client.HTTPConnection(world.server.host, world.server.port)
    for address in ("85512345001", "85512345002"):
        connection.request(
            "GET", f"{world.project}/contacts/by_address/{address}.json", headers={"Authorization": AUTH}
        )
        assert address.encode() in connection.getresponse().read()
    connection.close()
    one = f"GET {world.project}/contacts/by_address/85512345001.json HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTH}\r\n"
    two = one.replace("5001", "5002")
    piped = world.raw((one + "\r\n" + two + "Connection: close\r\n\r\n").encode())
    assert piped.count(b"HTTP/1.1 200 OK") == 2
    assert piped.index(b'"85512345001"') < piped.index(b'"85512345002"')


def framing(answer):
    return answer.headers.get("transfer-encoding"), answer.headers.get("content-length")


def test_12_7_replies_of_the_application_come_in_chunks_and_static_pages_with_a_length(world):
    assert framing(world.get(f"{world.project}/contacts.json")) == ("chunked", None)
    assert framing(world.get(f"{world.project}/contacts/by_address/9.json")) == ("chunked", None)
    assert framing(world.get("/api/nothing.json")) == (None, "728")


def test_head_has_no_body_nor_a_word_about_one(world):
    answer = world.ask("HEAD", f"{world.project}/contacts.json")
    assert (answer.status, answer.body, framing(answer)) == (200, b"", (None, None))
    assert framing(world.ask("HEAD", "/api/nothing.json")) == (None, "728")


def test_a_client_of_http_1_0_gets_no_chunks_and_the_end_of_the_connection(world):
    reply = world.raw(f"GET {world.project}/contacts.json HTTP/1.0\r\nAuthorization: {AUTH}\r\n\r\n".encode())
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert len(json.loads(body)) == 2


@pytest.mark.parametrize(("method", "status"), [("FOO", 500), ("PROPFIND", 404), ("foo", 400), ("F" * 21, 400)])
def test_methods_that_nobody_uses(world, method, status):
    reply = world.raw(f"{method} /api/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert reply.startswith(f"HTTP/1.1 {status} ".encode())
    assert (b"An unhandled lowlevel error" in reply) == (status == 500)


def test_a_chunked_body_is_read(world):
    head = f"PUT {world.project}/contacts/by_address/85512345001.json HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTH}\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    reply = world.raw((head + form + "c\r\nvars[age]=77\r\n0\r\n\r\n").encode())
    assert b'"age":"77"' in reply
