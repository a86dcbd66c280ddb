"""Rows that need a person, by what is wrong with them: one reason with its cure and some examples, not a line each."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flows.reports.buckets import BUCKETS
from flows.reports.page.rules import PageRules
from flows.reports.summary import ProblemFacts
from flows.reports.wording import label

MOST_EXAMPLES = 3
_OWN = re.compile(r"“[^”]*”|\"[^\"]*\"|••••[\w@.]*|\d+(?:[.,:/-]\d+)*")
_CURE = "Correct the cell in the source, or in the workbook's sheet “To fix”, and run it again."


@dataclass(slots=True)
class ProblemGroup:
    """One kind of problem: the bucket and what it is called, the column, the kind of reason (`kind_of_reason`), the
    reason as it is where all rows have the same one, the cure or the command that is one, how many rows, and the first
    of them with their own reasons."""

    bucket: str
    label: str
    column: str
    kind: str
    reason: str
    cure: str
    command: str
    count: int = 0
    examples: list[Mapping[str, object]] = field(default_factory=list)


def by_reason(
    problems: Sequence[ProblemFacts], rules: PageRules, *, settling: str, addresses: Mapping[int, str]
) -> list[ProblemGroup]:
    """The uncertain first, because nothing but a person settles them, and then the commonest.

    settling: the command that settles uncertain rows. addresses: of the rows, by their numbers, as the source has them.
    """
    groups: dict[tuple[str, str, str], ProblemGroup] = {}
    for problem in problems:
        bucket, told = problem["status"], rules.text(problem["reason"])
        key = (bucket, problem["column"], kind_of_reason(told))
        group = groups.get(key)
        if group is None:
            cure, command = ("", settling) if bucket == "uncertain" else (BUCKETS[bucket].to_do or _CURE, "")
            group = groups[key] = ProblemGroup(
                bucket, label(bucket), rules.text(problem["column"]), key[2], told, cure, command
            )
        group.count += 1
        if group.reason != told:
            group.reason = group.kind
        if len(group.examples) < MOST_EXAMPLES:
            address = rules.number(addresses.get(problem["row"], ""))
            group.examples.append({"row": problem["row"], "address": address, "reason": told})
    return sorted(groups.values(), key=lambda group: (group.bucket != "uncertain", -group.count))


@functools.lru_cache(maxsize=10_000)
def kind_of_reason(reason: str) -> str:
    """The reason without what is a row's own: `“12-34” has 4 digits` → `“…” has … digits`."""
    return _OWN.sub(lambda found: "“…”" if found[0][0] in '“"' else "…", reason)
