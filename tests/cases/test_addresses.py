"""Address columns as they came to others who import lists: who is updated, created and rung, and who is not."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent / "addresses"
SEVERAL = "There are two numbers in this cell"


def test_a_country_code_without_plus_is_never_doubled(case, clinic, dialled):
    clinic.sandbox.add_contact(clinic.project, ["+62812345678"], {"age": "9"})
    run = case(HERE / "country_code_without_plus_id.csv", **{"source.region": "ID", "contacts.missing": "create"})
    assert run("sync").rows == {"updated": 1, "created": 1}
    assert clinic.vars("+62812345678") == {"age": "1"}
    assert clinic.vars("628123456789") == {"age": "2"}
    assert run("call").rows == {"queued": 2}
    assert dialled() == ["+62812345678", "628123456789"]


def test_where_nobody_is_stored_digits_that_mean_two_people_are_rejected_and_both_named(case, dialled):
    run = case(HERE / "country_code_without_plus_de.csv", **{"source.region": "DE"})
    called = run("call")
    assert called.rows == {"queued": 1, "rejected": 2}
    assert "+4915123456789" in called.reasons[2]
    assert "+494915123456789" in called.reasons[2]
    assert dialled() == ["4989333333333"]


@pytest.mark.parametrize("region", ["KH", None])
def test_a_second_number_in_short_form_is_not_joined_to_the_first(case, dialled, region):
    run = case(HERE / "second_number_in_short_form.csv", **{"source.region": region, "contacts.missing": "create"})
    for command in ("sync", "call"):
        outcome = run(command)
        assert (outcome.status, outcome.rows) == (4, {"rejected": 3})
        assert all(reason.startswith(SEVERAL) for reason in outcome.reasons.values())
    assert dialled() == []


def test_the_first_of_several_numbers_is_taken_where_the_pipeline_says_so(case, clinic, dialled):
    run = case(HERE / "second_number_in_short_form.csv", **{"source.several": "first"})
    called = run("call")
    assert called.rows == {"queued": 2, "duplicate": 1}
    assert dialled() == ["85512345678", "85523880123"]


@pytest.mark.parametrize("region", ["KH", None])
def test_placeholders_are_no_addresses(case, clinic, dialled, region):
    run = case(HERE / "placeholders.csv", **{"source.region": region, "contacts.missing": "create"})
    assert run("sync").rows == {"updated": 1, "rejected": 10}
    called = run("call")
    assert called.rows == {"queued": 1, "rejected": 10}
    assert set(called.reasons.values()) == {"There is no address in this row."}
    assert dialled() == ["85512345678"]


def test_a_colon_makes_no_sip_address(case, clinic, dialled):
    clinic.sandbox.add_contact(clinic.project, ["+855 16 111 222"], {})
    run = case(HERE / "colons.csv", **{"contacts.missing": "create"})
    synced = run("sync")
    assert synced.rows == {"updated": 2, "created": 2, "rejected": 2}
    assert clinic.vars("+855 16 111 222") == {"age": "3"}
    called = run("call")
    assert called.rows == {"queued": 4, "rejected": 2}
    assert called.reasons[2].startswith(SEVERAL)
    assert "sign" in called.reasons[6]
    assert dialled() == ["85512777666", "+855 16 111 222", "85516111223", "85516111225"]


def test_a_header_in_the_middle_is_nobodys_row(case, clinic, dialled):
    clinic.sandbox.add_contact(clinic.project, ["Phone"], {})  # as an earlier import left it behind
    run = case(HERE / "header_again.csv", **{"source.region": None, "contacts.missing": "create"})
    synced = run("sync")
    assert synced.rows == {"created": 2, "rejected": 2}
    assert "header once more" in synced.reasons[3]
    assert clinic.vars("Phone") == {}
    assert run("call").rows == {"queued": 2, "rejected": 2}
    assert dialled() == ["85511111112", "85511111113"]


def test_a_number_that_lost_a_digit_is_nobodys_and_has_no_zero_behind_its_country_code(case, dialled):
    run = case(HERE / "a_digit_short.csv", **{"contacts.missing": "create"})
    for command in ("sync", "call"):
        outcome = run(command)
        assert outcome.rows == {"rejected": 3}
        assert all("too few" in reason for reason in outcome.reasons.values())
    assert case(HERE / "a_digit_short.csv", **{"source.numbers": "possible"})("call").rows == {"rejected": 3}
    assert dialled() == []


def test_signs_that_guard_a_number_or_stand_between_its_digits_are_read(case, dialled):
    called = case(HERE / "guarded.csv")("call")
    assert called.rows == {"queued": 6}
    assert dialled() == [f"8551234560{n}" for n in range(3, 9)]


def test_a_national_list_without_a_region_is_told_of(case, cli):
    run = case(HERE / "national_without_region.csv", **{"source.region": None})
    for command in ("plan", "sync", "call"):
        assert "set `region` under `source` (KH would fit)" in run(command).err
    checked = cli("check", "p")
    assert "set `region` under `source` (KH would fit)" in checked.out
    assert "KH would fit" in cli("check", "p", "--json").json["notes"][0]


def test_a_national_list_with_a_wrong_region_is_told_of(case, cli):
    run = case(HERE / "national_without_region.csv", **{"source.region": "US"})
    assert "they look like KH" in run("plan").err
    assert "they look like KH" in cli("check", "p").out


@pytest.mark.parametrize(
    ("file", "region", "stored", "requests", "now"),
    [
        ("renumbered_bj.csv", "BJ", "22997123456", ["22997123456"], "+229 0197123457"),
        ("renumbered_bj.csv", "BJ", "+2290197123456", ["+2290197123456"], "+229 0197123457"),
        ("renumbered_ci.csv", "CI", "2250707080910", ["2250707080910"], "+225 0707080911"),
        ("renumbered_mx.csv", "MX", "+525541637145", ["+525541637145"], "+52 5541637146"),
    ],
)
@pytest.mark.parametrize("pull", ["all", "by_address"])
def test_in_a_renumbered_country_the_stored_person_is_meant_and_the_others_are_told_the_new_number(
    case, clinic, dialled, file, region, stored, requests, now, pull
):
    clinic.sandbox.add_contact(clinic.project, [stored], {"age": "9"})
    run = case(HERE / file, **{"source.region": region, "contacts.pull": pull})
    synced = run("sync")
    assert synced.rows == {"updated": 1, "rejected": 1}
    assert now in synced.reasons[3]
    assert clinic.vars(stored) == {"age": "1"}
    called = run("call")
    assert called.rows == {"queued": 1, "rejected": 1}
    assert now in called.reasons[3]
    assert dialled() == requests


def test_who_was_called_by_one_of_two_numbers_is_not_called_by_the_other(case, dialled, home):
    path = home / "people.csv"
    for typed in ("+54 11 2345 6789", "011 15-2345-6789", "+5491123456789"):
        path.write_text(f"Phone,Age\n{typed},1\n")
        called = case(path, **{"source.region": "AR", "calls.repeat_after": "24h"})("call")
    assert called.rows == {"skipped": 1}
    assert dialled() == ["541123456789"]


@pytest.mark.parametrize("region", ["KH", None])
def test_an_extension_cannot_be_dialled(case, dialled, region):
    run = case(HERE / "extensions.csv", **{"source.region": region, "contacts.missing": "create"})
    for command in ("sync", "call"):
        outcome = run(command)
        assert outcome.rows == {"rejected": 4}
        assert all("extension" in reason for reason in outcome.reasons.values())
    assert dialled() == []


@pytest.mark.parametrize("pull", ["all", "by_address", "changed"])
def test_whatever_is_stored_letter_by_letter_is_that_contact_and_is_rung_like_that(case, clinic, dialled, home, pull):
    odd = ["023880123x12", "012 345 67", "alice", "N/A", "Sok 012345678", "12"]
    for address in odd:
        clinic.sandbox.add_contact(clinic.project, [address], {"age": "1"})
    path = home / "people.csv"
    path.write_text("Phone,Age\n" + "".join(f"{address},2\n" for address in [*odd, "bob", "Alice"]))
    run = case(path, **{"contacts.pull": pull})
    for age in (2, 3):
        path.write_text("Phone,Age\n" + "".join(f"{address},{age}\n" for address in [*odd, "bob", "Alice"]))
        assert run("sync").rows == {"updated": 6, "rejected": 2}
        assert {clinic.vars(address)["age"] for address in odd} == {str(age)}
    assert run("sync").rows == {"unchanged": 6, "rejected": 2}
    assert run("call").rows == {"queued": 6, "rejected": 2}
    assert dialled() == odd
    assert run("call").rows == {"skipped": 6, "rejected": 2}


@pytest.mark.parametrize("more", [0, 40])
def test_the_text_as_it_stands_decides_between_two_spellings_of_a_number(case, clinic, dialled, home, more):
    clinic.sandbox.add_contact(clinic.project, ["85516111222"], {"age": "1"})
    clinic.sandbox.add_contact(clinic.project, ["+855 16 111 222"], {"age": "1"})
    path = home / "people.csv"
    others = "".join(f"0178880{number:02d},1\n" for number in range(more))
    path.write_text(f"Phone,Age\n+855 16 111 222,2\n{others}")
    run = case(path)
    run("sync")
    assert (clinic.vars("+855 16 111 222"), clinic.vars("85516111222")) == ({"age": "2"}, {"age": "1"})
    run("call")
    assert dialled()[0] == "+855 16 111 222"


def test_one_contact_is_shown_by_an_odd_address_too(case, clinic, cli, home):
    clinic.sandbox.add_contact(clinic.project, ["023880123x12"], {"age": "1"})
    path = home / "people.csv"
    path.write_text("Phone,Age\n023880123x12,2\n")
    case(path)
    shown = cli("contact", "p", "023880123x12", "--json").json
    assert [contact["addresses"] for contact in shown["contacts"]] == [["023880123x12"]]
    assert shown["rows"]["updated"] == 1
    unknown = cli("contact", "p", "023880123x13")
    assert (unknown.status, "extension" in unknown.err) == (2, True)
    assert cli("contact", "p", "---").status == 2


def test_a_cell_that_the_server_cannot_cope_with_is_its_rows_problem_only(case, clinic, home):
    path = home / "people.csv"
    path.write_text('Phone,Age\n"a/b\U0001f600",1\n"' + "x" * 300 + '",1\n"012345678\n098765432",1\n;,1\n012345678,2\n')
    synced = case(path, **{"contacts.pull": "by_address"})("sync")
    assert synced.rows == {"updated": 1, "rejected": 4}
    assert clinic.vars("85512345678")["age"] == "2"


def test_an_extension_of_a_local_exchange_is_rung_where_the_pipeline_says_so(case, dialled, home):
    path = home / "people.csv"
    path.write_text("Phone,Age\n1234,1\n0,1\n")
    assert case(path, **{"source.region": None})("call").rows == {"rejected": 2}
    assert case(path, **{"source.region": None, "source.short_numbers": True})("call").rows == {
        "queued": 1,
        "rejected": 1,
    }
    assert dialled() == ["1234"]
