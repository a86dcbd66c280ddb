"""Who is asking: Basic credentials, the session cookie that beats them, and single sign-on (API sheet 1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from connectors.sandbox.collation import collation_key
from connectors.sandbox.storage import SandboxDatabase

COOKIE = "_verboice_session"
NOT_SIGNED_IN = "You need to sign in or sign up before continuing."
WRONG = "Invalid email or password."
UNCONFIRMED = "You have to confirm your account before continuing."
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_NEVER_A_PASSWORD = "X"  # noqa: S105 - devise refuses this one literal


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    email: str


class LoginError(Exception):
    """The login failed; the text is devise's."""


def _digest(password: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}:{password}".encode("utf-8", "surrogateescape")).hexdigest()


def basic_credentials(header: str) -> tuple[str, str | None]:
    """E-mail and password of a Basic header, split at the first colon only (API sheet 1.5, 1.11).

    Without a colon there is no password.

    Raises LoginError where devise does not even look at the header (1.6); the scheme's case matters.
    """
    if not header.startswith("Basic "):
        raise LoginError(NOT_SIGNED_IN)
    encoded = _NOT_BASE64.sub("", header[len("Basic ") :].partition("=")[0])
    encoded = encoded[:-1] if len(encoded) % 4 == 1 else encoded
    text = base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode("utf-8", "surrogateescape")
    email, colon, password = text.partition(":")
    if not email.strip():
        raise LoginError(NOT_SIGNED_IN)
    return email, password if colon else None


class Accounts:
    """Accounts and sessions. The signed cookie names the account and its password's salt (API sheet 1.12, 1.13)."""

    def __init__(self, database: SandboxDatabase) -> None:
        self._database = database
        self._secret = secrets.token_bytes(32)

    def add(self, email: str, password: str, *, confirmed: bool = True) -> Account:
        salt = secrets.token_hex(8)
        key = collation_key(email)
        columns = {"email": email, "email_key": key, "password_hash": _digest(password, salt), "salt": salt}
        return Account(self._database.insert("accounts", **columns, confirmed=int(confirmed)), email)

    def change_password(self, account: Account, password: str) -> None:
        """Also ends the account's sessions."""
        salt = secrets.token_hex(8)
        self._database.update("accounts", account.id, password_hash=_digest(password, salt), salt=salt)

    def by_email(self, email: str) -> Account | None:
        row = self._database.row("select id, email from accounts where email_key = ?", (collation_key(email),))
        return Account(*row) if row else None

    def by_id(self, account_id: int) -> Account:
        """Raises KeyError for an account there is not."""
        row = self._database.row("select id, email from accounts where id = ?", (account_id,))
        if row is None:
            raise KeyError(account_id)
        return Account(*row)

    def log_in(self, header: str) -> Account:
        """The account of a Basic header. Raises LoginError."""
        email, password = basic_credentials(header)
        row = self._database.row(
            "select id, email, password_hash, salt, confirmed from accounts where email_key = ?",
            (collation_key(email),),
        )
        known = row and password and password != _NEVER_A_PASSWORD
        if not known or not hmac.compare_digest(row[2], _digest(password or "", row[3])):
            raise LoginError(WRONG)
        if not row[4]:
            raise LoginError(UNCONFIRMED)
        return Account(row[0], row[1])

    def cookie_for(self, account: Account) -> str:
        salt = self._database.value("select salt from accounts where id = ?", (account.id,))
        return self._signed(f"{account.id}.{salt}")

    def anonymous_cookie(self) -> str:
        """The session of somebody sent to the login page: it carries no account."""
        return self._signed("0.0")

    def _signed(self, content: str) -> str:
        data = base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")
        return f"{data}--{hmac.new(self._secret, data.encode(), hashlib.sha1).hexdigest()}"

    def of_cookie(self, header: str) -> Account | None:
        """The account the session cookie stands for, or None where there is none, it was tampered with or has ended."""
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return self._of_session(value.strip('"'))
        return None

    def _of_session(self, value: str) -> Account | None:
        data, _, signature = value.partition("--")
        expected = hmac.new(self._secret, data.encode("utf-8", "replace"), hashlib.sha1).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            return None
        account_id, _, salt = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)).decode().partition(".")
        sql = "select id, email from accounts where id = ? and salt = ? and confirmed = 1"
        row = self._database.row(sql, (int(account_id), salt))
        return Account(*row) if row else None

    def add_guisso_login(self, email: str, password: str) -> None:
        """Lets the single sign-on server know somebody, also with a further password (API sheet 1.21)."""
        key = collation_key(email)
        self._database.insert("guisso_logins", email_key=key, email=email, password_hash=_digest(password, key))

    def guisso_log_in(self, header: str, *, healthy: bool = True) -> Account:
        """As the single sign-on server judges it; somebody new gets an empty account (1.19). Raises LoginError."""
        email, password = basic_credentials(header)
        key = collation_key(email)
        sql = "select email from guisso_logins where email_key = ? and password_hash = ?"
        if not healthy or password is None or not self._database.row(sql, (key, _digest(password, key))):
            raise LoginError(WRONG)
        return self.by_email(email) or self.add(email, secrets.token_hex(16))
