"""The commands. Each parses its words, and hands over to `flows.commands`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="verboice-sync",
    help="Keeps Verboice contacts in step with spreadsheets, CSV exports and databases, and rings each person once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Pipeline = Annotated[str, typer.Argument(help="Path of a pipeline file, or NAME for configs/NAME.yaml.")]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="ADDRESS", help="Only this address (repeatable).")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N rows.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]
Approve = Annotated[str | None, typer.Option("--approve", metavar="CHECKSUM", help="Go on with exactly this plan.")]
Prefect = Annotated[bool, typer.Option("--prefect", help="Run as a Prefect flow, also without PREFECT_API_URL.")]


@app.callback()
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    """What every command has in common."""
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
) -> None:
    """Serve the bundled Verboice emulator until stopped."""
    from flows.commands import sandbox as command

    command.serve(host, port)


@app.command()
def schema() -> None:
    """Print the pipeline file's JSON Schema."""
    from flows.commands import check as command

    command.schema()


@app.command()
def check(pipeline: Pipeline, json: Json = False) -> None:
    """Test everything without writing: file, source, login, project, variables."""
    from flows.commands import check as command

    command.check(pipeline, as_json=json)


@app.command()
def pull(
    pipeline: Pipeline,
    to: Annotated[str, typer.Option("--to", metavar="FILE", help="A .csv or .xlsx file.")],
    json: Json = False,
) -> None:
    """Write all contacts of the project to a file."""
    from flows.commands import pull as command

    command.pull(pipeline, to, as_json_object=json)


@app.command()
def plan(
    pipeline: Pipeline,
    out: Annotated[Path | None, typer.Option("--out", metavar="PLAN.json", help="Write the plan here too.")] = None,
    only: Only = None,
    limit: Limit = None,
    json: Json = False,
) -> None:
    """Show what `sync` would do; send nothing."""
    from flows.commands import contacts as command

    command.plan(pipeline, command.Choice(tuple(only or ()), limit, as_json=json), out=out)


@app.command()
def sync(
    pipeline: Pipeline,
    approve: Approve = None,
    only: Only = None,
    limit: Limit = None,
    prefect: Prefect = False,
    json: Json = False,
) -> None:
    """Plan, guard and push the changes that the source asks for."""
    from flows.commands import contacts as command

    choice = command.Choice(tuple(only or ()), limit, approve=approve, prefect=prefect, as_json=json)
    command.sync(pipeline, choice)


@app.command()
def contact(
    pipeline: Pipeline,
    address: Annotated[str, typer.Argument(help="The address as the source or Verboice spells it.")],
    json: Json = False,
) -> None:
    """One contact: what Verboice has, what the source says, what `sync` would change."""
    from flows.commands import contact as command

    command.contact(pipeline, address, as_json=json)


@app.command()
def runs(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="One run, by id or the end of it.")] = None,
    pipeline: Annotated[str | None, typer.Option("--pipeline", help="Only runs of this pipeline.")] = None,
    json: Json = False,
) -> None:
    """List recent runs, or show one of them."""
    from flows.commands import runs as command

    command.runs(run, pipeline, as_json=json)
