"""Digests of content: canonical JSON and its sha256."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """One spelling per value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass")


def digest(value: Any) -> str:
    """sha256 in hex of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value)).hexdigest()
