"""`demo`: the whole product on a synthetic clinic, in about a minute, with nothing set up and nothing left behind."""

from __future__ import annotations

import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.errors import ConfigurationError
from connectors.masking import mask_number, mask_text
from flows.commands import contacts, people
from flows.commands.calls import demo_calls
from flows.commands.terminal.failure import ending
from flows.reports.summary import states_of
from flows.reports.wording import headline
from flows.runs.calls.retry import runs_to_retry
from flows.runs.calls.run import enqueue_calls
from flows.runs.calls.track import in_words, track_calls
from flows.runs.clock import now, time_of
from flows.runs.execution import Started, execute
from flows.runs.folder import HOME_VARIABLE, home_folder, private_folder
from flows.runs.run import Options
from flows.settings import load_pipeline
from flows.settings.environment import environment_with

if TYPE_CHECKING:
    from connectors.sandbox import Sandbox

PIPELINE = "configs/clinic.yaml"
SAMPLE = "data/samples/patients.xlsx"


def demo() -> None:
    """Start the sandbox, plan, sync, sync again, call, pass two days of a campaign, and sync under Prefect; then say
    where everything is."""
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
            say("5. A campaign of two days, in simulated time: whoever was not reached is called again the next day.")
            campaign(home.resolve() / "campaign")
            say(
                "6. The sync once more, as a Prefect flow on Prefect's temporary server.",
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


_MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
_ZONE = "Asia/Phnom_Penh"
_PEOPLE = [(f"012 000 2{n:02}", name) for n, name in enumerate(("Sokha", "Dara", "Bopha", "Rith", "Chan", "Maly"))]
_SILENT = ["85512000201", "85512000203", "85512000204"]


def campaign(folder: Path) -> None:
    """Two days of calls to six people, of whom three do not answer at first, told in a line for each step."""
    from connectors.sandbox import Sandbox, SandboxServer, SandboxSettings

    began = time.monotonic()
    settings = SandboxSettings(version="3.1.1", call_seconds=60)  # one that tells why nobody was reached
    sandbox = Sandbox(settings, clock=lambda: _MONDAY + timedelta(seconds=time.monotonic() - began))
    try:
        with SandboxServer(sandbox) as server, time_of(sandbox.state.clock.now):
            _pass_two_days(sandbox, _campaign_file(folder, sandbox, server.url))
    finally:
        sandbox.close()


def _campaign_file(folder: Path, sandbox: Sandbox, url: str) -> Path:
    """The pipeline, its list, and a server that fits; three people are silent and one answers a question."""
    account = sandbox.add_account("demo@example.org", "demo")
    project = sandbox.add_project(account, "Campaign", variables=["vaccinated"], call_flows=["Reminder"])
    sandbox.add_channel(account, "line", call_flow=sandbox.call_flow("Reminder"), config={"limit": 2})
    for address in _SILENT:
        sandbox.set_outcomes(address, "no-answer")
    sandbox.set_outcomes("*", "completed")
    sandbox.set_answers(project, _SILENT[0], {"vaccinated": "yes"})
    sandbox.add_contacts(project, [(["855" + number[1:].replace(" ", "")], {}) for number, _ in _PEOPLE])
    private_folder(folder)
    lines = "".join(f"{number},{name}\n" for number, name in _PEOPLE)
    (folder / "people.csv").write_text(f"Phone,Name\n{lines}", encoding="utf-8")
    file = folder / "campaign.yaml"
    login = f"{{url: {url}, account: demo@example.org, password: demo, project: Campaign}}"
    file.write_text(_CAMPAIGN.format(login=login, zone=_ZONE), encoding="utf-8")
    return file


_CAMPAIGN = """verboice: {login}
source: {{kind: csv, path: people.csv, address: Phone, region: KH}}
calls:
  channel: line
  call_flow: Reminder
  time_zone: {zone}
  hours: {{from: "08:00", to: "19:30", days: mon-sat}}
  retry: {{on: [no-answer, busy], times: 2, after: 12h}}
"""


def _pass_two_days(sandbox: Sandbox, file: Path) -> None:
    name = str(file)
    first = execute(Started("call", name), enqueue_calls).report.summary
    _happened("verboice-sync call campaign", headline(first))
    sandbox.advance(0, seconds=3 * 3600)
    _tracked(first["run_id"])
    _happened(f'verboice-sync never {mask_number(_SILENT[1])} --reason "asked us to stop"')
    perform(lambda: people.never(f"+{_SILENT[1]}", reason="asked us to stop", lift=False, as_json=False))
    sandbox.set_outcomes(_SILENT[0], "completed")  # at home now
    sandbox.advance(0, seconds=21 * 3600)
    for run_id in runs_to_retry(load_pipeline(name)):
        again = execute(Started("call", name, Options(retry=run_id)), enqueue_calls).report.summary
        _happened(f"verboice-sync call campaign --retry {run_id}", headline(again))
        sandbox.advance(0, seconds=2 * 3600)
        _tracked(again["run_id"])
    print(
        f"\n{len(sandbox.calls())} calls in two days, each within calls.hours, and none to who asked not to be called."
    )


def _tracked(run_id: str) -> None:
    report = track_calls(run_id).report
    _happened(f"verboice-sync track {run_id}", f"Calls: {in_words(states_of(report.summary))}.")
    told = report.outcomes["answers"].to_pylist() if "answers" in report.outcomes.column_names else []
    for row, answers in zip(report.rows.numbers.to_pylist(), told, strict=False):
        if answers:
            print(f"   Row {row} has answered: {mask_text(answers)}")


def _happened(command: str, told: str = "") -> None:
    print(f"{now().astimezone(ZoneInfo(_ZONE)):%A %H:%M}  $ {command}" + (f"\n   {told}" if told else ""), flush=True)


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
