"""Names of campaigns: an equal row is called once in each."""

from __future__ import annotations

import re
from datetime import datetime

_DATE = re.compile(r"\{date:([^{}]+)\}")


def campaign_name(template: str, *, today: datetime, file: str) -> str:
    """`reminder {date:%G-W%V}` → `reminder 2026-W48`.

    `today` is the moment of the run in the pipeline's time zone; `file` the source's name without its ending, put in
    place of `{file}`.
    """
    dated = _DATE.sub(lambda found: today.strftime(found[1]), template)
    return dated.replace("{file}", file)
