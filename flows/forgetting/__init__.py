"""Forgetting people: from ledgers and their copies, run folders, inboxes and results tables; one person, or by age."""
