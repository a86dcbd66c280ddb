"""Where Prefect finds the block type “Verboice account”: `prefect block register -m flows.credentials`."""

from __future__ import annotations

from flows.orchestration.credentials import VerboiceAccount

__all__ = ["VerboiceAccount"]
