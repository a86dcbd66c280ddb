"""Does this plan look like a mistake? A guard judges a finished plan; it never changes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from flows.contacts.plan import Plan
from flows.limits import Limit

FEWEST_FINDINGS = 5  # below this, a share says nothing: one change in a list of two is 50 %


def is_broken(limit: Limit, found: int, population: int | None) -> bool:
    """Whether there are more findings than allowed. An unknown population breaks any share with enough findings."""
    if limit.share is None:
        return found > (limit.count or 0)
    if found < FEWEST_FINDINGS:
        return False
    return not population or Fraction(found, population) > limit.share


def measure(limit: Limit, found: int, population: int | None) -> str:
    """What was found, in the unit of the limit."""
    if limit.share is None or not population:
        return str(found)
    return f"{found / population:.0%}" if found / population >= 0.1 else f"{found / population:.1%}"


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """The contract's limits for contacts."""

    max_overwrites: Limit
    max_clears: Limit
    max_creates: Limit
    max_rejected: Limit


@dataclass(frozen=True, slots=True)
class Violation:
    """One limit that a plan breaks; `limit` and `found` in the unit the user wrote."""

    guard: str
    limit: str
    found: str
    reason: str


@dataclass(frozen=True, slots=True)
class LastTime:
    """How much there was at the pipeline's last successful run, None where unknown."""

    rows: int | None = None
    contacts: int | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """How much there is now: rows in the source before --only and --limit (None if only changed ones were read),
    contacts listed (None if not all were)."""

    rows: int | None
    contacts: int | None
    last: LastTime = LastTime()


def judge(plan: Plan, limits: GuardLimits | None, population: Population) -> tuple[Violation, ...]:
    """Every limit the plan breaks, worst kind first. Without limits only an empty or halved side trips."""
    return (
        *_shrunken(population, is_import=bool(plan.creates)),
        *(_beyond(plan, limits) if limits is not None else ()),
    )


def _beyond(plan: Plan, limits: GuardLimits) -> Iterable[Violation]:
    counts = plan.counts()
    findings = (
        (
            "max_overwrites",
            limits.max_overwrites,
            plan.overwrites(),
            plan.matched,
            "contacts would have a value replaced",
        ),
        ("max_clears", limits.max_clears, plan.clears(), plan.matched, "contacts would have a value emptied"),
        ("max_creates", limits.max_creates, len(plan.creates), plan.rows, "contacts would be created"),
        ("max_rejected", limits.max_rejected, counts.get("rejected", 0), plan.rows, "rows could not be used"),
    )
    return tuple(
        Violation(name, str(limit), measure(limit, found, of), f"{found:,} of {of:,} {text}; the limit is {limit}.")
        for name, limit, found, of, text in findings
        if is_broken(limit, found, of)
    )


def _shrunken(population: Population, *, is_import: bool) -> Iterable[Violation]:
    """An empty or halved side is far more often a broken export or a wrong project than the truth. Only a plan that
    creates contacts may begin with none, in a project that was never seen with any: `max_creates` judges it then."""
    if population.rows == 0:
        yield Violation("empty_source", "at least 1", "0", "The source has no rows.")
    elif population.rows and population.last.rows and population.rows * 2 < population.last.rows:
        yield _halved("shrunken_source", population.rows, population.last.rows, "rows in the source")
    if population.contacts is None:
        return
    if not population.contacts and is_import and not population.last.contacts:
        return
    if not population.contacts:
        yield Violation("empty_project", "at least 1", "0", "Verboice lists no contacts for this project.")
    elif population.last.contacts and population.contacts * 2 < population.last.contacts:
        yield _halved("shrunken_project", population.contacts, population.last.contacts, "contacts at Verboice")


def _halved(guard: str, now: int, before: int, what: str) -> Violation:
    return Violation(
        guard, f"at least {-(-before // 2)}", str(now), f"There are {now:,} {what}; last time there were {before:,}."
    )
