"""The base-model catalogue that is shipped: dated data, not code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from reconciler.core.catalog import Catalog


@cache
def shipped_catalog() -> Catalog:
    """reconciler/data/catalog.json."""
    content = files("reconciler").joinpath("data/catalog.json").read_bytes()
    return msgspec.json.decode(content, type=Catalog)
