"""XML bodies: as request parameters the way Rails reads them, and as TwiML the way the broker reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from connectors.sandbox.wire.ruby import Param

TWIML_VERBS = frozenset({"Play", "Say", "Hangup", "Pause", "Redirect", "Gather", "Record", "Dial"})
_REFUSED_TYPES = ("yaml", "symbol")


class XmlError(ValueError):
    """Not well formed, or of a type Rails refuses to read."""


@dataclass(slots=True)
class Element:
    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)


def parse(body: bytes) -> Element:
    """The root element. Raises XmlError; document types are refused, so entities cannot grow."""
    parser = expat.ParserCreate()
    stack = [Element("", {})]

    def start(name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def text(data: str) -> None:
        stack[-1].text += data

    def doctype(*_: object) -> None:
        raise XmlError("document types are not read")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: stack.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise XmlError(str(error)) from error
    return stack[0].children[0]


def xml_parameters(body: bytes) -> dict[str, Param]:
    """`{root name: value}`; a root named like a parameter becomes one (API sheet 8.19). Raises XmlError."""
    root = parse(body)
    return {root.name: _value(root)}


def _value(element: Element) -> Param:
    kind = element.attributes.get("type", "")
    if kind in _REFUSED_TYPES:
        raise XmlError(f"disallowed type attribute: {kind}")
    if kind == "array":
        return [_value(child) for child in element.children]
    if kind == "integer":
        return int(element.text) if element.text.strip().lstrip("-").isdigit() else 0
    if element.children:
        collected: dict[str, Param] = {}
        for child in element.children:
            value = _value(child)
            before = collected.get(child.name)
            if child.name not in collected:
                collected[child.name] = value
            elif isinstance(before, list):
                before.append(value)
            else:
                collected[child.name] = [before, value]
        return collected
    return element.text if element.text.strip() else None


def is_twiml(flow: bytes) -> bool:
    """Whether the broker could run this; anything else fails as `Invalid Flow` (API sheet 8.21)."""
    try:
        root = parse(flow)
    except XmlError:
        return False
    return root.name == "Response" and all(child.name in TWIML_VERBS for child in root.children)
