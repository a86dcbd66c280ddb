"""The commands. Each parses its words, and hands over to `flows.commands`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.terminal.project import CommandLine, DebugOption, ProjectOption, in_common

app = CommandLine(
    name="verboice-sync",
    help="Keeps Verboice contacts in step with spreadsheets, CSV exports and databases, and rings each person once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class LedgerAction(StrEnum):
    """What `ledger` can do."""

    CHECK = "check"
    BACKUP = "backup"
    RESTORE = "restore"
    MOVE = "move"


def _rows_named(row: list[int] | None, more: list[int] | None) -> list[int]:
    """The rows of `--row 3 5`, of which the option takes the first alone."""
    if more and not row:
        raise typer.BadParameter("rows are named with --row.", param_hint="'RUN'")
    return [*(row or []), *(more or [])]


def _pipelines(incomplete: str) -> list[str]:
    """For the shell's completion."""
    from flows.settings import all_pipelines

    return [name for name in all_pipelines() if name.startswith(incomplete)]


PipelineArgument = Annotated[
    str,
    typer.Argument(
        help="Path of a pipeline file, or NAME for the project's configs/NAME.yaml.", autocompletion=_pipelines
    ),
]
OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", metavar="ADDRESS", help="Only this address (repeatable).")
]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N rows.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]
ApproveOption = Annotated[
    str | None, typer.Option("--approve", metavar="CHECKSUM", help="Go on with exactly this plan.")
]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run, by id or the beginning or end of it.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show the plan; send nothing.")]
PrefectOption = Annotated[bool, typer.Option("--prefect", help="Run as a Prefect flow, also without PREFECT_API_URL.")]


@app.callback(invoke_without_command=True)  # or else --version alone is a missing command
def main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
    project: ProjectOption = None,
    debug: DebugOption = False,
) -> None:
    """What every command has in common."""
    context.with_resource(in_common(project, debug=debug))
    if version:
        from importlib.metadata import version as version_of

        typer.echo(version_of("verboice-sync"))
        raise typer.Exit


@app.command()
def demo() -> None:
    """Start the sandbox, sync a synthetic clinic, and show what happened."""
    from flows.commands import demo as command

    command.demo()


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    empty: Annotated[bool, typer.Option("--empty", help="Without the demo clinic: no account, no project.")] = False,
    example: Annotated[
        Path | None,
        typer.Option("--write-example", metavar="DIR", help="Write a pipeline file and a sheet for it into DIR."),
    ] = None,
) -> None:
    """Serve the bundled Verboice emulator until stopped."""
    from flows.commands import sandbox as command

    command.serve(host, port, empty=empty, example=example)


@app.command()
def init(
    spreadsheet: Annotated[Path, typer.Argument(help="A CSV file or a spreadsheet.")],
    region: Annotated[str | None, typer.Option(help="Country of numbers written nationally (ISO 3166).")] = None,
    address: Annotated[str | None, typer.Option(help="Column with the addresses; guessed by default.")] = None,
    project: Annotated[str | None, typer.Option(help="Project, by id or name.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; default: configs/NAME.yaml.")] = None,
) -> None:
    """Write a first pipeline file by guessing columns (asks only on a terminal)."""
    from flows.commands import init as command

    command.init(spreadsheet, command.Wishes(region, address, project, out))


@app.command()
def schema() -> None:
    """Print the pipeline file's JSON Schema."""
    from flows.commands import check as command

    command.schema()


@app.command()
def check(pipeline: PipelineArgument, json: JsonOption = False) -> None:
    """Test everything without writing: file, source, login, project, variables."""
    from flows.commands import check as command

    command.check(pipeline, as_json=json)


@app.command("vars")
def list_variables(pipeline: PipelineArgument, json: JsonOption = False) -> None:
    """List the project's variables and what fills them, its call flows and schedules, and the channels."""
    from flows.commands import variables as command

    command.list_variables(pipeline, as_json=json)


