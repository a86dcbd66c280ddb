"""A page as one file: template, style and script put together, and a policy under which nothing else runs or loads.

The policy names the very style and script by their SHA-256, so that text which came from outside could not run even if
it were not escaped; there is no `style` attribute and no handler in the markup.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flows.reports.buckets import BUCKETS
from flows.reports.private_file import replacing

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


def write_document(path: Path, template: str, facts: Mapping[str, object], *, script: str = "") -> None:
    """Write the page to `path`, whole or not at all, readable by its owner only; raises CouldNotBeDone.

    script: the name of a file beside this module, "" for a page that runs nothing.
    """
    style, code = _style(), _file(script) if script else ""
    own = {"policy": _policy(style, code), "style": style, "script": code}
    page = _templates().get_template(template).render(**facts, **own)
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="replace", newline="\n")


def _policy(style: str, script: str) -> str:
    allowed = f"default-src 'none'; style-src {_digest(style)}"
    return f"{allowed}{f'; script-src {_digest(script)}' if script else ''}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _style() -> str:
    """The style of all pages, with the buckets' colours."""
    colours = (f".b-{bucket.name} {{ --own: #{bucket.bar} }}" for bucket in BUCKETS.values())
    return "\n".join([_file("page.css"), *colours])


@functools.cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@functools.cache
def _templates() -> Environment:
    # Here, so that commands that write no page need not load it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("flows.reports.page", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["number"] = "{:,}".format
    return templates
