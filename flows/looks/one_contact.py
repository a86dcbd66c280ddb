"""Everything known about one contact: Verboice's side, the source's, what a sync would change, what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ConfigurationError
from connectors.ledger.values import Scope
from connectors.masking import mask_number, mask_text
from connectors.values import Contact, RemoteContacts
from flows import wiring
from flows.contacts.assess import Known, Target, assess
from flows.contacts.base import without_own
from flows.contacts.normalise import Statements, normalise
from flows.contacts.people.address import read_address, stored_keys
from flows.contacts.people.pulling import Lookup, Person, select
from flows.contacts.plan import Plan
from flows.contacts.rules import ContactRules
from flows.runs.contacts import memory
from flows.runs.contacts.neighbours import others
from flows.runs.pull import find_project, spelled
from flows.settings import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.verboice.client import VerboiceClient


_SPELLING = "Type it as the source or Verboice spells it."


@dataclass(frozen=True, slots=True)
class OneContact:
    """contacts: those that have the address in any spelling. rows: the source's, as row number and texts.

    remembered: what the ledger keeps (variable, source_value, remote_value).
    """

    plan: Plan
    contacts: tuple[Contact, ...]
    rows: list[dict[str, Any]]
    remembered: list[dict[str, Any]]
    requests: dict[str, int]


def look_at(pipeline: Pipeline, ledger: Ledger, address: str) -> OneContact:
    """Read both sides of one address. Raises ConfigurationError where the address cannot be one."""
    rules = wiring.contact_rules(pipeline)
    meant = read_address(address, rules.region, rules.addresses)
    if meant.key is None and meant.candidates is None:
        raise ConfigurationError(f"“{mask_number(address)}”: {meant.problem}", hint=_SPELLING)
    person = Person(address.strip(), meant.key, meant.candidates or ())
    rows = wiring.open_source(pipeline).read()
    wiring.check_columns(pipeline, rows)
    statements = normalise(rows, rules)
    with wiring.open_client(pipeline) as client:
        project = find_project(
            client.projects(), pipeline.verboice.project, where=pipeline.where("verboice", "project")
        )
        contacts = _contacts(client, project.id, person, rules.region)
        requests = client.tally.as_dict()
    selected = _rows_of(statements, contacts, address, rules)
    if meant.key is None and not contacts and not pc.any(selected).as_py():
        raise ConfigurationError(f"“{mask_number(address)}”: {mask_text(meant.problem or '')}", hint=_SPELLING)
    scope = Scope(pipeline.verboice.url, project.id, pipeline.name)
    remote = RemoteContacts.of(contacts, rules.names, complete=False)
    stated = others(ledger, scope, rules.names, remote.ids.to_pylist())
    base = without_own(ledger.values(scope), remote, memory.unanswered(ledger, scope))
    known = Known(remote, base, others=stated)
    target = Target(pipeline.verboice.url, project.id, project.name)
    return OneContact(
        plan=assess(statements, known, rules, target=target, selected=selected.to_numpy(zero_copy_only=False)),
        contacts=tuple(contacts),
        rows=rows.table.append_column("row", rows.numbers).filter(selected).select(["row", *rules.columns]).to_pylist(),
        remembered=[value for contact in contacts for value in ledger.values(scope, [contact.id]).to_pylist()],
        requests=requests,
    )


def _contacts(client: VerboiceClient, project_id: int, person: Person, region: str | None) -> list[Contact]:
    """Contacts by the usual spellings; if nobody has one of those, the whole list is worth one question."""
    found = {contact.id: contact for contact in spelled(client, project_id, Lookup.of(person, region))}
    if found:
        return [found[contact_id] for contact_id in sorted(found)]
    listed = client.contacts(project_id)
    people = person.candidates if person.key is None else (person.key,)
    known = pc.is_in(stored_keys(listed.addresses, region), value_set=pa.array(people, pa.string()), skip_nulls=True)
    owners = set(listed.address_owner.filter(known).to_pylist())
    return [contact for position, contact in enumerate(listed) if position in owners]


def _rows_of(statements: Statements, contacts: list[Contact], address: str, rules: ContactRules) -> pa.Array:
    """Rows that name the address or any other address of the same contacts."""
    names = [address, *(stored for contact in contacts for stored in contact.addresses)]
    return pa.array(select(statements, only=names, region=rules.region, rules=rules.addresses))
