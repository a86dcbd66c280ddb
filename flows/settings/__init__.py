"""The pipeline file: read, checked and turned into frozen settings.

Pydantic is known here, and where Prefect wants it for what it shows as a form.
"""

from __future__ import annotations

from flows.settings.base import Parameter, Variable
from flows.settings.calls import Calls
from flows.settings.loading import all_pipelines, check_apart, is_pipeline, load_apart, load_pipeline, named_or_all
from flows.settings.models import Contacts, Guard, Pipeline, Results, Schedule, Verboice
from flows.settings.schema import json_schema
from flows.settings.sources import CsvSettings, DatabaseSettings, ExcelSettings, SourceSettings

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
    "check_apart",
    "is_pipeline",
    "json_schema",
    "load_apart",
    "load_pipeline",
    "named_or_all",
]