@app.command()
def pull(
    pipeline: PipelineArgument,
    to: Annotated[
        str, typer.Option("--to", metavar="FILE", help="A .csv or .xlsx file, here or by its URL, or a database URL.")
    ],
    table: Annotated[str | None, typer.Option("--table", help="Table of the database; keeps the history.")] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="A .csv for programs: nothing before what looks like a formula.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write all contacts of the project to a file, or to a table with their history."""
    from flows.commands import pull as command

    command.pull(pipeline, command.Destination(to, table, raw), as_json_object=json)


@app.command()
def plan(
    pipeline: PipelineArgument,
    out: Annotated[Path | None, typer.Option("--out", metavar="PLAN.json", help="Write the plan here too.")] = None,
    only: OnlyOption = None,
    limit: LimitOption = None,
    json: JsonOption = False,
) -> None:
    """Show what `sync` would do; send nothing."""
    from flows.commands import contacts as command

    command.plan(pipeline, command.Choice(tuple(only or ()), limit, as_json=json), out=out)


@app.command()
def sync(
    pipeline: PipelineArgument,
    approve: ApproveOption = None,
    only: OnlyOption = None,
    limit: LimitOption = None,
    prefect: PrefectOption = False,
    json: JsonOption = False,
) -> None:
    """Plan, guard and push the changes that the source asks for."""
    from flows.commands import contacts as command

    choice = command.Choice(tuple(only or ()), limit, approve=approve, prefect=prefect, as_json=json)
    command.sync(pipeline, choice)


@app.command()
def apply(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.json", help="A file that `plan --out` wrote.")],
    approve: ApproveOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Do exactly a saved plan, once, unless a contact it touches has changed since."""
    from flows.commands import plans as command
    from flows.commands.contacts import Choice

    command.apply(plan, Choice(approve=approve, as_json=json), dry_run=dry_run)


@app.command()
def undo(
    run: RunId,
    hold: Annotated[
        bool, typer.Option("--hold", help="Keep them from the next syncs until the source changes.")
    ] = False,
    approve: ApproveOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Put back the values a run replaced, where nobody changed them since."""
    from flows.commands import plans as command
    from flows.commands.contacts import Choice

    command.undo(run, Choice(approve=approve, as_json=json), dry_run=dry_run, hold=hold)


@app.command("set-all")
def set_all(
    pipeline: PipelineArgument,
    values: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="Variables and their new values.")],
    approve: ApproveOption = None,
    json: JsonOption = False,
) -> None:
    """Set variables of every contact of the project in one request; always asks for an approval."""
    from flows.commands import contacts as command

    command.set_all(pipeline, values, command.Choice(approve=approve, as_json=json))


@app.command()
def backfill(  # noqa: PLR0913, PLR0917 - one parameter per option
    pipeline: PipelineArgument,
    fill_only: Annotated[bool, typer.Option("--fill-only", help="Never replace a value that is there.")] = False,
    go_on: Annotated[bool, typer.Option("--resume", help="Go on where the last one ended (also --fill-only).")] = False,
    approve: ApproveOption = None,
    only: OnlyOption = None,
    limit: LimitOption = None,
    json: JsonOption = False,
) -> None:
    """Sync once without limits on the size of the changes."""
    from flows.commands import contacts as command

    choice = command.Choice(tuple(only or ()), limit, approve=approve, fill_only=fill_only, as_json=json)
    command.backfill(pipeline, choice, go_on=go_on)


@app.command()
def contact(
    pipeline: PipelineArgument,
    address: Annotated[str, typer.Argument(help="The address as the source or Verboice spells it.")],
    json: JsonOption = False,
) -> None:
    """One contact: what Verboice has, what the source says, what `sync` would change."""
    from flows.commands import contact as command

    command.contact(pipeline, address, as_json=json)


@app.command()
def runs(  # noqa: PLR0913, PLR0917 - one parameter per option
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="One run, by id or the beginning or end of it.")
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="NAME", help="Only runs of this pipeline.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="Only runs of this command, such as sync.")
    ] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help="Only runs that ended so, such as failed.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="Only from 2026-11-20 on, or of the last 7d.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="The latest N of them.")] = 200,
    json: JsonOption = False,
) -> None:
    """List recent runs, or show one of them."""
    from flows.commands import runs as command
    from flows.commands.run_filters import Filters

    command.runs(run, Filters(pipeline, kind, status, since, limit), as_json=json)


@app.command()
def report(
    wanted: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run; default: the latest. With --history a pipeline's name."),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="The page of the last runs, of all pipelines or of the one named.")
    ] = False,
    open_it: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    json: JsonOption = False,
) -> None:
    """Write a run's page anew, or the page of the last runs."""
    from flows.commands import report as command

    command.report(wanted, history=history, open_it=open_it, as_json=json)


@app.command()
def watch(
    pipelines: Annotated[list[str], typer.Argument(metavar="PIPELINE…", help="Pipelines with an `inbox`.")],
    once: Annotated[bool, typer.Option("--once", help="Work on what lies there now, then leave.")] = False,
) -> None:
    """Work on spreadsheets dropped into the pipelines' inboxes."""
    from flows.commands import watch as command

    command.watch(pipelines, once=once)


@app.command()
def call(  # noqa: PLR0913, PLR0917 - one parameter per option
    pipeline: PipelineArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List every request; call nobody.")] = False,
    approve: ApproveOption = None,
    again: Annotated[
        str | None, typer.Option("--again", metavar="REASON", help="Also those called before; say why.")
    ] = None,
    lost_past: Annotated[
        str | None,
        typer.Option("--lost-past", metavar="REASON", help="Although calls were made that the ledger does not know."),
    ] = None,
    retry: Annotated[
        str | None, typer.Option("--retry", metavar="RUN", help="New attempts for calls of this run that failed.")
    ] = None,
    only: OnlyOption = None,
    limit: LimitOption = None,
    prefect: PrefectOption = False,
    json: JsonOption = False,
) -> None:
    """Ask Verboice to call the people in the source, each of them once."""
    from flows.commands import calls as command

    choice = command.CallChoice(
        only=tuple(only or ()),
        limit=limit,
        approve=approve,
        again=again,
        lost_past=lost_past,
        retry=retry,
        dry_run=dry_run,
        prefect=prefect,
        as_json=json,
    )
    command.call(pipeline, choice)


