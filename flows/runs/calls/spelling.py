"""In which spelling each person is rung: the one Verboice has stored, if it has the person at all.

A call to another spelling of the number rings all the same, but Verboice makes a second contact of it, which no API can
remove, and the call runs without the first one's variables (API sheet 3.8, 8.23).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from flows.calls.batch import PlannedCall
from flows.contacts.address import address_keys
from flows.contacts.pulling import Lookup
from flows.runs.pull import spelled

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient

FEW_CALLS = 25  # asked one by one while the size of the project is not known
LISTED = 0.0015  # seconds of the server's time per contact of a list (API sheet 3.11)
LOOKED_UP = 0.010  # seconds per number asked one by one, mostly two questions of 5 ms


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """How a person's number is stored, and of which contact."""

    address: str
    contact_id: int


@dataclass(frozen=True, slots=True)
class Directory:
    """Where stored spellings are looked up. `contacts`: how many the project has, None if never counted."""

    client: VerboiceClient
    project_id: int
    region: str | None
    contacts: int | None

    def numbers(self, keys: Sequence[str]) -> dict[str, StoredNumber]:
        """Key of a number → how it is stored, for those that Verboice has; read in the way that costs it less."""
        if self._is_cheaper_listed(len(keys)):
            listed = self.client.contacts(self.project_id, variables=())
            owners = pc.take(listed.ids, listed.address_owner).to_pylist()
            every = map(StoredNumber, listed.addresses.to_pylist(), owners)
            return _by_key(every, self.region, wanted=frozenset(keys))
        found: dict[str, StoredNumber] = {}
        for key in keys:
            contacts = spelled(self.client, self.project_id, Lookup.of(key, key, self.region))
            stored = [StoredNumber(address, contact.id) for contact in contacts for address in contact.addresses]
            found |= _by_key(stored, self.region, wanted={key})
        return found

    def _is_cheaper_listed(self, numbers: int) -> bool:
        if self.contacts is None:
            return numbers > FEW_CALLS
        return self.contacts * LISTED < numbers * LOOKED_UP


def stored_numbers(calls: Sequence[PlannedCall], directory: Directory) -> Mapping[str, StoredNumber]:
    """How the people of the calls are stored, by key. SIP addresses are not looked up."""
    numbers = list(dict.fromkeys(call.key for call in calls if call.key.isdigit()))
    return directory.numbers(numbers) if numbers else {}


def as_stored(calls: Sequence[PlannedCall], stored: Mapping[str, StoredNumber]) -> tuple[PlannedCall, ...]:
    """The calls with stored spellings in the place of plain digits; those of others stay as they are."""
    return tuple(
        replace(call, request=replace(call.request, address=stored[call.key].address)) if call.key in stored else call
        for call in calls
    )


def _by_key(
    stored: Iterable[StoredNumber], region: str | None, *, wanted: frozenset[str] | set[str]
) -> dict[str, StoredNumber]:
    """Of several stored spellings of one number the plainest: digits, then digits with a plus, then the first."""
    listed = list(stored)
    keys = address_keys(pa.array([one.address for one in listed], pa.string()), region).keys.to_pylist()
    found: dict[str, StoredNumber] = {}
    for one, key in zip(listed, keys, strict=True):
        if key in wanted and _plainness(one, key) < _plainness(found.get(key), key):
            found[key] = one
    return found


def _plainness(stored: StoredNumber | None, key: str) -> int:
    if stored is None:
        return 3
    return 0 if stored.address == key else 1 if stored.address == f"+{key}" else 2
