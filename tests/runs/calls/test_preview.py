"""What a batch would do, shown before anybody is rung."""

from __future__ import annotations


def test_a_dry_run_lists_every_request_masked_and_calls_nobody(cli, clinic, people):
    said = cli("call", people(), "--dry-run")
    assert said.status == 0
    assert clinic.rung() == []
    lines = [line for line in said.out.splitlines() if line.startswith("GET ")]
    assert (
        lines[0]
        == "GET /api/call.json?channel_id=1&address=••••5678&call_flow_id=1&vars%5Bdose%5D=3&vars%5Bname%5D=Ana"
    )
    assert len(lines) == 3
    assert "345678" not in said.out + said.err
    assert "dose = 3 (a number)" in said.err
    assert "nothing was sent" in said.out
    assert cli("call", "p", "--dry-run", "--json").json["dry_run"] is True
    assert cli("call", "p", "--json").json["rows"]["queued"] == 3


def test_a_dry_run_lists_requests_that_are_longer_masked_than_as_they_are_sent(cli, clinic, people):
    name = people(("012345678", "123456," * 200, 1))
    assert cli("call", name, "--dry-run").out.count("GET ") == 1
    assert cli("call", name).status == 0


def test_a_preview_shows_three_calls_how_many_more_and_how_long_they_take(cli, clinic, people):
    name = people(*[(f"0123456{n:02d}", f"Ana {n}", n) for n in range(5)])
    first = cli("call", name)
    assert "5 calls to ask for; how long this server takes for one is not known yet." in first.err
    assert "… and 2 more" in first.err
    again = cli("call", name, "--again", "power cut", "--dry-run").err
    assert "ms each." in again
    assert again.count("hears “Reminder”") == 3
