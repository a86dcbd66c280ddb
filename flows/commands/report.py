"""`report`: the page of a run written anew, or the page of the last runs."""

from __future__ import annotations

import sys
import webbrowser

from flows.commands.terminal.failure import ending
from flows.looks.pages import write_history, write_page_again
from flows.reports.harmless import put
from flows.reports.summary import as_json as json_text
from flows.runs.folder import check_home, home_folder


def report(wanted: str | None, *, history: bool, open_it: bool, as_json: bool) -> None:
    """Write the page of the run `wanted` (None = the latest), or with `history` that of the last runs of the pipeline
    `wanted` (None = of all)."""
    with ending("report", as_json=as_json):
        home = home_folder()
        check_home(home)
        page = write_history(home, wanted) if history else write_page_again(home, wanted)
        if as_json:
            sys.stdout.buffer.write(json_text({"html": str(page)}))
        else:
            put(str(page))
        if open_it and not webbrowser.open(page.resolve().as_uri()):
            put("No browser was found here; open the file above.", file=sys.stderr)
