"""One PUT per row by another tool, in an environment that has that tool: `python peers.py dlt|drt URL PROJECT COUNT
ACCOUNT PASSWORD`. Prints the processor and wall seconds of the run, without the tool's import."""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from typing import Any


def by_dlt(base: str, login: str, rows: list[dict[str, Any]]) -> None:
    """A custom destination that gets one row at a time, as its documentation shows for reverse ETL."""
    import dlt
    from dlt.sources.helpers import requests

    session = requests.Client().session

    @dlt.destination(batch_size=1, name="verboice")
    def put(items: Any, table: Any) -> None:
        for item in items:
            url = f"{base}/{item['phone']}.json"
            session.put(url, params={"vars[age]": item["age"]}, headers={"Authorization": login}).raise_for_status()

    dlt.pipeline("bench", destination=put, pipelines_dir="dlt").run(rows, table_name="people")


def by_drt(base: str, login: str, rows: list[dict[str, Any]]) -> None:
    """Its REST destination. The URL is the same for every row, so all rows go to one contact, the value in the body."""
    from drt.config.models import RestApiDestinationConfig, SyncOptions
    from drt.destinations.rest_api import RestApiDestination

    config = RestApiDestinationConfig(
        type="rest_api",
        url=f"{base}/{rows[0]['phone']}.json",
        method="PUT",
        headers={"Authorization": login, "Content-Type": "application/json"},
        body_template='{"vars": {"age": "{{ row.age }}"}}',
    )
    options = SyncOptions(rate_limit={"requests_per_second": 1_000_000})
    result = RestApiDestination().load(rows, config, options)
    if result.success != len(rows):
        raise RuntimeError(f"{result.success} of {len(rows)} rows arrived")


def main() -> None:
    name, url, project, count, account, password = sys.argv[1:]
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DO_NOT_TRACK"] = "1"
    rows = [{"phone": str(85510000000 + n), "age": str(n % 90)} for n in range(int(count))]
    login = "Basic " + base64.b64encode(f"{account}:{password}".encode()).decode()
    tool = {"dlt": by_dlt, "drt": by_drt}[name]
    base = f"{url}/api/projects/{project}/contacts/by_address"
    tool(base, login, rows[:2])  # imports, and what is done only once
    processor, wall = time.process_time(), time.perf_counter()
    tool(base, login, rows)
    print(json.dumps({"processor": time.process_time() - processor, "wall": time.perf_counter() - wall}))


if __name__ == "__main__":
    main()
