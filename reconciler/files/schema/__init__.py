"""The documents that people write, as types: every field with its mark and its description."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from reconciler.files.schema.gemini import GeminiTunedModel
from reconciler.files.schema.vertex import VertexTunedModel
from reconciler.files.schema.workspace import WorkspaceDocument

API_GROUP: Final = "tuneform.dev"
API_VERSION: Final = f"{API_GROUP}/v1"

ModelDocument: TypeAlias = VertexTunedModel | GeminiTunedModel
AnyDocument: TypeAlias = ModelDocument | WorkspaceDocument

BACKENDS: Final[Mapping[str, str]] = MappingProxyType({"VertexTunedModel": "vertex", "GeminiTunedModel": "gemini"})
"""The first half of an address, by kind."""

KINDS: Final[Mapping[str, type[AnyDocument]]] = MappingProxyType(
    {
        "VertexTunedModel": VertexTunedModel,
        "GeminiTunedModel": GeminiTunedModel,
        "Workspace": WorkspaceDocument,
    }
)

__all__ = [
    "API_GROUP",
    "API_VERSION",
    "BACKENDS",
    "KINDS",
    "AnyDocument",
    "GeminiTunedModel",
    "ModelDocument",
    "VertexTunedModel",
    "WorkspaceDocument",
]
