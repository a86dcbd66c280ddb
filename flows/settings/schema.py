"""The pipeline file's JSON Schema, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from flows.settings.base import Parameter, Variable
from flows.settings.calls import PerPersonSettings
from flows.settings.models import ContactVariable, Pipeline

_REFERENCE = {"type": "string", "pattern": r"\$\{"}
_PLAIN = {"type": ["string", "number", "boolean", "null"]}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of what may be written in YAML, which is wider than the models: `${…}` may stand for
    any value, a text may look like a number, and some groups may be a plain text."""
    schema = Pipeline.model_json_schema()
    schema["required"] = [key for key in schema["required"] if key != "name"]
    for model in (Variable, ContactVariable, Parameter, PerPersonSettings):
        group = schema["$defs"][model.__name__]
        schema["$defs"][model.__name__] = {"description": group.pop("description"), "anyOf": [_PLAIN, group]}
    return {"$schema": _DIALECT, **_widened(schema), "title": "verboice-sync pipeline"}


def _widened(part: Any) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
    if isinstance(part, list):
        return [_widened(item) for item in part]
    if not isinstance(part, dict):
        return part
    inner = {
        key: value if key in {"examples", "default", "required"} else _widened(value) for key, value in part.items()
    }
    kind = inner.get("type")
    if kind == "string" and not {"enum", "const"} & set(inner):
        return inner | {"type": ["string", "number", "boolean"]}
    if kind in ("integer", "number", "boolean", "array") or "enum" in inner:
        described = {key: inner.pop(key) for key in ("description", "title", "default") if key in inner}
        return described | {"anyOf": [inner, _REFERENCE]}
    return inner
