"""docs/how-to/tuning-methods.md: which way to tune there is for which base models, where, and who has checked it.

What a cell of the last column says is looked for where it would be: in the emulator, the sessions, the bodies of
Google's client, the published documents, and the answers that were recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from reconciler.core.catalog import BaseModel
from reconciler.core.dialects.vertex import VERTEX
from reconciler.emulator.tuning_methods import METHODS as EMULATED
from reconciler.files.catalog import shipped_catalog
from tests.conformance.test_bodies_of_methods import CASES, FURTHER_BODIES, SPECS
from tests.docs.sections import table

TESTS: Final = Path(__file__).parents[1]
_HEADS = ("Method", "Field of the spec", "API", "Data", "Base models today", "Where", "Checked by")
_TITLES = {"full": "full fine-tuning"}
_DATA = {
    "sft": "prompts with answers",
    "preference": "prompts with a better and a worse answer",
    "reinforcement": "prompts with references",
    "prompts": "prompts",
}
_FURTHER = VERTEX.parent
_REBASE = "rebase"
_PUBLISHED = TESTS / "recorded" / "published.json"
_LOGS = {"preferenceOptimizationSpec": "vertex.dpo."}
"""What was printed of a method, where no answer of it was published whole."""
NOT_DECLARED: Final = {
    "Veo": ("veoTuningSpec", "veoLoraTuningSpec"),
    "partners' models": ("partnerModelTuningSpec",),
}
"""Each with the fields that make it one, which specs do not have."""
_CATALOGUE = "[those of the catalogue](../reference/base-models.md)"


def _in_sessions(field: str) -> bool:
    sessions = (path.read_text("utf-8") for path in (TESTS / "cli" / "sessions").glob("*.txt"))
    return any(re.search(rf"[ {{]{field}:", text) and "$ tuneform apply" in text for text in sessions)


def _recorded(field: str) -> bool:
    if any(name.startswith(_LOGS.get(field, "-")) for name in json.loads(_PUBLISHED.read_text("utf-8"))):
        return True
    return any(f'"{field}"' in path.read_text("utf-8") for path in (TESTS / "recorded" / "bodies").glob("*.json"))


CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "the emulator": lambda field: field in {*EMULATED, _FURTHER, VERTEX.output, _REBASE},
    "sessions of the command": _in_sessions,
    "the body that google-genai sends": lambda field: any(
        field in spec for spec, _ in (*CASES.values(), FURTHER_BODIES)
    ),
    "the discovery document": lambda field: any(field in spec for spec in SPECS.values()),
    "what others have published of it": _recorded,
}
"""What may have looked at a method, each with where that is seen."""


def methods() -> str:
    """The table: those of specs, then what is shown and listed alone."""
    return table(_HEADS, [*_declared(), *_not_declared()])


def _declared() -> Iterator[list[str]]:
    for method in VERTEX.methods:
        bases = [base for base in _bases() if base.offers(method.word)]
        yield [
            _TITLES.get(method.word, method.word),
            f"`{method.field}`",
            method.version or "v1",
            _DATA[method.data],
            _listed(bases, method.word),
            _places(bases, method.word),
            checked_by(method.field),
        ]
    same = "that of the method"
    further = f"`{_FURTHER}` beside a method"
    opened = [model for model in shipped_catalog().models if model.is_open and model.trains_on(_day())]
    yield [
        "rebased",
        f"`tuneform.{_REBASE}` beside `{VERTEX.base_model}`",
        VERTEX.version,
        same,
        "what can be trained on now",
        "where the model is",
        f"{checked_by(_REBASE)}, the body that google-cloud-aiplatform sends",
    ]
    yield [
        "open models, and weights of one's own",
        "`outputUri`, `customBaseModel` beside a method",
        VERTEX.other_version,
        "messages, or prompt and completion",
        f"{len(opened)} of the catalogue",
        _places(opened, "supervised"),
        checked_by(VERTEX.output),
    ]
    yield [
        "tuned further",
        further,
        same,
        same,
        "what the model was tuned from",
        "where the model is",
        checked_by(_FURTHER),
    ]


def _not_declared() -> Iterator[list[str]]:
    for title in NOT_DECLARED:
        what = (title, "none: shown and listed", VERTEX.other_version, "their own", "no page names one", "")
        yield [*what, "the emulator"]


def checked_by(field: str) -> str:
    """All that has looked at a field, in the order of the checks."""
    return ", ".join(words for words, holds in CHECKS.items() if holds(field))


def _day() -> date:
    """The one on which the catalogue was read: the page changes with the catalogue, and not by itself."""
    return date.fromisoformat(shipped_catalog().as_of)


def _bases() -> list[BaseModel]:
    return [m for m in shipped_catalog().models if m.surface == VERTEX.name and not m.is_open and m.trains_on(_day())]


def _listed(bases: list[BaseModel], method: str) -> str:
    if method == "supervised":
        return _CATALOGUE
    if bases:
        return ", ".join(base.name for base in bases)
    offered_once = any(model.offers(method) for model in shipped_catalog().models)
    return "none that still takes trainings" if offered_once else "no page names one"


def _places(bases: list[BaseModel], method: str) -> str:
    return ", ".join(dict.fromkeys(place for base in bases for place in base.tuned_in(method)))
