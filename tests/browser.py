"""A browser as tests drive it: Debian's chromium, over its DevTools socket."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
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
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


class Page:
    """One page of a browser. complaints: what its console and its policy have said."""

    def __init__(self, profile: Path) -> None:
        command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self._port(profile / "DevToolsActivePort")
        pages = httpx.get(f"http://127.0.0.1:{port}/json", timeout=30).json()
        self._socket = connect(next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page"), max_size=None)
        self._numbers = itertools.count()
        self.complaints: list[str] = []
        for domain in ("Runtime", "Log", "Page"):
            self.call(f"{domain}.enable")

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
                assert "error" not in answer, answer["error"]
                return answer.get("result", {})
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))
        elif event.get("method") == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(told["args"]))
        elif event.get("method") == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(told["entry"]["text"])

    def ask(self, script: str) -> Any:
        """What the script gives, or what is promised by it."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return answer.get("result", {}).get("value")

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def look(self, *, width: int, scheme: str = "light") -> None:
        """As on a screen of this width, by day or by night."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media="screen", features=features)

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
