"""One file under a policy that lets nothing run or load but what it names by its hash."""

from __future__ import annotations

import base64
import hashlib


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_names_the_very_style_and_script(page):
    shown = page({"Phone": ["1"]}, ["updated"])
    (policy,) = (text for text in shown.values("content") if "default-src" in text)
    style, script = shown.texts_of["style"][0], shown.texts_of["script"][-1]
    allowed = f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}"
    assert policy == f"{allowed}; base-uri 'none'; form-action 'none'"
    assert "unsafe" not in policy


def test_nothing_carries_a_style_of_its_own(page):
    shown = page({"Phone": ["1", "2"]}, ["updated", "rejected"])
    assert shown.values("style") == []
    assert len(shown.texts_of["style"]) == 1
    assert 'system-ui, "Segoe UI"' in shown.texts_of["style"][0]
