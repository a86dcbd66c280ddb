"""`demo`: the whole product on a synthetic clinic, in about a minute, with nothing set up and nothing left behind."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError
from flows.commands import contacts
from flows.commands.calls import demo_calls
from flows.commands.terminal.failure import ending
from flows.runs.folder import HOME_VARIABLE, home_folder, private_folder
from flows.settings.environment import environment_with

if TYPE_CHECKING:
    from connectors.sandbox import Sandbox

PIPELINE = "configs/clinic.yaml"
SAMPLE = "data/samples/patients.xlsx"


def demo() -> None:
    """Start the sandbox, plan, sync, sync again, call, and sync under Prefect; then say where everything is."""
    from connectors.sandbox import Sandbox, SandboxServer, SandboxSettings, demo_clinic

    with ending("demo"), in_project_folder(), own_home() as home:
        sandbox = Sandbox(SandboxSettings(call_seconds=0.5))
        clinic = demo_clinic(sandbox)
        with SandboxServer(sandbox) as server, environment_with({"VERBOICE_URL": server.url}):
            people = len(sandbox.contacts(clinic.project))
            say(f"A Verboice server to practise on runs at {server.url}: a synthetic clinic of {people} contacts.")
            _sync_twice(sandbox)
            say("4. Ring everybody once: a batch of calls, and what became of them.", "verboice-sync call clinic")
            perform(_calls)
            say(
                "5. The sync once more, as a Prefect flow on Prefect's temporary server.",
                "verboice-sync sync clinic --prefect",
            )
            perform(lambda: contacts.sync(PIPELINE, contacts.Choice(prefect=True)))
        say(f"Everything the demo wrote is in {home}: a workbook, a page and a summary per run.")
        print(f"List them: {HOME_VARIABLE}={shlex.quote(str(home))} verboice-sync runs")
        print("The demo's server has ended, so the other commands above have nobody to talk to any more.\n")
        print("Next: `verboice-sync sandbox` to practise yourself, and the README for your own spreadsheet.")


def _sync_twice(sandbox: Sandbox) -> None:
    say("1. What would a sync of data/samples/patients.xlsx change?", "verboice-sync plan clinic")
    perform(lambda: contacts.plan(PIPELINE, contacts.Choice()))
    say("2. Do it.", "verboice-sync sync clinic")
    perform(lambda: contacts.sync(PIPELINE, contacts.Choice()))
    puts = sandbox.count(method="PUT")
    say("3. Once more: nothing has changed, so nothing is sent.", "verboice-sync sync clinic")
    perform(lambda: contacts.sync(PIPELINE, contacts.Choice()))
    more = sandbox.count(method="PUT") - puts
    print(f"\nThe server counted {puts} PUTs in the first run and {more} in the second.")


def _calls() -> None:
    raise SystemExit(demo_calls(PIPELINE))


def perform(command: Callable[[], None]) -> None:
    """Run a command as it stands. Rows to look at (status 4) belong to the demo, anything worse ends it."""
    try:
        command()
    except SystemExit as left:
        if left.code not in (0, 4):
            raise


def say(text: str, command: str = "") -> None:
    """A headline of the demo."""
    print(f"\n== {text}" + (f"\n   $ {command}" if command else "") + "\n", flush=True)


@contextmanager
def in_project_folder() -> Iterator[None]:
    """Where the samples and the example pipeline are: the current folder, the checkout this program runs from, or else
    a copy in the home folder of what was installed with the program."""
    home = home_folder()
    checkouts = (Path.cwd(), Path(__file__).resolve().parents[2])
    folder = next((one for one in checkouts if (one / PIPELINE).is_file() and (one / SAMPLE).is_file()), None)
    if folder is not None:
        with chdir(folder):
            yield
        return
    laid_out = _laid_out(private_folder(home) / "demo-clinic")
    with environment_with({HOME_VARIABLE: str(home.resolve())}), chdir(laid_out):
        yield


def _laid_out(folder: Path) -> Path:
    """The folder with the files of the demo, as they were installed. Raises ConfigurationError."""
    for name in (PIPELINE, SAMPLE):
        installed = [file for file in files("verboice-sync") or () if file.as_posix().endswith(f"verboice-sync/{name}")]
        if not installed:
            raise ConfigurationError(f"The demo's {name} was not installed.", hint="Install verboice-sync again.")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(installed[0].locate()), folder / name)
    return folder


@contextmanager
def own_home() -> Iterator[Path]:
    """A home folder of its own, begun anew, so that a demo never mixes with real runs."""
    home = private_folder(home_folder()) / "demo"
    shutil.rmtree(home, ignore_errors=True)
    with environment_with({HOME_VARIABLE: str(home), "PREFECT_HOME": str(home.resolve() / "prefect")}):
        yield home
