"""Approval as a person does it: in Prefect's own pages, with Debian's chromium, driven over its DevTools socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import NEEDS_CHROMIUM, Page

CHOOSE = """(value => {
    const list = [...document.querySelectorAll('select')]
        .find(one => [...one.options].some(option => option.value === value));
    list.value = value;
    list.dispatchEvent(new Event('change', {bubbles: true}));
    return true;
})"""

pytestmark = [pytest.mark.timeout(170), NEEDS_CHROMIUM]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    opened = Page(tmp_path / "profile")
    yield opened
    opened.close()


def test_a_person_sees_the_plan_fills_in_the_form_and_it_is_sent(office, page: Page) -> None:
    office.write("guarded", "violet")
    run = office.prefect.start("sync-contacts/guarded")
    suspended = office.prefect.settled(run)
    assert suspended["name"] == "Suspended"
    before = office.puts()
    address = f"{office.prefect.api.removesuffix('/api')}/runs/flow-run/{run}"

    page.call("Page.navigate", url=address)
    page.shows("Suspended")
    table = "[...document.querySelectorAll('a')].find(a => a.innerText.includes('sync-guarded-rows'))?.href"
    page.click("Artifacts", then=table)
    page.call("Page.navigate", url=page.ask(table))
    page.shows("••••0000")
    page.shows("→ violet")
    assert "85512000000" not in page.text()

    page.call("Page.navigate", url=address)
    page.shows("Suspended")
    page.click("Resume", then="document.querySelector('textarea') !== null")
    page.shows("enter its checksum:")
    checksum = page.text().split("enter its checksum:")[1].split()[0]
    page.until(f"{CHOOSE}('approve')")
    page.ask("[...document.querySelectorAll('textarea')].pop().focus()")
    page.call("Input.insertText", text=checksum)
    page.click("Submit", then="!document.body.innerText.includes('Resume Flow Run')")

    assert office.prefect.settled(run, not_before=suspended["id"])["name"] == "Completed"
    assert office.puts() == before + 40
    assert office.colours() == {"violet"}
