"""The settings that one model is asked with: the gate's, and what its base model makes of them."""

from __future__ import annotations

from typing import Any

from reconciler.core.gate_spec import GateSpec
from reconciler.core.generation import asked_with
from reconciler.core.lock import Training
from reconciler.core.model import Address
from reconciler.gate.bench import Bench


def settings_for(bench: Bench, gate: GateSpec, address: Address, training: Training) -> dict[str, Any]:
    """By their names in the spec."""
    return asked_with(gate.settings, bench.facts(address, training))
