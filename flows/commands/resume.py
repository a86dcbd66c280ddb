"""`resume`: goes on with a run that was cut off, whatever it was doing."""

from __future__ import annotations

from flows.commands.terminal.failure import ending


def resume(run: str, *, as_json: bool) -> None:
    """Go on with the run, by its kind."""
    from flows.commands import calls, contacts
    from flows.runs.kinds import run_kind
    from flows.runs.reopen import reopened

    with ending("resume", as_json=as_json):
        with reopened(run) as found:
            kind, run_id, pipeline = found.record.kind, found.record.run_id, found.record.pipeline
        if not run_kind(kind).is_call:
            contacts.show(contacts.resumed(run_id), pipeline, json=as_json)
    calls.resume(run_id, as_json=as_json)
