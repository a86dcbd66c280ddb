"""Workbooks of every kind: their cells, and what their formats show."""
