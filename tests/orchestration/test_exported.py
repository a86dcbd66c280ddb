"""A scheduled deployment whose sheet is a form's export behind https: changed, unchanged, and what is no export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.conftest import PEOPLE, TOKEN, Office
from tests.storages import Site, serving_site

pytestmark = pytest.mark.timeout(170)

LOGIN = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><input type='password'></body></html>"


@pytest.fixture
def export(office: Office) -> Iterator[Site]:
    """The export; what it answers to other tests comes back afterwards."""
    site = office.export
    usual = replace(site)
    site.needs = {"Authorization": f"Token {TOKEN}"}
    yield site
    for name in ("content", "status", "headers", "endless", "needs"):
        setattr(site, name, getattr(usual, name))


def answers(*colours: str) -> bytes:
    """The submissions of the first people, as KoboToolbox exports them."""
    rows = [
        f"{address},{colour},{n},u{n},2026-01-0{n}T08:00:00"
        for n, (address, colour) in enumerate(zip(PEOPLE, colours, strict=False), 1)
    ]
    return "\n".join(["group_person/phone,group_person/colour,_id,_uuid,_submission_time", *rows, ""]).encode()


def ended(office: Office) -> dict[str, Any]:
    """A run of the deployment as its schedule begins one, and the state that it ended in."""
    return dict(office.prefect.settled(office.prefect.start("sync-contacts/export")))


def test_each_run_sends_what_the_export_has_changed_and_fetches_it_only_then(office: Office, export: Site) -> None:
    assert office.until(lambda: office.prefect.runs("sync-contacts/export", "Scheduled"))
    export.content, export.headers = answers("lilac", "ochre"), {"ETag": '"1"'}
    before, asked = office.puts(), len(export.answered)
    first = ended(office)
    assert first["name"] == "Completed", first["message"]
    assert "2 updated" in first["message"]
    assert office.puts() == before + 2

    export.content, export.headers = answers("lilac", "teal", "rose"), {"ETag": '"2"'}
    assert "2 updated, 1 unchanged" in ended(office)["message"]
    assert office.puts() == before + 4
    assert {"lilac", "teal", "rose"} <= office.colours()

    last = ended(office)
    assert last["name"] == "Completed"
    assert "3 unchanged" in last["message"]
    assert office.puts() == before + 4
    assert export.answered[asked:] == [200, 200, 304]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("login", "a page to log in at (“Log in”), not the file"),
        ("other host", "leads on to another host, localhost; it was not followed"),
        ("endless", "is larger than 1 MiB, and was not read to its end"),
    ],
)
def test_what_is_no_export_fails_the_run_with_the_reason_and_sends_nothing(
    what: str, told: str, office: Office, export: Site
) -> None:
    export.headers = {}
    if what == "login":
        export.content = LOGIN
    elif what == "endless":
        export.endless = True
    else:
        export.status, export.headers = 302, {"Location": f"{export.url.replace('127.0.0.1', 'localhost')}/data.csv"}
    before = len(office.sandbox.requests)
    _failed(ended(office), told)
    assert len(office.sandbox.requests) == before


def test_a_certificate_of_another_name_fails_the_run_before_anything_is_asked(
    office: Office, export: Site, certificate_of_another: Path
) -> None:
    file = office.folder / "configs" / "export.yaml"
    usual = file.read_text()
    with serving_site(certificate_of_another) as another:
        file.write_text(usual.replace(export.url, another.url))
        before = len(office.sandbox.requests)
        try:
            state = ended(office)
        finally:
            file.write_text(usual)
        assert another.asked == []
    _failed(state, "its certificate is not trusted")
    assert "not valid for '127.0.0.1'" in state["message"]
    assert len(office.sandbox.requests) == before


def _failed(state: dict[str, Any], told: str) -> None:
    assert state["name"] == "Failed"
    assert told in state["message"]
    assert "\n" not in state["message"]
    assert TOKEN not in state["message"]
    assert "Traceback" not in state["message"]
