"""`init`: a first pipeline file from a spreadsheet, asking only on a terminal."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.errors import ConfigurationError
from connectors.masking import mask_text
from connectors.sources.files import kind_of
from connectors.sources.forms import Form, form_of
from connectors.values import Rows
from flows.commands.terminal.asking import ask, ask_verboice
from flows.commands.terminal.failure import ending
from flows.contacts.footer import footer_rows
from flows.contacts.people.guess import Mapped, map_columns, proposed_names
from flows.contacts.people.regions import is_national, likely_regions, listed
from flows.contacts.phone_column import PhoneColumn, phone_columns
from flows.looks.first_pipeline import PROJECT_NAMED, Draft, pipeline_text
from flows.opening import spreadsheet_source
from flows.reports.harmless import put
from flows.runs.folder import home_folder
from flows.settings.project import CONFIGS, project_here, project_of, shown
from flows.settings.types import region

SAMPLE = 500  # rows looked at


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was given on the command line."""

    region: str | None = None
    address: str | None = None
    project: str | None = None
    out: Path | None = None


def init(spreadsheet: Path, wishes: Wishes) -> None:
    """Read the spreadsheet, ask Verboice for the project's variables if it can be reached, and write the file."""
    with ending("init", str(spreadsheet)):
        out = wishes.out or shown(project_here() / CONFIGS / f"{_name(spreadsheet)}.yaml")
        if out.exists():
            raise ConfigurationError(f"{out} exists already.", hint="Move it away, or name another with --out.")
        draft = _draft(spreadsheet, replace(wishes, region=_country(wishes.region), out=out))
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(pipeline_text(draft), encoding="utf-8")
        _tell(draft, out)


def _country(given: str | None) -> str | None:
    try:
        return region(given) if given else None
    except ValueError as error:
        raise ConfigurationError(f"--region {given}: {error}.", hint="Leave it out to have it guessed.") from None


def _draft(spreadsheet: Path, wishes: Wishes) -> Draft:
    kind = kind_of(spreadsheet)
    if kind is None:
        raise ConfigurationError(
            f"{spreadsheet}: is neither a CSV file nor a spreadsheet.", hint="Save it as .xlsx or .csv."
        )
    rows = spreadsheet_source(kind, spreadsheet, home=home_folder()).read()
    sample = {name: rows.table[name].slice(0, SAMPLE).to_pylist() for name in rows.columns}
    columns = phone_columns(sample, wishes.region)
    address = wishes.address or _choose_address(rows, columns)
    if address not in rows.columns:
        raise ConfigurationError(f"{spreadsheet}: has no column “{address}”.", hint=f"Columns: {_columns(rows)}.")
    regions = (wishes.region,) if wishes.region else likely_regions(sample[address])
    country = regions[0] if len(regions) == 1 else _country(_ask_region(sample[address], regions))
    folder = project_of(wishes.out or Path())
    learned = ask_verboice(wishes.project, folder)
    form = form_of(rows.columns)
    others = [name for name in rows.columns if name != address and (form is None or form.is_answer(name))]
    mapped = _mapped(others, form, learned.variables)
    return Draft(
        path=_in_project(spreadsheet, folder),
        kind=kind,
        sheet=rows.sheet,
        address=address,
        region=country,
        project=learned.project or wishes.project or f"${{{PROJECT_NAMED}}}",
        mapped=mapped,
        submitted="" if form is None else form.submitted,
        unmapped=[column for column in others if column not in {one.column for one in mapped}],
        variables=learned.variables,
        unset=learned.unset,
        projects=learned.projects,
        footer=footer_rows(rows, address, country),
        others=[column for column in columns if column.name != address],
        regions=() if country else regions,
        is_region_guessed=country is not None and wishes.region is None,
    )


def _mapped(columns: Sequence[str], form: Form | None, variables: Sequence[str] | None) -> list[Mapped]:
    """Which variables the columns hold, of a form's also where a group's name is not told apart by usual signs."""
    header_of = {column if form is None else form.path(column): column for column in columns}
    if variables is None:
        found = proposed_names(list(header_of))
    else:
        found = _confirmed(map_columns(list(header_of), variables))
    return [replace(one, column=header_of[one.column]) for one in found]


