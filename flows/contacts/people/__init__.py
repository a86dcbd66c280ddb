"""Whom an address means: reading it, finding the contact, telling near misses. Pure."""
