"""Numbers as people may see them: masked where a message is made, and a net for what servers and drivers say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.errors import ConfigurationError
from connectors.ledger.database import _cause
from connectors.ledger.values import Cap
from connectors.masking import mask_number, mask_text
from connectors.sources.databases.session import _words
from connectors.sources.headers import refuse_repeated
from connectors.sources.wanted_columns import comes_near, no_such_column
from connectors.values import CallRequest, Rows
from connectors.verboice.errors import CallRefused, NoAnswer
from connectors.verboice.responses import Reply, unexpected
from flows import wiring
from flows.calls.batch import PlannedCall
from flows.calls.sparing import Earlier, as_earlier, too_soon
from flows.looks.one_contact import look_at
from flows.runs.calls.push import MOST_LOST, CallPush
from flows.runs.contacts.set_all import parse_values
from flows.settings.models import Pipeline

SERVER = {"url": "https://verboice.example.org", "account": "ana@example.org", "password": "x", "project": 12}
PIPELINE = Pipeline.model_validate(
    {
        "name": "clinic",
        "verboice": SERVER,
        "source": {"kind": "csv", "path": "p.csv", "address": "Phone"},
        "contacts": {"variables": {"age": "Age"}},
    }
)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+85512345678", "••••5678"),
        ("012 345 678", "••••5678"),
        ("(012) 345-678", "••••5678"),
        ("85512345678@pbx.example.org", "••••5678@pbx.example.org"),
        ("alice@pbx.example.org", "••••@pbx.example.org"),
        ("1234567", "••••4567"),
        ("12345", "••••"),
        ("", ""),
    ],
)
def test_an_address_shows_its_last_four_digits_only(address, shown):
    assert mask_number(address) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("“+855 12 345 678” is too short", "“••••5678” is too short"),
        ("(012) 345-678 or 0123456789.", "••••5678 or ••••6789."),
        ("call 85512345678", "call ••••5678"),
        ("1234567 8 or 123-4567 or 0123456 or + 1234567", "••••5678 or ••••4567 or ••••3456 or + ••••4567"),
        ("row 12345678 is no row", "row ••••5678 is no row"),
        ("since 2026-11-23 08:15:00 it says 85512345678", "since 2026-11-23 08:15:00 it says ••••5678"),
        ("on 2026-11-23 85512345678", "on 2026-11-23 ••••5678"),
        ("redirects to https://10.0.0.5/by_address/85512345678", "redirects to https://10.0.0.5/by_address/••••5678"),
        ("Verboice at 855.12.345.678.9", "Verboice at ••••6789"),
        ("12.34.56.78 or 01.23.45.67.89:8", "••••5678 or ••••6789:8"),
        ("012 31-12-2034 and 31-12-2034 567", "••••2034 and ••••4567"),
        ("2026-11-23-4567 and 25-12-26", "••••4567 and ••••1226"),
        ("٠١٢٣٤٥٦٧", "••••٤٥٦٧"),
    ],
)
def test_a_number_in_a_text_shows_its_last_four_digits_only(text, shown):
    assert mask_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "100,001 of 250,000 contacts",
        "rows 100001, 100002 and 100003 name it. 3 more do",
        "queued on 2026-11-23, call 4123456 of contact 100007 (id 1234567)",
        "(run 20261123T081500Z-c0ffee, request id 3f2c0a1e-1234-4f5a-9abc-0123456789ab)",
        "another one is at work (20261123T081500Z-c0ffee on vm), and (0123456789abcdef) is approved",
        "asked (2026-11-23 08:15) by (192.168.100.20:8080), for (25/12/2026)",
        "verboice-sync sync clinic --approve 0123456789abcdef",
        "25/12/2026 → 26.12.2026 08:30",
        "1-2-2026 or 2026/12/25 or 25/12/26 or 2026-12-24T18:00:00+07:00",
        "31/02/2026, 2026-13-45 and 45/12/2026",
        "from 2026-11-01/2026-11-30",
        "Verboice at 192.168.100.20:8080 did not answer.",
        "Verboice at 10.0.0.5 cannot be reached: no connection in time.",
        'connection to server at "203.0.113.7", port 5432 failed',
        "http://12.34.56.78/ and 10.11.12.13:8090",
        "age: 38 → 39",
    ],
)
def test_what_is_no_number_stays(text):
    assert mask_text(text) == text


BARE = re.compile(r"[1-9]\d{5,6}")
DATE = re.compile(r"\d{4}[-.]\d{1,2}[-.]\d{1,2}|\d{1,2}[-.]\d{1,2}[-.](\d{4}|\d\d)")
SERVER_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


@given(
    before=st.text(alphabet="ab “:", max_size=5),
    digits=st.text(alphabet="0123456789", min_size=6, max_size=15),
    separators=st.lists(st.sampled_from(["", " ", "-", ".", ") ", "\u00a0"]), min_size=15, max_size=15),
)
def test_no_number_however_spaced_shows_more_than_four_digits(before, digits, separators):
    spelled = "".join(digit + separator for digit, separator in zip(digits, separators, strict=False))
    assume(not any(shape.fullmatch(spelled.strip(" -.)\u00a0")) for shape in (BARE, DATE, SERVER_ADDRESS)))
    assert sum(map(str.isdigit, mask_text(before + spelled))) <= 4


@given(
    parts=st.tuples(st.sampled_from(["19", "20"]), *[st.integers(0, 99)] * 3),
    by=st.sampled_from("-/."),
    shape=st.sampled_from(["{year}{by}{one:02}{by}{two:02}", "{one}{by}{two}{by}{year}"]),
)
def test_a_date_stays_whether_or_not_there_is_such_a_day(parts, by, shape):
    century, year, one, two = parts
    text = f"“{shape.format(year=f'{century}{year:02}', one=one, two=two, by=by)}” is not a date that exists."
    assert mask_text(text) == text


@given(st.ip_addresses(v=4), st.integers(10, 65535))
def test_a_servers_address_stays(address, port):
    for text in (f"http://{address}/api", f"Verboice at {address}:{port} did not answer."):
        assert mask_text(text) == text


@given(st.text(alphabet="0123456789 -+.(/rows,andT:", max_size=40))
def test_masking_twice_changes_nothing_more(text):
    assert mask_text(mask_text(text)) == mask_text(text)


@given(
    row=st.integers(2, 1_048_576),
    call=st.integers(1, 9_999_999),
    at=st.integers(946_684_800, 4_070_908_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_rows_runs_and_calls_named_in_a_reason_stay(row, call, at):
    earlier = Earlier("20261123T081500Z-c0ffee", row, at, "clinic", call)
    uncertain = Earlier("20261123T081500Z-c0ffee", row, at, "clinic", is_uncertain=True)
    told = as_earlier(row, earlier), as_earlier(row, uncertain)
    outcomes = *told, *(too_soon(row, earlier, Cap(calls, timedelta(hours=24))) for calls in (1, 2))
    for outcome in outcomes:
        assert mask_text(outcome.reason) == outcome.reason


# Errors are shown as they are, because their places and paths have digits too: whoever makes one masks what it quotes.

NUMBERS = st.builds(
    lambda plus, digits: plus + digits,
    st.sampled_from(["", "+", "0"]),
    st.from_regex(r"[1-9][0-9]{8,13}", fullmatch=True),
)


def shows(text: object, number: str) -> bool:
    return number.lstrip("+0") in str(text)


class Server:
    """Answers every call with this error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def enqueue_call(self, _call: CallRequest) -> None:
        raise self.error