def _in_project(spreadsheet: Path, folder: Path) -> Path:
    """The spreadsheet as the pipeline file names it."""
    if spreadsheet.is_absolute() or folder == Path.cwd():
        return spreadsheet
    whole = spreadsheet.resolve()
    return whole.relative_to(folder) if whole.is_relative_to(folder) else whole


def _confirmed(found: Sequence[Mapped]) -> list[Mapped]:
    """The same, with what somebody at a terminal says of the doubtful ones; yes makes a similar name a sure one."""
    return [one if one.is_sure or not _is_right(one) else replace(one, how="exact") for one in found]


def _is_right(one: Mapped) -> bool:
    return ask(f"Is column “{one.column}” the variable “{one.variable}”? [y/N] ", "n").lower().startswith("y")


def _choose_address(rows: Rows, columns: Sequence[PhoneColumn]) -> str:
    """The column that holds the addresses; of several that are as likely, or of none, the one that somebody names."""
    alike = [column.name for column in columns if column.is_like(columns[0])]
    if len(alike) == 1:
        return alike[0]
    answer = ask(f"Which column has the phone numbers? ({mask_text(', '.join(alike or rows.columns))}) ", "")
    if answer:
        return answer
    if not alike:
        raise ConfigurationError(
            "No column looks like phone numbers or SIP addresses.",
            hint=f"Name it with --address. Columns: {_columns(rows)}.",
        )
    raise ConfigurationError(
        f"Several columns look like phone numbers: {', '.join(f'“{name}”' for name in alike)}.",
        hint=f"Name the right one, such as --address {shlex.quote(alike[0])}.",
    )


def _columns(rows: Rows) -> str:
    """Their names; those of a spreadsheet without a header are somebody's data."""
    return mask_text(", ".join(rows.columns))


def _ask_region(numbers: Sequence[str], fitting: Sequence[str]) -> str | None:
    if not is_national(numbers):
        return None
    would_fit = f" {listed(fitting)} would fit." if fitting else ""
    answer = ask(f"Numbers are written nationally.{would_fit} Of which country are they (two letters)? ", "")
    if not answer:
        put(f"Numbers are written nationally, so `region` is needed.{would_fit}", file=sys.stderr)
    return answer or None


def _name(spreadsheet: Path) -> str:
    return re.sub(r"[^\w.-]+", "-", spreadsheet.stem).strip("-.").lower() or "pipeline"


def _tell(draft: Draft, out: Path) -> None:
    put(f"{out} written: addresses in “{draft.address}”, {_counted(draft.sure)}.")
    for column in draft.others:
        put(f"“{column.name}” looks like phone numbers too; it stands in the file as a comment.")
    if draft.is_region_guessed:
        put(f"Numbers are taken for those of {draft.region}.")
    if draft.footer:
        put(f"The list ends above row {draft.footer[0]}: what stands there, below a blank row, has no number.")
    for one in draft.sure:
        put(f"  {one.variable}: {mask_text(one.column)}")
    for one in draft.doubtful:
        put(f"  perhaps {one.variable}: {mask_text(one.column)} (a comment in the file)")
    if draft.unfilled:
        put(f"Variables of the project without a column: {', '.join(draft.unfilled)}.")
    if draft.unmapped:
        put(f"Columns without a variable: {mask_text(', '.join(draft.unmapped))}.")
    if draft.unset:
        put(f"Next: write {', '.join(draft.unset)} into .env, as the file says at its top; then")
    elif not draft.sure:
        put("Next: name at least one variable with its column under `contacts`; then")
    put(f"{'' if draft.unset or not draft.sure else 'Next: '}{shlex.join(['verboice-sync', 'check', str(out)])}")


def _counted(mapped: Sequence[Mapped]) -> str:
    return "1 variable" if len(mapped) == 1 else f"{len(mapped)} variables"
