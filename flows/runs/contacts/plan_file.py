"""A plan as a file: the same head as a run's summary, then every change it would make. Survives a round trip.

It is plain JSON, so that a stale or used plan can still be read; a seal over the whole content tells an edited one.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from connectors.errors import ConfigurationError, RefusedByGuard
from flows.contacts.guard import Violation
from flows.contacts.plan import CHANGES, OUTCOMES, BulkWrite, Create, Plan
from flows.reports.private_file import replacing
from flows.reports.summary import Summary

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
_OF_THE_RUN = ("run_id", "started_at", "finished_at", "requests", "reports", "seal")
_NEXT = "Make a new plan with `verboice-sync plan … --out`."


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as it was read from a file. `made_by` is the run that made it; `pipeline_file` may be gone since.

    The plan's outcomes are those of the rows that act or need a person; rows that need nothing are only counted.
    """

    plan: Plan
    made_by: str
    made_at: str
    pipeline: str
    pipeline_file: str
    violations: tuple[Violation, ...]
    content: Mapping[str, Any]


def plan_bytes(plan: Plan, head: Summary, *, pipeline_file: str = "") -> bytes:
    """The plan file's content: `head` (the run that made the plan) and the plan. Equal inputs give equal bytes."""
    body: dict[str, Any] = {
        **head,
        "server": plan.server,
        "purpose": plan.purpose,
        "pipeline_file": pipeline_file,
        "plan": {**head["plan"], "matched": plan.matched},
        "changes": plan.changes.select(CHANGES.names).to_pylist(),
        "bulk": [{"variable": write.variable, "value": write.value} for write in plan.bulk],
        "creates": [
            {"row": create.row, "address": create.address, "vars": dict(create.vars)} for create in plan.creates
        ],
    }
    return orjson.dumps(body | {"seal": _seal(body)}, option=_OPTIONS)


def without(content: bytes, is_left_out: Callable[[Mapping[str, Any]], bool]) -> bytes:
    """A plan file without the changes, creates and problems that are left out: the plan of all others, with a checksum
    of its own. One that was edited stays so: only what was sealed is sealed anew. Raises KeyError for no plan file."""
    body = orjson.loads(content)
    seal = body.pop("seal")
    is_sealed = seal == _seal(body)
    for part in ("changes", "creates", "problems"):
        body[part] = [line for line in body[part] if not is_left_out(line)]
    plan = _plan_file(body).plan
    body["plan"] = {**body["plan"], "checksum": plan.checksum, "changes": plan.size}
    return orjson.dumps(body | {"seal": _seal(body) if is_sealed else seal}, option=_OPTIONS)


def says_the_same(one: bytes, other: bytes) -> bool:
    """Whether two plan files differ in nothing but the run that made them."""
    first, second = ({k: v for k, v in orjson.loads(c).items() if k not in _OF_THE_RUN} for c in (one, other))
    return bool(first == second)


def write_plan(path: Path, content: bytes) -> None:
    """Write a plan file whole or not at all, readable by its owner only; raises CouldNotBeDone."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def read_plan(path: Path) -> PlanFile:
    """Raises ConfigurationError if the file is no plan, and RefusedByGuard if it was edited since it was made."""
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file.", hint="Make a plan with `plan --out`.") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}.", hint="Check its permissions.") from None
    except orjson.JSONDecodeError:
        raise ConfigurationError(f"{path}: is not a plan file.", hint=_NEXT) from None
    try:
        read = _plan_file(content)
        sealed = _seal({key: value for key, value in content.items() if key != "seal"})
        untouched = content["seal"] == sealed and read.plan.checksum == content["plan"]["checksum"]
    except (KeyError, TypeError, AttributeError, ValueError, pa.ArrowException):
        raise ConfigurationError(f"{path}: is not a plan file.", hint=_hint(path)) from None
    if not untouched:
        raise RefusedByGuard(
            f"{path}: was changed after it was made, so it is not the plan with the checksum "
            f"{content['plan']['checksum']} any more. Nothing was sent.",
            hint=_NEXT,
            checksum=read.plan.checksum,
        )
    return read


def _hint(path: Path) -> str:
    """Where the plan is, for whoever has taken another file of the run's folder."""
    beside = path.with_name("plan.json")
    lies = path.name != beside.name and beside.is_file()
    return f"plan.json lies beside it: `verboice-sync apply {shlex.quote(str(beside))}`." if lies else _NEXT


def _seal(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plan_file(content: dict[str, Any]) -> PlanFile:
    plan = Plan(
        server=content["server"],
        project_id=content["project"]["id"],
        project_name=content["project"]["name"],
        changes=pa.Table.from_pylist(content["changes"], schema=CHANGES),
        outcomes=_outcomes(content),
        matched=content["plan"]["matched"],
        rows=content["rows"]["read"],
        creates=tuple(Create(c["row"], c["address"], c["vars"]) for c in content["creates"]),
        bulk=tuple(BulkWrite(b["variable"], b["value"]) for b in content["bulk"]),
        purpose=content["purpose"],
    )
    return PlanFile(
        plan=plan,
        made_by=content["run_id"],
        made_at=content["started_at"],
        pipeline=content["pipeline"],
        pipeline_file=content["pipeline_file"],
        violations=tuple(_violation(told) for told in content["plan"]["violations"]),
        content=content,
    )


def _violation(told: Mapping[str, str]) -> Violation:
    reason = f"{told['guard']}: {told['found']} found, {told['limit']} allowed."
    return Violation(told["guard"], told["limit"], told["found"], reason)


def _outcomes(content: Mapping[str, Any]) -> pa.Table:
    """The outcomes that a plan file tells of by itself: rows that act, and rows that need a person."""
    told: dict[int, dict[str, Any]] = {}
    for problem in content["problems"]:
        told[problem["row"]] = {"status": problem["status"], "reason": problem["reason"], "column": problem["column"]}
    for change in content["changes"]:
        acting = told.setdefault(change["row"], {"status": "updated"})
        acting |= {"contact_id": change["contact_id"], "address": change["address"]}
    for create in content["creates"]:
        told[create["row"]] = {"status": "created", "address": create["address"]}
    lines = [{"row": row, "leader": row, "address": "", **line} for row, line in sorted(told.items())]
    return pa.Table.from_pylist(lines, schema=OUTCOMES)
