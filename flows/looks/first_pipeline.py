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
    "bare": "without group and unit",
    "close": "a similar name",
    "part": "among other words",
}
_ONLY_NEW = "reads only what was submitted since the last run; corrections of older answers once per full_check"
SERVER_VARIABLES: Mapping[str, str] = {
    "VERBOICE_URL": "https://verboice.example.org",
    "VERBOICE_ACCOUNT": "you@example.org",
    "VERBOICE_PASSWORD": "…",
}
PROJECT_NAMED = "VERBOICE_PROJECT"


@dataclass(frozen=True, slots=True)
class Draft:
    """What goes into the file.

    mapped: columns with their variables; those a person has to confirm become comments. unmapped: columns no variable
    was found for. variables: the project's own, None where nobody could ask for them. unset: variables of the
    environment that the file needs and that are not set; projects: what the account has, where none was chosen.
    footer: rows below a blank one that mean nobody. submitted: the column with the time of submission, of a form.
    others: columns that may hold the addresses too. regions: the countries that fit where `region` is not sure.
    """

    path: Path
    kind: str
    sheet: str
    address: str
    region: str | None
    project: str
    mapped: Sequence[Mapped]
    unmapped: Sequence[str]
    variables: Sequence[str] | None
    unset: Sequence[str] = ()
    projects: Sequence[str] = ()
    footer: Sequence[int] = ()
    submitted: str = ""
    others: Sequence[PhoneColumn] = ()
    regions: Sequence[str] = ()
    is_region_guessed: bool = False

    @property
    def sure(self) -> list[Mapped]:
        """What the file maps."""
        return [one for one in self.mapped if one.is_sure]

    @property
    def doubtful(self) -> list[Mapped]:
        """What it proposes."""
        return [one for one in self.mapped if not one.is_sure]

    @property
    def unfilled(self) -> list[str]:
        """The project's variables for which no column was found."""
        return [name for name in self.variables or () if name not in {one.variable for one in self.mapped}]


def pipeline_text(draft: Draft) -> str:
    """The YAML text."""
    lines = [
        f"# Keeps Verboice in step with {draft.path.name}. Next: verboice-sync check, plan, sync --limit 5.",
        *_unset(draft),
        "verboice:",
        "  url: ${VERBOICE_URL}",
        "  account: ${VERBOICE_ACCOUNT}      # e-mail; put what is in ${…} here into the environment or .env",
        "  password: ${VERBOICE_PASSWORD}",
        f"  project: {_project(draft.project)}{_projects(draft)}",
        "",
        "source:",
        f"  kind: {draft.kind}",
        f"  path: {_text(str(draft.path))}",
        *([f"  sheet: {_text(draft.sheet)}"] if draft.sheet else []),
        f"  address: {_text(draft.address)}",
        *(f"  # address: {_text(one.name)}    # {_how_many(one)}" for one in draft.others),
        _region(draft),
        *([f"  # cursor: {_text(draft.submitted)}    # {_ONLY_NEW}"] if draft.submitted else []),
        *([f"  rows: until_blank    # rows {_span(draft.footer)} have no number"] if draft.footer else []),
        "",
        *_contacts(draft),
    ]
    return "\n".join(lines) + "\n"


def _unset(draft: Draft) -> list[str]:
    """What a person has to write into .env first."""
    if not draft.unset:
        return []
    examples = {**SERVER_VARIABLES, PROJECT_NAMED: "12          # its id, or its exact name"}
    return ["# Still missing; write these lines into .env in the project folder:"] + [
        f"#   {name}={examples[name]}" for name in draft.unset
    ]


def _span(rows: Sequence[int]) -> str:
    return f"{rows[0]} to {rows[-1]}, below a blank row,"


def _projects(draft: Draft) -> str:
    return f"    # the account has: {', '.join(draft.projects)}" if draft.projects else ""


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
    return lines if draft.sure else [f"# {line}" for line in lines]


def _variables(draft: Draft) -> list[str]:
    lines = [f"    {_pair(one)}{_doubt(one)}" for one in draft.sure]
    if draft.variables is None:
        lines.append("    # Nobody was asked which variables the project has: correct the names on the left to match.")
    lines += [f"    # {_pair(one)}{_doubt(one)}; is it this one?" for one in draft.doubtful]
    lines += [f"    # {_text(name)}: …    # a variable of the project; no column was found" for name in draft.unfilled]
    lines += [f"    # …: {_text(column)}    # a column; no variable was found" for column in draft.unmapped]
    return lines


def _pair(one: Mapped) -> str:
    return f"{_text(one.variable)}: {_text(one.column)}"


def _doubt(one: Mapped) -> str:
    return _DOUBTS[one.how] and f"    # {_DOUBTS[one.how]}"


def _project(project: str) -> str:
    return project if project.startswith("${") or project.isdigit() else _text(project)


def _text(text: str) -> str:
    """A text as a YAML scalar; JSON's quoting is YAML's too. `$` would begin a variable of the environment."""
    return json.dumps(text.replace("$", "$$") if "${" in text else text, ensure_ascii=False)
