"""SIP addresses with and without their scheme: `sip:nurse@example.org` and `nurse@example.org` are one person."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_SCHEMES = ("sip:", "sips:")


def without_scheme(keys: pa.Array) -> pa.Array:
    """Keys of addresses (case folded), those of SIP addresses without their scheme."""
    if not pc.any(pc.starts_with(keys, "sip")).as_py():  # a long list of numbers is not gone through in vain
        return keys
    return pc.replace_substring_regex(keys, "^sips?:", "")


def other_spellings(address: str) -> tuple[str, ...]:
    """The same SIP address with the other schemes, and without; nothing for what is none."""
    if "@" not in address:
        return ()
    scheme = next((scheme for scheme in _SCHEMES if address.lower().startswith(scheme)), "")
    bare = address[len(scheme) :]
    return tuple(f"{other}{bare}" for other in ("", *_SCHEMES) if other != scheme)
