"""Which contact each row means, among the contacts Verboice listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts
from flows.contacts.columns import Flags, Positions, flags, take
from flows.contacts.people.address import Meant, stored_keys
from flows.contacts.people.sip import without_scheme


@dataclass(frozen=True, slots=True)
class Matches:
    """As long as the rows.

    contact: position in the remote contacts, -1 where none matches or several do.
    address: position of the stored spelling to use in requests, -1 likewise.
    exact: the row's text stands letter by letter among the contact's addresses.
    settled: the row's text could mean several people or none, and one of them is stored.
    ambiguous: the row's number belongs to several contacts that spell it differently.
    twin: the row matched by its exact spelling while another contact has the same number in another spelling.
    folded: it matched only because the server ignores case, accents or invisible characters (API sheet 4.8), or by a
    SIP address with or without its scheme.
    """

    contact: Positions
    address: Positions
    exact: Flags
    settled: Flags
    ambiguous: Flags
    twin: Flags
    folded: Flags


def match(texts: pa.Array, meant: Meant, remote: RemoteContacts, *, region: str | None) -> Matches:
    """The exact spelling decides; without one the key does, if it belongs to one contact only; where the text has no
    key, its candidates do, if one contact only is among them.

    `texts` are addresses as typed, `meant` whom they mean. Where they mean nobody nothing matches.
    """
    keys = without_scheme(meant.keys)
    readable, candidates = flags(pc.is_valid(keys)), flags(pc.is_valid(meant.candidates))
    by_text = _positions(texts, remote.addresses)
    exact = (by_text >= 0) & (readable | candidates)
    remote_keys = without_scheme(stored_keys(remote.addresses, region))
    shared = flags(pc.is_in(keys, value_set=_shared_keys(remote_keys, remote)))
    address = np.where(exact, by_text, -1)
    open_rows = np.flatnonzero(readable & ~exact)
    address[open_rows] = _positions(take(keys, open_rows), remote_keys)
    ambiguous = ~exact & shared
    address[ambiguous] = -1
    folded = np.zeros(len(address), dtype=np.bool_)
    folded[open_rows] = (address[open_rows] >= 0) & _opaque(take(keys, open_rows))
    doubtful = np.flatnonzero(candidates & ~exact)
    address[doubtful] = _only_candidates(take(meant.candidates, doubtful), remote_keys, remote)
    return Matches(
        contact=np.append(remote.address_owner.to_numpy(), -1)[address],  # -1 is the last place
        address=address,
        exact=exact,
        settled=candidates & (address >= 0),
        ambiguous=ambiguous,
        twin=exact & shared,
        folded=folded,
    )


def _only_candidates(candidates: pa.Array, remote_keys: pa.Array, remote: RemoteContacts) -> list[int]:
    """For each list of keys the address of the one contact that has one of them, -1 where none or several have."""
    lists = candidates.to_pylist()
    wanted = pa.array(sorted({key for keys in lists for key in keys}), pa.string())
    places = np.flatnonzero(flags(pc.is_in(remote_keys, value_set=wanted)))
    stored: dict[str, list[int]] = {}
    for place, key in zip(places.tolist(), take(remote_keys, places).to_pylist(), strict=True):
        stored.setdefault(key, []).append(place)
    owners = remote.address_owner.to_numpy()
    found = ([place for key in keys for place in stored.get(key, ())] for keys in lists)
    return [theirs[0] if len({owners[place] for place in theirs}) == 1 else -1 for theirs in found]


def _positions(wanted: pa.Array, among: pa.Array) -> Positions:
    positions: Positions = pc.fill_null(pc.index_in(wanted, value_set=among), -1).to_numpy().astype(np.int64)
    return positions


def _shared_keys(keys: pa.Array, remote: RemoteContacts) -> pa.Array:
    """Keys that addresses of more than one contact have.

    No two contacts have the same address (a unique index, API sheet 7.3), so at least one of the addresses with a
    shared key is spelled otherwise than the key; those are few, because Verboice's importer stores bare digits.
    """
    reshaped = pc.unique(pc.filter(keys, pc.not_equal(keys, remote.addresses)))
    if not len(reshaped):
        return reshaped
    suspect = pc.is_in(keys, value_set=reshaped)
    owned = pa.table({"key": pc.filter(keys, suspect), "owner": pc.filter(remote.address_owner, suspect)})
    counted = owned.group_by("key").aggregate([("owner", "count_distinct")])
    return counted.filter(pc.greater(counted["owner_count_distinct"], 1))["key"].combine_chunks()


def _opaque(keys: pa.Array) -> Flags:
    """Keys that are no phone numbers (those consist of digits only)."""
    return flags(pc.match_substring_regex(keys, "[^0-9]"))
