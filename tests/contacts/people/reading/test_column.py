"""A column of plain numbers is decided as a whole where there is one reading, and left to a closer look where not."""

from __future__ import annotations

import pyarrow as pa
import pytest

from flows.contacts.people.address import read_address
from flows.contacts.people.reading.column import decide

LOST_A_ZERO = True
IN_EACH_COUNTRY = {
    None: {
        "012345678": "012345678",
        "012 345 678": "012345678",
        "12345": "12345",
        "123456789012345": "123456789012345",
        "+85512345678": "85512345678",
        "+855 12-345-678": "85512345678",
        "5491123456789": "5491123456789",
        "1234": None,  # too short
        "1234567890123456": None,  # too long
        "+9999999999": None,  # of no country
        "+855012345678": None,  # a trunk zero behind the code
        "9999999": None,  # a placeholder
        "(012)345678": None,  # begins with a sign
        "012345678 9": None,  # two numbers, as are the next
        "012345678 098765432": None,
        "012 345 678-79": None,
        "012 345 678 (2)": None,
        "012 - 345": None,
        "2026-11-03": None,  # a date
        "3-11-2026": None,
        "551187654321": None,  # of an old plan, as are the next
        "+541123456789": None,
        "22997123456": None,
        "22507080910": None,
        "23777123456": None,
    },
    "KH": {
        "012345678": "85512345678",
        "012 345 678": "85512345678",
        "0961234567": "855961234567",
        "12345678": ("85512345678", LOST_A_ZERO),
        "12 345 678": ("85512345678", LOST_A_ZERO),
        "85512345678": "85512345678",
        "+85512345678": "85512345678",
        "+855 (0)12 345 678": None,
        "855012345678": None,
        "+855012345678": None,
        "+12025550123": "12025550123",
        "+84912345678": "84912345678",
        "+5511987654321": "5511987654321",
        "+4646812345": "4646812345",
        "12025550123": None,  # the plus is missing
        "84912345678": None,
        "0085512345678": None,  # as it is dialled, from elsewhere or within Cambodia
        "0012025550123": None,
        "00112025550123": None,
        "039123456": None,  # not in the plan
        "12345": None,
        "+85539123456": None,
        "+1234567890123456": None,
        "+999123456": None,
        "99999999": None,  # a placeholder, but not behind a plus
        "+85511111111": "85511111111",
        "+551187654321": None,  # of an old plan
        "+5491123456789": "5491123456789",
        "+541123456789": None,
        "+46468123456": None,  # Sweden's code twice, or a number of Lund
        "+62062812345678": None,
        "+375 8 0291234567": None,
        "+3758001234567": None,  # begins like a national prefix behind the code
        "+493012345678901": "493012345678901",
        "+4930123456789012": None,
    },
    "US": {
        "2015550123": "12015550123",  # written without the 1
        "12015550123": "12015550123",
        "1-201-555-0123": "12015550123",
        "+12015550123": "12015550123",
        "2045550123": "12045550123",  # of Canada, which has the same code
        "+442079460123": "442079460123",
        "112015550123": None,
        "01112015550123": None,
        "01185512345678": None,
        "0012015550123": None,
        "85512345678": None,
    },
    "AG": {"2684641234": "12684641234", "+12684641234": "12684641234", "12684641234": None, "4641234": None},
    "AR": {
        "91123456789": ("5491123456789", LOST_A_ZERO),
        "5491123456789": "5491123456789",
        "+5491123456789": "5491123456789",
        "+12025550123": "12025550123",
        "01123456789": None,  # one person with the next ones
        "1123456789": None,
        "541123456789": None,
        "0111523456789": None,
        "+54111523456789": None,
    },
    "AU": {
        "0412345678": "61412345678",
        "412345678": ("61412345678", LOST_A_ZERO),
        "1831412345678": "61412345678",  # 1831 hides who calls
        "18310412345678": None,
    },
    "BB": {"2462345678": "12462345678", "3105836": None},  # within Barbados, or a number of no country
    "BR": {
        "11987654321": "5511987654321",
        "011987654321": "5511987654321",
        "5511987654321": "5511987654321",
        "1123456789": "551123456789",
        "01511987654321": None,  # by a carrier
        "1187654321": None,
        "551187654321": None,
    },
    "CO": {"3101234567": "573101234567", "033101234567": "573101234567", "03101234567": None},  # 03 is a carrier
    "IT": {
        "0212345678": "390212345678",
        "3123456789": "393123456789",
        "393123456789": "393123456789",
        "03123456789": "3903123456789",
        "+390212345678": "390212345678",
        "212345678": None,  # a zero that belongs to the number is missing
        "669812345": None,
    },
    "HU": {
        "06201234567": "36201234567",
        "201234567": ("36201234567", LOST_A_ZERO),
        "36201234567": "36201234567",
        "3606201234567": None,
        "69182853": None,  # a 0 that is a part of the prefix 06 may be missing
    },
    "RU": {
        "89123456789": "79123456789",
        "9123456789": "79123456789",
        "+79123456789": "79123456789",
        "81012025550123": None,  # abroad
    },
    "BY": {
        "80291234567": "375291234567",
        "291234567": ("375291234567", LOST_A_ZERO),
        "80212345678": "375212345678",
        "8029123456": None,
        "3758001234567": None,
        "8001234567": None,
    },
    "CL": {"+56221234567": "56221234567", "12300201234": None},  # 1230 is dialled before foreign numbers, too
    "IL": {"0501234567": None, "0502345678": "972502345678", "01800123456": None},
    "MX": {
        "5541637145": "525541637145",
        "+525541637145": "525541637145",
        "0445541637145": None,
        "5215541637145": None,
    },
    "GA": {"06031234": "24106031234", "24106031234": "24106031234", "6031234": None, "+2416031234": None},
    "CI": {"0707080910": "2250707080910", "2250707080910": "2250707080910", "07080910": None, "707080910": None},
    "JP": {"09012345678": "819012345678", "9012345678": ("819012345678", LOST_A_ZERO)},
    "IN": {"08123456789": "918123456789", "8123456789": "918123456789", "91918123456789": None},
    "DE": {
        "015123456789": "4915123456789",
        "301234567": ("49301234567", LOST_A_ZERO),
        "03012345678901": "493012345678901",
        "030123456789012": None,
        "4903123456": None,  # 0 behind the country code, or Germany's area code 04903
        "15123456789": None,  # also of the US
        "4915123456789": None,  # also with the code twice
    },
    "ID": {
        "0812345678": "62812345678",
        "812345678": ("62812345678", LOST_A_ZERO),
        "62812345678": None,
        "6262812345678": None,
    },
    "SE": {"0468123456": "46468123456", "46468123456": None, "468123456": None},
    "NU": {"7012": "6837012", "6837012": "6837012", "+6834000": "6834000"},
    "SM": {"0549886377": "3780549886377", "378 0549 886377": "3780549886377", "886377": None},
}


