"""What name and size tell of objects that are about to be trained on; a plan downloads none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler import datasets
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialects import dialect_of
from reconciler.workflow.data_limits import limits_of
from reconciler.workflow.local_data import method_of

if TYPE_CHECKING:
    from reconciler.core.change import Plan
    from reconciler.core.model import Data, Declared, Identity, Live
    from reconciler.workflow.world import World

_NAME, _SIZE = "DATA112", "DATA109"


def object_findings(world: World, plan: Plan, live: Live) -> list[Diagnostic]:
    """Findings over the gs:// data of every change that trains, by the workspace's severities."""
    return [
        replace(found, where=declared.at_data(data), address=str(declared.address))
        for change in plan.changes
        if change.action.trains and (declared := change.declared) is not None
        for data in declared.data
        if data.uri.startswith("gs://")
        for found in _of_object(world, declared, data, live.identities.get(data.uri))
    ]


def _of_object(world: World, declared: Declared, data: Data, identity: Identity | None) -> Iterator[Diagnostic]:
    name = dialect_of(declared.address).base_of(declared.training)
    limits = limits_of(world.catalog, name)
    rules = datasets.RuleSet.of(method_of(declared), name, world.workspace.data_rules, limits)
    size = identity.size if identity else None
    said = {
        _NAME: "" if data.uri.endswith(".jsonl") else data.uri,
        _SIZE: f"{data.uri}: {size:,} bytes, at most {limits.file_bytes:,}." if (size or 0) > limits.file_bytes else "",
    }
    for rule, detail in said.items():
        finding = rules.finding(rule, detail) if detail else None
        if finding is not None:
            yield finding.diagnostic(data.uri)
