"""In which spelling each person is rung: the one Verboice has stored, if it has the person at all.

A call to another spelling of the number rings all the same, but Verboice makes a second contact of it, which no API can
remove, and the call runs without the first one's variables (API sheet 3.8, 8.23).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts
from flows.calls.batch import PlannedCall
from flows.calls.normalise import StoredAddress
from flows.contacts.people.address import collation_key, stored_keys
from flows.contacts.people.match import match
from flows.contacts.people.pulling import Lookup, Person, meant_by
from flows.runs.pull import spelled

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient

FEW_CALLS = 25  # asked one by one while the size of the project is not known
LISTED = 0.0015  # seconds of the server's time per contact of a list (API sheet 3.11)
LOOKED_UP = 0.010  # seconds per number asked one by one, mostly two questions of 5 ms


@dataclass(slots=True)
class Directory:
    """Where stored spellings are looked up. `contacts`: how many the project has, None if never counted.

    variables: of whoever was looked up, by the person's key; none for people whom Verboice does not have.
    """

    client: VerboiceClient
    project_id: int
    region: str | None
    contacts: int | None
    variables: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _listed: RemoteContacts | None = field(default=None)

    def find(self, people: Sequence[Person]) -> dict[Person, StoredAddress]:
        """Those of the people that Verboice has, in the spelling it has; read in the way that costs it less."""
        if not people:
            return {}
        remote = self._read(people)
        matches = match(pa.array([p.typed for p in people], pa.string()), meant_by(people), remote, region=self.region)
        keys = stored_keys(remote.addresses, self.region).to_pylist()
        addresses, owners = remote.addresses.to_pylist(), pc.take(remote.ids, remote.address_owner).to_pylist()
        self.variables |= {person.key: {} for person in people if person.key is not None}
        found = {}
        for person, matched, several in zip(people, matches.address.tolist(), matches.ambiguous.tolist(), strict=True):
            place = matched
            if several and person.key is not None:
                place = addresses.index(_plainest(person.key, addresses, keys))
            if place >= 0:
                key = person.key or keys[place] or collation_key(addresses[place])
                found[person] = StoredAddress(key, addresses[place], owners[place])
                self.variables[key] = _variables(remote, place)
        return found

    def _read(self, people: Sequence[Person]) -> RemoteContacts:
        if self._listed is None and self._is_cheaper_listed(len(people)):
            self._listed = self.client.contacts(self.project_id)
        if self._listed is not None:
            return self._listed
        asked = (spelled(self.client, self.project_id, Lookup.of(person, self.region)) for person in people)
        found = {contact.id: contact for contacts in asked for contact in contacts}
        return RemoteContacts.of(list(found.values()), complete=False)

    def _is_cheaper_listed(self, numbers: int) -> bool:
        if self.contacts is None:
            return numbers > FEW_CALLS
        return self.contacts * LISTED < numbers * LOOKED_UP


def stored_people(
    calls: Sequence[PlannedCall], typed: Mapping[int, str], directory: Directory
) -> Mapping[int, StoredAddress]:
    """How the people of the calls are stored, by row. SIP addresses are not looked up. `typed`: the address of each row
    that was not looked up before."""
    people = {call.row: Person(typed[call.row], call.key) for call in calls if call.row in typed and call.key.isdigit()}
    stored = directory.find(list(dict.fromkeys(people.values())))
    return {row: stored[person] for row, person in people.items() if person in stored}


def as_stored(calls: Sequence[PlannedCall], stored: Mapping[int, StoredAddress]) -> tuple[PlannedCall, ...]:
    """The calls with stored spellings in the place of plain digits; those of others stay as they are."""
    return tuple(
        replace(call, request=replace(call.request, address=stored[call.row].spelling)) if call.row in stored else call
        for call in calls
    )


def _variables(remote: RemoteContacts, address: int) -> dict[str, str]:
    """Those of the contact whose address stands at this place; absent and null ones are left out."""
    owner = remote.address_owner[address].as_py()
    values = ((name, column[owner].as_py()) for name, column in remote.variables.items())
    return {name: value for name, value in values if value is not None}


def _plainest(key: str, addresses: Sequence[str], keys: Sequence[str | None]) -> str:
    """Of several stored spellings of one number the plainest: digits, then digits with a plus, then the first."""
    spellings = [address for address, stored in zip(addresses, keys, strict=True) if stored == key]
    return next((one for one in (key, f"+{key}") if one in spellings), spellings[0])
