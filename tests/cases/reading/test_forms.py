"""Exports of forms: groups before names, labels in place of them, questions not asked, choices, repeat groups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from connectors.sources.forms import form_of

SOK, DARA = "85512345602", "85512777602"
KOBO = "_id,_uuid,_submission_time"
OF_KOBO = "1,u1,2026-01-05T01:06:00"


@pytest.fixture
def export(home) -> Callable[..., Path]:
    """export(header, row, …): a CSV file."""

    def write(*lines: str) -> Path:
        path = home / "export.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("header", "row", "maker"),
    [
        (f"group_person/phone,group_person/Age_in_years,{KOBO}", f"012345602,38,{OF_KOBO}", "KoboToolbox"),
        (f"Person asked/Phone,Person asked/Age in years?,{KOBO}", f"012345602,38,{OF_KOBO}", "KoboToolbox"),
        ("group_person/phone,group_person/Age in years", "012345602,38", "KoboToolbox"),
        ("person/phone,person/age_in_years", "012345602,38", "KoboToolbox"),
        ("meta:instanceID,_id,_uuid,a:phone,a:Age_in_years", "u,1,u,012345602,38", "KoboToolbox"),
        ("SubmissionDate,person-phone,person-age_in_years,KEY", "2026-01-05T01:06:00.000Z,012345602,38,uuid:1", "ODK"),
        ("formid,form.person.phone,form.person.age_in_years,received_on", "f1,012345602,38,2026-01-05", "CommCare"),
    ],
)  # fmt: skip
def test_questions_are_found_below_their_groups_by_name_or_label(synced, export, header, row, maker) -> None:
    done = synced(
        export(header, row), {"age": "Age in years"}, people=[SOK], **{"source.address": "phone"},
    )  # fmt: skip

    assert done.puts == [(SOK, {"age": "38"})]
    told = [note for note in done.notes if "is headed" in note]
    assert len([note for note in told if f"as {maker} names its columns" in note]) == 2


def test_a_header_that_is_named_just_so_comes_first(synced, export) -> None:
    path = export(f"phone,mother/age,age,{KOBO}", f"012345602,61,38,{OF_KOBO}")

    assert synced(path, {"age": "age"}, people=[SOK], **{"source.address": "phone"}).puts == [(SOK, {"age": "38"})]


def test_what_another_name_means_just_so_is_not_taken_from_it(synced, export) -> None:
    path = export(f"phone,child/age,{KOBO}", f"012345602,3,{OF_KOBO}")
    done = synced(path, {"age": "age", "favorite color": "child/age"}, people=[SOK], **{"source.address": "phone"})

    assert done.status == 2
    assert "the source has no column “age”" in done.said
    assert done.puts == []


def test_two_headers_that_may_be_meant_are_named(synced, export) -> None:
    path = export(f"phone,mother/age,father/age,{KOBO}", f"012345602,61,63,{OF_KOBO}")
    done = synced(path, {"age": "age"}, people=[SOK], **{"source.address": "phone"})

    assert done.status == 2
    assert done.puts == []
    assert 'export.csv has several columns that "age" may mean: "mother/age", "father/age".' in done.said
    assert "Write one of them in the pipeline just as it stands there." in done.said


def test_an_export_without_groups_has_what_was_named_with_them(synced, export) -> None:
    path = export(f"phone,age,{KOBO}", f"012345602,38,{OF_KOBO}")
    keys = {"source.address": "group_person/phone"}

    assert synced(path, {"age": "group_person/age"}, people=[SOK], **keys).puts == [(SOK, {"age": "38"})]


def test_another_group_is_not_taken_for_the_one_that_is_named(synced, export) -> None:
    path = export(f"phone,father/age,{KOBO}", f"012345602,63,{OF_KOBO}")
    done = synced(path, {"age": "mother/age"}, people=[SOK], **{"source.address": "phone"})

    assert done.status == 2
    assert done.puts == []


def test_an_export_with_labels_is_told_where_names_are_wanted(synced, export) -> None:
    path = export(f"phone,How many summers?,{KOBO}", f"012345602,38,{OF_KOBO}")
    done = synced(path, {"age": "years"}, people=[SOK], **{"source.address": "phone"})

    assert done.status == 2
    assert "an export of KoboToolbox: made with labels in place of names, or the other way round" in done.said


def test_files_of_other_makers_are_read_by_their_headers_alone(synced, export) -> None:
    done = synced(export("Phone,Age/Years", "012345602,---"), {"age": "Years"}, people=[SOK])

    assert done.status == 2
    assert "Did you mean" in done.said or "no column" in done.said
    kept = synced(export("Phone,Age", "012345602,---"), {"age": "Age"}, people=[SOK])
    assert kept.puts == [(SOK, {"age": "---"})]


def test_questions_that_were_not_asked_are_blank(synced, export) -> None:
    path = export(
        "formid,phone,age,received_on",
        "f1,012345602,---,2026-01-05",
        "f2,---,40,2026-01-05",
        "f3,012777602,---,2026-01-05",
    )
    done = synced(path, {"age": "age"}, people=[SOK, DARA], **{"source.address": "phone"})

    assert done.puts == []
    assert done.buckets == {"unchanged": 2, "rejected": 1}
    told = "“---” stands for a question that was not asked; read as blank"
    assert f"Column “age”: {told} (2 cells, from row 2 on)." in done.notes
    assert f"Column “phone”: {told} (row 3)." in done.notes


def test_a_sign_that_the_pipeline_gives_a_meaning_keeps_it(synced, export, clinic) -> None:
    clinic.sandbox.add_contact(clinic.project, [SOK], {"age": "38"})
    path = export("formid,phone,age", "f1,012345602,---")
    done = synced(
        path, {"age": "age"}, **{"source.address": "phone", "contacts.clear_marker": "---", "guard.max_clears": "100%"},
    )  # fmt: skip

    assert done.puts == [(SOK, {"age": ""})]


def test_not_asked_is_said_to_nobody_on_the_telephone(cli, clinic, pipeline, export) -> None:
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "main line", call_flow=flow)
    path = export("formid,phone,dose", "f1,012345602,---", "f2,012777602,two")
    calls = {"channel": "main line", "vars": {"dose": "dose"}}
    keys = {"contacts": None, "calls": calls, "source.kind": "csv", "source.address": "phone"}
    cli("call", pipeline(path, **keys))

    said = [request.query for request in clinic.sandbox.requests if request.path == "/api/call.json"]
    assert len(said) == 2
    assert not [query for query in said if "---" in query]


def test_several_answers_are_one_column(synced, export) -> None:
    path = export(f"phone,g/signs,g/signs/fever,g/signs/cough,{KOBO}", f"012345602,fever cough,1,1,{OF_KOBO}")

    done = synced(path, {"favorite color": "signs"}, people=[SOK], **{"source.address": "phone"})
    assert done.puts == [(SOK, {"favorite color": "fever cough"})]
    one = synced(path, {"favorite color": "signs/fever"}, people=[SOK], **{"source.address": "phone"})
    assert one.puts[-1] == (SOK, {"favorite color": "1"})
    choice = synced(path, {"favorite color": "fever"}, people=[SOK], **{"source.address": "phone"})
    assert choice.status == 2  # a choice is told by its question


def test_answers_that_are_only_there_choice_by_choice_are_told(synced, export) -> None:
    path = export(f"phone,g/signs/fever,g/signs/cough,{KOBO}", f"012345602,1,1,{OF_KOBO}")
    done = synced(path, {"favorite color": "signs"}, people=[SOK], **{"source.address": "phone"})

    assert done.status == 2
    assert 'There are only columns below it: "g/signs/fever", "g/signs/cough".' in done.said


@pytest.mark.parametrize(
    ("header", "row", "sign"),
    [
        ("phone,age,_index,_parent_table_name,_parent_index", "012345602,3,1,form,1", "_parent_index"),
        ("phone,age,PARENT_KEY,KEY", "012345602,3,uuid:1,uuid:1/child[1]", "PARENT_KEY"),
        ("number,number__0,formid,phone,age", "0.0,0,f1,012345602,3", "number__0"),
        ("number,number0,formid,phone,age", "0.0,0,f1,012345602,3", "number0"),
    ],
)
def test_a_table_of_a_repeat_group_is_refused(synced, export, header, row, sign) -> None:
    done = synced(export(header, row), {"age": "age"}, people=[SOK], **{"source.address": "phone"})

    assert done.status == 2
    assert done.puts == []
    assert f'(its column "{sign}" says so)' in done.said
    assert "Name the sheet or file with the submissions themselves." in done.said


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("address", "variable", "missing"), [("phone", "child_age", "child_age"), ("child_phone", "age", "child_phone")]
)
def test_what_stands_in_a_repeat_group_is_refused_with_its_sheet(synced, home, address, variable, missing) -> None:
    path = workbook(
        home / "form.xlsx",
        submissions=[["phone", "age", "_id", "_uuid", "_index"], ["012345602", 38, 1, "u1", 1]],
        children=[["child_phone", "child_age", "_index", "_parent_index"], ["012777602", 3, 1, 1]],
    )
    done = synced(path, {"age": variable}, people=[SOK], **{"source.address": address, "source.sheet": "submissions"})

    assert done.status == 2
    assert done.puts == []
    assert missing in done.said
    assert 'It stands on sheet "children", a repeat group, of which a submission has several rows.' in done.said


def test_one_of_several_side_by_side_is_read_where_it_is_named_just_so(synced, export) -> None:
    path = export(f"phone,child[1]/age,child[2]/age,{KOBO}", f"012345602,3,5,{OF_KOBO}")
    keys = {"source.address": "phone"}
    done = synced(path, {"age": "age"}, people=[SOK], **keys)

    assert done.status == 2
    assert 'It stands in a repeat group, several times in a submission: "child[1]/age", "child[2]/age".' in done.said
    assert synced(path, {"age": "child[2]/age"}, people=[SOK], **keys).puts == [(SOK, {"age": "5"})]


def test_a_form_without_a_phone_column_says_which_columns_there_are(synced, export) -> None:
    done = synced(export(f"tel,age,{KOBO}", f"012345602,38,{OF_KOBO}"), {"age": "age"}, **{"source.address": "phone"})

    assert done.status == 2
    assert 'has no column "phone". Columns found: "tel", "age"' in done.said


@pytest.mark.parametrize(
    "headers",
    [
        ["Phone", "Age"],
        ["number", "username", "name", "Status"],
        ["KEY", "Phone"],
        ["_id", "Phone"],
        ["Phone/Mobile", "Age"],
        ["Phone", "Phone/Home", "Phone/Work"],
    ],
)
def test_ordinary_tables_are_no_forms(headers) -> None:
    assert form_of(headers) is None


def test_a_first_pipeline_proposes_answers_alone_and_the_time_of_submission(cli, home, export) -> None:
    path = export(
        "SubmissionDate,start,person-phone,person-age,signs,signs/fever,meta-instanceID,KEY,SubmitterID,Status",
        "2026-01-05T01:06:00.000Z,2026-01-05T01:00:00Z,012345602,38,fever,1,uuid:1,uuid:1,4,",
        "2026-01-06T01:06:00.000Z,2026-01-06T01:00:00Z,012777602,40,,0,uuid:2,uuid:2,4,",
    )
    said = cli("init", str(path), "--region", "KH", "--project", "1")
    text = (home / "configs" / "export.yaml").read_text()

    assert said.status == 0
    assert 'address: "person-phone"' in text
    assert '\n    "age": "person-age"\n    "signs": "signs"\n' in text
    assert '\n  # cursor: "SubmissionDate"    # reads only what was submitted since the last run' in text
    assert not [name for name in ("KEY", "SubmitterID", "signs/fever", '"start"', "Status") if name in text]
