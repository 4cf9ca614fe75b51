"""The specs of a town as somebody would have written them: YAML's keys and values, for a judge that reads no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.specs import TRAIN, a_gemini_spec, pairs_as_text
from tests.oracle.wish import GEMINI, VERTEX, Wish, camel
from tests.soak.steps import GATES, SETTINGS, Declare

if TYPE_CHECKING:
    from tests.soak.town import Town

Json = dict[str, Any]


def wishes(town: Town) -> list[Wish]:
    """Every spec that there is now."""
    return [wish_of(town, name, declare) for name, declare in town.declared.items()]


def wish_of(town: Town, name: str, d: Declare) -> Wish:
    """One of them, with what its data is and was."""
    ours: Json = {"lifecycle": {k: getattr(v, "value", v) for k, v in SETTINGS[d.settings].items()}}
    if d.alias and not town.is_gemini(name):
        ours["serve"] = {"alias": d.alias}
    gate = GATES[d.gate]
    if gate is not None:
        ours["gate"] = {"prompts": [{"text": p.text, "contains": p.contains} for p in gate.prompts]}
    if name in town.former:
        ours["formerNames"] = [town.former[name]]
    if town.is_gemini(name):
        spec: Json = {
            "baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"hyperparameters": {"epochCount": d.epochs}},
            **({"displayName": d.team} if d.team else {}),
            **({"description": d.description} if d.description else {}),
        }
        return Wish(GEMINI, name, camel({**spec, "tuneform": ours}), pairs_as_text(a_gemini_spec().examples))
    spec = {
        "supervisedTuningSpec": {
            "trainingDatasetUri": "data/train.jsonl" if d.local else TRAIN,
            "hyperParameters": {"epochCount": d.epochs},
        },
        **({"labels": d.labels} if d.labels else {}),
        **({"description": d.description} if d.description else {}),
    }
    if name == "child":
        spec["preTunedModel"] = {"ref": {"kind": VERTEX, "name": town.parent_name}}
    else:
        spec["baseModel"] = "gemini-2.5-flash"
    data, before = (town.rows, set()) if d.local else (town.remote[-1], set(town.remote[:-1]))
    return Wish(VERTEX, name, camel({**spec, "tuneform": ours}), data, frozenset(before))
