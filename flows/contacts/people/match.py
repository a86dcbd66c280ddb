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
    shared = _in(keys, _shared_keys(remote_keys, remote))
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
        contact=_owner(address, remote.address_owner),
        address=address,
        exact=exact,
        settled=candidates & (address >= 0),
        ambiguous=ambiguous,
        twin=exact & shared,
        folded=folded,
    )


def _only_candidates(candidates: pa.Array, remote_keys: pa.Array, remote: RemoteContacts) -> Positions:
    """For each list of keys the address of the one contact that has one of them, -1 where none or several have."""
    lists = candidates.to_pylist()
    wanted = pa.array(sorted({key for keys in lists for key in keys}))
    places = np.flatnonzero(_in(remote_keys, wanted))
    stored: dict[str, list[int]] = {}
    for place, key in zip(places.tolist(), take(remote_keys, places).to_pylist(), strict=True):
        stored.setdefault(key, []).append(place)
    owners = remote.address_owner.to_numpy()
    only = np.full(len(lists), -1, dtype=np.int64)
    for row, keys in enumerate(lists):
        found = [place for key in keys for place in stored.get(key, ())]
        if found and len({int(owners[place]) for place in found}) == 1:
            only[row] = found[0]
    return only


def _positions(wanted: pa.Array, among: pa.Array) -> Positions:
    if not len(wanted):
        return np.zeros(0, dtype=np.int64)
    found = pc.index_in(wanted, value_set=among, skip_nulls=True)
    positions: Positions = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return positions


def _in(wanted: pa.Array, among: pa.Array) -> Flags:
    if not len(among):
        return np.zeros(len(wanted), dtype=np.bool_)
    return flags(pc.is_in(wanted, value_set=among, skip_nulls=True))


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
    return flags(pc.fill_null(pc.match_substring_regex(keys, "[^0-9]"), False))


def _owner(address: Positions, owners: pa.Array) -> Positions:
    if not len(owners):
        return np.full(len(address), -1, dtype=np.int64)
    owner = owners.to_numpy(zero_copy_only=False)
    return np.where(address >= 0, owner[np.maximum(address, 0)], -1).astype(np.int64)
