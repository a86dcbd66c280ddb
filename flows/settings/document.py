"""YAML text → the texts a person typed, with the line of every key.

Scalars are never resolved to numbers, booleans or dates: YAML 1.1 would turn `no` into false, `012` into 10 and `12:30`
into 750, and what is written to a contact must be what was typed. The models convert by the type of the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from flows.settings.substitution import substitute

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
KeyPath: TypeAlias = tuple[str | int, ...]

# Aliases may point at what contains them, or multiply without bound; no pipeline file comes near these.
_MOST_VALUES = 10_000
_DEEPEST = 20
_STANDARD_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a pipeline file. `text` goes on from the key: what is wrong; the next step."""

    line: int
    key: KeyPath
    text: str


@dataclass(slots=True)
class Document:
    """A pipeline file as texts.

    lines: the line (from 1) of each key path.
    typed: the text as typed of each value in which a variable was filled in: safe to show, unlike the value.
    """

    data: dict[str, Value] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    typed: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, key: KeyPath) -> int:
        """The line of the key, or of the innermost group that is there."""
        return next((self.lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self.lines), 1)


def parse(raw: bytes, known: Mapping[str, str]) -> Document:
    """The document in `raw`, `${…}` filled in from `known`. Problems are collected, never raised."""
    document = Document()
    try:
        root = yaml.compose(raw.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        text = "is not UTF-8 text; save the file with the encoding UTF-8"
        document.problems.append(Problem(raw[: error.start].count(b"\n") + 1, (), text))
    except yaml.YAMLError as error:
        document.problems.append(_syntax_problem(error, raw))
    except RecursionError:
        document.problems.append(Problem(1, (), "is nested too deeply"))
    else:
        if root is None or _is_null(root):
            document.problems.append(Problem(1, (), "is empty; it needs at least the keys verboice and source"))
        elif isinstance(root, yaml.MappingNode):
            document.data = _Walk(document, known).mapping(root, ())
        else:
            line = root.start_mark.line + 1
            document.problems.append(Problem(line, (), "must hold keys with values, such as `name: clinic`"))
    return document


class _Walk:
    """Walks the YAML nodes once, filling a document."""

    def __init__(self, document: Document, known: Mapping[str, str]) -> None:
        self.document = document
        self.known = known
        self.values = 0
        self.endless = False

    def complain(self, node: yaml.Node, key: KeyPath, text: str) -> None:
        self.document.problems.append(Problem(node.start_mark.line + 1, key, text))

    def value(self, node: yaml.Node, key: KeyPath) -> Value:
        self.values += 1
        if self.values > _MOST_VALUES or len(key) > _DEEPEST:
            if not self.endless:
                self.complain(node, key[:1], "is nested too deeply or repeats itself by aliases (*); write it out")
            self.endless = True
            return None
        if not node.tag.startswith(_STANDARD_TAG):
            self.complain(node, key, "begins with a YAML tag (!); put the text in quotes")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            return self.sequence(node, key)
        return None if _is_null(node) else self.text(node, key)

    def mapping(self, node: yaml.MappingNode, key: KeyPath) -> dict[str, Value]:
        result: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == _STANDARD_TAG + "merge":
                self.complain(key_node, key, "has a key that is no plain text (<<, ?, { or [); write the keys out")
                continue
            name = str(key_node.value)
            inner = (*key, name)
            if name in result:
                first = self.document.lines[inner]
                self.complain(key_node, inner, f"is given twice, first on line {first}; keep one of them")
                continue
            self.document.lines[inner] = key_node.start_mark.line + 1
            result[name] = self.value(value_node, inner)
        return result

    def sequence(self, node: yaml.SequenceNode, key: KeyPath) -> list[Value]:
        result: list[Value] = []
        for position, item in enumerate(node.value):
            self.document.lines[(*key, position)] = item.start_mark.line + 1
            result.append(self.value(item, (*key, position)))
        return result

    def text(self, node: yaml.Node, key: KeyPath) -> str:
        typed = str(node.value)
        filled, faults = substitute(typed, self.known)
        if filled != typed:
            self.document.typed[key] = typed
        for fault in faults:
            self.complain(node, key, fault)
        return filled


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _STANDARD_TAG + "null" and not node.style


def _syntax_problem(error: yaml.YAMLError, raw: bytes) -> Problem:
    """PyYAML's finding without the snippet it quotes: the line may be the password's."""
    if isinstance(error, yaml.reader.ReaderError):
        line = raw.decode("utf-8-sig")[: error.position].count("\n") + 1
        return Problem(line, (), "holds a character that YAML does not allow; retype the line")
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem(1, (), "is not readable as YAML")
    line = error.problem_mark.line + 1
    return Problem(line, (), _finding(error, b"".join(raw.split(b"\n")[line - 1 : line])))


def _finding(error: yaml.MarkedYAMLError, written: bytes) -> str:
    found = error.problem or "cannot be understood"
    if r"'\t'" in found:
        return "has a tab, which YAML does not allow there; indent with spaces"
    if isinstance(error, yaml.composer.ComposerError):
        if "single document" in (error.context or ""):
            return "begins a second document (---); one file holds one pipeline"
        return "has a text that begins with * or &; put it in quotes"
    if b"${" in written:
        return 'is not readable as YAML; inside { } and [ ] write "${…}" with quotes'
    found = re.sub(r"'(?!<)[^' ]{2,}'", "something", found)
    return f"is not readable as YAML: {found}; check indentation, colons and quotes"
