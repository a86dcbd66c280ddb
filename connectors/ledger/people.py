"""People whom the ledger knows without knowing their numbers: by a hash that only the ledger's own key can make.

Who was forgotten, or is never to be rung, is kept as such a hash. The key is a fact of the ledger, so it goes wherever
the hashes go (copies, `ledger move`, a database of several machines): a hash without its key would be worth nothing,
and the person rung again (decision 15).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import schema
from connectors.ledger.part import LedgerPart, added
from connectors.ledger.values import KEYED

_FACT = "people_key"
_BYTES = 32
_KEY = sa.select(schema.facts.c.value).where(schema.facts.c.name == _FACT)


@dataclass(frozen=True, slots=True)
class PeopleKey:
    """The ledger's own key."""

    secret: bytes

    def hashed(self, name: str) -> str:
        """`keyed:` and an HMAC-SHA-256 in hexadecimal of what names a person: an address key
        (`flows.contacts.people.address`), or what a call is known by. One that is hashed already stays as it is."""
        return name if name.startswith(KEYED) else f"{KEYED}{hmac.digest(self.secret, name.encode(), 'sha256').hex()}"

    def by_hash(self, names: Iterable[str]) -> dict[str, str]:
        """The names by their hashes."""
        return {self.hashed(name): name for name in names}


class People(LedgerPart):
    def people_key(self) -> PeopleKey:
        """The ledger's key, made at first use."""
        with self._db.writing() as connection:
            return made_key(connection)


def kept_key(connection: Connection) -> PeopleKey | None:
    """The ledger's key; None where nobody is known by a hash."""
    kept = connection.execute(_KEY).scalar()
    return None if kept is None else PeopleKey(bytes.fromhex(kept))


def made_key(connection: Connection) -> PeopleKey:
    """The ledger's key, made if there is none. Of several processes that come to it at once all get the same."""
    added(connection, schema.facts, {"name": _FACT, "value": secrets.token_hex(_BYTES)})
    return PeopleKey(bytes.fromhex(connection.execute(_KEY).scalar_one()))
