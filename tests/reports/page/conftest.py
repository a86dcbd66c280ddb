"""Pages as tests read them: written to a file, and taken apart by an HTML parser."""

from __future__ import annotations

import base64
import json
import stat
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from flows.reports.page.rules import PageRules
from flows.reports.page.run_page import write_run_page
from flows.reports.report import Report

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Markup(HTMLParser):
    """A page taken apart: its visible text, its tags, its attributes, its style and scripts; all tags pair."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.texts_of: dict[str, list[str]] = {"style": [], "script": [], "h1": []}
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag in self.texts_of:
            self.texts_of[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inmost = self.open[-1] if self.open else ""
        if inmost in self.texts_of:
            self.texts_of[inmost][-1] += data
        if inmost not in ("style", "script"):
            self.text.append(data)

    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def answer(self) -> str:
        return self.texts_of["h1"][0]

    def values(self, attribute: str) -> list[str]:
        return [value or "" for name, value in self.attributes if name == attribute]

    def rows(self) -> list[dict[str, Any]]:
        """What the page carries of the rows, by the names of its columns."""
        columns = json.loads(zlib.decompress(base64.b64decode(self.texts_of["script"][0])))
        count = len(columns["row"]["texts"])
        return [
            {name: column["texts"][column["at"][place] if column["at"] else place] for name, column in columns.items()}
            for place in range(count)
        ]


@pytest.fixture
def page(tmp_path, make_report) -> Callable[..., Markup]:
    """Writes a report's page and takes it apart; `rules=`, `report=`."""

    def write(*args: object, rules: PageRules | None = None, report: Report | None = None, **options: object) -> Markup:
        path = tmp_path / "report.html"
        made = report or make_report(*args, **options)
        write_run_page(path, made, rules or PageRules(), address=made.rows.columns[0])
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        return Markup(path.read_text(encoding="utf-8"))

    return write
