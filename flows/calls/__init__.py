"""Which calls a batch asks for: rows, identity, window, guard. Pure."""
