"""A first pipeline file for a spreadsheet, with comments that say what was guessed and what is left to decide."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.contacts.people.guess import How, Mapped
from flows.contacts.people.regions import listed
from flows.contacts.phone_column import PhoneColumn

_DOUBTS: Mapping[How, str] = {
    "exact": "",
    "case": "capitals differ",
    "accents": "accents or blanks differ",
    "close": "a similar name",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What goes into the file.

    others: columns that may hold the addresses too. regions: the countries that fit where `region` is not sure.
    unmapped: columns no variable was found for; known: whether the project's variables were known at all.
    """

    path: Path
    kind: str
    sheet: str
    address: str
    region: str | None
    project: str
    mapped: Sequence[Mapped]
    unmapped: Sequence[str]
    known: bool
    others: Sequence[PhoneColumn] = ()
    regions: Sequence[str] = ()
    is_region_guessed: bool = False


def pipeline_text(draft: Draft) -> str:
    """The YAML text."""
    lines = [
        f"# Keeps Verboice in step with {draft.path.name}. Next: verboice-sync check, plan, sync --limit 5.",
        "verboice:",
        "  url: ${VERBOICE_URL}",
        "  account: ${VERBOICE_ACCOUNT}      # e-mail; put what is in ${…} here into the environment or .env",
        "  password: ${VERBOICE_PASSWORD}",
        f"  project: {_project(draft.project)}",
        "",
        "source:",
        f"  kind: {draft.kind}",
        f"  path: {_text(str(draft.path))}",
        *([f"  sheet: {_text(draft.sheet)}"] if draft.sheet else []),
        f"  address: {_text(draft.address)}",
        *(f"  # address: {_text(one.name)}    # {_how_many(one)}" for one in draft.others),
        _region(draft),
        "",
        *_contacts(draft),
    ]
    return "\n".join(lines) + "\n"


def _how_many(column: PhoneColumn) -> str:
    return f"looks like numbers of people too: {column.numbers:,} of {column.filled:,}"


def _region(draft: Draft) -> str:
    if draft.region:
        return f"  region: {draft.region}" + ("    # guessed from the numbers" if draft.is_region_guessed else "")
    fitting = f"; {listed(draft.regions)} would fit" if draft.regions else ""
    return f"  # region: {(*draft.regions, 'KH')[0]}    # country of numbers written nationally{fitting}"


def _contacts(draft: Draft) -> list[str]:
    """The section, commented out where there is nothing to map yet."""
    lines = [
        "contacts:",
        "  variables:                        # Verboice variable: column",
        *_variables(draft),
        "  blank: keep                       # an empty cell keeps what is there; a cell with -- clears it",
        "  missing: report                   # an address Verboice does not know: report | create",
    ]
    return lines if draft.mapped else [f"# {line}" for line in lines]


def _variables(draft: Draft) -> list[str]:
    lines = [f"    {_text(one.variable)}: {_text(one.column)}{_doubt(one)}" for one in draft.mapped]
    if not draft.known:
        lines.append("    # The project was not asked for its variables: correct the names on the left to match them.")
    lines += [f"    # (no variable found): {_text(column)}" for column in draft.unmapped]
    return lines


def _doubt(one: Mapped) -> str:
    return _DOUBTS[one.how] and f"    # {_DOUBTS[one.how]}"


def _project(project: str) -> str:
    return project if project.startswith("${") or project.isdigit() else _text(project)


def _text(text: str) -> str:
    """A text as a YAML scalar; JSON's quoting is YAML's too. `$` would begin a variable of the environment."""
    return json.dumps(text.replace("$", "$$") if "${" in text else text, ensure_ascii=False)
