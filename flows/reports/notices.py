"""Tells people when the state of a pipeline changes (ok → partial → failed → recovered): once per change, not per run.

Contacts, calls and dropped files have a state each, or a good sync would announce the end of a bad batch of calls.
Notices never make a run fail: what keeps them from being sent is told on stderr.
"""

from __future__ import annotations

import logging
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.drivers import require_driver
from connectors.errors import VerboiceSyncError
from connectors.masking import mask_text
from flows.reports.harmless import put
from flows.reports.next_steps import next_steps
from flows.reports.summary import Summary
from flows.reports.wording import headline
from flows.runs.kinds import run_kind
from flows.runs.lease import AtWork
from flows.settings.models import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger

_STATES = {"succeeded": "ok", "partial": "partial", "refused": "refused", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class News:
    """How a run ended, as far as it is anybody's business. `commands` are what to type next."""

    subject: str
    state: str
    told: str
    commands: Sequence[str] = ()


def notify_state(pipeline: Pipeline, ledger: Ledger, summary: Summary, *, dropped: bool = False) -> None:
    """Announce how a run ended, if that is a change of state."""
    if not run_kind(summary["kind"]).sends or summary.get("dry_run") or not pipeline.notify:
        return
    commands = [step.command for step in next_steps(summary, pipeline.typed) if step.command]
    subject = _subject(pipeline, summary["kind"], dropped=dropped)
    _announce(pipeline, ledger, News(subject, _STATES[summary["status"]], headline(summary), commands))


def notify_failure(
    pipeline: Pipeline, ledger: Ledger, error: BaseException, *, kind: str, dropped: bool = False
) -> None:
    """Announce that a run stopped before it had a report. An overlap with another run, or Ctrl-C, is no news."""
    is_news = isinstance(error, Exception) and not isinstance(error, AtWork)
    if not run_kind(kind).sends or not pipeline.notify or not is_news:
        return
    told = mask_text(str(error)) if isinstance(error, VerboiceSyncError) else f"a fault: {type(error).__name__}"
    commands = [
        shlex.join(("verboice-sync", *words))
        for words in (("check", pipeline.typed), ("runs", "--pipeline", pipeline.name))
    ]
    _announce(pipeline, ledger, News(_subject(pipeline, kind, dropped=dropped), "failed", told, commands))


def _subject(pipeline: Pipeline, kind: str, *, dropped: bool) -> str:
    return pipeline.name + (":calls" if run_kind(kind).is_call else "") + (":inbox" if dropped else "")


def _announce(pipeline: Pipeline, ledger: Ledger, news: News) -> None:
    try:
        before = ledger.change_notice(news.subject, news.state, datetime.now(UTC)) or "ok"
        if before == news.state:
            return
        title, body = _text(news, before)
        delivered = sum(_send(url.get_secret_value(), title, body) for url in pipeline.notify)
        if not delivered:
            # The next run in this state tries again. Where one address took it, that would tell it twice.
            ledger.change_notice(news.subject, before, datetime.now(UTC))
        if delivered < len(pipeline.notify):
            _warn(pipeline, f"{len(pipeline.notify) - delivered} of {len(pipeline.notify)} could not be delivered")
    except Exception as error:  # noqa: BLE001 - the run itself is done; nothing of this may undo that
        _warn(pipeline, str(error) if isinstance(error, VerboiceSyncError) else type(error).__name__)


def _text(news: News, before: str) -> tuple[str, str]:
    state = "recovered" if news.state == "ok" else news.state
    title = f"verboice-sync {news.subject.replace(':', ', ')}: {state} (was {before})"
    return title, "\n".join([news.told, *(["", "Next:"] if news.commands else []), *news.commands])


def _send(url: str, title: str, body: str) -> bool:
    """Whether the address took it, or was given it and only answers late: to tell it again would tell it twice."""
    require_driver("apprise")
    import apprise

    notices = apprise.Apprise()
    with _listening() as heard:
        try:
            if notices.add(url) and notices.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
                return True
        except Exception:  # noqa: BLE001 - a fault in one of Apprise's many services is an address that did not take it
            return False
    return heard.answers_late


class _Log(logging.Handler):
    """Apprise's log, which alone tells a late answer from none. It has parts of URLs in it, so nobody else sees it."""

    answers_late = False

    def emit(self, record: logging.LogRecord) -> None:
        self.answers_late = self.answers_late or "Read timed out" in record.getMessage()


@contextmanager
def _listening() -> Iterator[_Log]:
    logger, heard = logging.getLogger("apprise"), _Log()
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(heard)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)
        logger.setLevel(logging.CRITICAL)


def _warn(pipeline: Pipeline, reason: str) -> None:
    place = pipeline.where("notify")
    put(f"Notices: {reason}; see {place}. The run itself is not affected.", file=sys.stderr, level="warning")
