"""The broker: what becomes of queued calls (API sheet 8.25, 9.7-9.9).

It moves when time passes (`call_seconds`) or when told to (`step`), and gives the same person the same fate every time.
"""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.sandbox import schedule_times
from connectors.sandbox.api import contact_rows
from connectors.sandbox.clock import Clock, as_moment, as_text
from connectors.sandbox.fates import Fates
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.storage import Fields, SandboxDatabase, SqlValue
from connectors.sandbox.wire.xml_body import is_twiml

_DETAILS = {"error": "Service unavailable", "internal error": "{badmatch,undefined}"}
_CODES = {"error": "503"}
_MOMENT = timedelta(microseconds=1)


@dataclass(slots=True)
class _Session:
    """A call the broker has in hand, with its queue row as it was read. `due`: when its stage ends by itself."""

    log_id: int
    queued: Fields
    active: bool = False
    due: datetime | None = None


class Broker:
    """Loads queue rows in the order of their call's id and never looks back: a row that appears late is stranded."""

    def __init__(self, database: SandboxDatabase, clock: Clock, settings: Callable[[], SandboxSettings]) -> None:
        self.fates = Fates()
        self._database = database
        self._clock = clock
        self._settings = settings
        self._last_id = 0
        self._sessions: dict[int, _Session] = {}
        self._due: list[tuple[datetime, int]] = []
        self._ringing: defaultdict[int, set[int]] = defaultdict(set)  # calls by channel
        self._pace: float | None = None

    def forget(self) -> None:
        """As if there had never been a call, nor an outcome or answers chosen for one."""
        self._last_id = 0
        self._sessions.clear()
        self._due.clear()
        self.fates.forget()
        self._ringing.clear()

    def load(self) -> None:
        """Takes on the queue rows of calls with a higher id than the highest seen."""
        sql = "select * from queued_calls where call_log_id > ? order by call_log_id"
        for row in self._database.records(sql, (self._last_id,)):
            self._last_id = row["call_log_id"]
            self._take(_Session(row["call_log_id"], row), self._clock.now())

    def _take(self, session: _Session, at: datetime) -> None:
        self._sessions[session.log_id] = session
        if self._pace is not None:
            due = at + timedelta(seconds=self._pace)
            wanted = None if session.active or session.queued["retries"] else as_moment(session.queued["not_before"])
            session.due = max(due, wanted) if wanted else due
            heapq.heappush(self._due, (session.due, session.log_id))

    def catch_up(self) -> None:
        """Moves on the calls whose stage has lasted `call_seconds`; does nothing where calls are stepped by hand."""
        self._keep_pace()
        if self._pace is None:
            return
        self.load()
        now = self._clock.now()
        while self._due and self._due[0][0] <= now:
            due, log_id = heapq.heappop(self._due)
            session = self._sessions.get(log_id)
            if session is None or session.due != due:
                continue
            if self._has_line(session):
                self._move(self._sessions.pop(log_id), due)
            else:
                self._wait_for_line(session)

    def _keep_pace(self) -> None:
        """Starts the stages of all calls anew when the pace was changed."""
        pace = self._settings().call_seconds
        if pace == self._pace:
            return
        self._pace, self._due = pace, []
        now = self._clock.now()
        for session in list(self._sessions.values()):
            self._take(session, now)

    def step(self) -> None:
        """Moves every call that may move by one stage, those that ring first, which frees their lines. First attempts
        wait for `not_before`, retries do not wait."""
        self.load()
        now = self._clock.now()
        for log_id in sorted(self._sessions, key=lambda log_id: (not self._sessions[log_id].active, log_id)):
            session = self._sessions[log_id]
            wanted = as_moment(session.queued["not_before"])
            may_move = session.active or session.queued["retries"] or wanted is None or wanted <= now
            if may_move and self._has_line(session):
                self._move(self._sessions.pop(log_id), now)

    def _has_line(self, session: _Session) -> bool:
        """Whether the call rings already, or its channel takes one more (`limit` of its configuration)."""
        if session.active:
            return True
        channel = session.queued["channel_id"]
        config = self._database.value("select config from channels where id = ?", (channel,))
        limit = str(json.loads(config or "{}").get("limit"))
        return not limit.isdecimal() or len(self._ringing[channel]) < int(limit)

    def _wait_for_line(self, session: _Session) -> None:
        """Its turn comes as soon as a call of its channel has ended; never, where the channel has no lines at all."""
        ringing = (self._sessions[log_id].due for log_id in self._ringing[session.queued["channel_id"]])
        ends = min((due for due in ringing if due is not None), default=None)
        if ends is None:
            session.due = None
            return
        session.due = ends + _MOMENT
        heapq.heappush(self._due, (session.due, session.log_id))

    def _move(self, session: _Session, at: datetime) -> None:
        with self._database.transaction():
            if session.active:
                self._end(session, at)
            else:
                self._dial(session, at)

    def _dial(self, session: _Session, at: datetime) -> None:
        queued = session.queued
        if self._database.run("delete from queued_calls where id = ?", (queued["id"],)) == 0:
            return  # cancelled meanwhile
        not_after = as_moment(queued["not_after"])
        if not_after is not None and not_after <= at:
            self._set(session.log_id, state="expired", finished_at=as_text(at))
            return
        self._set(session.log_id, started_at=as_text(at), contact_id=self._contact(session))
        if not _has_flow(queued):
            self._fail(session, at, "error", "Invalid Flow")
            return
        self._set(session.log_id, state="active", fail_reason=None)
        session.active = True
        self._ringing[queued["channel_id"]].add(session.log_id)
        self._note(session.log_id, at, f"Dialing to {queued['address']}")
        self._take(session, at)

    def _contact(self, session: _Session) -> int:
        """Every dialled address becomes a contact of the call's project (API sheet 3.8)."""
        queued = session.queued
        found = contact_rows.find_contact(self._database, queued["project_id"], queued["address"])
        return found or contact_rows.insert_contact(self._database, queued["project_id"], [queued["address"]])

    def _end(self, session: _Session, at: datetime) -> None:
        self._ringing[session.queued["channel_id"]].remove(session.log_id)
        seed = self._settings().call_seed
        outcome = self.fates.outcome(session.queued["address"], session.queued["retries"], seed=seed)
        if outcome == "completed":
            self._set(session.log_id, state="completed", finished_at=as_text(at))
            self._answer(session)
        elif outcome == "active-for-too-long":
            self._set(session.log_id, state="failed", fail_reason=outcome, finished_at=as_text(at))
        else:
            self._fail(session, at, outcome, _DETAILS.get(outcome))

    def _answer(self, session: _Session) -> None:
        """What the person said becomes variables of their contact."""
        project = session.queued["project_id"]
        answers = self.fates.answers(project, session.queued["address"])
        if not answers:
            return
        contact = self._contact(session)
        variables = contact_rows.variables_by_name(self._database, project)
        known = contact_rows.value_rows(self._database, project, contact)
        for name, value in answers.items():
            contact_rows.write_value(self._database, contact, variables[name], value, row=known.get(name))

    def _fail(self, session: _Session, at: datetime, reason: str, details: str | None) -> None:
        """Failed, or back in the queue while the schedule has retries left, or expired (API sheet 9.9)."""
        code = _CODES.get(reason) if details != "Invalid Flow" else None
        failure = {"fail_reason": reason, "fail_details": details, "fail_code": code, "finished_at": as_text(at)}
        self._set(session.log_id, state=self._reschedule(session, at), **failure)
        self._note(session.log_id, at, f"Call failed: {reason}")

    def _reschedule(self, session: _Session, at: datetime) -> str:
        queued = session.queued
        schedule = self._database.record("select * from schedules where id = ?", (queued["schedule_id"],))
        delays = schedule_times.retry_delays(schedule) if schedule else []
        attempt = queued["retries"]
        if schedule is None or attempt >= len(delays):
            return "failed"
        retry_at = schedule_times.next_slot(schedule, queued["time_zone"], at + delays[attempt])
        not_after = as_moment(queued["not_after"])
        if not_after is not None and not_after <= retry_at:
            return "expired"
        again = {key: value for key, value in queued.items() if key != "id"}
        again |= {"not_before": as_text(retry_at), "retries": attempt + 1}
        again["id"] = self._database.insert("queued_calls", **again)
        self._take(_Session(session.log_id, again), at)
        return "queued"

    def _set(self, log_id: int, **columns: SqlValue) -> None:
        self._database.update("call_logs", log_id, **columns)

    def _note(self, log_id: int, at: datetime, text: str) -> None:
        self._database.insert(
            "call_log_entries", call_id=log_id, severity="info", description=text, created_at=as_text(at)
        )

    def cancel_queued(self, column: str, value: int) -> None:
        """Cancels all queued calls of a channel (`channel_id`) or schedule (`schedule_id`)."""
        rows = f"select call_log_id from queued_calls where {column} = ?"  # noqa: S608 - the column's name is ours
        with self._database.transaction():
            state = self._settings().cancelled
            self._database.run(f"update call_logs set state = ? where id in ({rows})", (state, value))  # noqa: S608
            self._database.run(f"delete from queued_calls where {column} = ?", (value,))  # noqa: S608

    def calls(self) -> list[Fields]:
        """Call logs by id, with what was asked for (`vars`, `flow`...); `queued`: whether a queue row is left."""
        with self._database.lock:
            self.catch_up()
            found = self._database.records("select * from call_logs order by id")
            queued = {row[0] for row in self._database.rows("select call_log_id from queued_calls")}
        return [json.loads(call.pop("request") or "{}") | call | {"queued": call["id"] in queued} for call in found]


def _has_flow(queued: Fields) -> bool:
    if queued["call_flow_id"] is not None or queued["callback_url"] is not None:
        return True
    return queued["flow"] is not None and is_twiml(queued["flow"])
