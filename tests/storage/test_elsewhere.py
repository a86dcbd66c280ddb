"""Pipelines whose sheet lies elsewhere: what is fetched, what is said where it is not there, and what never leaks."""

from __future__ import annotations

import os
import sys
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from tests.storages import PASSWORD, TYPED, USER, Site, certificate_for, serving_site

BASIC = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
LOGIN = b"<!DOCTYPE html><html><head><title>Sign in - Exports</title></head><body><input type='password'></body></html>"


def workbook(*lines: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for line in (("Phone", "Age", "Colour"), *lines):
        book.active.append(list(line))
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def named(site: Site, path: str = "/people.xlsx", typed: str = TYPED) -> str:
    return site.url.replace("://", f"://{typed}") + path


def test_an_export_is_fetched_when_it_changed_and_only_then(site, cli, clinic, pipeline, credentials):
    site.content, site.needs = workbook(("012345678", 39, "blue")), {"Authorization": BASIC}
    site.headers = {"ETag": '"1"'}
    name = pipeline(named(site))
    first = cli("sync", name, "--json")
    assert first.status == 0
    assert clinic.vars("85512345678")["age"] == "39"
    assert Path(first.json["reports"]["workbook"]).name == "people.result.xlsx"

    assert cli("sync", name, "--json").json["rows"]["unchanged"] == 1
    assert site.answered == [200, 304]

    site.content, site.headers = workbook(("012345678", 40, "blue")), {"ETag": '"2"'}
    assert cli("sync", name, "--json").json["rows"]["updated"] == 1
    assert clinic.vars("85512345678")["age"] == "40"


def test_neither_password_nor_query_is_kept_or_shown(site, cli, pipeline, credentials, home):
    site.content, site.headers = workbook(("012345678", 39, "blue")), {"ETag": '"1"'}
    name = pipeline(named(site, "/people.xlsx?token=s3cr3t-t0ken"), **{"source.headers": {"X-Key": "k3y-of-mine"}})
    said = [cli(command, name, "--json") for command in ("check", "plan", "sync")]
    assert [one.status for one in said] == [0, 0, 0]
    site.status, site.headers = 403, {}
    said.append(cli("sync", name))
    assert "access is refused" in said[-1].err
    kept = b"".join(file.read_bytes() for file in (home / ".verboice-sync").rglob("*") if file.is_file())
    for secret in (PASSWORD, "s3cr3t-t0ken", "k3y-of-mine", BASIC):
        assert all(secret not in one.out + one.err for one in said)
        assert secret.encode() not in kept
    assert {file.stat().st_mode & 0o777 for file in (home / ".verboice-sync" / "fetched").rglob("*.xlsx")} == {0o600}


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("login", "a page to log in at (“Sign in - Exports”), not the file"),
        ("page", "what came is a web page, not the file"),
        ("json", "what came is no workbook but JSON"),
        ("empty", "the file is empty (0 bytes)"),
        ("401", "the server answers 401: access is refused"),
        ("404", "the server answers 404: there is no such file"),
        ("503", "the server answers 503"),
        ("endless", "is larger than 1 MiB, and was not read to its end"),
        ("dripping", "did not come to its end within 1 s"),
        ("announced", "is larger than 1 MiB, and was not read to its end"),
        ("circle", "leads on and on"),
        ("downgrade", "leads on to http://example.org, which is not https; it was not followed"),
    ],
)
def test_what_is_not_the_sheet_is_said_in_a_line_and_nothing_is_sent(what, told, site, cli, clinic, pipeline):
    answers = {
        "login": LOGIN,
        "page": b"<html><body>hello</body></html>",
        "json": b'{"detail": "nothing"}',
        "empty": b"",
    }
    site.content = answers.get(what, b"x" * 2_000_000 if what == "announced" else b"")
    site.status = int(what) if what.isdigit() else 302 if what in {"circle", "downgrade"} else 200
    site.endless, site.drips = what in {"endless", "dripping"}, what == "dripping"
    location = {"circle": f"{site.url}/again", "downgrade": "http://example.org/people.xlsx"}
    site.headers = {"Location": location[what]} if what in location else {}
    said = cli("sync", pipeline(named(site, typed=""), **{"source.limits": {"size": 1, "fetch_time": 1}}))
    assert said.status == (1 if what in {"503", "endless", "dripping", "announced"} else 2)
    assert told in said.err
    assert "Traceback" not in said.err
    assert clinic.puts() == 0


