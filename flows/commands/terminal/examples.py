"""An example or two of each command, for its --help and the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Example = tuple[str, str]
"""A command line without the program's name, and what it is for."""

EXAMPLES: Mapping[str, Sequence[Example]] = {
    "demo": [("demo", "the whole product on a synthetic clinic")],
    "sandbox": [
        ("sandbox", "a Verboice to practise on, at port 8090"),
        ("sandbox --write-example practice", "with a pipeline and a sheet for it"),
    ],
    "init": [
        ("init patients.xlsx", "writes configs/patients.yaml"),
        ("init patients.xlsx --region KH --address Mobile", "says what would be guessed"),
    ],
    "schema": [("schema > pipeline.schema.json", "for an editor that completes the file")],
    "check": [("check clinic", "every problem at once; nothing is written")],
    "vars": [("vars clinic", "what may stand on the left of contacts.variables")],
    "pull": [
        ("pull clinic --to contacts.xlsx", "every contact with its variables"),
        ("pull clinic --to sqlite:///contacts.db --table contacts", "with their history"),
    ],
    "plan": [
        ("plan clinic", "what sync would do"),
        ("plan clinic --out plan.json", "to be looked at, and applied later"),
    ],
    "sync": [
        ("sync clinic --limit 5", "a careful first try"),
        ("sync clinic --only 012345678", "one person"),
        ("sync clinic --approve 233e95b63e417d63", "a plan that a guard refused, as it is"),
    ],
    "apply": [("apply plan.json", "exactly that plan, once")],
    "undo": [
        ("undo 02e1f4", "puts back what the run replaced"),
        ("undo 02e1f4 --hold", "and keeps it so until the source changes"),
    ],
    "set-all": [("set-all clinic village=Takeo", "one value for every contact; asks for an approval")],
    "backfill": [
        ("backfill clinic --fill-only", "fills what is missing, replaces nothing"),
        ("backfill clinic --limit 500 --resume", "in portions"),
    ],
    "contact": [("contact clinic 012345678", "both sides, what would change, what is remembered")],
    "runs": [
        ("runs", "what ran lately"),
        ("runs 02e1f4", "one of them, by the end of its id"),
        ("runs --pipeline clinic --status failed --since 7d", "what went wrong this week"),
    ],
    "report": [
        ("report --open", "the page of the latest run"),
        ("report --history clinic", "the last runs of a pipeline"),
    ],
    "status": [("status", "exit status 0 if all is well"), ("status clinic --metrics metrics.prom", "for Prometheus")],
    "watch": [("watch clinic", "works on what is dropped into its inbox"), ("watch clinic --once", "what lies there")],
    "call": [
        ("call clinic --dry-run", "every request; rings nobody"),
        ("call clinic --limit 3", "a careful first try"),
        ('call clinic --again "the clinic moved"', "also those who were rung before"),
    ],
    "track": [("track 02e1f4 --until-done", "until no call can change any more")],
    "cancel": [("cancel 02e1f4", "takes back what is still queued")],
    "resolve": [
        ("resolve 02e1f4", "the rows whose answer was lost"),
        ("resolve 02e1f4 --row 17 --not-placed", "once you know"),
    ],
    "forget": [
        ("forget +85512345678 --dry-run", "what is kept of a person, and where"),
        ("forget +85512345678", "and now it is gone"),
    ],
    "never": [
        ('never +85512345678 --reason "asked us to stop"', "whatever pipeline asks for it"),
        ("never +85512345678 --lift", "may be called again"),
    ],
    "resume": [("resume 02e1f4", "goes on after a crash; nothing is asked for twice")],
    "stop": [("stop 02e1f4", "finishes what is in flight; resume goes on")],
    "reconcile": [("reconcile 02e1f4", "the run's calls, one by one, against Verboice's")],
    "ledger": [
        ("ledger check", "is it sound"),
        ("ledger backup", "a copy now"),
        ("ledger restore", "the newest copy in its place"),
        ("ledger move postgresql://user:password@host/database", "to where all machines reach it"),
    ],
    "serve": [("serve clinic", "schedule, inbox and approvals, until stopped")],
    "deploy": [("deploy --pool verboice", "all of configs/, for workers on any machine")],
}
