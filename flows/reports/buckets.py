"""The buckets: what a row of the source can end as, and what follows from it.

Every row ends in exactly one bucket and the buckets add up to the rows read; whoever asks "where are the other 998
rows?" finds the answer in the counts, in the workbook and in `summary.json`, and the same one each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from connectors.errors import CouldNotBeDone
from flows.runs.kinds import run_kind


class Meaning(NamedTuple):
    """One sentence for a person who has never seen the bucket's name. planned: while nothing is sent, if that differs.

    Both are empty where runs of this sort have no such bucket.
    """

    sentence: str = ""
    planned: str = ""


_NONE = Meaning()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What a row can end as, and what follows from it.

    contacts, calls: what it means in a run over contacts, in one of calls.
    planned_label: what people read for it while nothing is sent, if that differs from its name.
    to_do: the cure, for a person with the row before them; "" where the reason says it.
    to_fix: a person can correct the row and drop it in again. An uncertain one is not: sent again, it might happen
        twice.
    needs_attention: such a row makes a run `partial` (exit status 4). An unknown address is an answer, not a failure.
    is_unsettled: its values have still to arrive, and the row may not change again: a cursor does not move past it.
    is_idle: nothing had to be done for the row; short lists leave it out.
    cell, bar: its colours in the workbook and on the page, as RRGGBB.
    """

    name: str
    contacts: Meaning = _NONE
    calls: Meaning = _NONE
    planned_label: str = ""
    to_do: str = ""
    to_fix: bool = False
    needs_attention: bool = False
    is_unsettled: bool = False
    is_idle: bool = False
    cell: str
    bar: str

    def label(self, *, is_planned: bool) -> str:
        """Its name for people: `not found`, `updated`; of what is only planned `to update`."""
        return (is_planned and self.planned_label) or self.name.replace("_", " ")

    def meaning(self, *, is_call: bool, is_planned: bool) -> str:
        """Its sentence in a report of calls or contacts, of what was done or is only planned."""
        meaning = self.calls if is_call else self.contacts
        return (is_planned and meaning.planned) or meaning.sentence


