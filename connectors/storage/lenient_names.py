"""Names of files that are not UTF-8, as old programs write them: one of them must not hide all others."""

from __future__ import annotations

import codecs
import functools
from typing import Any

_HANDLER = "surrogateescape"  # other bytes are kept as they are (PEP 383)


class _LenientDecoder(codecs.BufferedIncrementalDecoder):
    def _buffer_decode(self, data: Any, _errors: str, final: bool) -> tuple[str, int]:  # noqa: ANN401 - any buffer
        return codecs.utf_8_decode(data, _HANDLER, final)


@functools.cache
def lenient_utf8() -> str:
    """The name of an encoding: UTF-8 that keeps other bytes. For ftplib, which takes no handler of errors."""
    name = "utf_8_lenient"

    def encode(text: str, _errors: str = "") -> tuple[bytes, int]:
        return text.encode("utf-8", _HANDLER), len(text)

    def decode(data: Any, _errors: str = "") -> tuple[str, int]:  # noqa: ANN401 - any buffer
        return bytes(data).decode("utf-8", _HANDLER), len(data)

    known = codecs.CodecInfo(encode, decode, incrementaldecoder=_LenientDecoder, name=name)
    codecs.register(lambda asked: known if asked == name else None)
    return name
