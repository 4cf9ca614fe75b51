"""Training data that is part of the specs: its bytes are known before anything is planned."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.digest import canonical
from reconciler.core.model import Data, Declared, Desired, Identity
from reconciler.datasets.identity import identify


def with_identities(desired: Desired, staging_uri: str) -> Desired:
    """Every local file read once: sha256, crc32c, size; the Gemini API's pairs in hand.

    Raises ReconcilerError with all problems at once, before the cloud is looked at.
    """
    models: list[Declared] = []
    problems: list[Diagnostic] = []
    for declared in desired.models.values():
        try:
            models.append(_known(declared))
        except ReconcilerError as exc:
            problems += exc.diagnostics
        problems += _needs_staging(declared, staging_uri)
    if problems:
        raise ReconcilerError(*problems)
    return Desired.of(models, is_complete=desired.is_complete)


def _known(declared: Declared) -> Declared:
    if declared.address.backend == "gemini":
        return _with_pairs(declared)
    return replace(declared, data=tuple(_identified(d) for d in declared.data))


def _identified(data: Data) -> Data:
    if data.path is None:
        return data
    found = identify(Path(data.path))
    identity = Identity(crc32c=found.crc32c, size=found.size, sha256=found.sha256)
    return replace(data, identity=identity)


def _with_pairs(declared: Declared) -> Declared:
    """Inline pairs and those of a file are told apart by nothing: the same pairs are the same data."""
    first, *others = declared.data
    pairs = declared.examples
    if first.path is not None:
        pairs = tuple((p[0], p[1]) for p in read_pairs(Path(first.path)))
    content = canonical([[text, output] for text, output in pairs])
    known = replace(
        first,
        identity=_identity_of(content),
        examples=len(pairs),
        characters=sum(len(text) + len(output) for text, output in pairs),
    )
    return replace(declared, data=(known, *others), examples=pairs)


def _identity_of(content: bytes) -> Identity:
    """The identity of bytes in hand."""
    return Identity(size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _needs_staging(declared: Declared, staging_uri: str) -> list[Diagnostic]:
    if declared.address.backend != "vertex" or staging_uri:
        return []
    return [
        run_diagnostic(
            "RUN010",
            f"{data.path} is a local file and the workspace has no vertex.stagingUri.",
            fix="Set spec.vertex.stagingUri: gs://BUCKET/FOLDER in the workspace file.",
            where=declared.where,
            address=str(declared.address),
        )
        for data in declared.data
        if data.path is not None
    ]
