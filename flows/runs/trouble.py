"""What keeps one of several pipelines from being looked after: said once, under its name, and not again and again."""

from __future__ import annotations

from flows.runs.run import Tell


class Trouble:
    """Says a reason when it comes, when it becomes another one, and when it is over."""

    def __init__(self, name: str, tell: Tell) -> None:
        self._name = name
        self._tell = tell
        self._told = ""

    def say(self, reason: str) -> None:
        if reason != self._told:
            end = "" if reason.endswith((".", "?", "!")) else "."
            self._tell(f"{self._name}: {reason}{end} It waits until that is put right.")
        self._told = reason

    def over(self) -> None:
        if self._told:
            self._tell(f"{self._name}: that is put right, and it goes on.")
        self._told = ""
