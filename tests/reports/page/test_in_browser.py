"""Pages in a browser, few rows and very many: they open without a complaint, find, filter and print; axe is content."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import axe_core_python
import pyarrow as pa
import pytest

from flows.reports.page.history_page import write_history_page
from flows.reports.page.rules import PageRules
from flows.reports.page.run_page import write_run_page
from flows.reports.report import CHANGED, Report
from tests.browser import NEEDS_CHROMIUM, Page
from tests.reports.page.test_history import past
from tests.worlds import make_report

pytestmark = [pytest.mark.timeout(170), NEEDS_CHROMIUM]

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SIZES = (10, 235, 100_000)
MOST_BYTES = 5_000_000


def phone(n: int) -> str:
    return f"85512{n:06d}"


def report_of(rows: int) -> Report:
    """A run over so many rows, of which every third was updated and every fifth cannot be used, for reasons of its own;
    no two changes are alike."""
    statuses = ["rejected" if n % 5 == 4 else "updated" if n % 3 == 0 else "unchanged" for n in range(rows)]
    report = make_report({"Phone": [phone(n) for n in range(rows)]}, statuses, reason="“12-34” has 4 digits")
    texts = [
        f"age: {n} → {n + 1}; next visit: (absent) → 2026-{n % 12 + 1:02}" if s == "updated" else ""
        for n, s in enumerate(statuses)
    ]
    reasons = [f"“12-{n}” is too short for KH." if s == "rejected" else "" for n, s in enumerate(statuses)]
    for problem in report.summary["problems"]:
        problem["reason"] = reasons[problem["row"] - 2]
    outcomes = report.outcomes.set_column(1, "sync_reason", [reasons]).set_column(2, "sync_changes", [texts])
    updated = [n for n, s in enumerate(statuses) if s == "updated"]
    lines = [
        line
        for n in updated
        for line in ((n + 2, "age", str(n), str(n + 1)), (n + 2, "next visit", None, f"2026-{n % 12 + 1:02}"))
    ]
    columns = list(zip(*lines, strict=True))
    changes = pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, CHANGED.types, strict=True)], schema=CHANGED
    )
    return Report(report.rows, outcomes, report.summary, changes)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    opened = Page(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    folder, made = tmp_path_factory.mktemp("pages"), {}

    def write(rows: int) -> Path:
        if rows not in made:
            made[rows] = folder / f"{rows}.html"
            write_run_page(made[rows], report_of(rows), PageRules(), address="Phone")
        return made[rows]

    return write


@pytest.fixture
def opened(browser: Page, written: Callable[[int], Path]) -> Callable[..., Page]:
    def open_page(rows: int, *, width: int = 1100, scheme: str = "light") -> Page:
        browser.complaints.clear()
        browser.look(width=width, scheme=scheme)
        browser.open(written(rows).as_uri())
        browser.until("document.querySelectorAll('#row-lines tr').length > 0")
        return browser

    return open_page


def shown(page: Page) -> list[str]:
    """The row numbers in the table."""
    return page.ask("[...document.querySelectorAll('#row-lines th')].map(one => one.innerText)")


def look_for(page: Page, text: str, found: int) -> None:
    page.ask(f"search.value = {json.dumps(text)}; search.dispatchEvent(new Event('input'))")
    page.until(f"document.getElementById('row-count').innerText.startsWith('{found:,} of ')")


def violations(page: Page) -> list[str]:
    page.ask(f"{AXE}; true")
    run = "axe.run().then(told => told.violations.map(one => one.id + ': ' + one.nodes[0].html))"
    return page.ask(run)


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (1100, "dark"), (390, "light")])
def test_it_opens_without_a_complaint_fits_the_screen_and_axe_is_content(opened, rows, width, scheme):
    page = opened(rows, width=width, scheme=scheme)
    assert violations(page) == []
    assert page.ask("document.documentElement.scrollWidth") <= width
    assert page.complaints == []


@pytest.mark.parametrize("rows", SIZES)
def test_a_row_is_found_by_its_number_in_full(opened, written, rows):
    assert written(rows).stat().st_size < MOST_BYTES
    page = opened(rows)
    wanted = rows - 3
    same_ending = len(range(wanted % 10_000, rows, 10_000))
    look_for(page, phone(wanted), same_ending)
    assert str(wanted + 2) in shown(page)


def test_rows_are_filtered_by_outcome_variable_and_reason_and_turned_over(opened):
    page = opened(235)
    assert shown(page)[:2] == ["2", "3"]
    assert len(shown(page)) == 50
    page.ask("document.getElementById('last').click()")
    assert len(shown(page)) == 35
    choose = "const box = document.getElementById('filter-outcome'); box.value = 'rejected'; "
    page.ask(f"{choose}box.dispatchEvent(new Event('change'))")
    assert page.ask("document.getElementById('row-count').innerText") == "47 of 235 rows"
    assert "too short" in page.ask("document.querySelector('#row-lines').innerText")
    options = "[...document.querySelectorAll('#filter-%s option')].map(one => one.innerText)"
    assert page.ask(options % "variables") == ["all", "age (63)", "next visit (63)"]
    assert page.ask(options % "kind") == ["all", "“…” is too short for KH. (47)"]


def test_a_group_of_problems_leads_to_its_rows(opened):
    page = opened(235)
    page.ask("document.querySelector('.group button').click()")
    assert page.ask("document.getElementById('row-count').innerText") == "47 of 235 rows"
    page.ask("document.getElementById('clear').click()")
    assert page.ask("document.getElementById('row-count').innerText") == "235 of 235 rows, page 1 of 5"


def test_it_prints_without_what_is_only_for_a_screen(opened):
    page = opened(10)
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.ask("getComputedStyle(document.getElementById('row-form')).display") == "none"
    printed = base64.b64decode(page.call("Page.printToPDF")["data"])
    assert printed.startswith(b"%PDF")
    assert page.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (1100, "dark"), (390, "light")])
def test_the_page_of_the_last_runs_fits_the_screen_and_axe_is_content(browser, tmp_path, width, scheme):
    path = tmp_path / "history.html"
    reasons = {"“12” is too short for the country that the number names, or for any other.": 3}
    runs = [past(day, variables_changed=day * 10, rejected=reasons) for day in range(30, 0, -1)]
    calls = [past(40, kind="call", calls={"completed": 160, "failed": 69})]
    write_history_page(path, {"clinic": [*calls, *runs]}, PageRules())
    browser.complaints.clear()
    browser.look(width=width, scheme=scheme)
    browser.open(path.as_uri())
    browser.until("document.querySelectorAll('svg.chart').length >= 6")
    assert violations(browser) == []
    assert browser.ask("document.documentElement.scrollWidth") <= width
    assert browser.complaints == []


def test_axe_would_complain(browser):
    browser.call("Page.navigate", url="data:text/html,<img src='data:,'>")
    browser.until("document.images.length === 1")
    assert any(one.startswith("image-alt") for one in violations(browser))
