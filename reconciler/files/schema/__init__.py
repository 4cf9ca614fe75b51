"""The documents that people write, as types: every field with its mark and its description."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.files.schema.base import Part
from reconciler.files.schema.gemini import GeminiSpec, GeminiTunedModel
from reconciler.files.schema.policy import PolicyDocument, PolicyTestDocument
from reconciler.files.schema.statements import MovedDocument, RemovedDocument
from reconciler.files.schema.vertex import VertexSpec, VertexTunedModel
from reconciler.files.schema.workspace import WorkspaceDocument

API_GROUP: Final = "tuneform.dev"
API_VERSION: Final = f"{API_GROUP}/v1"

ModelDocument: TypeAlias = VertexTunedModel | GeminiTunedModel
AnyDocument: TypeAlias = (
    ModelDocument | RemovedDocument | MovedDocument | WorkspaceDocument | PolicyDocument | PolicyTestDocument
)

BACKENDS: Final[Mapping[str, str]] = MappingProxyType(
    {"VertexTunedModel": VERTEX.name, "GeminiTunedModel": GEMINI.name}
)
"""The first half of an address, by kind."""
SPECS: Final[Mapping[str, type[Part]]] = MappingProxyType(
    {"VertexTunedModel": VertexSpec, "GeminiTunedModel": GeminiSpec}
)
"""What stands under `spec`, by kind."""

KINDS: Final[Mapping[str, type[AnyDocument]]] = MappingProxyType(
    {
        "VertexTunedModel": VertexTunedModel,
        "GeminiTunedModel": GeminiTunedModel,
        "Removed": RemovedDocument,
        "Moved": MovedDocument,
        "Workspace": WorkspaceDocument,
        "Policy": PolicyDocument,
        "PolicyTest": PolicyTestDocument,
    }
)
STATEMENTS: Final = ("Removed", "Moved")
"""Kinds that stand among specs and declare no model."""

__all__ = [
    "API_GROUP",
    "API_VERSION",
    "BACKENDS",
    "KINDS",
    "SPECS",
    "STATEMENTS",
    "AnyDocument",
    "GeminiTunedModel",
    "ModelDocument",
    "MovedDocument",
    "PolicyDocument",
    "PolicyTestDocument",
    "RemovedDocument",
    "VertexTunedModel",
    "WorkspaceDocument",
]
