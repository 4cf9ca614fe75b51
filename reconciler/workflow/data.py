"""Training data that is part of the specs: its bytes are known, and checked, before anything is planned."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler import datasets
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.digest import canonical
from reconciler.core.model import Data, Declared, Desired, Identity


@dataclass(frozen=True, slots=True)
class Known:
    """The specs with all that could be learnt of their data, and what the checks said."""

    desired: Desired
    findings: tuple[Diagnostic, ...] = ()


def know_data(desired: Desired, staging_uri: str) -> Known:
    """Every local file read once: rules, counts, digests; the Gemini API's pairs in hand.

    Raises ReconcilerError with all problems of all files at once, before the cloud is looked at.
    """
    models: list[Declared] = []
    told: list[Diagnostic] = []
    for declared in desired.models.values():
        try:
            known, findings = _known(declared)
        except ReconcilerError as exc:
            told += exc.diagnostics
            continue
        models.append(known)
        told += (replace(d, address=d.address or str(declared.address)) for d in findings)
        told += _needs_staging(declared, staging_uri)
    if any(d.is_error for d in told):
        raise ReconcilerError(*told)
    return Known(Desired.of(models, is_complete=desired.is_complete), tuple(told))


def _known(declared: Declared) -> tuple[Declared, list[Diagnostic]]:
    if declared.address.backend == "gemini":
        return _with_pairs(declared), []
    checked = [_checked(declared, d) for d in declared.data]
    findings = [finding for _, found in checked for finding in found]
    return replace(declared, data=tuple(data for data, _ in checked)), findings


def _checked(declared: Declared, data: Data) -> tuple[Data, list[Diagnostic]]:
    """One pass over a local file: what is wrong with it, what it holds, and which bytes those are."""
    if data.path is None:
        return data, []
    base = declared.training.get("baseModel")
    severities = {} if data is declared.training_data else _NOT_FOR_VALIDATION
    rules = datasets.RuleSet.of(_method(declared), base if isinstance(base, str) else "", severities)
    found = datasets.check(datasets.Source.file(data.path), rules)
    tokens = datasets.estimate(found)
    known = replace(
        data,
        identity=Identity(crc32c=found.identity.crc32c, size=found.identity.size, sha256=found.identity.sha256),
        examples=found.examples,
        tokens=(tokens.low, tokens.likely, tokens.high),
        counted_by=tokens.method,
    )
    return known, found.diagnostics()


_NOT_FOR_VALIDATION = {"DATA904": "off"}
"""How many examples are advised speaks of training data."""


def _method(declared: Declared) -> datasets.Method:
    if "preferenceOptimizationSpec" in declared.training:
        return datasets.Method.PREFERENCE
    # Open models are named publisher/family@version, and take messages as well.
    is_open = "@" in str(declared.training.get("baseModel", ""))
    return datasets.Method.OPEN_MODEL if is_open else datasets.Method.SFT


def _with_pairs(declared: Declared) -> Declared:
    """Inline pairs and those of a file are told apart by nothing: the same pairs are the same data."""
    first, *others = declared.data
    pairs = declared.examples
    if first.path is not None:
        pairs = tuple(datasets.read_pairs(Path(first.path)))
    content = canonical([[text, output] for text, output in pairs])
    identity = Identity(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    return replace(declared, data=(replace(first, identity=identity, examples=len(pairs)), *others), examples=pairs)


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
