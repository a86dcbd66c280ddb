"""What each reader needs, imported once before the processes fork rather than in each of them."""

from __future__ import annotations

import pyarrow as pa

import connectors.sources.csv.source
import connectors.sources.workbooks.excel  # noqa: F401

pa.array([""])  # with the first array of texts Arrow imports pandas, if it is there