_TABLE = (
    Bucket(
        name="updated",
        contacts=Meaning(
            "At least one variable of the contact was changed in Verboice.",
            planned="At least one variable of the contact would be changed in Verboice.",
        ),
        planned_label="to update",
        cell="C6EFCE",
        bar="2E9E5B",
    ),
    Bucket(
        name="created",
        contacts=Meaning("The contact was added to Verboice.", planned="The contact would be added to Verboice."),
        planned_label="to create",
        cell="C6EFCE",
        bar="1F7A8C",
    ),
    Bucket(
        name="unchanged",
        contacts=Meaning(
            "Nothing had to be sent: Verboice has these values, or its own are kept and the reason says so."
        ),
        is_idle=True,
        cell="EDEDED",
        bar="B4BCC9",
    ),
    Bucket(
        name="not_found",
        contacts=Meaning("Verboice has no contact with this address; nothing was sent."),
        to_do="Correct the number, or add the contact in Verboice.",
        to_fix=True,
        cell="FFEB9C",
        bar="D9B310",
    ),
    Bucket(
        name="queued",
        calls=Meaning("Verboice accepted the call.", planned="The call would be asked for."),
        planned_label="to queue",
        cell="C6EFCE",
        bar="2E9E5B",
    ),
    Bucket(
        name="skipped",
        calls=Meaning("An earlier run has already queued this call; it was not asked for again."),
        is_idle=True,
        cell="EDEDED",
        bar="B4BCC9",
    ),
    Bucket(
        name="blocked",
        calls=Meaning("The person is not to be called, or not yet: on a list, outside a rule, or called too recently."),
        cell="FFEB9C",
        bar="8D7BC9",
    ),
    Bucket(
        name="duplicate",
        contacts=Meaning(
            "Several rows name one contact with different values; none of them was applied.",
            planned="Several rows name one contact with different values; none of them would be applied.",
        ),
        calls=Meaning("The address stands in an earlier row of this batch; it is called once."),
        to_do="Leave one of these rows, or make them say the same.",
        to_fix=True,
        needs_attention=True,
        cell="FFEB9C",
        bar="E08E2B",
    ),
    Bucket(
        name="rejected",
        contacts=Meaning("The row cannot be used as it stands; the reason names the cell."),
        calls=Meaning("The row cannot be used as it stands; the reason names the cell."),
        to_fix=True,
        needs_attention=True,
        cell="FFC7CE",
        bar="C8423B",
    ),
    Bucket(
        name="held",
        contacts=Meaning("The row waits for a person to decide; nothing was sent."),
        to_do="Decide what is right, and write it here or in Verboice.",
        to_fix=True,
        needs_attention=True,
        is_unsettled=True,
        cell="FFEB9C",
        bar="8D7BC9",
    ),
    Bucket(
        name="failed",
        contacts=Meaning("Verboice did not accept the change; the reason says what it answered."),
        calls=Meaning("Verboice did not accept the call; nobody is called for this row."),
        to_do="Correct what the reason names, or run it again.",
        to_fix=True,
        needs_attention=True,
        is_unsettled=True,
        cell="FFC7CE",
        bar="8C1D2F",
    ),
    Bucket(
        name="uncertain",
        contacts=Meaning("A request was sent and its answer was lost: it may or may not have taken effect."),
        calls=Meaning("The call was asked for and the answer was lost: the phone may have rung. It is not repeated."),
        needs_attention=True,
        is_unsettled=True,
        cell="F4B183",
        bar="D4578B",
    ),
    Bucket(
        name="unsent",
        contacts=Meaning("The run ended before the row's turn; nothing was sent for it, and nothing is wrong with it."),
        calls=Meaning(
            "The row's turn did not come, or comes another day; nobody was called for it, and nothing is wrong with it."
        ),
        is_unsettled=True,
        cell="D9E1F2",
        bar="6F7C93",
    ),
)

UNSENT = "unsent"

BUCKETS: Mapping[str, Bucket] = MappingProxyType({bucket.name: bucket for bucket in _TABLE})
CONTACT_BUCKETS = tuple(bucket.name for bucket in _TABLE if bucket.contacts.sentence)
CALL_BUCKETS = tuple(bucket.name for bucket in _TABLE if bucket.calls.sentence)
TO_FIX = frozenset(bucket.name for bucket in _TABLE if bucket.to_fix)
NEEDS_ATTENTION = frozenset(bucket.name for bucket in _TABLE if bucket.needs_attention)
UNSETTLED = frozenset(bucket.name for bucket in _TABLE if bucket.is_unsettled)
IDLE = frozenset(bucket.name for bucket in _TABLE if bucket.is_idle)

EXIT_STATUS: Mapping[str, int] = MappingProxyType({"succeeded": 0, "failed": 1, "refused": 3, "partial": 4})


def buckets_of(kind: str) -> tuple[str, ...]:
    """The buckets of a kind of run in the order in which they are always shown. Raises ConfigurationError."""
    return CALL_BUCKETS if run_kind(kind).is_call else CONTACT_BUCKETS


def check_buckets(counts: Mapping[str, int], read: int) -> None:
    """Raises CouldNotBeDone unless the buckets add up to the rows read. A key `read` among the counts is no bucket."""
    accounted = sum(count for bucket, count in counts.items() if bucket != "read")
    if accounted != read:
        raise CouldNotBeDone(
            f"{read} rows were read, but {accounted} are accounted for, so the run's own count cannot be trusted.",
            hint="Compare the ledger with Verboice before running again, and report this as a fault of verboice-sync.",
        )


def status_of(counts: Mapping[str, int]) -> str:
    """`failed` when the turn of some rows never came; `partial` when some were rejected, duplicate, held, failed or
    uncertain; otherwise `succeeded`."""
    if counts.get(UNSENT):
        return "failed"
    return "partial" if any(counts.get(bucket) for bucket in NEEDS_ATTENTION) else "succeeded"
