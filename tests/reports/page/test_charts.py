"""Charts: SVG with a name, without the style, script and comments of the library that draws them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from flows.reports.page.charts import Series, stacked_bars

SVG = "{http://www.w3.org/2000/svg}"


def drawn(labels, *series, title="Calls"):
    return ET.fromstring(str(stacked_bars(title, labels, series)))


def test_it_has_a_name_and_nothing_that_runs_or_loads():
    chart = drawn(["<08>", "09"], Series("reached", "b-queued", [1, 2]), title="<b>Calls</b>")
    assert (chart.get("role"), chart.get("aria-label")) == ("img", "<b>Calls</b>")
    assert chart.find(f"{SVG}title").text == "<b>Calls</b>"
    tags = {element.tag.removeprefix(SVG) for element in chart.iter()}
    assert tags <= {"svg", "g", "rect", "path", "text", "title"}
    attributes = {name for element in chart.iter() for name in element.attrib}
    assert not attributes & {"style", "href", "onclick"}
    assert "<08>" in [text.text for text in chart.iter(f"{SVG}text")]


def test_bars_are_as_high_as_their_numbers_and_in_their_own_colour():
    chart = drawn(["a", "b"], Series("x", "b-queued", [1, 2]), Series("y", "b-failed", [0, 4]))
    groups = {group.get("class"): group for group in chart.iter(f"{SVG}g")}
    heights = {
        name: [float(r.get("height")) for r in groups[name].iter(f"{SVG}rect")] for name in ("b-queued", "b-failed")
    }
    one = heights["b-queued"][0]
    assert heights["b-queued"][1] == pytest.approx(2 * one)
    assert heights["b-failed"][:2] == pytest.approx([0, 4 * one])


@pytest.mark.parametrize(
    ("highest", "lines"), [(0, ["0"]), (3, ["0", "1", "2", "3"]), (229, ["0", "50", "100", "150", "200", "250"])]
)
def test_lines_are_at_whole_numbers(highest, lines):
    chart = drawn(["a"], Series("x", "b-queued", [highest]))
    axis = next(group for group in chart.iter(f"{SVG}g") if "axis y" in group.get("class", ""))
    assert [text.text for text in axis.iter(f"{SVG}text")][: len(lines)] == lines
