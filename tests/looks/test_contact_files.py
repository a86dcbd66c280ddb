"""Contacts as a file: every value as text, as it is at Verboice, whatever programs would make of it."""

from __future__ import annotations

import stat

import pyarrow as pa
import pytest
from openpyxl import load_workbook

from connectors.errors import CouldNotBeDone
from connectors.sources.csv.source import CsvSource
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
