"""Aliases of a Model's version: read, and only what differs is sent.

Source: models.mergeVersionAliases on `…/models/ID@VERSION`. It adds, and takes what has a dash before it. An alias
is of one version of a Model at most: who gets it takes it from another.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.backends import resource_names
from reconciler.backends.calls import Call, CallKind, json_body
from reconciler.backends.http import Http
from reconciler.backends.targets import Service
from reconciler.backends.vertex_reader import VertexReader
from reconciler.backends.vertex_types import MODEL
from reconciler.core.dialects import is_files
from reconciler.core.lock import Training


def alias(http: Http, reader: VertexReader, training: Training, given: str, taken: Sequence[str]) -> list[str]:
    """See base.Backend."""
    if is_files(training.model):
        return []
    model = reader.get("models.get", training.model, MODEL) if given else reader.model(training.model)
    if model is None:
        return []
    added = [given] if given and given not in model.version_aliases else []
    wanted = [*added, *(f"-{name}" for name in taken if name in model.version_aliases)]
    if not wanted:
        return []
    version = resource_names.parsed(training.model)
    http.send(
        Call(
            "models.mergeVersionAliases",
            Service.VERTEX,
            "POST",
            f"/v1/{version}:mergeVersionAliases",
            kind=CallKind.CHANGE,
            location=version.location,
            project=version.project,
            body=json_body({"versionAliases": wanted}),
        )
    )
    return [training.model]
