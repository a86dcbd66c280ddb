"""`set-all`: one value for every contact of the project, in one request that asks for an approval each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.errors import ConfigurationError
from connectors.masking import mask_text
from flows.contacts.assess import Target
from flows.contacts.everyone import contact_rows, describe_reach, judge_values, plan_for_everyone
from flows.contacts.guard import Population, Violation, judge
from flows.contacts.plan import Plan
from flows.contacts.rules import judge_names
from flows.runs.contacts import memory
from flows.runs.contacts.prepare import connect, existing_names
from flows.runs.contacts.prepared import FromServer, Prepared
from flows.runs.pull import names_error
from flows.runs.run import Run


def prepare_set_all(run: Run) -> Prepared:
    """The plan that gives every contact the values the command was given."""
    values = parse_values(run.options.values)
    names = tuple(values)
    project = run.step("connect", lambda: connect(run, ()))
    run.progress.begin("Reading all contacts", None)
    read_at = run.clock()
    remote = run.step("pull", lambda: run.client.contacts(project.id, variables=names))
    known = existing_names(project, remote)
    unknown = judge_names(names, known)  # one wrong name would leave the others written
    if unknown:
        raise names_error(unknown, known, where=lambda name: f"“{name}”")
    target = Target(run.pipeline.verboice.url, project.id, project.name)
    plan = plan_for_everyone(remote, values, target=target)
    population = Population(rows=None, contacts=len(remote), last=memory.last_time(run, project.id))
    return Prepared(
        rows=contact_rows(remote),
        plan=plan,
        violations=(*judge(plan, None, population), *_always_asked(plan)),
        remote=remote,
        read_at=read_at,
        base=memory.base(run, project.id),
        unproven=frozenset(),  # one wrong name would have been told above
        notes=(_note(plan, values),),
        origin=FromServer(),
    )


def _note(plan: Plan, values: Mapping[str, str]) -> str:
    shown = ", ".join(f"{name} = {value or '(empty)'}" for name, value in values.items())
    if plan.is_empty:
        return f"Every contact of {plan.project_name} has {shown} already."
    return f"One request (all.json) sets {shown} for all {plan.matched:,} contacts of {plan.project_name}."


def parse_values(given: Sequence[str]) -> Mapping[str, str]:
    """`NAME=VALUE` texts as a mapping. Raises ConfigurationError naming every one that cannot be used."""
    problems = [f"“{mask_text(text)}” is not NAME=VALUE." for text in given if "=" not in text]
    values = dict(text.split("=", 1) for text in given if "=" in text)
    if len(values) + len(problems) < len(given):
        problems.append("A name is given twice.")
    problems += judge_values(values)
    if problems or not values:
        raise ConfigurationError(
            "\n".join(problems) or "No value was given.", hint="Write set-all PIPELINE NAME=VALUE."
        )
    return values


def _always_asked(plan: Plan) -> tuple[Violation, ...]:
    """The source has no say in what is set here, so a person always has."""
    if plan.is_empty:
        return ()
    reach = describe_reach(plan)
    return (Violation("set_all", "0 without approval", reach, f"It would replace values of {reach}."),)
