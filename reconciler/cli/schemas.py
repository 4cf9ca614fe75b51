"""All JSON Schemas under one roof: of what people write, and of what tuneform writes."""

from __future__ import annotations

from typing import Any

_SPECS = ("VertexTunedModel", "GeminiTunedModel", "Workspace", "specs")


def names() -> list[str]:
    """Those that `tuneform schema NAME` prints."""
    from reconciler.render import schemas

    return [*_SPECS, *schemas.names()]


def schema_of(name: str) -> dict[str, Any]:
    """One of `names()`."""
    if name in _SPECS:
        from reconciler.files.json_schema import json_schema

        return json_schema(name)
    from reconciler.render import schemas

    return dict(schemas.schema(name))
