"""Which column of an unknown spreadsheet holds the numbers of people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.contacts.phone_column import PhoneColumn, phone_columns

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
    assert best({"Name": ["Sok"] * 6, "Value": NUMBERS[::-1], header: NUMBERS}, "KH") == header


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


def test_a_column_is_told_with_what_its_header_says_and_how_many_of_its_values_are_numbers():
    columns = {
        "Value": [*NUMBERS[:3], "", "N/A"],
        "Contact": [*NUMBERS[:2], " ", "2345", "none"],
        "Phone of a relative": ["sip:a@example.org", "", "12", "x"],
        "Mobile": ["012 345 678", "+62 812 3456 7890"],
    }
    assert phone_columns(columns) == [
        PhoneColumn("Mobile", 2, True, 2, 2, ("KH",)),
        PhoneColumn("Phone of a relative", 2, False, 1, 3, ()),
        PhoneColumn("Contact", 1, True, 2, 4, ("KH",)),
        PhoneColumn("Value", 0, True, 3, 4, ("KH",)),
    ]


@pytest.mark.parametrize(("header", "enough"), [("Mobile", 3), ("Contact", 5), ("Value", 5)])
def test_how_many_values_must_be_numbers_depends_on_the_header(header, enough):
    numbers = [f"012 345 6{n}{n}" for n in range(enough)]
    others = ["N/A"] * (10 - enough)
    assert best({header: [*numbers, *others]}, "KH") == header
    assert best({header: [*numbers[1:], "N/A", *others]}, "KH") is None


def test_without_a_country_digits_are_numbers_where_the_header_says_so():
    digits = ["1234567", "7654321", "1230000"]
    assert [best({header: digits}) for header in ("Phone", "Contact", "Value")] == ["Phone", "Contact", None]
    assert [best({header: [text[1:] for text in digits]}) for header in ("Phone", "Contact")] == [None, None]


def test_ids_rise_from_row_to_row_in_five_rows_or_more():
    rising = [f"012345{n}00" for n in range(1, 6)]
    assert best({"Value": rising}, "KH") is None
    assert best({"Mobile": rising}, "KH") == "Mobile"
    for others in (rising[:4], [*rising[:4], rising[3]], [*rising[:4], "012 345 999"], [*rising[1:], rising[0]]):
        assert best({"Value": others}, "KH") == "Value"


def test_of_columns_that_say_the_same_numbers_of_a_country_come_first_and_then_the_fuller_one():
    columns = {
        "Phone a": ["a@example.org", "b@example.org"],
        "Phone b": ["012 345 678", "N/A", "N/A"],
        "Phone c": ["012 345 678", "011 345 611", "N/A"],
    }
    assert [column.name for column in phone_columns(columns)] == ["Phone c", "Phone b", "Phone a"]


def test_a_country_that_is_given_is_the_only_one():
    americans = {"Value": ["202 555 0123", "202 555 0188"]}
    assert [best(americans, region) for region in ("US", None, "KH")] == ["Value", "Value", None]


def test_columns_are_alike_where_the_same_is_said_and_hardly_more_are_numbers():
    first = PhoneColumn("Mobile", 2, True, 5, 10, ("KH",))
    like = [replace(first, numbers=4), replace(first, numbers=10), replace(first, regions=("VN",))]
    unlike = [
        replace(first, numbers=3),
        replace(first, telling=1),
        replace(first, is_first=False),
        replace(first, regions=()),
    ]
    assert [other.is_like(first) for other in (*like, *unlike)] == [True] * 3 + [False] * 4


def test_sip_addresses_need_no_country():
    assert best({"Name": ["Sok", "Dara"], "Line": ["sip:a@example.org", "b@example.org"]}) == "Line"
    assert best({"Name": ["Sok"], "Age": ["38"]}) is None
    assert best({}) is None
