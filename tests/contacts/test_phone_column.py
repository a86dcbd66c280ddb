"""Which column of an unknown spreadsheet holds the numbers of people."""

from __future__ import annotations

import pytest

from flows.contacts.phone_column import phone_columns

NUMBERS = [f"0{n} 345 6{n:02d}" for n in (12, 11, 92, 77, 10, 85)]
IDS = [str(200_000_000 + 37 * n) for n in range(6)]


def best(columns, region=None):
    found = phone_columns(columns, region)
    return found[0].name if found else None


@pytest.mark.parametrize("region", [None, "KH"])
def test_a_telling_header_wins_over_a_column_that_is_full_of_digits(region):
    patchy = ["N/A", *NUMBERS[1:4], "012 345 603 / 098 765 432", "023 880 100 ext 2"]
    for other in ("MRN", "National ID", "Facility code", "Patient no.", "", "Column1"):
        assert best({other: IDS, "Mobile": patchy}, region) == "Mobile"


def test_a_telling_header_over_hardly_any_number_is_none():
    assert best({"Phone": ["yes", "no", "no", "no"], "Contact": NUMBERS[:4]}) == "Contact"


@pytest.mark.parametrize(
    "header",
    ["Phone", "phone_number", "PhoneNumber", "Tel.", "Mobile (WhatsApp)", "MSISDN", "Téléphone", "Numéro de téléphone",
     "Teléfono móvil", "Celular", "Nomor HP", "Điện thoại", "Namba ya simu", "Телефон", "هاتف", "电话", "手机号码",
     "โทรศัพท์", "ទូរស័ព្ទ", "លេខទូរស័ព្ទ", "फोन", "휴대폰", "Contact number", "Number"],
)  # fmt: skip
def test_headers_that_say_telephone_in_many_languages(header):
    assert best({"Name": ["Sok"] * 6, "Value": NUMBERS[::-1], header: NUMBERS}) == header


@pytest.mark.parametrize(
    "header",
    ["ID", "Patient ID", "patient_id", "MRN", "Household number", "Account number", "Phone id", "Facility code",
     "Amount", "Mobile money amount", "Date of birth", "Fecha", "Código", "Identifiant", "Fax", "GPS longitude",
     "身份证", "Case number"],
)  # fmt: skip
def test_ids_codes_amounts_and_dates_are_never_taken(header):
    assert best({header: NUMBERS}) is None


def test_a_nameless_run_of_rising_digits_is_an_id():
    assert best({"Column1": [str(12_345_600 + n) for n in range(6)]}, "KH") is None
    assert best({"Column1": NUMBERS}, "KH") == "Column1"


def test_the_persons_own_number_comes_before_others():
    columns = {"Emergency phone": NUMBERS, "Phone 2": NUMBERS, "Phone": [*NUMBERS[:5], "N/A"]}
    assert [column.name for column in phone_columns(columns)] == ["Phone", "Emergency phone", "Phone 2"]


def test_what_is_as_likely_can_be_told_from_what_is_not():
    first, *others = phone_columns({"Mobile": NUMBERS, "Telephone": NUMBERS, "Phone 2": NUMBERS, "Contact": NUMBERS})
    assert [first.name, *(other.name for other in others if other.is_like(first))] == ["Mobile", "Telephone"]
    assert (first.numbers, first.filled, first.regions) == (6, 6, ("KH",))


def test_sip_addresses_need_no_country():
    assert best({"Name": ["Sok", "Dara"], "Line": ["sip:a@example.org", "b@example.org"]}) == "Line"
    assert best({"Name": ["Sok"], "Age": ["38"]}) is None
    assert best({}) is None
