"""The Verboice account as a Prefect block, for workers that have no environment of their own to take it from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.blocks.core import Block
from pydantic import SecretStr

from connectors.errors import ConfigurationError
from flows.settings.environment import environment_with


class VerboiceAccount(Block):
    """E-mail and password of a Verboice account; they stand in for ${VERBOICE_ACCOUNT} and ${VERBOICE_PASSWORD}."""

    _block_type_name = "Verboice account"
    _block_type_slug = "verboice-account"
    _description = "E-mail and password of a Verboice account, for pipelines of verboice-sync."

    account: str
    password: SecretStr


@contextmanager
def credentials_of(block: str | None) -> Iterator[None]:
    """Within the block, pipeline files find the account of the Prefect block `block` in their environment."""
    if not block:
        yield
        return
    try:
        account = VerboiceAccount.load(block)
    except ValueError:
        raise ConfigurationError(
            f"Prefect has no block “verboice-account/{block}”.",
            hint="Register the type with `prefect block register -m flows.credentials`, then make the block in the UI.",
        ) from None
    if not isinstance(account, VerboiceAccount):
        raise TypeError("blocks are loaded outside an event loop")
    given = {"VERBOICE_ACCOUNT": account.account, "VERBOICE_PASSWORD": account.password.get_secret_value()}
    with environment_with(given):
        yield
