"""How contacts and calls flow: read source, normalise, pull Verboice, diff, plan, guard, push, ledger, report."""
