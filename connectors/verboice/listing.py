"""A project's whole contact list, turned into columns while it arrives.

The list has no pages and may be hundreds of megabytes (API sheet 3.1, 3.11), and as Python objects it would take ten
times that. So it is cut between contacts, and Arrow's reader makes columns of each piece: a third of the processor
time of parsing it into Python objects and making columns of those. What that reader does not take (numbers where
Verboice sends text, JSON written with blanks) goes the slow way through orjson.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from connectors.values import RemoteContacts
from connectors.verboice.errors import UnexpectedReply
from connectors.verboice.shapes import contact as contact_of

PIECE = 4 * 1024 * 1024

# Quotes inside a JSON string are always escaped, so these bytes can only stand between two contacts.
_BORDER = b'},{"id":'


class ContactColumns:
    """Takes the bytes of `contacts.json` in any portions; `finish` gives the columns.

    `variables` names the columns wanted; None takes every name seen. Both raise UnexpectedReply for JSON that is cut
    off or of another shape.
    """

    def __init__(self, variables: Sequence[str] | None = None, *, request_id: str | None = None) -> None:
        self._names = list(dict.fromkeys(variables or ()))
        self._discovers = variables is None
        self._request_id = request_id
        self._pending = bytearray()
        self._opened = False
        self._pieces: list[RemoteContacts] = []

    def feed(self, portion: bytes) -> None:
        self._pending += portion
        if len(self._pending) < PIECE:
            return
        self._open()
        border = self._pending.rfind(_BORDER)
        if border > 0:
            self._take(bytes(self._pending[: border + 1]))
            del self._pending[: border + 2]

    def finish(self) -> RemoteContacts:
        self._open()
        last = bytes(self._pending).rstrip()
        if not last.endswith(b"]"):
            raise self._unexpected("is not JSON or is cut off")
        self._pending.clear()
        self._take(last[:-1])
        return self._joined()

    def _open(self) -> None:
        if not self._opened:
            self._pending = self._pending.lstrip()
            if not self._pending.startswith(b"["):
                raise self._unexpected("is not a JSON array")
            del self._pending[:1]
            self._opened = True

    def _take(self, piece: bytes) -> None:
        """Keep the columns of `piece`, contacts with commas between them."""
        if not piece.strip():
            return
        columns = self._fast(piece)
        self._pieces.append(self._slow(piece) if columns is None else columns)

    def _fast(self, piece: bytes) -> RemoteContacts | None:
        """The columns by Arrow's reader; None when it cannot take the piece as it is."""
        if not piece.isascii() and not _is_utf8(piece):  # Arrow would not look
            return None
        lines = piece.replace(_BORDER, b'}\n{"id":')
        try:
            table = _parsed(lines, self._names, discover=self._discovers)
            found = [entry.name for entry in table.schema.field("vars").type]
            if len(found) > len(self._names):  # guessed types are no use: a date must stay text
                self._names += [name for name in found if name not in self._names]
                table = _parsed(lines, self._names, discover=False)
        except pa.ArrowInvalid:
            return None
        return _columns(table, self._names)

    def _slow(self, piece: bytes) -> RemoteContacts:
        try:
            contacts = [contact_of(body) for body in orjson.loads(b"[" + piece + b"]")]
        except orjson.JSONDecodeError:
            raise self._unexpected("is not JSON or is cut off") from None
        except (KeyError, TypeError, AttributeError):
            raise self._unexpected("has another shape than Verboice's") from None
        if self._discovers:
            self._names = list(dict.fromkeys([*self._names, *(name for one in contacts for name in one.vars)]))
        return RemoteContacts.of(contacts, self._names)

    def _joined(self) -> RemoteContacts:
        starts = [0]
        for piece in self._pieces:
            starts.append(starts[-1] + len(piece))
        owners = [pc.add(piece.address_owner, start) for piece, start in zip(self._pieces, starts, strict=False)]
        return RemoteContacts(
            ids=_one([piece.ids for piece in self._pieces], pa.int64()),
            addresses=_one([piece.addresses for piece in self._pieces], pa.string()),
            address_owner=_one(owners, pa.int64()),
            variables={name: self._column(name) for name in self._names},
        )

    def _column(self, name: str) -> pa.Array:
        absent = (piece.variables.get(name) for piece in self._pieces)
        filled = [
            pa.nulls(len(piece), pa.string()) if column is None else column
            for piece, column in zip(self._pieces, absent, strict=True)
        ]
        return _one(filled, pa.string())

    def _unexpected(self, what: str) -> UnexpectedReply:
        return UnexpectedReply(f"Verboice's contact list {what}.", request_id=self._request_id)


def _parsed(lines: bytes, names: Iterable[str], *, discover: bool) -> pa.Table:
    """One contact per line -> a table. Unknown variables are added with a guessed type, or left out."""
    variables = pa.struct([(name, pa.string()) for name in names])
    schema = pa.schema([("id", pa.int64()), ("addresses", pa.list_(pa.string())), ("vars", variables)])
    return pj.read_json(
        io.BytesIO(lines),
        # More threads would take more processor time for the same work, and the server is the slower side anyway.
        read_options=pj.ReadOptions(use_threads=False, block_size=len(lines) + 1),
        parse_options=pj.ParseOptions(
            explicit_schema=schema, unexpected_field_behavior="infer" if discover else "ignore"
        ),
    ).combine_chunks()


def _columns(table: pa.Table, names: Sequence[str]) -> RemoteContacts | None:
    """A parsed piece as columns; None when a contact lacks a part."""
    ids, addresses, variables = (_one(table[name].chunks, None) for name in ("id", "addresses", "vars"))
    listed = addresses.flatten()
    if ids.null_count or addresses.null_count or variables.null_count or listed.null_count:
        return None
    return RemoteContacts(
        ids=ids,
        addresses=listed,
        address_owner=pc.list_parent_indices(addresses).cast(pa.int64()),
        variables={name: variables.field(name) for name in names},
    )


def _one(arrays: Sequence[pa.Array], kind: pa.DataType | None) -> pa.Array:
    if len(arrays) == 1:
        return arrays[0]
    return pa.concat_arrays(arrays) if arrays else pa.array([], kind)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
