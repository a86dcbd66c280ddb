"""What forms call the columns of their exports: KoboToolbox (and Ona), ODK (Central, Briefcase), CommCare.

| | KoboToolbox | ODK | CommCare |
| --- | --- | --- | --- |
| a question in a group | `group_a/age` | `group_a-age` | `form.group_a.age` |
| a choice of several, beside the question's own column | `symptoms/fever` | `symptoms/fever` | none |
| submitted at | `_submission_time` | `SubmissionDate` | `received_on` |
| in sheets and files of repeat groups | `_parent_index` | `PARENT_KEY` | `number__0` |
| not asked | blank | blank | `---` |

Sources: formpack's `reporting/export.py`, Central's `lib/data/briefcase.js`, CommCare HQ's
`corehq/apps/export/system_properties.py`. In exports with labels, the labels stand in the place of names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

UNANSWERED = "---"
"""What stands in the cell of a question that was not asked."""

Maker = Literal["KoboToolbox", "ODK", "CommCare"]

# Columns that the server adds. Two signs tell who did; the others are names that any table may have.
_SIGNS: dict[Maker, frozenset[str]] = {
    "CommCare": frozenset((
        "formid", "caseid", "form.case.@case_id", "form_link", "case_link", "hq_user", "received_on", "completed_time",
    )),
    "ODK": frozenset((
        "SubmissionDate", "KEY", "PARENT_KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent",
        "AttachmentsExpected", "ReviewState", "DeviceID", "FormVersion", "instanceID", "meta-instanceID",
        "meta-instanceName", "isValidated", "formdef_version",
    )),
    "KoboToolbox": frozenset((
        "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "__version__",
        "_tags", "_index", "_parent_table_name", "_parent_index", "_submission__id", "_submission__uuid",
        "_submission__submission_time", "_submission__validation_status", "_submission__notes", "_submission__status",
        "_submission__submitted_by", "_submission___version__", "_submission__tags", "_attachments", "_geolocation",
        "_xform_id_string", "meta/instanceID", "meta/rootUuid", "formhub/uuid",
    )),
}  # fmt: skip
_UNMISTAKABLE = frozenset(("formid", "caseid", "form.case.@case_id", "PARENT_KEY", "_parent_index"))
_ALSO_ADDED = frozenset((
    "start", "end", "today", "deviceid", "number", "started_time", "username", "userID", "@xmlns", "@name", "closed",
    "closed_by_username", "closed_date", "last_modified_by_user_username", "last_modified_date", "opened_by_username",
    "opened_date", "owner_name", "Status", "Edits", "instanceName",
))  # fmt: skip
_ADDED_BELOW = ("form.meta.", "form.case.@", "form.@")
_SEPARATORS: dict[Maker, str] = {"KoboToolbox": "/", "ODK": "-", "CommCare": "."}
_SUBMITTED = ("_submission_time", "SubmissionDate", "received_on")
_REPEATED = ("_parent_index", "PARENT_KEY")
_REPEATED_BY_COMMCARE = re.compile(r"number(?:__)?\d")
_GROUP = re.compile(r"group_?\w*/")  # as KoboToolbox calls a group by itself
_PREFIX = re.compile(r"([A-Za-z_][\w-]*)/")
_META = re.compile(r"meta(\W)instance(?:ID|Name)")
_NTH = re.compile(r"\[\d+\]")
_BETWEEN_WORDS = re.compile(r"[\s_/.:?!,;'\"()\[\]*-]+")


@dataclass(frozen=True, slots=True)
class Form:
    """An export of a form, known by its headers. separators: what may stand between a group and its question."""

    maker: Maker
    separators: str
    headers: tuple[str, ...]

    @property
    def submitted(self) -> str:
        """The column that says when a row came to the server; "" without one."""
        return next((name for name in _SUBMITTED if name in self.headers), "")

    @property
    def repeat_sign(self) -> str:
        """The column by which rows are told to be of a repeat group, several of one submission; "" in others."""
        found = [name for name in self.headers if name in _REPEATED]
        if self.maker == "CommCare":
            found += [name for name in self.headers if _REPEATED_BY_COMMCARE.fullmatch(name)]
        return found[0] if found else ""

    def is_answer(self, header: str) -> bool:
        """Whether somebody answered it: no column that the server adds, and no single choice of a question."""
        is_added = header in _SIGNS[self.maker] | _ALSO_ADDED or header.startswith(_ADDED_BELOW)
        return not (is_added or _META.fullmatch(header) or self._question_of(header))

    def path(self, header: str) -> str:
        """The header with `/` below each group."""
        return re.sub(f"[{re.escape(self.separators)}]", "/", header)

    def meant(self, wanted: str) -> list[str]:
        """The headers that the name of a question, or its label, may mean: below a group, or with the signs that a
        name has in place of blanks, or without the groups that the name has. Those of repeat groups are none."""
        found = self._ending(wanted, str.casefold) or self._ending(wanted, words)
        if found or any(map(self._starts, filter(self.is_answer, self.headers))):
            return found
        return [name for name in self.headers if words(name) in map(words, self._endings(wanted))]

    def repeated(self, wanted: str) -> list[str]:
        """The headers that the name means within a repeat group written side by side: `children[1]/name`."""
        numbered = [name for name in self.headers if _NTH.search(name)]
        return [name for name in numbered if words(wanted) in map(words, (name, *self._endings(name)))]

    def below(self, wanted: str) -> list[str]:
        """The headers of which the name is a group, or the question of which they are choices."""
        return [
            name
            for name in self.headers
            for start in self._starts(name)
            if words(wanted) in map(words, (start, *self._endings(start)))
        ]

    def _ending(self, wanted: str, folded: Callable[[str], str]) -> list[str]:
        sought = folded(wanted.strip())
        return [
            name
            for name in self.headers
            if sought and not _NTH.search(name) and sought in map(folded, (name, *self._names_in(name)))
        ]

    def _names_in(self, header: str) -> list[str]:
        """What a column may be called without its groups; a choice not without its question."""
        question = self._question_of(header)
        if not question:
            return self._endings(header)
        return [f"{name}{header[len(question) :]}" for name in self._endings(question)]

    def _question_of(self, header: str) -> str:
        """The column of which this one is a choice; "" of others."""
        return next((start for start in self._starts(header, "/") if start in self.headers), "")

    def _starts(self, header: str, separators: str = "") -> list[str]:
        return [header[:at].strip() for at in self._cuts(header, separators)]

    def _endings(self, header: str) -> list[str]:
        return [header[at + 1 :].strip() for at in self._cuts(header)]

    def _cuts(self, header: str, separators: str = "") -> list[int]:
        """Positions of separators with something on both sides."""
        among = separators or self.separators
        cuts = (at for at, sign in enumerate(header) if sign in among)
        return [at for at in cuts if header[:at].strip() and header[at + 1 :].strip()]


def words(text: str) -> str:
    """A name and the label that it was made from are the same by it: `Age_in_years`, `Age in years?`."""
    return _BETWEEN_WORDS.sub(" ", text).strip().casefold()


def form_of(headers: Sequence[str]) -> Form | None:
    """The form that these headers are of, by the columns that its server adds or by its groups; None of other files."""
    names = tuple(header.strip() for header in headers)
    maker = _maker(names)
    if maker is None:
        return None
    joined = [found[1] for found in map(_META.fullmatch, names) if found]
    return Form(maker, "".join(dict.fromkeys(["/", _SEPARATORS[maker], *joined])), names)


def _maker(names: Sequence[str]) -> Maker | None:
    for maker, signs in _SIGNS.items():
        found = signs.intersection(names)
        if len(found) > 1 or found & _UNMISTAKABLE:
            return maker
    if sum(name.startswith("form.") for name in names) > 1:
        return "CommCare"
    prefixes = Counter(found[1] for found in map(_PREFIX.match, names) if found)
    shared = [prefix for prefix, count in prefixes.items() if count > 1 and prefix not in names]
    return "KoboToolbox" if shared or any(map(_GROUP.match, names)) else None
