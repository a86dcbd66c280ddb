"""Charts as SVG that stands in the page itself, drawn by pygal; the page's own style colours them, light and dark.

pygal puts a style, a script with its settings and an overlay for tooltips into each chart, and names its makers in
comments. None of that may stay: the page's policy would refuse it, and the overlay is for the script.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from markupsafe import Markup

_WIDTH, _HEIGHT = 720, 240
_FEWEST_BARS = 8  # so many have room at least, or one bar would be as wide as the page
_MOST_LABELS = 12
_MOST_LINES = 5
_FONT = 14  # in units of the width


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of stacked bars: its name, the class that colours it, a number for each bar."""

    name: str
    css: str
    values: Sequence[float]


def stacked_bars(title: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """A chart with one bar for each label; `title` says what it shows to whoever cannot see it."""
    from markupsafe import Markup

    pygal = _pygal()
    chart = pygal.StackedBar(
        width=_WIDTH,
        height=_HEIGHT,
        margin=4,
        spacing=8,
        show_legend=False,
        js=(),
        css=(),
        formatter=lambda value: f"{value:,.10g}",
        truncate_label=-1,
        style=pygal.style.Style(label_font_size=_FONT, major_label_font_size=_FONT),
    )
    chart.y_labels = _scale(max(map(sum, zip(*(one.values for one in series), strict=True)), default=0))
    room = max(0, _FEWEST_BARS - len(labels))
    chart.x_labels = [*labels, *[""] * room]
    chart.x_labels_major_count = _MOST_LABELS
    chart.show_minor_x_labels = len(labels) <= _MOST_LABELS
    for one in series:
        chart.add(one.name, [*one.values, *[None] * room])
    root = chart.render_tree(is_unicode=True)
    _clean(root)
    _name(root, title)
    for group in root.iter("g"):
        words = group.get("class", "").split()
        if words[:1] == ["series"]:
            group.set("class", series[int(words[1].removeprefix("serie-"))].css)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - ElementTree escapes


def _pygal() -> ModuleType:
    """The library without its finder for map plug-ins, which every later import of the process would have to pass."""
    import pygal

    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]
    module: ModuleType = pygal
    return module


def _scale(highest: float) -> list[int]:
    """Whole numbers for the lines, from 0 to at least the highest bar."""
    power = 10 ** max(0, len(str(int(highest))) - 2)
    step = next(size for digit in (1, 2, 5, 10, 20, 50, 100) if (size := digit * power) * _MOST_LINES >= highest)
    return list(range(0, int(highest) + step, step))


def _clean(element: ET.Element) -> None:
    """Without what needs pygal's style or script, or repeats what the table beside the chart says."""
    for child in list(element):
        is_comment = not isinstance(child.tag, str)
        if is_comment or child.tag in ("defs", "desc", "title") or "overlay" in child.get("class", ""):
            element.remove(child)
        else:
            _clean(child)


def _name(root: ET.Element, title: str) -> None:
    root.attrib.pop("id", None)
    root.attrib |= {"class": "chart", "role": "img", "aria-label": title}
    named = ET.Element("title")
    named.text = title
    root.insert(0, named)
