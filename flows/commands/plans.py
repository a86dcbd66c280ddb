"""`apply` and `undo`: plans that were made before, forwards and backwards."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

from connectors.errors import ConfigurationError
from connectors.masking import mask_number, mask_text
from flows.commands.contacts import Choice, carried_out, first_changes, show
from flows.commands.terminal.failure import ending
from flows.contacts.outcome import describe
from flows.reports.console import MOST_SHOWN, print_plan
from flows.reports.harmless import put
from flows.reports.next_steps import NextStep
from flows.reports.summary import Summary
from flows.reports.summary import as_json as json_text
from flows.runs.contacts.apply import prepare_apply
from flows.runs.contacts.plan_file import PlanFile, read_plan
from flows.runs.contacts.prepared import Prepared
from flows.runs.contacts.run import only_plan, send_contacts
from flows.runs.contacts.undo import prepare_undo
from flows.runs.folder import home_folder
from flows.runs.reopen import find_folder, pipeline_of


def apply(plan: Path, choice: Choice, *, dry_run: bool) -> None:
    """Do exactly the plan in the file, once; with `dry_run` only read it, be it stale or used."""
    with ending("apply", as_json=choice.as_json):
        read = read_plan(plan)
        if dry_run:
            _show_file(read, as_json=choice.as_json)
            return
        pipeline = _pipeline(read)
        options = replace(choice.options, plan_file=str(plan.resolve()))
        show(
            carried_out("apply", pipeline, options, lambda run: send_contacts(run, prepare_apply)),
            pipeline,
            json=choice.as_json,
        )


def _show_file(read: PlanFile, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(json_text(read.content))
        return
    put(f"Plan {read.plan.checksum}, made by run {read.made_by} of {read.pipeline} at {read.made_at}.")
    print_plan(cast("Summary", read.content), first_changes(read.plan), pipeline=read.pipeline, steps=())


def _pipeline(read: PlanFile) -> str:
    """The pipeline the plan was made for: its file if that is still there, or else its name."""
    if read.pipeline_file and Path(read.pipeline_file).is_file():
        return read.pipeline_file
    if not read.pipeline:
        raise ConfigurationError("The plan names no pipeline.", hint="Make it again with `plan PIPELINE --out`.")
    return read.pipeline


def undo(wanted: str, choice: Choice, *, dry_run: bool, hold: bool = False) -> None:
    """Put back what a run replaced, where nobody has changed it since; the plan is shown first. With `hold` the next
    syncs leave these values alone until the source changes."""
    with ending("undo", as_json=choice.as_json):
        folder = find_folder(home_folder(), wanted)
        pipeline = str(pipeline_of(folder).file)
        options = replace(choice.options, undone=folder.path.name, hold=hold)
        if dry_run:
            result = carried_out("plan", pipeline, options, lambda run: only_plan(run, prepare_undo))
        else:
            show_plan = None if choice.as_json else _show_undo
            result = carried_out(
                "undo", pipeline, options, lambda run: send_contacts(run, prepare_undo, show=show_plan)
            )
        again = f"verboice-sync undo {folder.path.name}{' --hold' if hold else ''}"
        steps = [NextStep("Put these values back", again)] if dry_run else None
        show(replace(result, steps=steps), pipeline, json=choice.as_json)


def _show_undo(prepared: Prepared) -> None:
    """What is about to be put back, before it is."""
    changes = prepared.plan.changes
    if not changes.num_rows:
        return
    put(f"{prepared.notes[0]} {changes.num_rows:,} values of {prepared.plan.contacts_changed:,} contacts go back:")
    for change in changes.slice(0, MOST_SHOWN).to_pylist():
        told = describe(change["variable"], change["before"], change["after"])
        put(f"  row {change['row']}  {mask_number(change['address'])}  {mask_text(told)}")
    if changes.num_rows > MOST_SHOWN:
        put(f"  … and {changes.num_rows - MOST_SHOWN:,} more")
    put(flush=True)
