"""Rows as call requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from connectors.values import CallRequest, CellProblem
from flows.calls.hours import OpenHours
from flows.calls.identity import Who, former_identity_of, identity_of
from flows.calls.normalise import (
    Addresses,
    StoredAddress,
    Unusable,
    WantedCall,
    column_of,
    normalise,
    read_addresses,
    select,
)
from flows.calls.rules import ZONE, Given, Timing
from flows.contacts.people.address import Address
from flows.contacts.people.reading.number import AddressRules

HEADER = ("Phone", "Name", "When", "Extra")
HOURS = OpenHours(time(8), time(17))


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


def test_a_repair_of_the_address_is_told_with_the_row(read, rows_of, rules_of):
    (row,) = read(rows_of(HEADER, ("85512345678.0", "Ana", "", "")), rules_of())
    assert row.note == "The address ended in “.0”, which a spreadsheet program added; it was left out."


def test_only_and_limit_choose_rows_by_person_or_text(rows_of, rules_of):
    rows = rows_of(
        HEADER, *[(phone, "", "", "") for phone in ("012345678", "sip:a@b", "+85512345678", "x", "077999001")]
    )
    addresses = read_addresses(rows, rules_of())
    assert select(addresses, only=["012 345 678", "x"], rules=rules_of()) == [0, 2, 3]
    assert select(addresses, only=["85512345678"], limit=1, rules=rules_of()) == [0]
    assert select(addresses, limit=2, rules=rules_of()) == [0, 1]
    assert select(addresses, rules=rules_of()) == [0, 1, 2, 3, 4]
    extensions = rules_of(addresses=AddressRules(short_numbers=True))
    exchange = read_addresses(rows_of(HEADER, ("123", "", "", "")), extensions)
    assert select(exchange, only=["1 23"], rules=extensions) == [0]


def test_an_address_that_means_nobody_by_itself_means_whom_verboice_has(rows_of, rules_of, parameters_of):
    phones = ("023880123x12", "62812345678", "none", "0", "012345678", "023880123x12")
    rows = rows_of(HEADER, *[(phone, "Ana", "", "") for phone in phones])
    rules = rules_of(region="ID")
    addresses = read_addresses(rows, rules)
    asked = addresses.doubtful(range(len(phones)))
    assert [person.typed for person in asked] == ["023880123x12", "62812345678", "none", "012345678"]
    assert [person.candidates for person in asked] == [addresses.read[at].candidates for at in (0, 1, 2, 4)]
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


def test_a_call_is_known_by_today_s_identity_and_by_those_that_earlier_versions_and_keys_gave_it(
    rows_of, rules_of, parameters_of
):
    rows = rows_of(HEADER, ("+54 11 2345-6789", "Ana", "", ""))
    rules = rules_of(region="AR", call_flow=None)
    (row,) = normalise(
        rows, read_addresses(rows, rules), parameters_of(rules), campaign="spring", former=["clinic", "copy"]
    )
    whole, short = (Who(12, "spring", key) for key in ("5491123456789", "541123456789"))
    assert row.identity == identity_of(whole, row.request, channel_flow=7)
    assert row.former == (
        identity_of(short, row.request, channel_flow=7),
        *(
            former_identity_of(name, who, row.request, channel_flow=7)
            for who in (whole, short)
            for name in ("clinic", "copy")
        ),
    )
    assert (row.aliases, row.zones, row.row) == (("541123456789",), (), 2)


@pytest.mark.parametrize(
    ("zone", "typed", "zones"),
    [
        (None, "", ("Asia/Phnom_Penh",)),
        (Given("time_zone", column="When"), "", ("Asia/Phnom_Penh",)),
        (Given("time_zone", column="When"), "Bangkok", ("Asia/Bangkok",)),
        (Given("time_zone", value="Tokyo"), "", ("Asia/Tokyo",)),
    ],
)
def test_where_hours_matter_a_row_has_the_zone_it_says_or_those_of_its_number(
    read, rows_of, rules_of, zone, typed, zones
):
    timing = Timing(HOURS, zone=zone)
    rows = rows_of(HEADER, ("012345678", "Ana", typed, ""))
    (row,) = read(rows, rules_of(timing=timing))
    assert row.zones == zones
    (without,) = read(rows, rules_of(timing=replace(timing, hours=None)))
    assert without.zones == ()


def test_a_zone_that_nobody_knows_names_its_column(read, rows_of, rules_of):
    rules = rules_of(timing=Timing(HOURS, zone=Given("time_zone", column="When")))
    (row,) = read(rows_of(HEADER, ("012345678", "Ana", "Mars", "")), rules)
    assert (row.row, row.column) == (2, "When")
    assert "“Mars”" in row.reason


def test_the_column_behind_a_parameter_is_found_by_its_name(rules_of):
    rules = rules_of(
        channel=Given("channel", column="Extra"),
        variables=(Given("name", column="Name"), Given("clinic", value="North")),
        timing=Timing(HOURS, zone=Given("time_zone", column="When")),
    )
    names = ("channel", "call_flow", "vars.name", "vars.clinic", ZONE, "nothing")
    assert [column_of(rules, name) for name in names] == ["Extra", "", "Name", "", "When", ""]
    assert column_of(rules_of(), ZONE) == ""


@pytest.mark.parametrize(
    ("line", "changes", "said"),
    [
        (
            ("012345678", "Ana", "", ""),
            {"channel": Given("channel", column="Extra")},
            Unusable(2, "Extra", "This cell is empty, so nobody knows how to call."),
        ),
        (("012345678", "Ana", "", ""), {"schedule": Given("schedule", column="Extra")}, None),
        (("", "Ana", "", ""), {}, Unusable(2, "Phone", "The cell with the address is empty.")),
    ],
)
def test_an_empty_cell_matters_where_nobody_knows_what_to_do_without_it(read, rows_of, rules_of, line, changes, said):
    (row,) = read(rows_of(HEADER, line), rules_of(**changes))
    if said is None:
        assert isinstance(row, WantedCall)
    else:
        assert (row.row, row.column) == (said.row, said.column)
        assert said.reason == row.reason or said.column == "Phone"


def test_damage_of_a_row_as_a_whole_counts_and_of_several_cells_the_first(read, rows_of, rules_of):
    problems = [
        CellProblem(2, "", "two tables"),
        CellProblem(2, "Name", "error cell"),
        CellProblem(3, "Name", "first"),
        CellProblem(3, "Phone", "second"),
    ]
    rows = rows_of(HEADER, ("012345678", "Ana", "", ""), ("012345679", "Bo", "", ""), problems=problems)
    assert read(rows, rules_of()) == [Unusable(2, "", "two tables"), Unusable(3, "Name", "first")]


def test_an_address_that_verboice_has_counts_only_where_the_text_means_nobody():
    stored = StoredAddress("k", "+k", 7)
    unknown, known = Address(None, "odd"), Address("855", number="855")
    addresses = Addresses(("x", "y"), (unknown, known), {"x": stored, "y": stored})
    note = "The address is not a number by itself, or may mean more than one; it was taken for the one Verboice has."
    assert addresses.at(0) == Address("k", note=note, number="+k")
    assert addresses.at(1) == known
    assert Addresses(("x",), (unknown,)).at(0) == unknown
