"""A plan as a file: the same head as a run's summary, then every change it would make. Survives a round trip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from connectors.errors import ConfigurationError
from flows.contacts.plan import CHANGES, OUTCOMES, BulkWrite, Create, Plan
from flows.runs.private_file import replacing
from flows.runs.report import Summary

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def plan_bytes(plan: Plan, head: Summary) -> bytes:
    """The plan file's content: `head` (the run that made the plan) and the plan. Equal inputs give equal bytes."""
    changes = plan.changes.select(["row", "contact_id", "address", "variable", "before", "after"])
    body = {
        **head,
        "server": plan.server,
        "plan": {**head["plan"], "matched": plan.matched},
        "changes": changes.to_pylist(),
        "bulk": [{"variable": write.variable, "value": write.value} for write in plan.bulk],
        "creates": [
            {"row": create.row, "address": create.address, "vars": dict(create.vars)} for create in plan.creates
        ],
    }
    return orjson.dumps(body, option=_OPTIONS)


def write_plan(path: Path, content: bytes) -> None:
    """Write a plan file whole or not at all, readable by its owner only; raises CouldNotBeDone."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def read_plan(path: Path) -> tuple[Plan, dict[str, Any]]:
    """The plan in a file, and the file's whole content. Raises ConfigurationError if it is no plan, or was edited."""
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file.", hint="Make a plan with `plan --out`.") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}.") from None
    except orjson.JSONDecodeError:
        raise ConfigurationError(f"{path}: is not a plan file.", hint="Make one with `plan --out`.") from None
    try:
        plan = _plan_of(content)
    except (KeyError, TypeError, AttributeError, pa.ArrowException):
        raise ConfigurationError(f"{path}: is not a plan file.", hint="Make one with `plan --out`.") from None
    if plan.checksum != content["plan"]["checksum"]:
        raise ConfigurationError(
            f"{path}: was changed after it was made (its checksum is {plan.checksum}, it says "
            f"{content['plan']['checksum']}).",
            hint="Make a new plan with `plan --out`.",
        )
    return plan, content


def _plan_of(content: dict[str, Any]) -> Plan:
    return Plan(
        server=content["server"],
        project_id=content["project"]["id"],
        project_name=content["project"]["name"],
        changes=pa.Table.from_pylist(content["changes"], schema=CHANGES),
        outcomes=OUTCOMES.empty_table(),
        matched=content["plan"]["matched"],
        rows=content["rows"]["read"],
        creates=tuple(Create(c["row"], c["address"], c["vars"]) for c in content["creates"]),
        bulk=tuple(BulkWrite(b["variable"], b["value"]) for b in content["bulk"]),
    )
