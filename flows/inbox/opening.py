"""From a pipeline's `inbox` to its drop folder, here or elsewhere."""

from __future__ import annotations

from pathlib import Path

from connectors.storage.url import StorageUrl
from flows.found import COPIES, limits_of
from flows.inbox.files_here import FilesHere
from flows.inbox.folder import DropFolder
from flows.runs.folder import home_folder
from flows.settings.models import Pipeline


def drop_folder(pipeline: Pipeline, place: Path | StorageUrl) -> DropFolder:
    """The drop folder at `place`; nothing is made or reached yet. Copies of files that are worked on, where they lie
    elsewhere, are kept in the home folder of the pipeline."""
    if isinstance(place, Path):
        return DropFolder(FilesHere(place))
    from flows.inbox.files_elsewhere import FilesElsewhere

    return DropFolder(FilesElsewhere(place, home_folder(pipeline.folder) / COPIES, limits_of(pipeline.source)))