@pytest.mark.parametrize("region", IN_EACH_COUNTRY)
def test_a_number_with_one_reading_is_decided_alone_and_among_others(region):
    expected = {
        text: told if isinstance(told, tuple) else (told, False) for text, told in IN_EACH_COUNTRY[region].items()
    }
    assert {text: result for text in expected for result in decided([text], region)} == expected
    assert dict(zip(expected, decided(list(expected), region), strict=True)) == expected


@pytest.mark.parametrize("region", IN_EACH_COUNTRY)
def test_what_is_decided_is_what_a_closer_look_finds(region):
    for text, (number, _) in zip(IN_EACH_COUNTRY[region], decided(list(IN_EACH_COUNTRY[region]), region), strict=True):
        address = read_address(text, region)
        assert number in (None, address.key), text
        assert number in (None, address.number), text


@pytest.mark.parametrize(
    ("region", "note"),
    [
        (None, ""),
        ("KH", "The leading 0 was missing; the number was read as a national one of KH."),
        ("HU", "The leading 06 was missing; the number was read as a national one of HU."),
        ("GA", "The leading 0 was missing; the number was read as a national one of GA."),
    ],
)
def test_what_is_told_of_a_missing_zero_names_what_the_country_writes(region, note):
    assert decide(pa.array(["12345678"]), region).note == note


@pytest.mark.parametrize("region", [None, "KH", "AR"])
def test_a_column_without_rows_is_decided(region):
    assert decided([], region) == []


def decided(texts, region):
    """Each text's number, and whether its zero was missing."""
    found = decide(pa.array(texts, pa.string()), region)
    assert len(found.numbers) == len(found.zero_missing) == len(texts)
    assert found.zero_missing.dtype == bool
    return list(zip(found.numbers.to_pylist(), found.zero_missing.tolist(), strict=True))
