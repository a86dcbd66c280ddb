"""Files that only their owner may read, and that are either whole or absent."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import ConfigurationError, CouldNotBeDone


def check_folder(path: Path) -> None:
    """Raises ConfigurationError where there is no folder for the file, before anything is asked for its sake."""
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path}: there is no folder {path.parent}.", hint="Make it, or name another one.")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file (mode 0600) beside `path`, renamed onto it when the block ends well, removed when it does not.

    What is written is on disk before the name is: a crash leaves the old file or the new one. A link stays one, and its
    file is replaced. Raises CouldNotBeDone where the file cannot be written (folder missing, disk full, open in a
    program that locks it) or is something else, such as a device.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            raise CouldNotBeDone(f"{path} is not a file, so nothing is written to it.", hint="Name a file.")
        with _temporary_beside(target) as temporary:
            yield temporary
            _flush(temporary)
            temporary.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CouldNotBeDone(
            f"{path} could not be written: {reason}.",
            hint="Close it where it is open, and see that its folder exists and has room.",
        ) from error


def keep_fault(folder: Path, fault: Exception) -> Path:
    """Keep the traceback of a fault of the program in the folder, for whoever mends it, in the place of the last one's;
    returns the file."""
    kept = folder / "last-fault.txt"
    with replacing(kept) as temporary:
        temporary.write_text("".join(traceback.format_exception(fault)))
    return kept


@contextmanager
def _temporary_beside(path: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as written:
        os.fsync(written.fileno())
