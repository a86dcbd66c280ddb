"""Contact sync as its user sees it: files in, requests out, exit status, output and reports."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from connectors.sandbox import Fault
from tests.worlds import ROWS


def test_exactly_the_needed_changes_go_out_and_every_row_is_accounted_for(cli, clinic, sheet, pipeline):
    said = cli("sync", pipeline(sheet(*ROWS)), "--json")
    assert said.status == 4
    assert clinic.vars("85512345678") == {"age": "39", "favorite color": "blue"}
    assert clinic.vars("85512777666") == {}
    assert clinic.puts() == 1
    rows = said.json["rows"]
    assert rows == {
        "read": 6, "updated": 1, "created": 0, "unchanged": 1, "not_found": 1, "duplicate": 2, "rejected": 1,
        "held": 0, "failed": 0, "uncertain": 0, "unsent": 0,
    }  # fmt: skip
    assert said.json["requests"]["put"] == 1
    assert said.json["variables_changed"] == 1
    assert [p["row"] for p in said.json["problems"]] == [4, 5, 6, 7]


def test_the_same_sync_again_sends_no_put(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]))
    assert cli("sync", name).status == 0
    again = cli("sync", name, "--json")
    assert again.status == 0
    assert clinic.puts() == 1
    assert again.json["rows"]["unchanged"] == 2


def test_a_put_has_an_empty_body_of_length_zero_and_carries_all_changed_variables(cli, clinic, sheet, pipeline):
    cli("sync", pipeline(sheet(("+85512999888", 41, "sky & sea; 50%+"))))
    (put,) = [request for request in clinic.sandbox.requests if request.method == "PUT"]
    assert put.content_length == "0"
    assert put.path == "/api/projects/1/contacts/by_address/%2B85512999888.json"
    assert clinic.vars("+85512999888") == {"age": "41", "favorite color": "sky & sea; 50%+"}


@pytest.mark.parametrize("pull", ["all", "by_address"])
def test_a_shared_project_is_asked_once_whether_it_knows_a_variable_nobody_has(
    cli, clinic, sheet, pipeline, shared, pull
):
    rows = sheet(*((address, 39, "x") for address in ("012345678", "012999888")))
    wanted = {"contacts.variables": {"age": "Age", "nope": "Colour"}, "contacts.pull": pull}
    said = cli("sync", pipeline(rows, **shared("admin"), **wanted), "--json")
    assert (said.status, said.json["rows"]["failed"], said.json["rows"]["unsent"], clinic.puts()) == (2, 1, 1, 1)
    assert clinic.vars("85512345678")["age"] == "38"


def test_a_value_the_server_cut_is_a_failed_row(cli, clinic, sheet, pipeline):
    clinic.sandbox.configure(sql_mode="truncating")
    clinic.sandbox.faults.add(
        Fault("reply", method="PUT", status=200, headers={"Content-Type": "application/json"},
              body='{"id":1,"addresses":["85512345678"],"vars":{"age":"3"}}')
    )  # fmt: skip
    result = cli("sync", pipeline(sheet(("012345678", 39, None))), "--json")
    assert result.status == 4
    assert result.json["problems"][0]["status"] == "failed"
    assert "'3'" in result.json["problems"][0]["reason"]


def test_a_careful_first_try_passes_and_the_whole_is_still_a_first_run(cli, clinic, sheet, pipeline):
    for number in range(8):
        clinic.sandbox.add_contact(clinic.project, [f"8551255500{number}"], {"age": "1"})
    name = pipeline(sheet(*[(f"01255500{number}", 2, None) for number in range(8)]))
    tried = cli("sync", name, "--limit", "5", "--json")
    assert (tried.status, tried.json["sent"], tried.json["rows"]["updated"]) == (0, True, 5)
    assert cli("sync", name).status == 0


def test_what_is_only_planned_is_told_as_such_and_counted_by_its_bucket(cli, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]))
    planned = cli("plan", name, "--json").json
    assert (planned["sent"], planned["rows"]["updated"]) == (False, 1)
    head, first, second = load_workbook(planned["reports"]["workbook"]).worksheets[0].iter_rows(values_only=True)
    status, reason = head.index("sync_status"), head.index("sync_reason")
    assert (first[status], first[reason]) == ("to update", "planned only, nothing was sent")
    assert second[status] == "unchanged"
    assert "to update" in cli("plan", name).out
    assert "1 to update" in cli("runs").out


def test_a_sheet_of_strangers_is_refused_and_check_says_so_before(cli, clinic, sheet, pipeline):
    strangers = [(f"0125560{n:02d}", 1, None) for n in range(29)]
    name = pipeline(sheet(("012345678", 39, None), *strangers))
    looked = cli("check", name)
    assert (looked.status, clinic.puts()) == (2, 0)
    assert "1 of 30 are known to Verboice" in looked.err
    refused = cli("sync", name, "--json")
    assert refused.status == 3
    assert refused.json["plan"]["violations"] == [{"guard": "max_not_found", "limit": "50%", "found": "97%"}]
    assert "right project" in refused.err
    assert cli("check", pipeline(sheet(*ROWS[:2]))).status == 0