def test_another_host_gets_no_credentials(site, other_site, cli, clinic, pipeline, credentials):
    other_site.content = workbook(("012345678", 99, "red"))
    site.status, site.headers = 302, {"Location": f"{other_site.url.replace('127.0.0.1', 'localhost')}/people.xlsx"}
    name = pipeline(named(site), **{"source.headers": {"X-Key": "k3y"}})
    said = cli("sync", name)
    assert said.status == 2
    assert "leads on to another host, localhost; it was not followed" in said.err
    assert other_site.asked == []
    assert clinic.puts() == 0

    name = pipeline(named(site), **{"source.headers": {"X-Key": "k3y"}, "source.redirects_to": ["localhost"]})
    assert cli("sync", name).status == 0
    assert not {"authorization", "x-key", "cookie"} & set(other_site.asked[0])
    assert site.asked[-1]["x-key"] == "k3y"
    assert clinic.vars("85512345678")["age"] == "99"


def test_a_link_for_everybody_may_lead_to_another_host(site, other_site, cli, pipeline):
    other_site.content = workbook(("012345678", 39, "blue"))
    site.status, site.headers = 302, {"Location": f"{other_site.url}/people.xlsx"}
    assert cli("plan", pipeline(named(site, typed=""))).status == 0


def test_a_certificate_of_another_name_is_said(tmp_path, cli, clinic, pipeline, monkeypatch):
    certificate = certificate_for(tmp_path, "exports.example.org")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving_site(certificate) as site:
        said = cli("sync", pipeline(named(site, typed="")))
        assert site.asked == []
    assert said.status == 2
    assert "its certificate is not trusted" in said.err
    assert "not valid for '127.0.0.1'" in said.err
    assert "shows the certificate of another one" in said.err
    assert clinic.puts() == 0


def test_a_server_that_is_not_there_is_said(cli, pipeline, site):
    assert "cannot be reached" in (said := cli("sync", pipeline("https://127.0.0.1:1/people.xlsx"))).err
    assert said.status == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("http://exports.example.org/people.xlsx", "http:// would send and receive readable for everybody"),
        ("gopher://exports.example.org/people.xlsx", "files cannot be reached by gopher://"),
        ("https:///people.xlsx", "names no host"),
    ],
)
def test_a_url_that_cannot_be_meant_is_an_error_of_the_file(typed, told, cli, pipeline):
    said = cli("check", pipeline(typed))
    assert said.status == 2
    assert told in said.err
    assert "p.yaml:" in said.err


def test_a_part_that_is_not_installed_is_named(cli, pipeline, monkeypatch):
    monkeypatch.setitem(sys.modules, "sshfs", None)
    said = cli("plan", pipeline("sftp://host.example.org/people.xlsx"))
    assert said.status == 2
    assert 'pip install "verboice-sync[sftp]"' in said.err


def test_of_a_pattern_the_newest_counts(cli, sheet, pipeline, home, clinic):
    for age, name in ((1, "b"), (41, "a")):
        os.utime(sheet(("012345678", age, "blue"), name=name), (age, age))
    (home / "~$a.xlsx").write_bytes(b"")
    said = cli("sync", pipeline("*.xlsx"))
    assert "Read a.xlsx, the newest of 2 files that match." in said.out + said.err
    assert clinic.vars("85512345678")["age"] == "41"


def test_all_of_a_pattern_are_one_list_and_a_column_says_of_which_file(cli, sheet, pipeline, clinic, home):
    sheet(("012345678", 41, "blue"), name="north")
    sheet(("012999888", 42, "red"), ("8.55E+11", 3, None), name="south")
    changes = {"source.files": "all", "contacts.variables": {"age": "Age", "favorite color": "File"}}
    said = cli("sync", pipeline("*.xlsx", **changes), "--json")
    assert said.json["rows"]["read"] == 3
    assert clinic.vars("85512345678")["favorite color"] == "north.xlsx"
    assert clinic.vars("+85512999888") == {"age": "42", "favorite color": "south.xlsx"}
    assert said.json["problems"][0]["row"] == 4
    assert "south.xlsx, row 3" in said.json["problems"][0]["reason"]
    told = openpyxl.load_workbook(said.json["reports"]["workbook"]).worksheets[0]
    assert [cell.value for cell in told[4]][3:5] == ["south.xlsx", 3]


def test_no_file_of_a_pattern_is_said(cli, pipeline):
    said = cli("plan", pipeline("exports/*.xlsx"))
    assert said.status == 2
    assert "exports/*.xlsx: no file matches" in said.err
