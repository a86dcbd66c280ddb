"""Copies of files from elsewhere, kept in the home folder, so that a file that did not change is not sent again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.errors import CouldNotBeDone
from connectors.sources.files import FileKind, content_digest
from connectors.storage.content import check_content, plain_name, suffix_of
from connectors.storage.links import file_link
from connectors.storage.storage import FetchLimits, Storage
from connectors.storage.url import StorageUrl

FACTS = "facts.json"


@dataclass(frozen=True, slots=True)
class Copies:
    """The folder of the copies (0700; each file 0600), and what fetching one may take."""

    folder: Path
    limits: FetchLimits

    def of(self, storage: Storage, url: StorageUrl, kind: FileKind, *, of_sheet: bool = True) -> Path:
        """The file as it is now, fetched only if it is not the one that is kept. of_sheet: see `file_link`.

        Raises ConfigurationError for what is no such file, and CouldNotBeDone for what may pass.
        """
        place = self.folder / hashlib.sha256(f"{kind} {url.identity}".encode()).hexdigest()[:24]
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = _Kept.of(place)
        handle, name = tempfile.mkstemp(dir=place, suffix=".part")
        os.close(handle)
        part = Path(name)
        try:
            fetched = storage.fetch(file_link(url, kind, of_sheet=of_sheet), part, kept.version, self.limits)
            if fetched is None:
                return kept.file(url)
            content = part.read_bytes()
            check_content(content, kind, str(url))
            known_suffix = suffix_of(content, kind, url.name)
            called = url.name if url.name.lower().endswith(known_suffix) else fetched.name
            file = place / plain_name(called, known_suffix)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        _Kept(place, {"name": file.name, "digest": content_digest(content), "version": dict(fetched.version)}).write()
        return file


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is known of the copy in a folder: its name, the digest of its content, and its version at the server."""

    place: Path
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, place: Path) -> _Kept:
        """Nothing, where there is no copy, or another than was written down."""
        try:
            facts = json.loads((place / FACTS).read_bytes())
            is_whole = content_digest((place / facts["name"]).read_bytes()) == facts["digest"]
        except (OSError, ValueError, KeyError, TypeError):
            return cls(place, {})
        return cls(place, facts if is_whole else {})

    @property
    def version(self) -> Mapping[str, str]:
        return dict(self.facts.get("version", {}))

    def file(self, url: StorageUrl) -> Path:
        if not self.facts:
            raise CouldNotBeDone(
                f"{url}: the server says that the file has not changed, but none is kept here.", hint="Try again later."
            )
        return self.place / str(self.facts["name"])

    def write(self) -> None:
        for file in self.place.iterdir():
            if file.name not in {self.facts["name"], FACTS} and file.suffix != ".part":
                file.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(dir=self.place, suffix=".part")
        with os.fdopen(handle, "w") as written:
            json.dump(self.facts, written)
        Path(name).replace(self.place / FACTS)
