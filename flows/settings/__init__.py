"""The pipeline file: read, checked and turned into frozen settings.

Pydantic is known here, and where Prefect wants it for what it shows as a form.
"""

from __future__ import annotations

from flows.settings.loading import all_pipelines, load_apart, load_pipeline
from flows.settings.models import (
    Calls,
    Contacts,
    CsvSettings,
    DatabaseSettings,
    ExcelSettings,
    Guard,
    Parameter,
    Pipeline,
    Results,
    Schedule,
    SourceSettings,
    Variable,
    Verboice,
)
from flows.settings.schema import json_schema

__all__ = [
    "Calls",
    "Contacts",
    "CsvSettings",
    "DatabaseSettings",
    "ExcelSettings",
    "Guard",
    "Parameter",
    "Pipeline",
    "Results",
    "Schedule",
    "SourceSettings",
    "Variable",
    "Verboice",
    "all_pipelines",
    "json_schema",
    "load_apart",
    "load_pipeline",
]
