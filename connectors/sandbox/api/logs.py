"""The log of one call, as CSV only (API sheet 9.11)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from connectors.sandbox.wire.replies import SandboxReply, head, page
from connectors.sandbox.wire.request import SandboxRequest
from connectors.sandbox.wire.ruby import blank, to_bytes, to_id

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState

_COLUMNS = ("Entry ID", "Time", "Step name", "Command", "Action", "Detail")


def entries(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """Only entries after the id `after`, if that is given; any other format than CSV is a 500."""
    sql = "select id from call_logs where account_id = ? and id = ?"
    call_id = state.database.value(sql, (request.signed_in.id, to_id(request.text("call_id"))))
    if call_id is None:
        return head(404, request.reply_type)
    if request.format != "csv":
        return page(500)
    after = request.parameters.get("after")
    sql = "select id, created_at, description from call_log_entries where call_id = ? and id > ? order by id"
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for entry_id, created_at, description in state.database.rows(sql, (call_id, 0 if blank(after) else to_id(after))):
        table.writerow([entry_id, created_at.replace("T", " ").replace("Z", " UTC"), "", "", "", description])
    return SandboxReply(200, to_bytes(text.getvalue()), "text/csv; charset=utf-8")
