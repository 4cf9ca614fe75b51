"""What rules can ask for: the variables by what a rule is about, with the shapes of the published documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from reconciler.policy.rules import About
from reconciler.policy.shapes import ValueKind, ValueShape, joined, shape_of

UNSEEN = ("made_with",)
"""Parts of the plan's JSON that no rule sees: options of a command line, which a library's caller does not have."""


@cache
def names_of(about: About) -> Mapping[str, ValueShape]:
    """The variables of a rule."""
    plan = _plan_schema()
    names = {
        "plan": _without(shape_of(plan), UNSEEN),
        "workspace": ValueShape(ValueKind.TEXT),
        "today": ValueShape(ValueKind.TIME),
    }
    if about is not About.PLAN:
        names = {"change": shape_of(plan, "ChangeRecord"), **names}
    return {"spec": spec_shape(), **names} if about is About.SPEC else names


@cache
def spec_shape() -> ValueShape:
    """`spec` of either kind of model."""
    from reconciler.files.json_schema import json_schema

    vertex, gemini = json_schema("VertexTunedModel"), json_schema("GeminiTunedModel")
    return joined(shape_of(vertex, "VertexSpec"), shape_of(gemini, "GeminiSpec"))


@cache
def _plan_schema() -> Mapping[str, Any]:
    text = resources.files("reconciler").joinpath("data/schemas/plan.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def _without(shape: ValueShape, names: tuple[str, ...]) -> ValueShape:
    fields = {name: field for name, field in (shape.fields or {}).items() if name not in names}
    return ValueShape(shape.kind, below=lambda: fields)
