"""One of the pipelines that a process serves. Whatever is wrong with it stops nobody else.

Its own thread watches its inbox, says that it is served, buries its dead flow runs, and sees when its file changes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound, PrefectException

from connectors.errors import VerboiceSyncError
from flows import wiring
from flows.orchestration.bell import Bell
from flows.orchestration.presence import Presence
from flows.orchestration.reconcile import reconcile
from flows.runs.folder import fault_kept, home_folder
from flows.runs.run import Tell
from flows.runs.trouble import Trouble
from flows.settings import Pipeline, check_apart, load_pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger

LOOK = 0.5  # seconds between looks into the inbox
UPKEEP_EVERY = 15.0  # seconds between other looks
AWAY = 5.0  # seconds before what was out of reach is tried again
NOT_ANSWERED = (httpx.HTTPError, PrefectException)

Signature = tuple[int, int, int]


class Member:
    """`typed`: the pipeline as the user typed it. deployments: what of it is registered, with its id."""

    def __init__(self, typed: str, make: Callable[[str], Sequence[RunnerDeployment]], tell: Tell) -> None:
        self.typed = typed
        self.settings: Pipeline | None = None
        self.deployments: Mapping[str, UUID] = {}
        self.is_to_be_registered = False
        self.others: Sequence[Member] = ()
        self._make = make
        self._tell = tell
        self._trouble = Trouble(typed, tell)
        self._presence: Presence | None = None
        self._bell: Bell | None = None
        self._file: Path | None = None
        self._seen: Signature | None = None
        self._upkeep_at = float("-inf")

    def made(self) -> Sequence[RunnerDeployment]:
        """Fresh deployments, to be registered. Not within an event loop."""
        return self._make(self.typed)

    def look_after(self, stop: threading.Event) -> None:
        """Until `stop` is set. What a server of Prefect's that is away keeps from being done is said elsewhere."""
        while not stop.wait(LOOK):
            try:
                self.look()
            except NOT_ANSWERED:
                stop.wait(AWAY)
            except VerboiceSyncError as error:
                self._trouble.say(str(error))
                stop.wait(AWAY)
            except Exception as fault:  # noqa: BLE001 - a thread that died unseen would leave the inbox unattended
                kept = fault_kept(home_folder(), fault)
                self._trouble.say(f"a fault of verboice-sync itself ({type(fault).__name__}); see {kept}.")
                stop.wait(AWAY)
            else:
                self._trouble.over()

    def look(self) -> None:
        """One look at everything. Raises what keeps the pipeline from being looked after."""
        self.take_up_changes()
        is_due = time.monotonic() - self._upkeep_at >= UPKEEP_EVERY
        inbox = next((id_ for name, id_ in self.deployments.items() if name.startswith("watch-inbox/")), None)
        if not is_due and (self._bell is None or inbox is None):
            return
        with self._ledger() as ledger:
            if is_due and self.deployments:
                self._upkeep(ledger)
                self._upkeep_at = time.monotonic()
            if self._bell is not None and inbox is not None:
                self._bell.look(inbox, ledger)

    def take_up_changes(self) -> None:
        """Read the pipeline's file again if it has changed. Raises ConfigurationError where that cannot be used."""
        seen = _signature(self._file)
        if self.settings is not None and seen == self._seen and seen is not None:
            return
        settings = load_pipeline(self.typed)
        check_apart([settings, *(one.settings for one in self.others if one.settings is not None)])
        is_changed = self.settings is None or settings.model_dump() != self.settings.model_dump()
        if is_changed:
            self._bell = Bell(self.typed) if settings.inbox is not None else None
            self._presence = self._presence_of(settings)
            self.is_to_be_registered = True
            if self.settings is not None:
                self._tell(f"{self.typed}: its file has changed, and is taken up.")
        self.settings, self._file = settings, settings.file
        self._seen = _signature(self._file)

    def _presence_of(self, settings: Pipeline) -> Presence:
        is_same = self._presence is not None and self.settings is not None and self.settings.name == settings.name
        self._upkeep_at = float("-inf")
        return self._presence if is_same and self._presence is not None else Presence(settings.name)

    def _upkeep(self, ledger: Ledger) -> None:
        presence = self._presence
        if presence is None:
            return
        if presence.renew(ledger) and (others := presence.others(ledger)):
            who = f"{self.typed}: it is served by another process too ({'; '.join(others)})."
            self._tell(f"{who} Each run is carried out by one of them; schedules stay on until the last one leaves.")
        if presence.are_off(ledger):
            with get_client(sync_client=True) as client:
                for deployment in self.deployments.values():
                    with suppress(ObjectNotFound):
                        client.resume_deployment(deployment)
            presence.are_on(ledger)
        for name in reconcile(self.typed):
            self._tell(f"The flow run {name} was dead and is now marked as crashed.")

    def leave(self) -> None:
        """This process serves it no more."""
        if self._presence is None or not self.deployments:
            return
        try:
            with self._ledger() as ledger:
                self._presence.leave(ledger, self._switch_off)
        except (VerboiceSyncError, *NOT_ANSWERED) as error:
            reason = str(error) if isinstance(error, VerboiceSyncError) else "Prefect's server does not answer."
            self._tell(f"{self.typed}: its schedules could not be switched off: {reason}")

    def _switch_off(self) -> None:
        with get_client(sync_client=True) as client:
            for deployment in self.deployments.values():
                with suppress(ObjectNotFound):
                    client.pause_deployment(deployment)

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        settings = self.settings or load_pipeline(self.typed)
        with wiring.open_ledger(settings, home_folder(settings.folder)) as ledger:
            yield ledger


def _signature(file: Path | None) -> Signature | None:
    if file is None:
        return None
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
