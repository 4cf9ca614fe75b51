"""Reading a document that may not have passed its checks, in either spelling."""

from __future__ import annotations

from typing import Any

from reconciler.files.yaml_spelling import snake


def raw_at(value: Any, *path: str) -> Any:
    """The value at a path of API names, in camelCase; None where there is nothing."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value[name] if name in value else value.get(snake(name))
    return value


def raw_text(value: Any, *path: str) -> str | None:
    """The text at a path; None where there is none."""
    found = raw_at(value, *path)
    return found if isinstance(found, str) else None
