"""A batch as a file: the same head as the run's summary, then every call it asks for. Survives a round trip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from connectors.errors import ConfigurationError
from connectors.values import CallRequest
from flows.calls.batch import Batch, PlannedCall, RowOutcome
from flows.calls.identity import known_by
from flows.reports.private_file import replacing
from flows.reports.summary import Summary
from flows.runs.calls.report import as_forecast

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def write_batch(path: Path, batch: Batch, head: Summary) -> None:
    """Write the file whole or not at all, readable by its owner only; raises CouldNotBeDone."""
    body = {
        **head,
        "server": batch.server,
        "campaign": batch.campaign,
        "again": batch.again,
        "notes": list(batch.notes),
        "calls": [asdict(call) for call in batch.calls],
    }
    with replacing(path) as temporary:
        temporary.write_bytes(orjson.dumps(body, option=_OPTIONS))


def without(content: bytes, is_left_out: Callable[[Mapping[str, Any]], bool]) -> bytes:
    """A batch's file without the calls and problems that are left out, with the checksum of all others. One that was
    edited stays so. Raises KeyError for what is no such file."""
    body = orjson.loads(content)
    is_as_made = _batch(body, ()).checksum == body["plan"]["checksum"]
    for part in ("calls", "problems"):
        body[part] = [line for line in body[part] if not is_left_out(line)]
    batch = _batch(body, ())
    if is_as_made:
        body["plan"] = {**body["plan"], "checksum": batch.checksum, "changes": batch.size}
    return orjson.dumps(body, option=_OPTIONS)


def read_batch(path: Path, outcomes: Sequence[RowOutcome]) -> Batch:
    """The batch in a file, with the outcomes kept beside it. Raises ConfigurationError if it is none, or was edited."""
    try:
        content = orjson.loads(path.read_bytes())
        batch = _batch(content, outcomes)
        is_as_made = batch.checksum == content["plan"]["checksum"]
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        raise ConfigurationError(f"{path}: the run's batch cannot be read.", hint="Start a new run.") from None
    if not is_as_made:
        raise ConfigurationError(f"{path}: was changed after it was made.", hint="Start a new run.")
    return batch


def _batch(content: Mapping[str, Any], outcomes: Sequence[RowOutcome]) -> Batch:
    return Batch(
        server=content["server"],
        project_id=content["project"]["id"],
        project_name=content["project"]["name"],
        calls=tuple(
            PlannedCall(
                call["row"],
                call["key"],
                known_by(call["identity"]),
                CallRequest(**call["request"]),
                tuple(call.get("zones", ())),
                call.get("follows"),
            )
            for call in content["calls"]
        ),
        outcomes=tuple(outcomes),
        campaign=content["campaign"],
        again=content["again"],
        notes=tuple(content["notes"]),
        forecast=as_forecast(content["forecast"]) if "forecast" in content else None,
    )
