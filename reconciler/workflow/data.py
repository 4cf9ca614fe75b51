"""Training data that is part of the specs: its bytes are known, and checked, before anything is planned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler import datasets
from reconciler.core.catalog import Catalog
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError
from reconciler.core.dialects import dialect_of
from reconciler.core.digest import canonical
from reconciler.core.model import Declared, Desired, Identity
from reconciler.files.data_cache import DataCache
from reconciler.workflow.local_data import LocalData, is_of_form
from reconciler.workflow.local_heldout import heldout_known
from reconciler.workflow.local_scorer import scorer_known


@dataclass(frozen=True, slots=True)
class Known:
    """The specs with all that could be learnt of their data, and what the checks said."""

    desired: Desired
    findings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The workspace's `dataRules`, the file that they stand in, and the catalogue with the limits of base models."""

    severities: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    catalog: Catalog = field(default_factory=Catalog)


def know_data(
    desired: Desired,
    staging_uri: str,
    rules: Rules | None = None,
    cache: DataCache | None = None,
    folder: Path | None = None,
) -> Known:
    """Every local file read at most once: rules, counts, digests; the Gemini API's pairs in hand.

    `folder` is where scorers of gates run, by default the present one.

    Raises ReconcilerError with all problems of all files at once, before the cloud is looked at; an error of form
    alone stands in Data.form, since a plan that trains nothing from the file does not mind it.
    """
    rules = rules or Rules()
    local = LocalData(checked_severities(rules), rules.catalog, cache)
    models: list[Declared] = []
    found: list[Diagnostic] = []
    for declared in desired.models.values():
        try:
            known, findings = _looked_at(declared, local)
        except ReconcilerError as exc:
            found += exc.diagnostics
            continue
        known, of_gate = heldout_known(scorer_known(known, folder or Path()), local)
        findings = [*findings, *of_gate]
        models.append(known)
        found += (replace(d, address=d.address or str(declared.address)) for d in findings)
        found += _needs_staging(declared, staging_uri)
    if len(models) < len(desired.models) or any(d.is_error and not is_of_form(d) for d in found):
        raise ReconcilerError(*found)
    return Known(replace(desired, models={d.address: d for d in models}), tuple(found))


def _looked_at(declared: Declared, local: LocalData) -> tuple[Declared, list[Diagnostic]]:
    """A copy has no data."""
    if not declared.data:
        return declared, []
    return _pairs_known(declared, local) if _has_pairs(declared) else local.known(declared)


def checked_severities(rules: Rules) -> Mapping[str, str]:
    """The severities; raises ReconcilerError where they name what is no rule."""
    if not rules.severities:
        return {}
    try:
        datasets.RuleSet.of(None, "", rules.severities)
    except ReconcilerError as exc:
        raise ReconcilerError(*(replace(d, where=Location(rules.path)) for d in exc.diagnostics)) from exc
    return rules.severities


def _has_pairs(declared: Declared) -> bool:
    return dialect_of(declared.address).has_inline_data


def _pairs_known(declared: Declared, local: LocalData) -> tuple[Declared, list[Diagnostic]]:
    """Pairs travel in the request, so they are read each time; what the rules say of a file is not asked twice."""
    if declared.training_data.path is None:
        return with_pairs(declared), local.said_of_pairs(declared)
    known, findings = local.known(declared)
    return with_pairs(known), findings


def with_pairs(declared: Declared) -> Declared:
    """Inline pairs and those of a file are not distinguished: the same pairs are the same data."""
    first, *others = declared.data
    pairs = declared.examples
    if first.path is not None:
        pairs = tuple(datasets.read_pairs(Path(first.path)))
    if not pairs and first.path is None:
        return declared  # an imported model, whose examples nobody knows
    content = canonical([[text, output] for text, output in pairs])
    identity = Identity(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    table = (first.path or "").lower().endswith(".csv")
    learnt = datasets.pairs_content(pairs, is_table=table)
    known = replace(first, identity=identity, examples=len(pairs), content=learnt)
    return replace(declared, data=(known, *others), examples=pairs)


def _needs_staging(declared: Declared, staging_uri: str) -> list[Diagnostic]:
    if _has_pairs(declared) or staging_uri:
        return []
    return [
        run_diagnostic(
            "RUN010",
            f"{data.path} is a local file and the workspace has no vertex.stagingUri.",
            fix="Set spec.vertex.stagingUri: gs://BUCKET/FOLDER in the workspace file.",
            where=declared.at_data(data),
            address=str(declared.address),
        )
        for data in declared.data
        if data.path is not None
    ]
