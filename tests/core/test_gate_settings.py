"""What a plan says of the settings of a gate."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.diagnostics import Location
from reconciler.core.gate_settings import check_gate_settings
from reconciler.core.gate_spec import GateSpec, Prompt
from reconciler.core.generation import GenerationFacts
from reconciler.core.model import Action, Declared
from tests.fakes.specs import a_spec

FACTS = GenerationFacts(ignores=("temperature",), levels=("low",))
CATALOG = Catalog(models=(BaseModel(name="gemini-x", surface="vertex", generation=FACTS),))
PLACES: dict[tuple[str | int, ...], Location] = {
    ("spec", "tuneform", "gate", "settings", "thinking"): Location("specs/a.yaml", 9, 3)
}


def a_change(declared: Declared | None) -> Change:
    return Change(a_spec().address, Action.CREATE, Reason(ReasonCode.NOT_FOUND, "not found"), declared=declared)


def a_gated_spec(**settings: object) -> Declared:
    gate = GateSpec(prompts=(Prompt("a", contains="b"),), settings=settings)
    spec = a_spec(gate=gate)
    return replace(spec, locate=lambda path: PLACES.get(tuple(path), spec.where))


def test_what_the_base_model_refuses_is_an_error_at_its_place_and_what_it_ignores_a_warning() -> None:
    spec = a_gated_spec(thinking="minimal", temperature=0.5)

    found = list(check_gate_settings(a_change(spec), "gemini-x", CATALOG))

    assert [(d.code, d.is_error, d.where) for d in found] == [
        ("RUN070", True, Location("specs/a.yaml", 9, 3)),
        ("RUN071", False, spec.where),
    ]
    assert {d.address for d in found} == {str(spec.address)}


def test_nothing_is_said_without_a_gate_or_where_nobody_knows_the_base_model() -> None:
    spec = a_gated_spec(thinking="minimal")

    assert list(check_gate_settings(a_change(a_spec()), "gemini-x", CATALOG)) == []
    assert list(check_gate_settings(a_change(None), "gemini-x", CATALOG)) == []
    assert list(check_gate_settings(a_change(spec), "", CATALOG)) == []
    assert list(check_gate_settings(a_change(spec), "gemini-y", CATALOG)) == []
