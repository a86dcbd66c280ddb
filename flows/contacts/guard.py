"""Does this plan look like a mistake? A guard judges a finished plan; it never changes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from flows.contacts.plan import Plan
from flows.limits import Limit

FEWEST_FINDINGS = 5  # below this, a share says nothing: one change in a list of two is 50 %
NOT_KNOWN = (
    "rows name nobody whom Verboice knows (is it the right project, and is source.region the country of the numbers?)"
)
FEWEST_ROWS = 20  # usable rows; below this, a list of nothing but newcomers is no wrong project


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
    max_not_found: Limit


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
    contacts listed (None if not all were).

    is_first: nothing is known of earlier values, because the source was never compared as a whole.
    """

    rows: int | None
    contacts: int | None
    last: LastTime = LastTime()
    is_first: bool = False


def judge(plan: Plan, limits: GuardLimits | None, population: Population) -> tuple[Violation, ...]:
    """Every limit the plan breaks, worst kind first. Without limits only an empty or halved side trips."""
    return (
        *_shrunken(population, is_import=bool(plan.creates)),
        *(_beyond(plan, limits, population) if limits is not None else ()),
    )


@dataclass(frozen=True, slots=True)
class _Finding:
    """So many of so many, and the limit they are held against. replaces: whether it is about values that are there."""

    guard: str
    limit: Limit
    found: int
    of: int
    text: str
    replaces: bool = False

    def at_first(self) -> _Finding:
        """At a first run nobody knows who wrote the values that are there, so a share of them says nothing: so many go
        through unasked, and for more a person is told how many there are."""
        share = self.limit.share
        if not (self.replaces and share):  # 0 %: nothing goes through, not even so many
            return self
        unasked = max(FEWEST_FINDINGS, int(share * self.of))
        text = f"{self.text} at the first run, when nothing is known of earlier values"
        return replace(self, limit=Limit(count=unasked), text=text)

    def violations(self) -> Iterable[Violation]:
        """The violation, if the limit is broken."""
        if is_broken(self.limit, self.found, self.of):
            reason = f"{self.found:,} of {self.of:,} {self.text}; the limit is {self.limit}."
            yield Violation(self.guard, str(self.limit), measure(self.limit, self.found, self.of), reason)


def _beyond(plan: Plan, limits: GuardLimits, population: Population) -> Iterable[Violation]:
    for finding in _findings(plan, limits):
        yield from (finding.at_first() if population.is_first else finding).violations()


def _findings(plan: Plan, limits: GuardLimits) -> Iterable[_Finding]:
    counts, matched, rows = plan.counts(), plan.matched, plan.rows
    rejected, unknown = counts.get("rejected", 0), counts.get("not_found", 0)
    value = "contacts would have a value"
    yield _Finding("max_overwrites", limits.max_overwrites, plan.overwrites(), matched, f"{value} replaced", True)
    yield _Finding("max_clears", limits.max_clears, plan.clears(), matched, f"{value} emptied", True)
    yield _Finding("max_creates", limits.max_creates, len(plan.creates), rows, "contacts would be created")
    yield _Finding("max_rejected", limits.max_rejected, rejected, rows, "rows could not be used")
    if limits.max_not_found.share is None or rows - rejected >= FEWEST_ROWS:
        yield _Finding("max_not_found", limits.max_not_found, unknown, rows - rejected, NOT_KNOWN)


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
