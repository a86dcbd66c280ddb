"""The page: everything in one file, escaped and masked, told by the template beside `flows.reports.page`."""

from __future__ import annotations

import re
import stat
from html.parser import HTMLParser

import pytest

from flows.reports import page as page_module
from flows.reports.page import write_html

VOID = {"meta", "link", "br", "hr", "img"}


class Page(HTMLParser):
    """Reads a page: its visible text, its tags, its attributes; complains about tags that do not pair."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.style = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            self.style += data
        else:
            self.text.append(data)

    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture
def page(tmp_path, make_report):
    """Writes a report's page and reads it."""

    def write(*args: object, **options: object) -> Page:
        path = tmp_path / "report.html"
        write_html(path, make_report(*args, **options))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        return Page(path.read_text(encoding="utf-8"))

    return write


def test_it_tells_how_the_run_ended_and_where_the_rows_went(page):
    words = page({"Phone": ["1", "2", "3"]}, ["updated", "unchanged", "held"]).words()
    assert "Done, 1 to look at: 3 rows read, 1 updated, 1 unchanged, 1 held." in words
    assert "The row waits for a person to decide; nothing was sent." in words
    assert "Read as UTF-8." in words
    assert "age: 38 → 39" in words


def test_it_is_one_file_that_runs_nothing_and_asks_nobody(page):
    shown = page({"Phone": ["1", "2"]}, ["updated", "rejected"])
    assert not shown.tags & {"script", "link", "img", "iframe", "object"}
    links = [value for name, value in shown.attributes if name in {"href", "src"}]
    assert links == ["patients%201.result.xlsx"]
    assert not any(name.startswith("on") for name, _ in shown.attributes)


def test_its_style_is_no_text_to_escape(page):
    assert 'system-ui, "Segoe UI"' in page({"Phone": ["1"]}, ["updated"]).style


def test_texts_from_the_source_and_from_verboice_are_escaped(page):
    shown = page({"<script>alert(1)</script>": ["x"]}, ["rejected"], reason='"><script>alert(2)</script>')
    assert "script" not in shown.tags
    assert "<script>alert(1)</script>" in shown.words()
    assert '"><script>alert(2)</script>' in shown.words()


def test_no_phone_number_is_shown_in_full(page):
    shown = page({"Phone": ["+85512345678"]}, ["rejected"], reason="+855 12 345 678 is no number").words()
    assert "••••5678 is no number" in shown
    assert not re.search(r"12\D?345\D?678", shown)


def test_a_header_that_is_a_number_is_masked_too(page):
    """A spreadsheet without a header has its first person there."""
    shown = page({"+85512345678": ["x"]}, ["rejected"]).words()
    assert "••••5678" in shown
    assert "12345678" not in shown


def test_a_long_run_shows_the_first_lines_and_says_where_the_others_are(page, monkeypatch):
    monkeypatch.setattr(page_module, "MOST_LINES", 2)
    words = page({"Phone": ["1"] * 8}, ["rejected"] * 5 + ["updated"] * 3).words()
    assert words.count("needs a look") == 2
    assert "and 3 more, in patients 1.result.xlsx ." in words
    assert "and 1 more, in patients 1.result.xlsx ." in words


def test_a_refused_run_names_the_guard_and_the_command_that_approves(page):
    words = page({"Phone": ["1"]}, ["updated"], status="refused").words()
    assert "max_overwrites 30% 62%" in words
    assert "verboice-sync sync clinic --approve c0ffee" in words
    assert "Changes planned" in words


def test_calls_are_told_by_their_state(page):
    states = {"call_id": ["1", "2", ""], "call_state": ["queued", "queued", ""]}
    words = page({"Phone": ["1", "2", "3"]}, ["queued", "queued", "skipped"], kind="call", extra=states).words()
    assert "State Calls queued 2" in words


def test_the_bar_is_as_long_as_the_rows_and_can_be_read_aloud(page):
    shown = page({"Phone": ["1", "2", "3"]}, ["updated", "updated", "unchanged"])
    widths = [int(value) for name, value in shown.attributes if name == "width" and value != "100%"]
    assert sum(widths) == 3
    assert ("role", "img") in shown.attributes
    assert any(name == "aria-label" and "2 updated" in (value or "") for name, value in shown.attributes)


def test_an_empty_run_is_a_page_too(page):
    assert "Done: 0 rows read." in page({"Phone": []}, []).words()
