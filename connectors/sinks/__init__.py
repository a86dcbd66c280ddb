"""Database tables that receive what is known: contacts with their history, and the outcome of every row."""
