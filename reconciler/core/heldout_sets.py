"""Held-out items in Cloud Storage: which objects they are, and what identifies them once somebody has looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.gate_spec import GateSpec
from reconciler.core.model import Declared, Desired, Identity


def heldout_uri(declared: Declared | None) -> str:
    """The object that a spec holds out; "" for a local file, and where there is none."""
    trial = declared.gate.trial if declared and declared.gate else None
    return trial.heldout.uri if trial and trial.heldout.uri.startswith("gs://") else ""


def with_contents(desired: Desired, identities: Mapping[str, Identity]) -> Desired:
    """The specs whose gates know which bytes their objects have: what judges a model follows from these."""
    known = {address: _known(declared, identities) for address, declared in desired.models.items()}
    return replace(desired, models=known)


def _known(declared: Declared, identities: Mapping[str, Identity]) -> Declared:
    seen = identities.get(heldout_uri(declared))
    if seen is None or not seen.is_known or declared.gate is None:
        return declared
    return replace(declared, gate=_with_content(declared.gate, f"{seen.crc32c}:{seen.size}"))


def _with_content(gate: GateSpec, content: str) -> GateSpec:
    assert gate.trial is not None
    return replace(gate, trial=replace(gate.trial, heldout=replace(gate.trial.heldout, content=content)))
