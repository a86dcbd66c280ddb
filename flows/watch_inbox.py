"""The Prefect flow of one look into a pipeline's drop folder: every complete file, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State

from connectors.storage.url import StorageUrl
from flows.inbox.attendant import Attendant, Attended, Surroundings, settled_rounds
from flows.orchestration.artifacts import ProgressArtifact, slug
from flows.orchestration.cancelling import Cancelling
from flows.orchestration.credentials import credentials_of
from flows.orchestration.endings import ending_of, stopped_by
from flows.orchestration.steps import as_task
from flows.orchestration.under_prefect import FlowOptions, show, sign_of_life
from flows.runs.signals import stopped_by_signal
from flows.runs.stopping import CalledOff, watched
from flows.settings import load_pipeline

MOST_TOLD = 5  # files of which the state's message says what became; the artifact has all


class InboxOptions(FlowOptions):
    """What may be chosen for one look; shown as a form in Prefect's UI."""


@flow(name="watch-inbox", retries=0, persist_result=False, validate_parameters=True)
def watch_inbox(pipeline: str, options: InboxOptions | None = None) -> State[Any]:
    """Work on what lies in the pipeline's inbox. Ends with how many files went where, and what became of each.

    A file that needs a person is no failure of the flow run: it lies in to-fix/ or failed/, with the reasons. One that
    could not be worked on is: it stays in processing/, and is tried again by itself.
    """
    chosen = options or InboxOptions()
    attended: list[Attended] = []

    def work() -> str:
        with credentials_of(chosen.account_block), sign_of_life(pipeline):
            attended.extend(_looked(pipeline))
        return _told(attended)

    ended = ending_of(work)
    waits = next((one.waits_for for one in attended if one.waits_for is not None), None)
    if waits is None or not ended.is_completed():
        return ended
    return stopped_by(waits, is_tried_again=True).model_copy(update={"message": _told(attended)})


def _looked(pipeline: str) -> Iterator[Attended]:
    is_cancelled, name = Cancelling(), slug(load_pipeline(pipeline).name)
    with stopped_by_signal() as stop, watched(is_cancelled, stop), ProgressArtifact(f"inbox-{name}") as progress:
        around = Surroundings(
            as_task, stop=stop, taken=_taken, reported=show, progress=progress, is_cancelled=is_cancelled
        )
        attendant = Attendant(pipeline, around)
        attended = list(settled_rounds(attendant))
    if attended:
        _publish(attended, key=f"inbox-{slug(attendant.name)}-files")
    yield from attended
    if stop.is_set():
        raise CalledOff("Stopped, as was asked.", hint="What still lies in the inbox is taken by the next look.")


def _publish(attended: Sequence[Attended], *, key: str) -> None:
    """The work is done by now, so a server that is away does not make the run fail."""
    try:
        create_markdown_artifact(_markdown(attended), key=key)
    except Exception as fault:  # noqa: BLE001 - see above
        get_run_logger().warning("The artifacts could not be kept by Prefect: %s", type(fault).__name__)


def _told(attended: Sequence[Attended]) -> str:
    counts = Counter(one.where or "waiting" for one in attended)
    numbers = ", ".join(f"{number} {where}" for where, number in counts.items()) or "nothing to do"
    told = [f"{one.name}: {one.told}" for one in attended[:MOST_TOLD]]
    return " ".join([f"{numbers}.", *told, *(["…"] if len(attended) > MOST_TOLD else [])])


def _taken(_pipeline: str, name: str) -> None:
    get_run_logger().info("Working on %s", name)


def _markdown(attended: Sequence[Attended]) -> str:
    lines = [f"| {one.name} | {one.where or 'waiting'} | {one.told} | `{_whole(one.at)}` |" for one in attended]
    return "\n".join(["| file | where | what became of it | lies in |", "| --- | --- | --- | --- |", *lines])


def _whole(at: Path | StorageUrl) -> str:
    return str(at.resolve() if isinstance(at, Path) else at)
