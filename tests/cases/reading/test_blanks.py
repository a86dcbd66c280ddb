"""Words and signs by which exports say that nothing was answered."""

from __future__ import annotations

import pytest


def test_the_signs_of_commcare_are_blank_and_said(case, synced) -> None:
    done = synced(case("commcare.csv"), {"age": "A"}, people=["+85512345602"], **{"source.address": "phone_number"})

    assert done.puts == []
    assert done.buckets == {"unchanged": 1, "rejected": 1}
    assert "Column “A”: “---” stands for a question that was not asked; read as blank (row 2)." in done.notes


def test_signs_that_the_pipeline_names_are_blank_without_a_word(case, synced) -> None:
    done = synced(
        case("commcare.csv"), {"age": "A"}, people=["+85512345602"],
        **{"source.address": "phone_number", "contacts.blanks": ["---"]},
    )  # fmt: skip

    assert done.puts == []
    assert done.buckets == {"unchanged": 1, "rejected": 1}
    assert not [note for note in done.notes if "---" in note]


@pytest.mark.parametrize("text", ["N/A", "n/a", "NA", "nan", "NaN", "NULL", "None", "-", "—", "?", "(blank)", " --- "])
def test_a_placeholder_is_named_with_how_often_it_stands_there(synced, home, text) -> None:
    path = home / "answers.csv"
    path.write_text(f"Phone,Answer\n012345678,{text}\n012777666,yes\n012999888,{text}\n")
    done = synced(path, {"favorite color": "Answer"}, command="plan")

    told = f"Column “Answer”: “{text.strip()}” is taken for a value, not for an empty cell (2 cells, from row 2 on)."
    assert done.notes.count(told) == 1


def test_words_that_can_be_answers_are_not_spoken_of(synced, home) -> None:
    path = home / "answers.csv"
    path.write_text("Phone,Answer\n012345678,none\n012777666,unknown\n012999888,0\n")

    assert not [note for note in synced(path, {"age": "Answer"}, command="plan").notes if "Answer" in note]


@pytest.mark.parametrize("blank", ["keep", "clear"])
def test_texts_that_count_as_blank_keep_or_clear_as_blank_cells_do(synced, home, clinic, blank) -> None:
    path = home / "answers.csv"
    path.write_text("Phone,Age,Colour\n012345678, N/A ,red\n")
    done = synced(
        path, {"age": "Age", "favorite color": "Colour"},
        **{"contacts.blanks": ["N/A", "---"], "contacts.blank": blank, "guard.max_clears": "100%"},
    )  # fmt: skip

    assert done.status == 0
    assert clinic.vars("85512345678") == {"age": "38" if blank == "keep" else "", "favorite color": "red"}


def test_an_error_text_that_counts_as_blank_is_no_problem_any_more(synced, home, clinic) -> None:
    path = home / "answers.csv"
    path.write_text("Phone,Age,Colour\n012345678,#N/A,red\n012777666,#REF!,blue\n")
    variables = {"age": "Age", "favorite color": "Colour"}

    assert synced(path, variables, command="plan").problems == [(2, "Age"), (3, "Age")]
    done = synced(path, variables, **{"contacts.blanks": "#N/A"})
    assert done.problems == [(3, "Age")]
    assert clinic.vars("85512345678") == {"age": "38", "favorite color": "red"}


def test_a_text_cannot_clear_and_count_as_blank(cli, pipeline, home) -> None:
    said = cli("plan", pipeline(home / "x.csv", **{"contacts.blanks": ["--"]}))

    assert said.status == 2
    assert "has -- both as clear_marker and among blanks" in said.err


def test_line_breaks_and_tabs_are_stored_as_they_are_and_other_control_characters_are_not(synced, home, clinic) -> None:
    path = home / "lines.csv"
    path.write_bytes(b'Phone,Note\n012345678,"one\r\ntwo\tthree"\n012777666,"a\x07b"\n012999888,"a\x00b"\n')
    done = synced(path, {"favorite color": "Note"})

    assert done.puts == [("85512345678", {"favorite color": "one\r\ntwo\tthree"})]
    assert clinic.vars("85512345678")["favorite color"] == "one\r\ntwo\tthree"
    assert done.problems == [(3, "Note"), (4, "Note")]
    assert done.reasons.count("control character") == 2


def test_a_control_character_is_not_said_on_the_telephone(cli, clinic, pipeline, home) -> None:
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "main line", call_flow=flow)
    path = home / "calls.csv"
    path.write_bytes(b"Phone,Name\n012345678,So\x07k\n012777666,Dara\n")
    calls = {"channel": "main line", "vars": {"name": "Name"}}
    changes = {"contacts": None, "calls": calls, "source.kind": "csv", "guard.max_rejected": "100%"}
    said = cli("call", pipeline(path, **changes), "--dry-run", "--json")

    assert [(p["row"], p["column"]) for p in said.json["problems"]] == [(2, "Name")]
