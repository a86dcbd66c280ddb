"""What keeps one of several pipelines from being looked after is said once, and again only when it changes."""

from __future__ import annotations

from flows.runs.trouble import Trouble


def test_a_reason_is_said_once_another_one_too_and_that_it_is_over() -> None:
    said: list[str] = []
    trouble = Trouble("clinic", said.append)
    trouble.over()
    for reason in ("No file.", "No file.", "No ledger.", "No file."):
        trouble.say(reason)
    trouble.over()
    trouble.over()
    assert [line.split(".")[0] for line in said] == [
        "clinic: No file",
        "clinic: No ledger",
        "clinic: No file",
        "clinic: that is put right, and it goes on",
    ]