class Journal:
    def begin(self, call: PlannedCall) -> None: ...
    def settle(self, row: int, state: str, *, call_id: int | None = None, reason: str = "") -> None: ...


@given(NUMBERS)
def test_an_error_does_not_repeat_what_was_typed_or_stands_in_a_header(number):
    rows = Rows(pa.table({number: ["1"]}), pa.array([2]), "p")
    with pytest.raises(ConfigurationError) as lacking:
        wiring.check_columns(PIPELINE, rows)
    with pytest.raises(ConfigurationError) as typed:
        parse_values([number])
    with pytest.raises(ConfigurationError) as repeated:
        refuse_repeated([number, number], "p.csv")
    unknown = no_such_column(comes_near("Phone", ["Name", number]), ["Name", number], "p.csv")
    for error in (lacking.value, typed.value, repeated.value, unknown):
        assert not shows(error, number)


@given(NUMBERS)
def test_an_error_about_one_contact_does_not_show_its_number(number):
    with pytest.raises(ConfigurationError) as wrong:
        look_at(PIPELINE, None, number + " " + number)
    assert not shows(wrong.value, number)


@given(NUMBERS)
def test_an_error_does_not_repeat_numbers_that_a_server_or_a_driver_names(number):
    url = sa.make_url("postgresql://ana@db.example.org/clinic")
    said = f"Key (phone)=({number}) already exists."
    moved = unexpected(Reply(302, headers={"location": f"https://verboice.example.org/by_address/{number}"}))
    assert "https://verboice.example.org/by_address/••••" in str(moved)
    for error in (moved, _words(Exception(said), url), _cause(Exception(said))):
        assert not shows(error, number)


@given(NUMBERS)
def test_a_batch_that_is_stopped_does_not_repeat_numbers_that_the_server_names(number):
    calls = [PlannedCall(row, number, str(row), CallRequest(1, number)) for row in range(2, 2 + MOST_LOST)]
    for answer in (CallRefused(f"Channel is disabled for {number}"), NoAnswer(f"No answer about {number}.")):
        pushed = CallPush(Server(answer), Journal(), constants=["channel"]).run(calls)
        assert pushed.stopped is not None
        assert not shows(pushed.stopped, number)
