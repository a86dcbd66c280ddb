"""What pydantic found → one sentence per problem: what is wrong and the next step, never a value that may be secret."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from flows.settings.document import Document, KeyPath, Problem, Value
from flows.settings.models import Pipeline

_SECRET_KEYS = frozenset({"password", "account", "url", "ledger", "notify"})
_KINDS = ("csv", "excel", "database", "verboice")
_LISTS = "do_not_call"
_EXPECTED = {
    "string_type": "must be a single text or number, not a group or a list",
    "path_type": "must be a single text, not a group or a list",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than 0",
    "greater_than_equal": "must be 1 or more",
    "finite_number": "must be a number",
    "string_too_short": "is empty; give it a value",
    "too_short": "is empty; name at least one",
    "tuple_type": "must be a list",
}


def problems_of(error: ValidationError, document: Document) -> list[Problem]:
    """Problems of the models, without those that only follow from a problem the document already has at that key."""
    known = {problem.key for problem in document.problems}
    found = []
    for detail in error.errors(include_url=False):
        key = _key(detail)
        if not any(key[: len(other)] == other for other in known if other):
            found.append(Problem(document.line(key), key, _sentence(detail, key, document)))
    return found


def _key(detail: Mapping[str, Any]) -> KeyPath:
    """The key path as the file has it: pydantic adds the kind of source as a step of its own."""
    key = tuple(detail["loc"])
    at = next((at for at, step in enumerate(key) if step in _KINDS and _is_kind(key[:at])), len(key))
    key = (*key[:at], *key[at + 1 :])
    if str(detail["type"]).startswith("union_tag"):
        return (*key, "kind")
    if detail["type"] == "extra_forbidden":  # of `password:hunter2` only the part before the colon may be shown
        return (*key[:-1], str(key[-1]).partition(":")[0])
    return key


def _is_kind(before: KeyPath) -> bool:
    """Whether the step after these is the kind of a source or of a list."""
    return before == ("source",) or before[-2:-1] == (_LISTS,)


def _sentence(detail: Mapping[str, Any], key: KeyPath, document: Document) -> str:
    kind, context = str(detail["type"]), detail.get("ctx", {})
    if kind in {"missing", "union_tag_not_found"}:
        return _missing(key, document)
    if kind == "extra_forbidden":
        return _unknown(tuple(detail["loc"]))
    return _wrong(kind, context, _shown(key, document))


def _wrong(kind: str, context: Mapping[str, Any], shown: str) -> str:
    if kind == "literal_error":
        return _not_one_of([part.strip("' ") for part in _alternatives(context["expected"])], shown)
    if kind == "union_tag_invalid":
        return _not_one_of([part.strip("' ") for part in _alternatives(context["expected_tags"])], shown)
    if kind == "value_error":
        return f"{context['error']}{shown}"
    if kind in {"model_type", "model_attributes_type", "dict_type", "mapping_type"}:
        return "must be a group of keys, each on its own line and indented"
    return f"{_EXPECTED.get(kind, 'has a value of the wrong kind')}{shown}"


def _alternatives(expected: str) -> list[str]:
    """`'a', 'b' or 'c'`, as pydantic words it."""
    return expected.replace(" or ", ", ").split(", ")


def _missing(key: KeyPath, document: Document) -> str:
    example = next(iter(_example(key)), "…")
    if key in document.lines:
        return f"is empty; give it a value, such as {example}" if example != "…" else "is empty; give it a value"
    return f"is missing; add `{key[-1]}: {example}`"


def _example(key: KeyPath) -> Iterable[str]:
    if key[-1] == "kind":
        return ["excel" if key[0] == "source" else "csv"]
    fields = [model.model_fields[str(key[-1])] for model in _models_at(key[:-1]) if key[-1] in model.model_fields]
    return (str(example) for field in fields for example in field.examples or () if not isinstance(example, dict))


def _unknown(location: KeyPath) -> str:
    key, models = str(location[-1]), _models_at(location[:-1])
    name, colon, _ = key.partition(":")
    if colon:
        return f"is missing a space after the colon of {name}; write `{name}: …`"
    known = {field.alias or name for model in models for name, field in model.model_fields.items()}
    if len(location) > 2 and location[0] == "source" and _kinds_with(key):
        return f"is not a key of kind {location[1]}, only of {_kinds_with(key)}; remove it or change kind"
    close = difflib.get_close_matches(key, known, n=1)
    return (
        f"is not a known key; did you mean {close[0]}?" if close else f"is not a known key; known here: {_list(known)}"
    )


def _kinds_with(key: str) -> str:
    """The kinds of source that have this key, or an empty text."""
    models = _models_in(Pipeline.model_fields["source"].annotation)
    return " and ".join(_kind(model) for model in models if key in model.model_fields)


def _not_one_of(allowed: Sequence[str], shown: str) -> str:
    close = difflib.get_close_matches(shown.removeprefix(", not ").strip('"').lower(), allowed, n=1)
    return f"must be one of {', '.join(allowed)}{shown}{f'; did you mean {close[0]}?' if close else ''}"


def _shown(key: KeyPath, document: Document) -> str:
    """`, not "kep"`: the text as typed, unless it may be a secret; a variable's name instead of what it holds."""
    if _SECRET_KEYS & set(key):
        return ""
    value = document.typed.get(key, _at(document.data, key))
    return f', not "{value[:60]}"' if isinstance(value, str) and value else ""


def _at(data: Value, key: KeyPath) -> Value:
    for step in key:
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _models_at(location: KeyPath) -> list[type[BaseModel]]:
    """The models that may stand at a location; a step that is no field (a variable's name) leads nowhere else."""
    models: list[type[BaseModel]] = [Pipeline]
    for step in location:
        inner = [
            found
            for model in models
            if step in model.model_fields
            for found in _models_in(model.model_fields[str(step)].annotation)
        ]
        models = inner or [model for model in models if _kind(model) == step] or models
    return models


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]


def _kind(model: type[BaseModel]) -> str:
    field = model.model_fields.get("kind")
    return str(get_args(field.annotation)[0]) if field else ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
