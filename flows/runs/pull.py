"""Reads from Verboice what a plan needs: the project, and its contacts in one of the two ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.masking import mask_number
from connectors.values import Contact, Project, RemoteContacts
from connectors.verboice.errors import CannotAddress, CannotSend, NoAnswer, ServerBroken, UnexpectedReply, WrongContact
from flows.contacts.people.pulling import Lookup
from flows.contacts.rules import NameProblem
from flows.runs.threads import mapped

_MOST_NAMED = 30  # variables in one message
LOOKUP_WORKERS = 16  # threads; how many requests are really in flight is for the client's pacer to say


class Reader(Protocol):
    """The part of the Verboice client that reads."""

    def projects(self) -> tuple[Project, ...]: ...
    def contacts(self, project_id: int, *, variables: Sequence[str] | None = None) -> RemoteContacts: ...
    def contact_by_address(self, project_id: int, address: str) -> Contact | None: ...


def find_project(projects: Iterable[Project], wanted: int | str, *, where: str) -> Project:
    """The account's project by id or exact name.

    A project that is only shared to the account is never listed (API sheet 2.3): with an id it is believed to be one,
    and the first request to it tells. `where` is the place of the setting. Raises ConfigurationError.
    """
    listed = tuple(projects)
    found = [project for project in listed if wanted in (project.id, project.name)]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        ids = ", ".join(str(project.id) for project in found)
        raise ConfigurationError(f"{where}: the account has several projects of this name.", hint=f"Use an id: {ids}.")
    if isinstance(wanted, int):
        return Project(wanted, f"project {wanted}")
    names = ", ".join(f"{project.name} ({project.id})" for project in listed[:10]) or "none"
    raise ConfigurationError(
        f"{where}: the account has no project named “{wanted}”; it has: {names}.",
        hint="Correct the name, or use the numeric id of a project that is shared to this account.",
    )


def names_error(
    problems: Sequence[NameProblem], known: Iterable[str] | None, *, where: Callable[[str], str]
) -> ConfigurationError:
    """All unusable variable names in one error, with those there are (None: nobody can list them); `where` gives the
    place of a variable in the pipeline file."""
    lines = []
    for problem in problems:
        near = f" Did you mean {' or '.join(f'“{name}”' for name in problem.candidates)}?" if problem.candidates else ""
        lines.append(f"{where(problem.name)}: {problem.reason}{near}")
    return ConfigurationError("\n".join(lines), hint="" if known is None else _variables_there_are(tuple(known)))


def _variables_there_are(known: Sequence[str]) -> str:
    if not known:
        return "The project has no variables yet; add them on its pages in Verboice."
    shown = ", ".join(known[:_MOST_NAMED])
    more = len(known) - _MOST_NAMED
    return f"The project has: {shown}" + (f", and {more} more; `verboice-sync vars` lists all." if more > 0 else ".")


def look_up(
    reader: Reader,
    project_id: int,
    wanted: Sequence[Lookup],
    *,
    variables: Sequence[str],
    progress: Callable[[int], None],
) -> tuple[RemoteContacts, dict[str, str]]:
    """The contacts behind single addresses, and for addresses that cannot be asked for the reason, by key.

    Raises CouldNotBeDone that names the address for which there was no usable answer, and what stops every request.
    """
    found: dict[int, Contact] = {}
    refused: dict[str, str] = {}

    def one(lookup: Lookup) -> list[Contact]:
        try:
            return spelled(reader, project_id, lookup)
        except CannotAddress as fault:
            if lookup.key is not None:
                refused[lookup.key] = str(fault)
            return []
        except (NoAnswer, ServerBroken, UnexpectedReply, WrongContact) as fault:
            whose = mask_number(lookup.typed)
            told = f"{whose} could not be looked up, so nothing was sent. {fault}"
            raise CouldNotBeDone(told, hint="" if fault.hint else "Try again.") from fault

    for done, contacts in enumerate(mapped(one, wanted, workers=LOOKUP_WORKERS, name="look-up"), start=1):
        found.update((contact.id, contact) for contact in contacts)
        progress(done)
    ordered = [found[contact_id] for contact_id in sorted(found)]
    return RemoteContacts.of(ordered, variables, complete=False), refused


def spelled(reader: Reader, project_id: int, lookup: Lookup) -> list[Contact]:
    """The contact stored exactly as typed, or else every contact stored under another spelling of the number."""
    if lookup.key is None:
        return _spelled_if_at_all(reader, project_id, lookup)
    return _spelled(reader, project_id, lookup)


def _spelled_if_at_all(reader: Reader, project_id: int, lookup: Lookup) -> list[Contact]:
    """As `_spelled`, of a text that is hardly an address: where the server cannot cope with it, nobody has it, and the
    other addresses are looked up."""
    try:
        return _spelled(reader, project_id, lookup)
    except (CannotSend, WrongContact, ServerBroken, UnexpectedReply):
        return []


def _spelled(reader: Reader, project_id: int, lookup: Lookup) -> list[Contact]:
    typed = reader.contact_by_address(project_id, lookup.typed)
    if typed is not None and lookup.typed in typed.addresses:
        return [typed]
    found = [typed] if typed is not None else []  # the server ignores case, accents and more (API sheet 4.8)
    for spellings in (lookup.usual, lookup.formatted):
        if not found or lookup.is_ambiguous or spellings is lookup.usual:
            answers = (reader.contact_by_address(project_id, spelling) for spelling in spellings)
            found += [contact for contact in answers if contact is not None]
    return found
