"""The pipeline file: what it accepts, what it turns it into, and what it says about everything wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ConfigurationError
from flows.contacts.people.reading.number import AddressRules
from flows.limits import Limit
from flows.settings import (
    DatabaseSettings,
    ExcelSettings,
    Pipeline,
    all_pipelines,
    json_schema,
    load_apart,
    load_pipeline,
)
from flows.settings.calls import PerPersonSettings
from flows.settings.substitution import substitute
from flows.settings.types import cron, duration
from flows.wiring import call_rules, contact_rules

SMALLEST = """\
verboice: {url: "https://verboice.example.org", account: a@example.org, password: pw, project: 12}
source: {kind: csv, path: people.csv, address: Phone}
"""
REPOSITORY = Path(__file__).resolve().parents[2]

Load = Callable[..., Pipeline]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a pipeline file of the given text from an otherwise empty folder; keywords are the environment."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str | bytes, **environ: str) -> Pipeline:
        file = tmp_path / "clinic.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_pipeline("clinic.yaml", environ=environ)

    return load_text


def complaints(load: Load, text: str | bytes, **environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(text, **environ)
    assert caught.value.exit_status == 2
    return str(caught.value).splitlines()


def test_the_defaults_are_those_of_the_contract(load: Load) -> None:
    pipeline = load(SMALLEST + "contacts: {variables: {age: Age}}\ncalls: {channel: chan}\n")
    assert pipeline.name == "clinic"
    assert (pipeline.verboice.concurrency, pipeline.verboice.rate_limit, pipeline.verboice.timeout) == (
        "auto",
        None,
        60,
    )
    assert not pipeline.verboice.allow_insecure
    contacts, calls, guard = pipeline.contacts, pipeline.calls, pipeline.guard
    assert contacts is not None
    assert calls is not None
    assert (contacts.blank, contacts.clear_marker, contacts.on_conflict) == ("keep", "--", "source")
    assert (contacts.on_drift, contacts.missing, contacts.bulk, contacts.pull) == ("keep", "report", "auto", "auto")
    assert contacts.full_check == timedelta(hours=24)
    assert (calls.duplicates, calls.campaign, calls.repeat_after) == ("first", None, None)
    assert [str(getattr(guard, name)) for name in type(guard).model_fields] == [
        "30%",
        "5%",
        "100",
        "1000",
        "10%",
        "20%",
        "50%",
    ]
    assert (pipeline.ledger, pipeline.inbox, pipeline.schedule, pipeline.notify) == (None, None, None, ())


def test_the_example_of_the_contract_is_accepted(load: Load) -> None:
    pipeline = load(
        """\
name: clinic
verboice:
  url: HTTPS://Verboice.example.org/
  account: ${VERBOICE_ACCOUNT}
  password: ${VERBOICE_PASSWORD}
  project: Demo clinic
  concurrency: 8
  rate_limit: 20
  timeout: 60
source:
  kind: excel
  path: data/samples/patients.xlsx
  sheet: 2024
  address: Phone
  region: kh
contacts:
  variables:
    age: Age
    favorite color: {value: 038}
    flag: {value: no}
    when: {value: 12:30}
    born: {column: Born, on_drift: revert, on_conflict: hold, blank: clear}
  blank: keep
  clear_marker: "--"
  full_check: 7d
calls:
  channel: chan
  call_flow: Reminder
  schedule: Office hours
  not_before: {column: Call after}
  not_after: 2026-12-24 18:00
  time_zone: Bangkok
  vars: {name: Name, dose: {value: 1.50}}
  campaign: "{date:%G-W%V}"
  repeat_after: 24h
  per_person: {calls: 2, within: 7d}
guard:
  max_overwrites: 12.5 %
  max_creates: 7
