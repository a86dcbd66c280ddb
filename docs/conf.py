"""How Sphinx builds these pages (`make docs`); see docs/decisions/0013-sphinx.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from reference import MADE  # noqa: E402 - only now it is found

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "verboice-sync"
extensions = ["myst_parser"]
html_theme = "alabaster"
html_theme_options = {"description": "Contacts in step with Verboice, and calls once", "page_width": "64rem"}
html_show_copyright = False
html_copy_source = False
myst_heading_anchors = 3
nitpicky = True
# Pages lead to files of the tree, such as README.md; in the built pages these are downloads.
myst_all_links_external = False
suppress_warnings = ["myst.header"]  # the API sheet begins some parts at a third level


def _fill_in(_app: Sphinx, _name: str, content: list[str]) -> None:
    """Where a page says `<!-- made: settings -->`, what is made of the program's own tables stands."""
    for name, make in MADE.items():
        marker = f"<!-- made: {name} -->"
        if marker in content[0]:
            content[0] = content[0].replace(marker, make())


def setup(app: Sphinx) -> None:
    """Sphinx's entry."""
    app.connect("source-read", _fill_in)
