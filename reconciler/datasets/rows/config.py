"""Rules over the settings of a request that stand in an example: what tuning makes of them, and what their model would.

Source: the supervised tuning page says that controlled generation is not applied and that thinking is left out; of
what an example's other settings do no page speaks. What a request with them is answered: GenerationConfig and
ThinkingConfig in the discovery document, and the catalogue's facts on the base model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.generation import AnswerSettings, GenerationFacts, ThinkingBudget, remarks_on
from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.fields import list_at, object_at, objects
from reconciler.datasets.shapes import fields_of, json_name, misfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.limits import DataLimits

_CONFIG = "generationConfig"
_OF_TUNING = frozenset({"mediaResolution"})
"""The one setting that the pages on tuning name."""
_CONTROLLED = ("responseSchema", "responseJsonSchema", "responseFormat", "responseMimeType")
_PLAIN = "text/plain"


def config_problems(row: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    """Everything that is said of one example's settings, beyond their types."""
    config = {json_name(key): value for key, value in object_at(row, _CONFIG).items() if value is not None}
    if not config:
        return
    controlled = next((key for key in _CONTROLLED if key in config and _controls(key, config[key])), None)
    if controlled is not None:
        yield Breach("DATA322", (_CONFIG, controlled))
    unused = [key for key in config if key not in _OF_TUNING and key not in _CONTROLLED and key in _known()]
    if unused:
        yield Breach("DATA324", (_CONFIG,), f"It has {shorten(', '.join(unused), 100)}.")
    yield from _thinking_problems(object_at(config, "thinkingConfig"), limits)


def has_settings(row: dict[str, Any]) -> bool:
    """Whether an example has settings that tuning has no documented use for."""
    config = object_at(row, _CONFIG).items()
    return any(value is not None and json_name(key) not in _OF_TUNING for key, value in config)


def _known() -> frozenset[str]:
    return frozenset(fields_of("GenerationConfig"))


def _controls(key: str, value: object) -> bool:
    """Whether it forces the form of answers; plain text is what they are anyway."""
    if key == "responseMimeType":
        return value != _PLAIN
    if key == "responseFormat":
        formats = objects(list_at({key: value}, key))
        return any(object_at(one, "text").get("schema") is not None for one in formats)
    return True


def _thinking_problems(config: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    """What generateContent answers 400 to, or takes for compatibility alone."""
    thinking = {json_name(key): value for key, value in config.items() if value is not None}
    path = (_CONFIG, "thinkingConfig")
    level, budget = thinking.get("thinkingLevel"), thinking.get("thinkingBudget")
    if level is not None and budget is not None:
        yield Breach("DATA325", path, "It has a level and a budget, which exclude each other.")
        return
    asked = AnswerSettings(
        thinking=_level(level) if level is not None else _tokens(budget),
        include_thoughts=thinking.get("includeThoughts") is True,
    )
    for remark in remarks_on(asked, _facts(limits)):
        name = "includeThoughts" if remark.setting == "includeThoughts" else _written(level)
        yield Breach("DATA325", (*path, name), f"{remark.why[0].upper()}{remark.why[1:]}.")


def _written(level: object) -> str:
    return "thinkingBudget" if level is None else "thinkingLevel"


def _level(level: object) -> str | None:
    """None for what is no level: that is a mistake of its type, or says nothing."""
    known = fields_of("GenerationConfigThinkingConfig")["thinkingLevel"].values
    is_one = isinstance(level, str) and level in known and not level.endswith("UNSPECIFIED")
    return str(level).lower() if is_one else None


def _tokens(budget: Any) -> int | None:
    shape = fields_of("GenerationConfigThinkingConfig")["thinkingBudget"]
    return None if budget is None or misfit(budget, shape) else int(budget)


def _facts(limits: DataLimits) -> GenerationFacts:
    budget = ThinkingBudget(*limits.thinking_budget) if limits.thinking_budget else None
    return GenerationFacts(levels=limits.thinking_levels, budget=budget)
