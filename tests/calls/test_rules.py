"""What the pipeline file says about calls."""

from __future__ import annotations

from datetime import time

import pytest

from flows.calls.hours import OpenHours
from flows.calls.rules import Consent, Given, NotUsable, Timing

HOURS = OpenHours(time(8), time(17))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yes", ""),
        (" Oui ", ""),
        ("no ", "Column “Consent” says “no”; only “YES” or “ oui” is called."),
        (" ", "Column “Consent” is empty; only “YES” or “ oui” is called."),
    ],
)
def test_only_rows_with_one_of_the_words_may_be_called(text, why):
    assert Consent("Consent", ("YES", " oui")).refusal(text) == why


def test_each_column_that_matters_has_its_key_in_the_pipeline_file(rules_of):
    rules = rules_of(
        schedule=Given("schedule", column="When"),
        variables=(Given("name", column="Name"), Given("clinic", value="North")),
        only_if=Consent("Consent", ("yes",)),
        timing=Timing(HOURS, zone=Given("time_zone", column="Zone")),
    )
    assert list(rules.used_columns()) == [
        ("Phone", ("source", "address")),
        ("When", ("calls", "schedule")),
        ("Name", ("calls", "vars", "name")),
        ("Consent", ("calls", "only_if", "column")),
        ("Zone", ("calls", "hours", "time_zone")),
    ]
    everywhere = rules_of(variables=(), timing=Timing(HOURS, zone=Given("time_zone", value="Bangkok")))
    assert list(everywhere.used_columns()) == [("Phone", ("source", "address"))]


def test_what_a_parameter_is_for_all_rows_alike(rules_of):
    rules = rules_of(schedule=Given("schedule", column="When"))
    assert [rules.constant(name) for name in ("channel", "schedule", "twiml")] == ["chan", None, None]


def test_what_cannot_be_used_says_why_and_where():
    fault = NotUsable("no such channel", "channel")
    assert (str(fault), fault.reason, fault.column) == ("no such channel", "no such channel", "channel")
