"""Approval as a person does it: in Prefect's own pages, with Debian's chromium, driven over its DevTools socket."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

CHROMIUM = shutil.which("chromium")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
    "--remote-debugging-port=0",
)
CLICK = """(text => {
    const found = [...document.querySelectorAll('button, a, li, [role=tab], span')]
        .filter(one => one.innerText && one.innerText.trim() === text).pop();
    if (found) found.click();
    return Boolean(found);
})"""
CHOOSE = """(value => {
    const list = [...document.querySelectorAll('select')]
        .find(one => [...one.options].some(option => option.value === value));
    list.value = value;
    list.dispatchEvent(new Event('change', {bubbles: true}));
    return true;
})"""

pytestmark = [pytest.mark.timeout(170), pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


class Page:
    """One page of a browser."""

    def __init__(self, profile: Path) -> None:
        command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self._port(profile / "DevToolsActivePort")
        pages = httpx.get(f"http://127.0.0.1:{port}/json", timeout=30).json()
        self._socket = connect(next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page"), max_size=None)
        self._numbers = itertools.count()

    def _port(self, file: Path) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if file.exists() and file.read_text():
                return file.read_text().split()[0]
            time.sleep(0.1)
        raise AssertionError("chromium did not start")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == number:
                return answer.get("result", {})

    def ask(self, script: str) -> Any:
        return self.call("Runtime.evaluate", expression=script, returnByValue=True).get("result", {}).get("value")

    def until(self, script: str) -> Any:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.ask(script)
            if found:
                return found
            time.sleep(0.3)
        raise AssertionError(f"{script} never came; the page shows:\n{self.text()}")

    def text(self) -> str:
        return str(self.ask("document.body.innerText"))

    def shows(self, text: str) -> None:
        self.until(f"document.body.innerText.includes({json.dumps(text)})")

    def click(self, text: str, then: str) -> None:
        """Click on what bears the text, again if need be, until `then` holds: a page that still loads loses clicks."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.ask(f"{CLICK}({json.dumps(text)})")
            time.sleep(0.5)
            if self.ask(then):
                return
        raise AssertionError(f"nothing came of {text}; the page shows:\n{self.text()}")

    def close(self) -> None:
        self.call("Browser.close")
        self._socket.close()
        self._process.wait(30)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    opened = Page(tmp_path / "profile")
    yield opened
    opened.close()


def test_a_person_sees_the_plan_fills_in_the_form_and_it_is_sent(office, page: Page) -> None:
    office.write("guarded", "violet")
    run = office.prefect.start("sync-contacts/guarded")
    assert office.prefect.settled(run)["name"] == "Suspended"
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
    checksum = page.text().split("enter its checksum:")[1].split()[0]
    page.until(f"{CHOOSE}('approve')")
    page.ask("[...document.querySelectorAll('textarea')].pop().focus()")
    page.call("Input.insertText", text=checksum)
    page.click("Submit", then="!document.body.innerText.includes('Resume Flow Run')")

    assert office.until(lambda: office.prefect.runs("sync-contacts/guarded", "Completed"))
    assert office.puts() == before + 40
    assert office.colours() == {"violet"}
