"""Which other pipelines write the same variables of a project, as far as the ledger knows."""

from __future__ import annotations

from pathlib import Path

from connectors.ledger.values import Scope
from flows import wiring
from flows.looks.check import Checked
from flows.runs.contacts.neighbours import neighbours
from flows.runs.places import is_there
from flows.settings import Pipeline


def met_in_project(pipeline: Pipeline, home: Path, checked: Checked) -> list[str]:
    """A line for each; none where there is no ledger yet. Raises what opening the ledger raises."""
    if checked.project is None or pipeline.contacts is None or not is_there(pipeline, home):
        return []
    scope = Scope(pipeline.verboice.url, checked.project.id, pipeline.name)
    with wiring.open_ledger(pipeline, home) as ledger:
        found = neighbours(ledger, scope, wiring.contact_rules(pipeline).names)
        return [f"The pipeline “{other.pipeline}” writes {', '.join(shared)} too." for other, shared in found]
