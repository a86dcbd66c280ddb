"""The fault matrix: each endpoint, each way in which its answer can go wrong, once or from then on."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sandbox import Fault

ENDPOINTS = {  # of each journey: (method, path)
    "sync": (("GET", "projects.json"), ("GET", "contacts.json"), ("PUT", "by_address")),
    "create": (("GET", "contacts.json"), ("POST", "contacts.json")),
    "backfill": (("GET", "contacts.json"), ("PUT", "by_address"), ("POST", "contacts.json")),
    "apply": (("GET", "contacts"), ("PUT", "by_address"), ("POST", "contacts.json")),
    "set-all": (("GET", "contacts"), ("PUT", "all.json")),
    "undo": (("GET", "contacts"), ("PUT", "by_address")),
    "call": (("GET", "projects.json"), ("GET", "channels"), ("", "/call(\\.json)?(\\?|$)")),
    "track": (("GET", "details"), ("GET", "state")),
}
OTHERS = '{"id": 987654, "addresses": ["85599999999"], "vars": {}}'
_JSON = "application/json; charset=utf-8"


def faults() -> Iterator[tuple[str, dict[str, object]]]:
    """Each way, as a name and what a Fault is made with."""
    for status in (400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 502, 503, 504):
        yield f"{status}", {"action": "reply", "status": status, "body": "<html>no</html>"}
        yield f"after:{status}", {"action": "reply", "status": status, "body": "<html>no</html>", "commits": True}
    yield "redirect", {"action": "reply", "status": 302, "headers": {"Location": "/accounts/sign_in"}}
    yield "wrong id", {"action": "reply", "status": 200, "body": OTHERS, "content_type": _JSON}
    yield "after: wrong id", {"action": "reply", "status": 200, "body": OTHERS, "content_type": _JSON, "commits": True}
    yield "empty", {"action": "reply", "status": 200, "body": "", "content_type": _JSON}
    yield "retry later", {"action": "reply", "status": 503, "headers": {"Retry-After": "0"}}
    for action in ("drop_before", "drop_after", "html", "truncate", "endless", "cut", "cut_between_chunks"):
        yield action, {"action": action}
    yield "slow drip", {"action": "drip", "seconds": 0.1}
    yield "late", {"action": "late", "seconds": 0.1}
    yield "delay", {"action": "delay", "seconds": 1.0}


def matrix(journey: str) -> Iterator[tuple[str, Fault]]:
    """A name and a fault for each combination that one journey can meet."""
    for method, path in ENDPOINTS[journey]:
        for name, made in faults():
            for skip, times in ((0, 1), (1, 1), (0, None)):
                lasting = "for good" if times is None else f"at the {'second' if skip else 'first'}"
                fault = Fault(method=method, path=path, skip=skip, times=times, **made)  # type: ignore[arg-type]
                yield f"{journey}: {name}, {method} {path}, {lasting}", fault
