"""The reader's process: it limits itself, reads one file, hands over what it found, and is gone."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import tempfile
import traceback
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from typing import BinaryIO, Protocol, TypeAlias, cast

from connectors.apart.limits import ReadingLimits, impose
from connectors.apart.parcel import OUT_OF_MEMORY, packed, packed_error, packed_fault
from connectors.errors import VerboiceSyncError
from connectors.values import Rows

BEGUN = b"begun"


class FileSource(Protocol):
    """A source that is a file; it can be pickled."""

    @property
    def stem(self) -> str: ...
    def read(self) -> Rows: ...
    def describe(self) -> str: ...


Job: TypeAlias = tuple[FileSource, ReadingLimits, str]


def read_and_send(connection: Connection, inherited: Connection | None) -> None:
    """Waits for (source, limits, where relative paths begin), says BEGUN once whatever happens is the file's doing, and
    then a Parcel. `inherited`: the other side's end, which a fork has too.
    """
    if inherited is not None:
        inherited.close()
    _be_quiet()
    try:
        source, limits, folder = cast("Job", connection.recv())
    except EOFError:  # nobody wants to read any more
        return
    os.chdir(folder)
    impose(limits)
    connection.send_bytes(BEGUN)
    with _shared_file() as shared:
        connection.send_bytes(_head_of_parcel(source, shared))
        shared.flush()
        send_handle(connection, shared.fileno(), None)
    connection.close()


def _shared_file() -> BinaryIO:
    """What two processes can look at without copying it through a socket, in memory where the platform can."""
    if sys.platform.startswith("linux"):
        return os.fdopen(os.memfd_create("rows"), "wb")
    return cast("BinaryIO", tempfile.TemporaryFile())


def _be_quiet() -> None:
    """Native code tells of its death on stderr; Ctrl-C is for whoever waits for the file."""
    faulthandler.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _head_of_parcel(source: FileSource, content: BinaryIO) -> bytes:
    try:
        return packed(source.read(), content)
    except VerboiceSyncError as error:
        return packed_error(error)
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception:  # noqa: BLE001 - told where it can be told
        return packed_fault(traceback.format_exc())
