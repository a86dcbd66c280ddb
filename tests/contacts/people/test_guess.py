"""Which variables the columns of an unknown spreadsheet mean."""

from __future__ import annotations

from flows.contacts.people.guess import Mapped, map_columns


def test_headers_find_their_variables_from_exact_to_close():
    found = map_columns(["age", "Village", "Próxima_fecha", "favourite colour", "Remarks"],
                        ["village", "age", "proxima fecha", "favorite color", "weight"])  # fmt: skip
    assert found == [
        Mapped("age", "age", "exact"),
        Mapped("Village", "village", "case"),
        Mapped("Próxima_fecha", "proxima fecha", "accents"),
        Mapped("favourite colour", "favorite color", "close"),
    ]
