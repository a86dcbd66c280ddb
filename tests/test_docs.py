"""docs/ is true of this tree: what comments cite is there, what pages name exists, the contract tells all there is."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path

import pytest
import typer.main

from connectors.values import OUTCOME_COLUMNS
from connectors.verboice.zones import DRIFTED, RAILS_ZONES
from flows.cli import app
from flows.reports.buckets import CALL_BUCKETS, CONTACT_BUCKETS
from flows.reports.summary import REQUEST_KINDS, Summary
from flows.settings import base, load_pipeline, models

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SHEET = (DOCS / "api-sheet.md").read_text(encoding="utf-8")
CONTRACT = (DOCS / "contract.md").read_text(encoding="utf-8")
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
CODE = [file for room in ("flows", "connectors", "tests") for file in sorted((ROOT / room).rglob("*.py"))]

# What the pages tell of and other changes bring: to be emptied as these arrive.
COMING: set[str] = set()
COMING_DECISIONS: set[int] = set()

ITEMS = re.findall(r"^\*\*(\d+\.\d+)\*\*", SHEET, re.MULTILINE)
SECTIONS = set(re.findall(r"^## (\d+)\. ", SHEET, re.MULTILINE))
NUMBER = r"\d{1,2}\.\d{1,2}"


def in_one_line(text: str) -> str:
    """The text as if comments and docstrings were not wrapped."""
    return re.sub(r"\s*\n\s*(?:#\s+)?", " ", text)


def section(page: str, number: int) -> str:
    """A numbered section of a page, its heading left out."""
    return re.split(r"^## ", page.partition(f"\n## {number}. ")[2], maxsplit=1, flags=re.MULTILINE)[0]


def numbers(cited: str) -> Iterator[str]:
    """`1.5-1.7, 1.18` → 1.5, 1.6, 1.7, 1.18; `3-7` → 3, 4, 5, 6, 7."""
    for first, last in re.findall(r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?", cited):
        if not last:
            yield first
            continue
        head, _, low = first.rpartition(".")
        yield from (f"{head}.{n}".lstrip(".") for n in range(int(low), int(last.rpartition(".")[2]) + 1))


def missing(cited: str) -> list[str]:
    return [number for number in numbers(cited) if number not in SECTIONS and number not in ITEMS]


def prose(file: Path) -> Iterator[str]:
    """Comments, each by itself, and docstrings of a module."""
    source = file.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


# What is cited


def test_what_is_cited_of_the_api_sheet_is_there():
    cited = []
    for file in (*CODE, *PAGES):
        text = in_one_line(file.read_text(encoding="utf-8"))
        cited += [(file, one) for one in re.findall(r"API sheet ((?:\d[\d.]*(?:-\d[\d.]*)?(?:, | and )?)+)", text)]
    assert len(cited) > 100
    assert not [(str(file.relative_to(ROOT)), one) for file, one in cited if missing(one)]


def test_parts_of_the_api_sheet_that_are_cited_by_name_are_there():
    text = in_one_line(" ".join(file.read_text(encoding="utf-8") for file in CODE))
    named = {quoted or bare for quoted, bare in re.findall(r'API sheet(?: \d+)?, (?:"([^"]+)"|(\w+)\))', text)}
    assert len(named) > 2
    assert not [name for name in named if f"# {name}\n".casefold() not in SHEET.casefold()]


def test_sections_of_the_contract_that_are_cited_are_there():
    text = in_one_line(" ".join(file.read_text(encoding="utf-8") for file in (*CODE, *PAGES)))
    cited = set(re.findall(r"contract, section (\d)", text))
    assert cited
    assert not [number for number in cited if not section(CONTRACT, int(number))]


def test_numbers_in_parentheses_are_items_of_the_api_sheet():
    found = [
        (str(file.relative_to(ROOT)), one)
        for file in CODE
        if file.relative_to(ROOT).parts[0] != "tests"
        for text in prose(file)
        for one in re.findall(rf"\(({NUMBER}(?:(?:-|, ){NUMBER})*)\)", in_one_line(text))
    ]
    assert len(found) > 30
    assert not [one for one in found if missing(one[1])]


def test_the_items_of_the_api_sheet_are_numbered_without_gaps():
    assert {number.split(".")[0] for number in ITEMS} == SECTIONS
    for one, after in pairwise(tuple(map(int, number.split("."))) for number in ITEMS):
        assert after in {(one[0], one[1] + 1), (one[0] + 1, 1)}, after


def test_what_the_sheet_refers_to_within_itself_is_there():
    for cited in re.findall(rf"\(({NUMBER}(?:(?:, | to ){NUMBER})*)\)", SHEET):
        assert not missing(cited), cited


def test_the_time_zones_of_the_sheet_are_those_of_the_client():
    told = re.findall(r"^\| \d+ \| (.+?) \| (.+?) \| (?:1 h off in (.+?) )?\|$", SHEET, re.MULTILINE)
    assert {name: identifier for name, identifier, _ in told} == RAILS_ZONES
    assert {name: months for name, _, months in told if months} == DRIFTED


# What is named


def named_paths(text: str) -> Iterator[str]:
    """Files and folders of this tree in backticks: below a folder of it, or by an ending that only we use here."""
    tops = "|".join(re.escape(entry.name) for entry in ROOT.iterdir() if entry.is_dir())
    for path in re.findall(r"`([\w./*-]+)`", text):
        if path.endswith((".py", ".md")) or (re.match(rf"(?:{tops})/", path) and path.endswith((".html", "/", "*"))):
            yield path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_and_link_of_a_page_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    lost = [path for path in named_paths(text) if path not in COMING and not any(ROOT.glob(path.rstrip("/")))]
    lost += [link for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text) if not (page.parent / link).exists()]
    assert not lost


def test_what_is_coming_has_not_arrived_yet():
    assert not [path for path in COMING if (ROOT / path).exists()]
    assert not [number for number in COMING_DECISIONS if any(DOCS.glob(f"decisions/{number:04}-*.md"))]


def test_decisions_are_files_by_number_and_those_referred_to_exist():
    files = sorted(DOCS.glob("decisions/0*.md"))
    taken = [int(file.name[:4]) for file in files]
    assert len(set(taken)) == len(taken)
    for number, file in zip(taken, files, strict=True):
        assert file.read_text(encoding="utf-8").startswith(f"# {number}. "), file
    cited = {int(n) for page in PAGES for n in re.findall(r"\bdecision (\d+)", page.read_text(encoding="utf-8"))}
    assert cited <= {*taken, *COMING_DECISIONS}


def test_the_libraries_of_the_design_are_those_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    installed = {re.match(r"[\w-]+", line)[0] for line in wanted}
    table = (DOCS / "design.md").read_text(encoding="utf-8").partition("## Libraries")[2].partition("\n## ")[0]
    named = {
        name for cell in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`([^`]+)`", cell)
    }
    assert len(named) > 10
    assert not named - installed


# The contract


def told_options() -> dict[str, set[str]]:
    """Command → its options, from the table of commands and from the sentences that say which commands `take` what."""
    text = section(CONTRACT, 3)
    options = {
        name: set(re.findall(r"--[a-z][\w-]*", row))
        for name, row in re.findall(r"^\| `([a-z][\w-]*)(.*)$", text, re.MULTILINE)
    }
    for names, taken in re.findall(r"((?:`[\w-]+`(?:, | and )?)+) take (.+?)\.", in_one_line(text)):
        for name in re.findall(r"`([\w-]+)`", names):
            options[name] |= set(re.findall(r"--[a-z][\w-]*", taken))
    of_all = set(re.findall(r"Every command takes `(--[a-z]+)", text))
    return {name: own | of_all for name, own in options.items()}


def test_the_contract_tells_every_command_with_its_options():
    program = {
        name: {one for param in command.params for one in (*param.opts, *param.secondary_opts) if one.startswith("--")}
        for name, command in typer.main.get_command(app).commands.items()
    }
    assert told_options() == {name: options - {"--help"} for name, options in program.items()}


@pytest.fixture
def yaml_block() -> str:
    return section(CONTRACT, 2).partition("```yaml\n")[2].partition("```")[0]


def test_the_pipeline_file_of_the_contract_is_accepted_and_its_guard_is_the_default(yaml_block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("clinic.yaml").write_text(yaml_block, encoding="utf-8")
    known = {"VERBOICE_ACCOUNT": "a@example.org", "VERBOICE_PASSWORD": "pw", "RESULTS_URL": "sqlite:///results.db"}
    pipeline = load_pipeline("clinic.yaml", environ=known)
    assert pipeline.guard == models.Guard()


def keys_of(kind: type[base.Settings]) -> set[str]:
    """The keys of a group of the pipeline file and of every group that is of its kind."""
    own = {field.alias or name for name, field in kind.model_fields.items()}
    return own.union(*(keys_of(one) for one in kind.__subclasses__() if one.__module__.startswith("flows.")))


def test_the_pipeline_file_of_the_contract_has_every_key_and_no_other(yaml_block):
    keys = keys_of(base.Settings)
    told = set(re.findall(r"(?:^|[{ ])(\w+):(?= |$)", yaml_block, re.MULTILINE))
    assert not keys - told
    commented = set(re.findall(r"^ *# (\w+): ", yaml_block, re.MULTILINE))
    assert len(commented) > 5
    assert not commented - keys


@pytest.mark.parametrize(("begins", "buckets"), [("* Contacts: ", CONTACT_BUCKETS), ("* Calls: ", CALL_BUCKETS)])
def test_the_contract_names_the_buckets(begins, buckets):
    told = section(CONTRACT, 4).partition(begins)[2].partition(".")[0]
    assert set(re.findall(r"`(\w+)`", told)) == set(buckets)


def test_the_contract_names_the_columns_of_the_workbook():
    assert set(OUTCOME_COLUMNS) <= set(re.findall(r"`(\w+)`", section(CONTRACT, 4)))


def test_the_contract_names_the_keys_of_the_json():
    told = set(re.findall(r'"(\w+)":', section(CONTRACT, 5)))
    assert not {*Summary.__annotations__, *REQUEST_KINDS} - told
