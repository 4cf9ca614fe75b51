"""The two spellings of an API field: camelCase, as tuneform shows it, and snake_case."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=2048)
def camel(name: str) -> str:
    """`epoch_count` → `epochCount`; a name without underscores stays as it is."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


@lru_cache(maxsize=2048)
def snake(name: str) -> str:
    """`epochCount` → `epoch_count`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def spellings(name: str) -> tuple[str, str]:
    """Both, whichever `name` is."""
    return camel(name), snake(name)
