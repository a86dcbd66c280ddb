"""The Prefect flow of one look into a pipeline's drop folder: every complete file, one after the other."""

from __future__ import annotations

from collections import Counter

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from flows.inbox.attendant import Attendant, Attended, Surroundings, settled_rounds
from flows.orchestration.artifacts import ProgressArtifact, slug
from flows.orchestration.credentials import credentials_of
from flows.orchestration.steps import as_task
from flows.orchestration.under_prefect import FlowOptions, show, sign_of_life
from flows.settings import load_pipeline


class InboxOptions(FlowOptions):
    """What may be chosen for one look; shown as a form in Prefect's UI."""


@flow(name="watch-inbox", retries=0, persist_result=False, validate_parameters=True)
def watch_inbox(pipeline: str, options: InboxOptions | None = None) -> str:
    """Work on what lies in the pipeline's inbox; returns how many files went where.

    A file that needs a person is no failure of the flow run: it lies in to-fix/ or failed/, with the reasons.
    """
    chosen = options or InboxOptions()
    with credentials_of(chosen.account_block), sign_of_life(pipeline):
        progress = ProgressArtifact(f"inbox-{slug(load_pipeline(pipeline).name)}")
        attendant = Attendant(pipeline, Surroundings(as_task, taken=_taken, reported=show, progress=progress))
        attended = list(settled_rounds(attendant))
    if attended:
        create_markdown_artifact(_markdown(attended), key=f"inbox-{slug(attendant.name)}-files")
    counts = Counter(one.where or "waiting" for one in attended)
    return ", ".join(f"{number} {where}" for where, number in counts.items()) or "nothing to do"


def _taken(_pipeline: str, name: str) -> None:
    get_run_logger().info("Working on %s", name)


def _markdown(attended: list[Attended]) -> str:
    lines = [f"| {one.name} | {one.where or 'waiting'} | {one.told} | `{one.at.resolve()}` |" for one in attended]
    return "\n".join(["| file | where | what became of it | lies in |", "| --- | --- | --- | --- |", *lines])
