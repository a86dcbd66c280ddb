"""Contacts as a file: every value as text, as it is at Verboice, whatever programs would make of it."""

from __future__ import annotations

import csv
import io
import re
import stat

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from connectors.errors import CouldNotBeDone
from connectors.sources.csv.source import CsvSource
from connectors.sources.guards import with_guard, without_guard
from connectors.values import Contact, RemoteContacts
from flows.looks.contact_files import write_contacts

CONTACTS = [
    Contact(12, ("012345678", "855", "+856"), {"age": "007", "note": "=1+1", "address": "Koh Sla"}),
    Contact(9_007_199_254_740_993, (), {"age": None, "note": 'a "b"; c,\r\nd\re'}),
    Contact(13, ("1E5",), {"age": "", "note": "ស្រី"}),
]
HEADER = ["contact_id", "address", "other_addresses", "age", "note", "address (variable)"]
LINES = [
    ["12", "012345678", "855; +856", "007", "=1+1", "Koh Sla"],
    ["9007199254740993", "", "", "", 'a "b"; c,\r\nd\re', ""],
    ["13", "1E5", "", "", "ស្រី", ""],
]


def test_a_csv_file_reads_back_as_it_was_written(tmp_path):
    path = tmp_path / "all.csv"
    write_contacts(path, RemoteContacts.of(CONTACTS))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    table = CsvSource(path).read().table
    assert table.column_names == HEADER
    assert [list(row.values()) for row in table.to_pylist()] == LINES


def test_every_cell_of_a_workbook_is_text(tmp_path):
    path = tmp_path / "all.xlsx"
    write_contacts(path, RemoteContacts.of(CONTACTS))
    (sheet,) = load_workbook(path).worksheets
    assert sheet.title == "Contacts"
    header, *lines = sheet.iter_rows()
    assert [cell.value for cell in header] == HEADER
    assert [cell.value or "" for cell in lines[0]] == LINES[0]
    assert {cell.data_type for line in lines for cell in line if cell.value is not None} == {"s"}


def test_addresses_stay_with_their_contact_in_whatever_order_they_came(tmp_path):
    remote = RemoteContacts(
        ids=pa.array([7, 8, 9]),
        addresses=pa.array(["c", "a", "b", "d"]),
        address_owner=pa.array([2, 0, 0, 2]),
        variables={},
    )
    write_contacts(tmp_path / "all.csv", remote)
    assert (tmp_path / "all.csv").read_text("utf-8-sig").splitlines() == [
        '"contact_id","address","other_addresses"',
        '"7","a","b"',
        '"8","",""',
        '"9","c","d"',
    ]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_project_without_contacts_makes_a_file_with_its_header(tmp_path, suffix):
    path = tmp_path / f"all.{suffix}"
    write_contacts(path, RemoteContacts.of([], ["age"]))
    if suffix == "csv":
        assert path.read_text("utf-8-sig") == '"contact_id","address","other_addresses","age"\n'
    else:
        assert [cell.value for cell in load_workbook(path).active[1]] == [*HEADER[:4]]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_file_is_private_and_nothing_is_left_where_it_cannot_be_written(tmp_path, suffix):
    path = tmp_path / f"all.{suffix}"
    write_contacts(path, RemoteContacts.of(CONTACTS))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(CouldNotBeDone, match="could not be written"):
        write_contacts(tmp_path / "absent" / path.name, RemoteContacts.of(CONTACTS))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    '="012"',
    "'=1",
    "'012",
    "''012",
]
HARMLESS = ["012", "-", "a=1", "+1'", "'s Gravenhage", "", "x\n=1", "5", "-5", "+85512345678", " =1"]


def test_a_csv_file_carries_no_formulas_and_is_read_back_as_it_is(tmp_path):
    values = [*FORMULAS, *HARMLESS]
    contacts = [Contact(n, (f"8551234{n:04}",), {"=age": text}) for n, text in enumerate(values, start=1)]
    write_contacts(tmp_path / "all.csv", RemoteContacts.of(contacts))
    written = list(csv.reader(io.StringIO((tmp_path / "all.csv").read_text(encoding="utf-8-sig"), newline="")))
    assert not [cell for line in written for cell in line if re.match(r"[\t\r\n]*[=@＝]|[+-].*[^\d ']", cell)]
    rows = CsvSource(tmp_path / "all.csv", columns=["address", "=age"], address="address").read()
    read = dict(zip(rows.table["address"].to_pylist(), rows.table["=age"].to_pylist(), strict=True))
    expected = {c.addresses[0]: c.vars["=age"] for c in contacts}
    assert read == expected
    write_contacts(tmp_path / "raw.csv", RemoteContacts.of(contacts), raw=True)
    assert '"=1+1"' in (tmp_path / "raw.csv").read_text(encoding="utf-8-sig")


@given(st.text("'=+-@\"01a ", max_size=6))
def test_any_text_comes_back_from_behind_its_guard(text):
    assert without_guard(with_guard(text)) == text


def test_what_was_pulled_and_is_synced_changes_nothing(cli, clinic, pipeline, home):
    for n, text in enumerate(["=1+1", "-5", "'=x", '="012"', "+1'", "@a"]):
        clinic.sandbox.add_contact(clinic.project, [f"+8551270000{n}"], {"age": text})
    assert cli("pull", pipeline("unused.xlsx"), "--to", str(home / "all.csv")).status == 0
    name = pipeline(
        home / "all.csv", **{"source.kind": "csv", "source.address": "address", "contacts.variables": {"age": "age"}}
    )
    rows = cli("sync", name, "--json").json["rows"]
    assert (rows["unchanged"], rows["updated"]) == (9, 0)
