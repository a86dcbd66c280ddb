"""Where a run keeps what it writes: `runs/<run_id>/` in the home folder, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import feather

from connectors.values import Rows
from flows.runs.private_file import replacing

HOME_VARIABLE = "VERBOICE_SYNC_HOME"
DEFAULT_HOME = ".verboice-sync"


def home_folder(environ: Mapping[str, str] | None = None) -> Path:
    """`$VERBOICE_SYNC_HOME`, by default `./.verboice-sync`; made with mode 0700 if it is not there."""
    named = (os.environ if environ is None else environ).get(HOME_VARIABLE) or DEFAULT_HOME
    return private_folder(Path(named))


def private_folder(path: Path) -> Path:
    """The folder, made with mode 0700 if it is not there (folders above it keep the user's own modes)."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_run_id(now: datetime) -> str:
    """Sorts by time and is unique across machines: `20261123T145301Z-3fa9c1`."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @classmethod
    def of(cls, home: Path, run_id: str) -> RunFolder:
        private_folder(home / "runs")
        return cls(private_folder(home / "runs" / run_id))

    def workbook(self, stem: str) -> Path:
        return self.path / f"{stem}.result.xlsx"

    @property
    def html(self) -> Path:
        return self.path / "report.html"

    @property
    def summary(self) -> Path:
        return self.path / "summary.json"

    @property
    def plan(self) -> Path:
        return self.path / "plan.json"

    def keep_rows(self, rows: Rows, outcomes: pa.Table) -> None:
        """The source's rows as they were, and what was planned for them: a resumed run reports all of them."""
        table = rows.table.append_column("\0row", rows.numbers)
        for name in outcomes.column_names:
            table = table.append_column(f"\0{name}", outcomes[name])
        facts = {b"stem": rows.stem.encode(), b"sheet": rows.sheet.encode(), b"notes": "\n".join(rows.notes).encode()}
        with replacing(self.path / "rows.arrow") as temporary:
            feather.write_feather(table.replace_schema_metadata(facts), str(temporary), compression="zstd")

    def kept_rows(self) -> tuple[Rows, pa.Table]:
        """What `keep_rows` kept."""
        table = feather.read_table(str(self.path / "rows.arrow"), memory_map=False)
        facts = table.schema.metadata or {}
        own = [name for name in table.column_names if not name.startswith("\0")]
        outcomes = {name[1:]: table[name] for name in table.column_names if name.startswith("\0") and name != "\0row"}
        rows = Rows(
            table=table.select(own),
            numbers=table["\0row"].combine_chunks(),
            stem=facts[b"stem"].decode(),
            notes=tuple(filter(None, facts[b"notes"].decode().split("\n"))),
            sheet=facts[b"sheet"].decode(),
        )
        return rows, pa.table(outcomes)
