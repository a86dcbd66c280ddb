"""Databases, which are only ever read."""