@app.command()
def track(
    run: RunId,
    until_done: Annotated[bool, typer.Option("--until-done", help="Go on until no call can change any more.")] = False,
    prefect: PrefectOption = False,
    json: JsonOption = False,
) -> None:
    """Ask what became of the run's calls, and write it into its reports."""
    from flows.commands import calls as command

    command.track(run, until_done=until_done, prefect=prefect, as_json=json)


@app.command()
def cancel(
    run: RunId,
    row: Annotated[list[int] | None, typer.Option("--row", metavar="N…", help="Only these rows.")] = None,
    more: Annotated[list[int] | None, typer.Argument(metavar="N…", hidden=True)] = None,  # the others of `--row 3 5`
    json: JsonOption = False,
) -> None:
    """Cancel those calls of the run that are still queued."""
    from flows.commands import calls as command

    command.cancel(run, rows=_rows_named(row, more), as_json=json)


@app.command()
def resolve(
    run: RunId,
    row: Annotated[list[int] | None, typer.Option("--row", metavar="N…", help="Only these rows.")] = None,
    more: Annotated[list[int] | None, typer.Argument(metavar="N…", hidden=True)] = None,  # the others of `--row 3 5`
    placed: Annotated[bool | None, typer.Option("--placed/--not-placed", help="What you found out.")] = None,
    json: JsonOption = False,
) -> None:
    """List the rows whose answer was lost, or settle them."""
    from flows.commands import calls as command

    command.resolve(run, rows=_rows_named(row, more), placed=placed, as_json=json)


@app.command()
def reconcile(
    target: Annotated[str, typer.Argument(metavar="RUN|PIPELINE", help="A run of calls, or all of a pipeline's.")],
    json: JsonOption = False,
) -> None:
    """Compare the ledger's calls with Verboice's; settle the uncertain ones that its log tells of."""
    from flows.commands import reconcile as command

    command.reconcile(target, as_json=json)


@app.command()
def resume(run: RunId, json: JsonOption = False) -> None:
    """Go on with a run that was cut off."""
    from flows.commands import resume as command

    command.resume(run, as_json=json)


@app.command()
def stop(run: RunId, json: JsonOption = False) -> None:
    """Have a run at work finish what is in flight and end; `resume` goes on with it."""
    from flows.commands import stop as command

    command.stop(run, as_json=json)


@app.command()
def forget(
    address: Annotated[str, typer.Argument(help="The person's number or SIP address, best with + and country code.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be removed; remove nothing.")] = False,
    json: JsonOption = False,
) -> None:
    """Remove a person from ledger, run folders and reports; keep only what saves them from further calls."""
    from flows.commands import people as command

    command.forget(address, dry_run=dry_run, as_json=json)


@app.command()
def never(
    address: Annotated[str, typer.Argument(help="The person's number or SIP address, best with + and country code.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="REASON", help="Why; told wherever they are left out.")
    ] = "",
    lift: Annotated[bool, typer.Option("--lift", help="They may be called again.")] = False,
    json: JsonOption = False,
) -> None:
    """Never call this person (any more), whatever pipeline of the ledger asks for it."""
    from flows.commands import people as command

    command.never(address, reason=reason, lift=lift, as_json=json)


@app.command()
def ledger(
    action: Annotated[LedgerAction, typer.Argument(metavar="check|backup|restore|move", help="What to do with it.")],
    target: Annotated[
        str | None, typer.Argument(metavar="[FILE|URL]", help="restore: a copy, by default the newest. move: where to.")
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", help="This pipeline's ledger; default: the one in the home folder.")
    ] = None,
) -> None:
    """The ledger's health, copies of it, and its way to another database."""
    from flows.commands import ledger as command

    command.ledger(action.value, target, pipeline)


Pipelines = Annotated[list[str] | None, typer.Argument(metavar="[PIPELINE…]", help="Default: all of configs/.")]


@app.command()
def status(
    pipelines: Pipelines = None,
    metrics: Annotated[
        Path | None, typer.Option("--metrics", metavar="FILE", help="Write it for Prometheus too (text format).")
    ] = None,
    json: JsonOption = False,
) -> None:
    """How pipelines stand: last and next run, inbox, uncertain calls, ledger and Prefect. Exit 0 well, 1 not."""
    from flows.commands import status as command

    command.status(pipelines or [], as_json=json, metrics=metrics)


@app.command()
def serve(pipelines: Pipelines = None) -> None:
    """Serve the pipelines as Prefect deployments, with their schedules and inboxes, until stopped."""
    from flows.commands import serve as command

    command.serve(pipelines or [])


@app.command()
def deploy(
    pipelines: Pipelines = None,
    pool: Annotated[str, typer.Option("--pool", help="Work pool whose workers carry the runs out.")] = "verboice",
) -> None:
    """Register the pipelines as Prefect deployments on a work pool."""
    from flows.commands import serve as command

    command.deploy(pipelines or [], pool=pool)
