"""Which projects an account may use, and as what (API sheet 1.22, 1.26)."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.api.accounts import Account
from connectors.sandbox.storage import SandboxDatabase
from connectors.sandbox.wire.ruby import Param, to_id


@dataclass(frozen=True, slots=True)
class Access:
    """`role` is `admin` for the owner too, or `read`; "" without any permission (then project_id is 0)."""

    project_id: int
    role: str


def project_access(database: SandboxDatabase, account: Account, project: Param) -> Access:
    project_id = to_id(project)
    if database.row("select 1 from projects where id = ? and account_id = ?", (project_id, account.id)):
        return Access(project_id, "admin")
    sql = (
        "select role from permissions p join projects on projects.id = p.model_id"
        " where p.account_id = ? and type = 'Project' and model_id = ?"
    )
    role = database.value(sql, (account.id, project_id))
    return Access(project_id, role) if role else Access(0, "")


def owned_project(database: SandboxDatabase, account: Account, project: Param) -> int | None:
    """The project's id if the account owns it. Shared projects are invisible here (API sheet 1.22)."""
    sql = "select id from projects where id = ? and account_id = ?"
    found: int | None = database.value(sql, (to_id(project), account.id))
    return found
