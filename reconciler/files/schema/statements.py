"""`kind: Removed` and `kind: Moved`: what a repository says of specs that are not in it any more, or not so called."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.dialects import DIALECTS
from reconciler.files.schema.base import Part, shared
from reconciler.files.schema.ours import DNS_LABEL, EmptyIsDefault, Name
from reconciler.files.schema.values import Formed

SpecAddress = Annotated[
    str,
    Formed(rf"(?:{'|'.join(DIALECTS)})/{DNS_LABEL}", "an address", "Write it like vertex/support-router."),
]
Because = Annotated[
    str,
    Formed(r"\S(?:[^\x00-\x1f\x7f]{0,498}\S)?", "a text of one line", "Write 1 to 500 characters, or leave it out."),
]


class StatementMetadata(Part):
    """What other tools may keep there: kustomize wants a name."""

    name: Name | None = None
    """A name for tools that want one; it means nothing."""
    namespace: str | None = None
    """Accepted for other tools."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools. `tuneform.dev/workspace` must name the workspace in force."""


class RemovedSpec(Part):
    """What is gone, and what that means."""

    address: SpecAddress
    """The address of a spec that was removed. It may be declared nowhere."""
    on_remove: Literal["delete", "retain"]
    """What the removal does, whatever `lifecycle.onRemove` of the spec said: `delete` the model and its endpoints, or
    `retain` them and forget."""
    reason: Because | None = None
    """Why, for those who review it and for the lock."""


class RemovedDocument(Part):
    """A spec that was removed, and what becomes of its model. Carried out once it means nothing, and may stay."""

    api_version: Literal["tuneform.dev/v1"]
    """Version of this format."""
    kind: Literal["Removed"]
    """Kind of this document."""
    metadata: Annotated[StatementMetadata, EmptyIsDefault] = shared(StatementMetadata)
    """A name, for tools that want one."""
    spec: RemovedSpec
    """What is gone, and what that means."""


class MovedSpec(Part):
    """Which name became which."""

    from_: Annotated[SpecAddress, Field(alias="from")]
    """The address that the model had. It may be declared no more."""
    to: SpecAddress
    """The address that it has now: that of a spec, or the `from` of another document."""
    reason: Because | None = None
    """Why, for those who review it."""


class MovedDocument(Part):
    """A rename without a training, as by `formerNames`. Carried out once it means nothing, and may stay."""

    api_version: Literal["tuneform.dev/v1"]
    """Version of this format."""
    kind: Literal["Moved"]
    """Kind of this document."""
    metadata: Annotated[StatementMetadata, EmptyIsDefault] = shared(StatementMetadata)
    """A name, for tools that want one."""
    spec: MovedSpec
    """Which name became which."""
