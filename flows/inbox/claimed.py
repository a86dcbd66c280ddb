"""What a drop folder says of its files, wherever it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

PROCESSING, DONE, TO_FIX, FAILED = "processing", "done", "to-fix", "failed"


class Seen(NamedTuple):
    """What tells whether a file is still being written."""

    size: int
    modified: int  # nanoseconds; 0 where nobody tells
    changed: int  # nanoseconds; also by a new name or new rights. Inodes of network shares are not lasting.


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file that somebody took; `claim` is the folder of its own, "" for one that lies in processing/ without."""

    claim: str
    name: str

    @property
    def path(self) -> str:
        """Where it lies in the inbox."""
        return "/".join(filter(None, (PROCESSING, self.claim, self.name)))
