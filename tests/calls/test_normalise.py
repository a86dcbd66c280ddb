"""Rows as call requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.values import CallRequest, CellProblem
from flows.calls.normalise import StoredAddress, Unusable, WantedCall, normalise, read_addresses, select
from flows.calls.rules import Given

HEADER = ("Phone", "Name", "When", "Extra")


def test_a_row_is_dialled_as_international_digits_with_its_variables(read, rows_of, rules_of):
    (row,) = read(rows_of(HEADER, ("012 345 678", " Ana ", "", "")), rules_of())
    assert row == WantedCall(
        2, "85512345678", row.identity, CallRequest(3, "85512345678", call_flow_id=7, variables={"name": "Ana"})
    )


@pytest.mark.parametrize(
    ("typed", "region", "dialled"),
    [
        ("+855 12 345 678", "KH", "85512345678"),
        ("12-34-5", None, "12345"),
        ("+54 11 2345-6789", "AR", "541123456789"),  # not the key, which is that of the mobile number
        ("sip:Ana@pbx.example.org", "KH", "sip:Ana@pbx.example.org"),
    ],
)
def test_addresses_are_dialled_as_verboice_stores_them(read, rows_of, rules_of, typed, region, dialled):
    (row,) = read(rows_of(HEADER, (typed, "Ana", "", "")), rules_of(region=region))
    assert row.request.address == dialled


def test_a_blank_variable_is_left_out_and_a_constant_goes_to_everybody(read, rows_of, rules_of):
    variables = (Given("name", column="Name"), Given("clinic", value="North"))
    (row,) = read(rows_of(HEADER, ("012345678", " ", "", "")), rules_of(variables=variables))
    assert row.request.variables == {"clinic": "North"}


@pytest.mark.parametrize(
    ("line", "changes", "column", "reason"),
    [
        (("nobody", "Ana", "", ""), {}, "Phone", "not a phone number"),
        (("n/a", "Ana", "", ""), {}, "Phone", "no address"),
        (("Phone", "Ana", "", ""), {}, "Phone", "repeats the header"),
        (("", "Ana", "", ""), {}, "Phone", "no address"),
        (("012345678", "ab\n12", "", ""), {}, "Name", "number 0"),
        (("012345678", "Ana", "soon", ""), {"not_before": Given("not_before", column="When")}, "When", "soon"),
        (("012345678", "Ana", "", "nope"), {"channel": Given("channel", column="Extra")}, "Extra", "no channel"),
        (("012345678", "Ana", "", "old"), {"channel": Given("channel", column="Extra")}, "Extra", "disabled"),
        (("012345678", "Ana", "", "twin"), {"channel": Given("channel", column="Extra")}, "Extra", "6, 8"),
        (("012345678", "Ana", "", ""), {"channel": Given("channel", column="Extra")}, "Extra", "empty"),
        (("012345678", "Ana", "", "Remindr"), {"call_flow": Given("call_flow", column="Extra")}, "Extra", "Reminder"),
        (("012345678", "Ana", "", "Nights"), {"schedule": Given("schedule", column="Extra")}, "Extra", "no schedule"),
        (("012345678", "Ana", "", "2abc"), {"schedule_id": Given("schedule_id", column="Extra")}, "Extra", "2abc"),
        (("012345678", "Ana", "", "bangkok"), {"time_zone": Given("time_zone", column="Extra")}, "Extra", "Bangkok"),
    ],
)
def test_a_row_that_cannot_be_used_names_its_column_and_reason(read, rows_of, rules_of, line, changes, column, reason):
    (row,) = read(rows_of(HEADER, line), rules_of(**changes))
    assert isinstance(row, Unusable)
    assert (row.row, row.column) == (2, column)
    assert reason in row.reason


def test_damage_counts_in_used_columns_only(read, rows_of, rules_of):
    problems = [CellProblem(2, "Extra", "broken"), CellProblem(3, "Name", "error cell")]
    rows = rows_of(HEADER, ("012345678", "Ana", "", "#N/A"), ("012345679", "#N/A", "", ""), problems=problems)
    first, second = read(rows, rules_of())
    assert isinstance(first, WantedCall)
    assert second == Unusable(3, "Name", "error cell")


def test_damage_in_the_address_comes_before_what_its_text_looks_like(read, rows_of, rules_of):
    problems = [CellProblem(2, "Phone", "error cell")]
    (row,) = read(rows_of(HEADER, ("#REF!", "Ana", "", ""), problems=problems), rules_of())
    assert row == Unusable(2, "Phone", "error cell")


def test_only_and_limit_choose_rows_by_person_or_text(rows_of, rules_of):
    rows = rows_of(
        HEADER, *[(phone, "", "", "") for phone in ("012345678", "sip:a@b", "+85512345678", "x", "077999001")]
    )
    addresses = read_addresses(rows, rules_of())
    assert select(addresses, only=["012 345 678", "x"], rules=rules_of()) == [0, 2, 3]
    assert select(addresses, only=["85512345678"], limit=1, rules=rules_of()) == [0]
    assert select(addresses, limit=2, rules=rules_of()) == [0, 1]


def test_an_address_that_means_nobody_by_itself_means_whom_verboice_has(rows_of, rules_of, parameters_of):
    phones = ("023880123x12", "62812345678", "none", "0", "012345678", "023880123x12")
    rows = rows_of(HEADER, *[(phone, "Ana", "", "") for phone in phones])
    rules = rules_of(region="ID")
    addresses = read_addresses(rows, rules)
    asked = addresses.doubtful(range(len(phones)))
    assert [person.typed for person in asked] == ["023880123x12", "62812345678", "none", "012345678"]
    stored = {
        "023880123x12": StoredAddress("023880123x12", "023880123x12", 7),
        "62812345678": StoredAddress("62812345678", "+62812345678", 8),
    }
    read = normalise(rows, replace(addresses, stored=stored), parameters_of(rules), campaign="")
    assert [one.request.address if isinstance(one, WantedCall) else None for one in read] == [
        "023880123x12", "+62812345678", None, None, None, "023880123x12",
    ]  # fmt: skip
    assert "Verboice has" in read[0].note
    assert read[0].identity == read[5].identity


def test_a_person_with_two_numbers_is_known_by_both(read, rows_of, rules_of):
    (row,) = read(rows_of(HEADER, ("+54 11 2345-6789", "Ana", "", "")), rules_of(region="AR"))
    assert row.keys == ("5491123456789", "541123456789")
    assert len({row.identity, *row.former}) == 2
    (ordinary,) = read(rows_of(HEADER, ("012345678", "Ana", "", "")), rules_of())
    assert ordinary.aliases == ()
