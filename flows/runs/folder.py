"""Where a run keeps what it writes: `runs/<run_id>/` in the home folder, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
import pyarrow as pa
from pyarrow import feather

from connectors.errors import ConfigurationError, VerboiceSyncError
from connectors.values import Rows, SheetFile
from flows.reports.private_file import keep_fault, replacing
from flows.reports.report import Report
from flows.reports.summary import Summary
from flows.settings.project import check_is_project, project_here

HOME_VARIABLE = "VERBOICE_SYNC_HOME"
DEFAULT_HOME = ".verboice-sync"

ADDRESS = "address"
"""What the column with the addresses is called in a report that was kept."""

_OUTCOMES, _CHANGES = "outcomes", "changes"  # the tables of a report that is kept
_ADDRESS = "\0@"
NUMBERS = "\0#"  # beside the source's own columns and the outcomes', which are told apart by a NUL before their names


def home_folder(project: Path | None = None) -> Path:
    """`$VERBOICE_SYNC_HOME`, by default `.verboice-sync`, in a project folder (`Pipeline.folder`; by default the one
    that the current folder belongs to). It is made by what first writes into it, with mode 0700."""
    return (project or project_here()) / (os.environ.get(HOME_VARIABLE) or DEFAULT_HOME)


def check_home(home: Path) -> None:
    """Raises ConfigurationError where there is no home folder because a command was typed in a wrong folder."""
    if not home.is_dir() and not os.environ.get(HOME_VARIABLE):
        check_is_project(project_here())


def private_folder(path: Path) -> Path:
    """The folder, made with mode 0700 if it is not there (folders above it keep the user's own modes).

    Raises ConfigurationError where it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(path, error) from None
    return path


def unusable(path: Path, error: OSError) -> ConfigurationError:
    """What is told where nothing can be written in the home folder."""
    return ConfigurationError(
        f"{path} cannot be made: {error.strerror}.",
        hint=f"Put right what is there, with its permissions and its disk, or set {HOME_VARIABLE} to another folder.",
    )


def fault_kept(home: Path, fault: Exception) -> str:
    """Keep the traceback of a fault of the program in the home folder, for whoever mends it; where it is to be read."""
    try:
        return str(keep_fault(private_folder(home), fault))
    except (OSError, VerboiceSyncError):
        return "what `--debug` shows"


def new_run_id(now: datetime) -> str:
    """Sorts by time and is unique across machines: `20261123T145301Z-3fa9c1`."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def pipeline_files(home: Path) -> list[str]:
    """The pipeline files that the runs in this home folder belong to."""
    origins = sorted((home / "runs").glob("*/origin.json"))
    return list(dict.fromkeys(RunFolder(origin.parent).kept_origin() for origin in origins))


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @classmethod
    def of(cls, home: Path, run_id: str) -> RunFolder:
        private_folder(home)
        private_folder(home / "runs")
        return cls(private_folder(home / "runs" / run_id))

    @property
    def home(self) -> Path:
        """The home folder it lies in."""
        return self.path.parent.parent

    def of_run(self, run_id: str) -> RunFolder:
        """The folder of another run beside it; nothing is made."""
        return RunFolder(self.path.parent / run_id)

    def workbook(self, stem: str, suffix: str = ".xlsx") -> Path:
        return self.path / f"{stem}.result{suffix}"

    @property
    def html(self) -> Path:
        return self.path / "report.html"

    @property
    def summary(self) -> Path:
        return self.path / "summary.json"

    @property
    def plan(self) -> Path:
        return self.path / "plan.json"

    @property
    def rows(self) -> Path:
        """The source's rows, and what was planned for them."""
        return self.path / "rows.arrow"

    @property
    def origin(self) -> Path:
        """Which pipeline file and which ledger the run belongs to, as JSON."""
        return self.path / "origin.json"

    def keep_origin(self, pipeline: Path | None, **facts: str) -> None:
        """Write down the pipeline file, so that the run can be opened again by its id alone, from any folder; and facts
        by which a ledger that does not know the run sees whether it should: `ledger` (its id), `kind`, `server`."""
        if pipeline is not None:
            with replacing(self.origin) as temporary:
                temporary.write_bytes(orjson.dumps({"pipeline": str(pipeline.resolve()), **facts}))

    def kept_origin(self) -> str:
        """The pipeline file. Raises OSError, JSONDecodeError or KeyError where that cannot be read."""
        file: str = orjson.loads(self.origin.read_bytes())["pipeline"]
        return file

    def kept_facts(self) -> dict[str, str]:
        """The facts that `keep_origin` wrote down; none where version 0.1 did, or where that cannot be read."""
        with suppress(OSError, orjson.JSONDecodeError):
            return dict(orjson.loads(self.origin.read_bytes()))
        return {}

    def keep_rows(self, rows: Rows, outcomes: pa.Table) -> None:
        """The source's rows as they were, and what was planned for them: a resumed run reports all of them."""
        table = rows.table.append_column(NUMBERS, rows.numbers)
        for name in outcomes.column_names:
            table = table.append_column(f"\0{name}", outcomes[name])
        facts = {b"stem": rows.stem.encode(), b"sheet": rows.sheet.encode(), b"notes": "\n".join(rows.notes).encode()}
        if rows.file is not None:
            facts[b"file"] = orjson.dumps([os.fsencode(rows.file.path).hex(), rows.file.header, rows.file.digest])
        with replacing(self.rows) as temporary:
            feather.write_feather(table.replace_schema_metadata(facts), str(temporary), compression="zstd")

    def keep(self, name: str, table: pa.Table) -> None:
        """A table that a later run of another kind needs (`kept`)."""
        with replacing(self.path / f"{name}.arrow") as temporary:
            feather.write_feather(table, str(temporary), compression="zstd")

    def kept(self, name: str) -> pa.Table | None:
        """What `keep` kept; None where nothing is kept on this machine."""
        path = self.path / f"{name}.arrow"
        return feather.read_table(str(path), memory_map=False) if path.exists() else None

    @property
    def has_rows(self) -> bool:
        """Whether `kept_rows` will find something."""
        return self.rows.exists()

    def kept_rows(self) -> tuple[Rows, pa.Table]:
        """What `keep_rows` kept."""
        table = feather.read_table(str(self.rows), memory_map=False)
        facts = table.schema.metadata or {}
        own = [name for name in table.column_names if not name.startswith("\0")]
        outcomes = {name[1:]: table[name] for name in table.column_names if name.startswith("\0") and name != NUMBERS}
        rows = Rows(
            table=table.select(own),
            numbers=table[NUMBERS].combine_chunks(),
            stem=facts[b"stem"].decode(),
            notes=tuple(filter(None, facts[b"notes"].decode().split("\n"))),
            sheet=facts[b"sheet"].decode(),
            file=_sheet_file(facts.get(b"file")),
        )
        return rows, pa.table(outcomes)

    def keep_report(self, report: Report, *, address: str) -> None:
        """What the run's page is made of beside its summary, so that it can be written anew (`kept_report`)."""
        rows, outcomes = report.rows, report.outcomes
        empty = pa.chunked_array([pa.repeat(pa.scalar(""), len(rows))])
        addresses = rows.table[address] if address in rows.columns else empty
        table = outcomes.append_column(NUMBERS, rows.numbers).append_column(_ADDRESS, addresses)
        self.keep(_OUTCOMES, table.replace_schema_metadata({b"notes": "\n".join(rows.notes).encode()}))
        self.keep(_CHANGES, report.changes)

    def kept_report(self) -> Report | None:
        """The report with nothing of its rows but numbers, addresses (column `ADDRESS`) and notes; None where the run
        has none on this machine."""
        outcomes, changes = self.kept(_OUTCOMES), self.kept(_CHANGES)
        if outcomes is None or changes is None or not self.summary.exists():
            return None
        notes = (outcomes.schema.metadata or {}).get(b"notes", b"").decode()
        rows = Rows(
            table=pa.table({ADDRESS: outcomes[_ADDRESS]}),
            numbers=outcomes[NUMBERS].combine_chunks(),
            stem="",
            notes=tuple(filter(None, notes.split("\n"))),
        )
        summary: Summary = orjson.loads(self.summary.read_bytes())
        return Report(rows, outcomes.drop_columns([NUMBERS, _ADDRESS]), summary, changes)


def _sheet_file(kept: bytes | None) -> SheetFile | None:
    if kept is None:
        return None
    path, header, digest = orjson.loads(kept)
    return SheetFile(Path(os.fsdecode(bytes.fromhex(path))), header, digest)
