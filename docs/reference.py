"""The parts of the reference that are made from the program itself: keys, commands, buckets, guards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, get_args

import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flows.cli import app
from flows.commands.terminal.examples import EXAMPLES
from flows.reports.buckets import BUCKETS, Bucket
from flows.reports.wording import GUARDS
from flows.settings.models import Guard, Pipeline

_CURES: Mapping[str, str] = {
    "max_overwrites": "Look at the changes in the page. If they are right, approve the plan. If not: is it the right "
    "project, the right column, the right sheet?",
    "max_clears": "Are cells blank that should not be? `contacts.blank: keep` leaves their values alone.",
    "max_creates": "Is `missing: create` meant? Is `source.region` right, so that known people are recognised?",
    "max_calls": "Is it the right list? A large batch goes out once it is approved.",
    "max_unfinished": "Let people be rung for longer (`not_after`, `hours`), over more lines, or call fewer of them. "
    "`calls.per_day` lets a list go out in portions.",
    "max_rejected": "The sheet *To fix* says what to do about each row. Is `source.address` the right column?",
    "max_not_found": "Is it the right project, and is `source.region` the country of these numbers? `check` shows how "
    "many are known.",
    "empty_source": "The export has no rows: make it again.",
    "shrunken_source": "The list is less than half of what it was: is the export whole, is a filter set? If so many "
    "left, approve.",
    "empty_project": "The project has no contacts: is it the right one?",
    "shrunken_project": "The project has less than half of the contacts it had: is it the right one? If so many left, "
    "approve.",
    "set_all": "`set-all` asks each time, because it reaches everybody of the project: look at the count, and approve.",
}


def settings() -> str:
    """Every key with its type, default and meaning, a table for each group."""
    return "\n\n".join(_groups(Pipeline, "", "The file"))


def _groups(model: type[BaseModel], path: str, title: str) -> Iterator[str]:
    rows = [
        f"| `{field.alias or name}` | {_default(field)} | {_meaning(field)} |"
        for name, field in model.model_fields.items()
    ]
    told = " ".join((model.__doc__ or "").split())
    yield f"## {title}\n\n{told}\n\n| key | default | |\n| --- | --- | --- |\n" + "\n".join(rows)
    for name, field in model.model_fields.items():
        for inner in _models_in(field.annotation):
            kind = inner.model_fields.get("kind")
            where = f"{path}{name}" + (f" (kind: {get_args(kind.annotation)[0]})" if kind else "")
            if len(inner.model_fields) > 0 and path.count(".") < 2:
                yield from _groups(inner, f"{path}{name}.", f"`{where}`")


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return list(dict.fromkeys(model for inner in get_args(annotation) for model in _models_in(inner)))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, timedelta):
        return f"`{value.total_seconds() / 3600:g}h`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _meaning(field: FieldInfo) -> str:
    examples = [str(one) for one in field.examples or () if not isinstance(one, dict)]
    shown = f" Such as {', '.join(f'`{one}`' for one in examples)}." if examples else ""
    return _cell(f"{field.description or ''}{shown}")


def commands() -> str:
    """Every command: what it does, its words, its options, examples."""
    program = typer.main.get_command(app)
    every: Mapping[str, Any] = vars(program)["commands"]
    return "\n\n".join(_command(name, command) for name, command in every.items())


def _command(name: str, command: Any) -> str:  # noqa: ANN401 - typer's own kind of a click command
    words, options = [], []
    for one in command.params:
        if getattr(one, "hidden", False):
            continue
        if one.param_type_name == "argument":
            words.append(one.metavar or f"{one.name.upper()}")
        elif "--help" not in one.opts:
            typed = ", ".join(f"`{opt}`" for opt in (*one.opts, *one.secondary_opts))
            takes = "" if one.is_flag else f" {one.metavar or one.name.upper()}"
            options.append(f"| {typed}{_cell(takes)} | {_cell(one.help or '')} |")
    lines = [f"## `{name}`", "", " ".join((command.help or "").split()), ""]
    lines += ["```", " ".join(["verboice-sync", name, *words, "[options]"]), "```", ""]
    lines += ["| option | |", "| --- | --- |", *options, ""]
    lines += ["```", *(f"verboice-sync {typed:<44} # {what}" for typed, what in EXAMPLES.get(name, ())), "```"]
    return "\n".join(lines)


def buckets() -> str:
    """What each bucket means, and what to do."""
    rows = [
        f"| `{one.name}` | {_cell(_means(one))} | {_cell(one.to_do or _what_else(one))} |" for one in BUCKETS.values()
    ]
    return "\n".join(["| bucket | means | what to do |", "| --- | --- | --- |", *rows])


def _means(bucket: Bucket) -> str:
    meanings = {"Contacts": bucket.contacts.sentence, "Calls": bucket.calls.sentence}
    given = {sort: sentence for sort, sentence in meanings.items() if sentence}
    if len(set(given.values())) == 1:
        return next(iter(given.values()))
    return " ".join(f"{sort}: {sentence}" for sort, sentence in given.items())


def _what_else(bucket: Bucket) -> str:
    special = {
        "rejected": "Correct the cell that the reason names, in the sheet *To fix*, and drop that sheet or run again.",
        "uncertain": "Contacts: `resume RUN` reads them again. Calls: find out whether the phone rang, then `resolve "
        "RUN --row N --placed` or `--not-placed`.",
        "unsent": "`resume RUN` goes on.",
        "blocked": "Nothing, or wait until the rule allows it; the reason names it.",
    }
    return special.get(bucket.name, "Nothing.")


def guards() -> str:
    """What each guard counts, its default, and what to do when it trips."""
    limits = {name: str(field.get_default()) for name, field in Guard.model_fields.items()}
    rows = [
        f"| `{name}` | {_cell(what)} | {f'`{limits[name]}`' if name in limits else ''} | {_cell(_CURES[name])} |"
        for name, what in GUARDS.items()
    ]
    return "\n".join(["| guard | counts | default | what to do |", "| --- | --- | --- | --- |", *rows])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


MADE: Mapping[str, Any] = {"settings": settings, "commands": commands, "buckets": buckets, "guards": guards}
