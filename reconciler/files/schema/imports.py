"""`kind: Import`: a list of what exists and is to be taken in. It is no spec; `tuneform import --from` reads it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from reconciler.files.schema.base import Part
from reconciler.files.schema.values import Formed

ImportAddress: TypeAlias = Annotated[
    str,
    Formed(
        r"(?:vertex|gemini)/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "an address", "Write vertex/NAME or gemini/NAME."
    ),
]


class ImportedPart(Part):
    """One job, Model, Endpoint or tuned model."""

    resource: str | int
    """Its resource name, the number at the end of it, or the address of its page in the console."""
    address: ImportAddress | None = None
    """The address that its spec gets; unset: one that is made of its display name."""


class ImportSpec(Part):
    """What is to be taken in."""

    resources: Annotated[list[ImportedPart], Field(min_length=1)]
    """One entry each, in any order."""


class ImportMetadata(Part):
    """What other tools may keep there."""

    name: str | None = None
    """A name for people."""
    namespace: str | None = None
    """Accepted for other tools."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools."""


class ImportDocument(Part):
    """A list of what exists, to be reviewed before `tuneform import --from` writes a spec for each."""

    api_version: Literal["tuneform.dev/v1"]
    """Version of this format."""
    kind: Literal["Import"]
    """Kind of this document."""
    metadata: ImportMetadata | None = None
    """A name for people."""
    spec: ImportSpec
    """The list."""
