"""`${VAR}` and `${VAR:-default}` in the texts of a pipeline file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

_REFERENCE = re.compile(
    r"\$(?:(?P<escaped>\$\{)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^{}]*)?\}|(?P<malformed>\{))"
)


def environment(environ: Mapping[str, str] | None, folder: Path) -> dict[str, str]:
    """What a pipeline file may refer to: `.env` in the project's `folder` and the environment, which wins."""
    file = folder / ".env"
    known = (
        {name: text or "" for name, text in dotenv_values(file, encoding="utf-8-sig").items()} if file.is_file() else {}
    )
    return known | dict(os.environ if environ is None else environ)


def substitute(text: str, known: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text with its references filled in, and one sentence per reference that could not be.

    As in a shell, `:-default` also stands in for a variable that is set but empty. `$${` is a literal `${`. What is
    filled in is never looked at again, neither for references nor as YAML, so that no password can break the file.
    """
    faults: list[str] = []

    def filled(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if match["escaped"]:
            return "${"
        if match["malformed"]:
            faults.append("has a ${ that is neither ${NAME} nor ${NAME:-default}; write $${ for a literal ${")
            return ""
        if default is not None:
            return known.get(name) or default[2:]
        if name not in known:
            faults.append(f"needs the variable {name}, which is not set; set it in the environment or in the file .env")
        return known.get(name, "")

    return _REFERENCE.sub(filled, text), tuple(dict.fromkeys(faults))