ledger: ${LEDGER_URL:-}
inbox: data/inbox/clinic
schedule: {cron: "0 6 * * *", timezone: Asia/Phnom_Penh}
notify: ["mailto://user:pass@example.org", "${NOTIFY:-}"]
results: {url: "sqlite:///results.db"}
""",
        VERBOICE_ACCOUNT="a@example.org",
        VERBOICE_PASSWORD="a: b #c",
    )
    contacts, calls = pipeline.contacts, pipeline.calls
    assert contacts is not None
    assert calls is not None
    assert isinstance(pipeline.source, ExcelSettings)
    assert (pipeline.source.sheet, pipeline.source.region) == ("2024", "KH")
    assert pipeline.verboice.url == "https://verboice.example.org"
    assert (pipeline.verboice.project, pipeline.verboice.concurrency) == ("Demo clinic", 8)
    assert pipeline.verboice.password.get_secret_value() == "a: b #c"
    assert [contacts.variables[name].value for name in ("favorite color", "flag", "when")] == ["038", "no", "12:30"]
    assert (contacts.variables["age"].column, contacts.variables["born"].on_drift) == ("Age", "revert")
    assert calls.not_before is not None
    assert calls.not_after is not None
    assert (calls.not_before.column, calls.not_after.value) == ("Call after", "2026-12-24 18:00")
    assert (calls.channel.value, calls.vars["name"].column, calls.vars["dose"].value) == ("chan", "Name", "1.50")
    assert calls.per_person is not None
    assert (calls.per_person.calls, calls.per_person.within) == (2, timedelta(days=7))
    assert pipeline.guard.max_overwrites == Limit(share=Fraction(1, 8))
    assert str(pipeline.guard.max_overwrites) == "12.5 %"
    assert pipeline.guard.max_creates == Limit(count=7)
    assert (pipeline.ledger, len(pipeline.notify)) == (None, 1)


def test_so_many_calls_per_person_may_be_said_in_words(load: Load) -> None:
    calls = load(SMALLEST + "calls: {channel: chan, per_person: 2 per 7d}\n").calls
    assert calls is not None
    assert calls.per_person == PerPersonSettings(calls=2, within=timedelta(days=7))
    for wrong, told in (
        ("2 a week", 'must say how many calls in how long a time, such as 2 per 7d, not "2 a week"'),
        ("0 per 7d", "must be 1 or more"),
        ("2 per week", "must be a length of time with its unit"),
        ("{calls: 2, within: 0s}", "must be within some time"),
        ("{calls: 2}", "within is missing"),
    ):
        (line,) = complaints(load, SMALLEST + f"calls: {{channel: chan, per_person: {wrong}}}\n")
        assert line.startswith("clinic.yaml:")
        assert "calls.per_person" in line
        assert told in line


def test_the_pipeline_that_comes_with_the_project_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    pipeline = load_pipeline("clinic", environ={})
    assert pipeline.file == Path("configs/clinic.yaml")
    assert pipeline.verboice.account == "demo@example.org"
    assert pipeline.where("contacts", "variables", "age").endswith(": contacts.variables.age")
    assert pipeline.where("contacts", "variables", "age").startswith("configs/clinic.yaml:")


def test_a_database_is_read_by_table_or_by_query_but_not_both(load: Load) -> None:
    text = SMALLEST.splitlines()[0] + "\nsource: {kind: database, url: 'postgresql://u:hush@h/db', address: p, %s}\n"
    source = load(text % "query: SELECT 1, cursor: updated_at, statement_timeout: 5m").source
    assert isinstance(source, DatabaseSettings)
    assert (source.cursor, source.statement_timeout) == ("updated_at", timedelta(minutes=5))
    for wrong in ("table: a, query: b", "cursor: c"):
        (line,) = complaints(load, text % wrong)
        assert line.startswith("clinic.yaml:2: source needs either `table` or `query`")
        assert "hush" not in line


def test_all_problems_are_told_at_once_in_the_order_of_the_file(load: Load) -> None:
    lines = complaints(
        load,
        """\
verboice:
  url: https://verboice.example.org
  acount: a@example.org
  password: ${NOT_SET}
  concurrency: lots
source: {kind: csv, path: a.csv, adress: Phone, sheet: 3}
contacts:
  variables:
    age: {column: Age, on_drift: revrt}
    both: {column: A, value: 3}
    empty:
  full_check: 24
  pull: auto
  pull: all
