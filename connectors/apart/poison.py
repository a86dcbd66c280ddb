"""The files that killed a reader, known by their content, so that none of them is read a second time by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from connectors.apart.limits import ReadingLimits


@dataclass(frozen=True, slots=True)
class Poison:
    """A folder with a small text for each such file and limits: what its reader died of. It need not exist yet."""

    folder: Path

    def known(self, path: Path, limits: ReadingLimits) -> str:
        """What a reader of the same content died of under the same limits; "" where that is not known."""
        if not self.folder.is_dir():
            return ""
        record = self._record(path, limits)
        return record.read_text(encoding="utf-8") if record and record.is_file() else ""

    def remember(self, path: Path, limits: ReadingLimits, died_of: str) -> None:
        record = self._record(path, limits)
        if record:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            record.touch(mode=0o600)
            record.write_text(died_of, encoding="utf-8")

    def _record(self, path: Path, limits: ReadingLimits) -> Path | None:
        """None for a file that cannot be read at all."""
        try:
            with path.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256")
        except OSError:
            return None
        content.update(repr(limits).encode())
        return self.folder / f"{content.hexdigest()}.txt"
