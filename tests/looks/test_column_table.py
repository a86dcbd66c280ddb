"""`check` tells how the columns that are used are read, with an example of each kind of odd cell."""

from __future__ import annotations


def test_every_column_that_is_used_is_told_with_what_is_odd_in_it(cli, clinic, sheet, pipeline):
    lines = [("012345678", 39, "blue"), ("12999888", None, "--"), ("N/A", 1, "x" * 300), ("none", 2, "red"),
             ("+4915123456789", 3, "red"), ("sip:a@example.org", 4, "red")]  # fmt: skip
    said = cli("check", pipeline(sheet(*lines)))
    assert said.status == 0
    assert "6 rows. 2 of them cannot be used." in said.out
    table = [line.strip() for line in said.out.splitlines() if line.startswith("    ")]
    assert table == [
        "column  used as                  read as",
        "Phone   address                  numbers of KH: 2; numbers of other countries: 1; SIP addresses: 1",
        "2 × There is no address in this row. (first in row 4)",
        "1 × The leading 0 was missing; the number was read as a national one of KH. (first in row 3)",
        "Age     variable age             texts: 5; blank, kept: 1",
        "Colour  variable favorite color  texts: 5; cleared: 1",
        "1 × The value has 300 characters; Verboice stores at most 255. (first in row 4)",
    ]


def test_a_pipeline_that_only_calls_is_told_of_its_addresses_too(cli, clinic, sheet, pipeline):
    clinic.sandbox.add_channel(
        clinic.account, "chan", call_flow=clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    )
    name = pipeline(sheet(("012345678",), ("nobody",), header=("Phone",)), contacts=None, calls={"channel": "chan"})
    said = cli("check", name)
    assert (said.status, "1 of them cannot be used." in said.out) == (0, True)
    assert "1 × This is not a phone number or a SIP address. (first in row 3)" in said.out