calls: {call_flow: a, twiml: b.xml, channel: c, campaign: "{week}"}
guard: {max_overwrites: 0.3}
schedule: {cron: 0 25 * * *, timezone: Asia/Atlantis}
""",
    )
    expected = [
        ("1", "verboice.account", "is missing; add `account: ${VERBOICE_ACCOUNT}`"),
        ("1", "verboice.project", "is missing; add `project: 12`"),
        ("3", "verboice.acount", "did you mean account?"),
        ("4", "verboice.password", "NOT_SET, which is not set; set it in the environment or in the file .env"),
        ("5", "verboice.concurrency", 'not "lots"'),
        ("6", "source.address", "is missing"),
        ("6", "source.adress", "did you mean address?"),
        ("6", "source.sheet", "only of excel"),
        ("9", "contacts.variables.age.on_drift", "did you mean revert?"),
        ("10", "contacts.variables.both", "exactly one"),
        ("11", "contacts.variables.empty", "needs the name of a source column"),
        ("12", "contacts.full_check", "with its unit"),
        ("14", "contacts.pull", "given twice, first on line 13"),
        ("15", "calls.campaign", "{date:%G-W%V}"),
        ("16", "guard.max_overwrites", "such as 30%"),
        ("17", "schedule.cron", "wrong hour (25)"),
        ("17", "schedule.timezone", "such as Asia/Phnom_Penh"),
    ]
    assert len(lines) == len(expected), lines
    for line, (number, key, words) in zip(lines, expected, strict=True):
        assert line.startswith(f"clinic.yaml:{number}: {key} "), line
        assert words in line


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "is empty"),
        ("# only a comment\n", 1, "is empty"),
        ("just text\n", 1, "must hold keys"),
        ("- a\n- b\n", 1, "must hold keys"),
        (SMALLEST + "guard:\n\tmax_calls: 3\n", 4, "tab"),
        (SMALLEST + "guard: {max_calls: 3\n", 4, "not readable as YAML"),
        (SMALLEST + "---\nname: other\n", 3, "second document"),
        (SMALLEST + "name: caf\x07\n", 3, "character"),
        (SMALLEST.encode() + b"name: caf\xe9\n", 3, "UTF-8"),
        (SMALLEST + "guard: &a {max_calls: *a}\n", 3, "repeats itself"),
        (SMALLEST + "results: {url: ${X}, table: x}\n", 3, 'write "${…}" with quotes'),
        ("[" * 9000, 1, "nested too deeply"),
        (SMALLEST + "guard: {<<: {max_calls: 3}}\n", 3, "no plain text"),
        (SMALLEST + "guard: {? [a] : 3}\n", 3, "no plain text"),
        (SMALLEST + "guard: {max_calls:3}\n", 3, "write `max_calls: …`"),
        (SMALLEST + "results: 5\n", 3, "group of keys"),
        (SMALLEST + "inbox: [a]\n", 3, "not a group or a list"),
        (SMALLEST + "notify: {a: b}\n", 3, "must be a list"),
        (SMALLEST + "contacts: {variables: {}}\n", 3, "name at least one"),
        (SMALLEST + "contacts: {variables: {a: b}, on_drift: '${X}'}\n", 3, "X, which is not set"),
        (SMALLEST + "contacts: {variables: {a: b}, on_drift: '${X-y}'}\n", 3, "neither ${NAME} nor ${NAME:-default}"),
        (SMALLEST.replace("csv", "cvs"), 2, "did you mean csv?"),
        (SMALLEST.replace("kind: csv, ", ""), 2, "source.kind is missing; add `kind: excel`"),
        (SMALLEST.replace("12", "''"), 1, "verboice.project is empty; give it a value"),
        (SMALLEST.replace("https:", "ftp:"), 1, "must be the web address"),
        (SMALLEST + "name: ../x\n", 3, "must begin with a letter"),
        (SMALLEST + "verboice_url: x\n", 3, "not a known key"),
    ],
)
def test_a_broken_file_gives_one_clear_line(load: Load, text: str | bytes, line: int, words: str) -> None:
    (complaint,) = complaints(load, text)
    assert complaint.startswith(f"clinic.yaml:{line}: ")
    assert words in complaint


def test_aliases_are_followed_but_not_for_ever(load: Load) -> None:
    text = SMALLEST.replace("password: pw", "password: &pw secret").replace("account: a@example.org, ", "")
    assert load(text.replace("{url", "{account: &a me, url") + "name: *a\n").name == "me"
    bomb = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12))
    assert any("repeats itself" in line for line in complaints(load, f"a0: &a0 [x]\n{bomb}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "verboice: {url: 'https://u:hunter2@verboice.example.org', account: [hunter2], password: {a: hunter2}}",
        "verboice:\n  password: *hunter2\n",
        "verboice:\n  password: &hunter2 a\n  account: &hunter2 b\n",
        "verboice:\n  password: !hunter2\n",
        "verboice:\n  password: !e!hunter2 x\n",
        "verboice:\n  password:hunter2\n  account: a\n",
        "verboice: {password:hunter2}",
        'verboice:\n  password: "hunter2\n',
        "verboice:\n  password: [hunter2\n",
        "verboice:\n  password: |hunter2\n",
        "verboice:\n  password: hunter2: x\n",
        "source: {kind: database, url: hunter2}",
        "ledger: hunter2",
        "notify: [hunter2]",
        "verboice: {timeout: '${PASSWORD}', concurrency: '${PASSWORD}'}",
        "contacts: {on_drift: '${PASSWORD}'}",
    ],
)
def test_no_message_shows_what_may_be_a_secret(load: Load, text: str) -> None:
    assert "hunter2" not in "\n".join(complaints(load, text, PASSWORD="hunter2"))


def test_settings_do_not_show_secrets_when_printed(load: Load) -> None:
    pipeline = load(
        SMALLEST.replace("pw", "hunter2") + "ledger: 'postgresql://u:hunter2@h/d'\nnotify: ['a://hunter2']\n"
    )
    assert "hunter2" not in f"{pipeline!r} {pipeline} {pipeline.model_dump()} {pipeline.model_dump_json()}"


def test_settings_cannot_be_changed(load: Load) -> None:
    pipeline = load(SMALLEST)
    with pytest.raises(ValueError, match="frozen"):
        pipeline.verboice.url = "https://elsewhere.example.org"  # type: ignore[misc] # what must not work


def test_variables_come_from_the_environment_and_then_from_the_env_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PASSWORD=file\nNAME='from file'\nEMPTY=\n", encoding="utf-8-sig")
    text = SMALLEST.replace("pw", "'${PASSWORD}'") + "name: ${NAME}\nledger: ${EMPTY}\ninbox: ${EMPTY:-data}\n"
    before = dict(os.environ)
    pipeline = load(text, PASSWORD="environment")
    assert (pipeline.verboice.password.get_secret_value(), pipeline.name) == ("environment", "from file")
    assert (pipeline.ledger, pipeline.inbox) == (None, Path("data"))
    assert dict(os.environ) == before


def test_an_env_file_in_another_encoding_is_named(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"NAME=caf\xe9\n")
    assert complaints(load, SMALLEST) == [".env: cannot be read as UTF-8 text. Save it again as UTF-8."]


def test_a_dollar_brace_can_be_written_literally() -> None:
    assert substitute("$${A} ${A} $A $", {"A": "x${B}"}) == ("${A} x${B} $A $", ())


@given(st.text(), st.text())
def test_what_is_filled_in_is_never_read_as_yaml_or_as_a_reference(password: str, other: str) -> None:
    known = {"PASSWORD": password, "OTHER": other}
    assert substitute("${PASSWORD}${OTHER:-}", known) == (password + other, ())


def test_a_missing_file_lists_what_there_is(load: Load, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="init SPREADSHEET"):
        load_pipeline("clinc")
    (tmp_path / "configs").mkdir()
    for name in ("clinic.yaml", "school.yml", "prefect.yaml"):
        (tmp_path / "configs" / name).write_text(SMALLEST)
    with pytest.raises(ConfigurationError) as caught:
        load_pipeline("clinc")
    assert str(caught.value) == (
        "configs/clinc.yaml: there is no such pipeline file. Did you mean clinic? configs/ has: clinic, school."
    )
    with pytest.raises(ConfigurationError, match="is a folder"):
        load_pipeline("configs")
    assert load_pipeline("school", environ={}).name == "school"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("24h", timedelta(hours=24)),
        ("30m", timedelta(minutes=30)),
        ("7d", timedelta(days=7)),
        ("90s", timedelta(seconds=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("1.5H", timedelta(minutes=90)),
        ("2w", timedelta(days=14)),
        ("PT24H", timedelta(hours=24)),
        ("P1DT2H", timedelta(hours=26)),
    ],
)
def test_durations_are_written_as_people_write_them(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["24", "", "h", "-1h", "24x", "P", "PT", "1e9h", "99999999999d", "-P1D"])
def test_a_duration_without_a_unit_or_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="with its unit"):
        duration(text)


@pytest.mark.parametrize("text", ["0 6 * * *", "*/15 0-5,22 1 jan-mar MON-FRI", "0 0 * * 7", "@daily"])
def test_cron_schedules_are_accepted(text: str) -> None:
    assert cron(text) == text


@pytest.mark.parametrize(
    "text", ["", "0 6 * *", "60 * * * *", "* * 0 * *", "* * * 13 *", "5-1 * * * *", "*/0 * * * *", "a b c d e"]
)
def test_wrong_cron_schedules_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"five fields|wrong"):
        cron(text)


@pytest.mark.parametrize("text", ["0 0 30 2 *", "0 0 31 4,6,nov *", "0 6 30-31 feb *"])
def test_a_cron_that_never_comes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="never comes"):
        cron(text)


@pytest.mark.parametrize("text", ["0 0 29 2 *", "0 0 31 */2 *", "0 0 30 2 1", "0 0 1,31 4 *"])
def test_a_cron_that_comes_seldom_is_not(text: str) -> None:
    assert cron(text) == text


@given(st.integers(0, 10**9), st.integers(0, 100), st.integers(0, 99))
def test_a_limit_says_what_was_typed(count: int, whole: int, hundredths: int) -> None:
    for text in (str(count), f"{whole}%", f"{whole - 1 if whole else 0}.{hundredths:02}%"):
        assert str(Limit.parse(text)) == text
    assert str(Limit(share=Fraction(1, 8))) == "12.5%"
    assert str(Limit(share=Fraction(3, 10))) == "30%"
    assert str(Limit(count=count)) == str(count)


@pytest.mark.parametrize("text", ["0.3", "101%", "-1", "", "%", "many", "1e3"])
def test_a_limit_that_could_be_misread_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="30%"):
        Limit.parse(text)


def test_the_schema_for_editors_accepts_what_may_be_typed() -> None:
    schema = json_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    example = yaml.safe_load((REPOSITORY / "configs/clinic.yaml").read_text())
    assert list(validator.iter_errors(example)) == []
    example["verboice"]["timeout"] = example["verboice"]["allow_insecure"] = "${SOME}"
    example["source"]["sheet"] = 2
    example["contacts"] |= {"variables": {"age": {"value": 39}, "b": 3}, "on_drift": "${DRIFT}"}
    example["guard"] = {"max_calls": 3, "max_clears": "5%"}
    del example["name"]
    assert list(validator.iter_errors(example)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"nam": "x"},
        {"guard": {"max_cals": 3}},
        {"contacts": {"variables": {"a": {"column": "A", "on_drift": "sometimes"}}}},
        {"source": {"kind": "csv", "address": "Phone"}},
    ],
)
def test_the_schema_for_editors_refuses_what_the_loader_refuses(wrong: dict[str, object]) -> None:
    example = yaml.safe_load((REPOSITORY / "configs/clinic.yaml").read_text())
    assert list(jsonschema.Draft202012Validator(json_schema()).iter_errors(example | wrong))


@pytest.mark.parametrize(
    ("second", "told"),
    [("name: clinic\ninbox: there\n", "both named clinic"), ("name: other\ninbox: ./here\n", "the same inbox")],
)
def test_pipelines_side_by_side_have_a_name_and_an_inbox_of_their_own(load: Load, second: str, told: str) -> None:
    load(SMALLEST + "name: clinic\ninbox: here\n")
    Path("b.yml").write_text(SMALLEST + second)
    with pytest.raises(ConfigurationError, match=told):
        load_apart(["clinic.yaml", "b.yml"])
    assert [one.name for one in load_apart(["clinic.yaml"])] == ["clinic"]


def test_all_pipelines_are_those_of_configs_with_either_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert all_pipelines() == []
    Path("configs").mkdir()
    for name in ("b.yml", "a.yaml", "prefect.yaml", "notes.txt"):
        Path("configs", name).touch()
    assert all_pipelines() == ["a", "b"]


@pytest.mark.parametrize("written", ["UK", "XX", "KHM", "+855"])
def test_a_region_that_no_number_can_be_of_is_refused(load: Load, written: str) -> None:
    (said,) = complaints(load, SMALLEST.replace("Phone}", f"Phone, region: '{written}'}}"))
    assert "clinic.yaml:2: source.region must be a country" in said


def test_what_an_address_must_be_is_strict_unless_the_pipeline_says_otherwise(load: Load) -> None:
    source = load(SMALLEST).source
    assert (source.numbers, source.several, source.short_numbers) == ("valid", "reject", False)
    loose = SMALLEST.replace("address: Phone", "address: Phone, numbers: possible, several: first, short_numbers: true")
    pipeline = load(loose + "contacts: {variables: {age: Age}}\ncalls: {channel: chan}\n")
    expected = AddressRules(numbers="possible", several="first", short_numbers=True)
    assert contact_rules(pipeline).addresses == call_rules(pipeline).addresses == expected
    wrong = SMALLEST.replace("address: Phone", "address: Phone, numbers: maybe, several: all")
    assert [line.split(": ")[1] for line in complaints(load, wrong)] == [
        'source.numbers must be one of valid, possible, not "maybe"',
        'source.several must be one of reject, first, not "all"',
    ]
