"""How a model is asked to answer: settings of a question, and what a base model makes of them.

Names are the API's (GenerationConfig, ThinkingConfig); which base model ignores or refuses what is dated data of the
catalogue (core/catalog.py), and what is not known there is neither ignored nor refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from reconciler.core.plurals import counted

SAMPLING: Final = ("temperature", "topP", "topK")
LEVELS: Final = ("minimal", "low", "medium", "high")
"""Of thinking, the least first. Source: ThinkingConfig.thinkingLevel, in lower case."""
_OFF, _DYNAMIC = 0, -1
_JSON: Final = "application/json"
_ELSEWHERE: Final = ("system", "thinking", "includeThoughts")
"""Settings that are no fields of the API's GenerationConfig by these names."""


class Thought(str):
    """A piece of what a model thinks, where somebody asked for it: no part of its answer."""

    __slots__ = ()


class ThinkingBudget(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Tokens that a thinking budget may have. `can_be_off`: 0 turns thinking off. -1 leaves it to the model."""

    least: int
    most: int
    can_be_off: bool = False


class GenerationFacts(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a base model makes of settings, with the day it was read and where; None: not known.

    `ignores` are settings that change nothing, `refuses` settings that are an error. `levels` are the levels of
    thinking that it takes, the least first; () says that it takes none. `budget` is what a thinking budget may be where
    that is how its thinking is set.
    """

    ignores: tuple[str, ...] | None = None
    refuses: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None
    default_level: str = ""
    budget: ThinkingBudget | None = None
    as_of: str = ""
    source: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything is known."""
        return self != GenerationFacts(as_of=self.as_of, source=self.source)

    @property
    def never_thinks(self) -> bool:
        """Whether it is a model of before thinking, which takes no setting of it."""
        return self.levels == () and self.budget is None


NOTHING_KNOWN: Final = GenerationFacts()


class SettingEffect(Enum):
    """What becomes of a setting that does not do what it says."""

    IGNORED = "ignored"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"
    """The service takes it, and its documentation advises against it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One setting, by its name in the API, that does not do what it says, and why."""

    setting: str
    effect: SettingEffect
    why: str


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How a question is to be answered; None and "" leave it to the service.

    `thinking` is a level by its word, or a budget in tokens; `include_thoughts` asks for what the model thinks beside
    what it answers. A `response_schema` is the API's own (its `Schema`); it
    makes `response_mime_type` JSON where that is not given.
    """

    system: str = ""
    thinking: str | int | None = None
    include_thoughts: bool | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    seed: int | None = None
    response_schema: Mapping[str, Any] | None = field(default=None, hash=False)
    response_mime_type: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> AnswerSettings:
        """From their names in specs and in the API. Raises KeyError for another one."""
        return cls(**{_NAMES[name]: value for name, value in given.items()})

    @property
    def given(self) -> dict[str, Any]:
        """Those that are given, by their names in specs and in the API."""
        held = {name: getattr(self, ours) for name, ours in _NAMES.items()}
        return {name: value for name, value in held.items() if value not in (None, "")}

    @property
    def config(self) -> dict[str, Any]:
        """The API's GenerationConfig; all but the system instruction, which is no part of it."""
        config = {name: value for name, value in self.given.items() if name not in _ELSEWHERE}
        if self.response_schema is not None:
            config.setdefault("responseMimeType", _JSON)  # a schema without it is refused
        return {**config, "thinkingConfig": self._thinking_config} if self._thinking_config else config

    @property
    def _thinking_config(self) -> dict[str, Any]:
        """The API's ThinkingConfig: a level or a budget, never both."""
        config: dict[str, Any] = {}
        if isinstance(self.thinking, str):
            config["thinkingLevel"] = self.thinking.upper()
        elif self.thinking is not None:
            config["thinkingBudget"] = self.thinking
        return config if self.include_thoughts is None else {**config, "includeThoughts": self.include_thoughts}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {_camel(known.name): known.name for known in fields(AnswerSettings)}
)


def lowest_thinking(facts: GenerationFacts) -> str | int | None:
    """The least thinking that a base model can be set to; None where it has none to set, or where nobody knows.

    Google advises it for tuned models, since tuning learns answers without the way to them. Source: the supervised
    tuning page of 2026-09-25.
    """
    if facts.levels:
        return facts.levels[0]
    if facts.budget is None:
        return None
    return _OFF if facts.budget.can_be_off else facts.budget.least


def asked_with(given: Mapping[str, Any], facts: GenerationFacts) -> dict[str, Any]:
    """Settings of a gate's questions for one model: as near to the same answer each time as it can be brought.

    `given` is what the spec says. Without it temperature is 0 where that is heeded, and thinking the least. A thinking
    that this model refuses is for the one that it is compared with; it is asked with the least. What changes nothing,
    or is an error by itself, is not sent.
    """
    unheard = {*(facts.ignores or ()), *(facts.refuses or ())}
    settings = {name: value for name, value in {"temperature": 0.0, **given}.items() if name not in unheard}
    if "thinking" in settings and _why_refused(settings["thinking"], facts):
        del settings["thinking"]
    least = None if "thinking" in unheard else lowest_thinking(facts)
    return settings if least is None else {"thinking": least, **settings}


def heard(settings: AnswerSettings, facts: GenerationFacts) -> AnswerSettings:
    """The settings without those that change nothing for the base model: these are not sent."""
    ignored = {remark.setting for remark in ignored_by(settings, facts)}
    return AnswerSettings.of({name: value for name, value in settings.given.items() if name not in ignored})


def refused_by(settings: AnswerSettings, facts: GenerationFacts) -> tuple[Remark, ...]:
    """What the base model answers with an error: nothing is to be sent."""
    return _with(SettingEffect.REFUSED, settings, facts)


def ignored_by(settings: AnswerSettings, facts: GenerationFacts) -> tuple[Remark, ...]:
    """What changes nothing about its answers."""
    return _with(SettingEffect.IGNORED, settings, facts)


def doubtful_for(settings: AnswerSettings, facts: GenerationFacts) -> tuple[Remark, ...]:
    """What it takes against the advice of its documentation."""
    return _with(SettingEffect.DOUBTFUL, settings, facts)


def remarks_on(settings: AnswerSettings, facts: GenerationFacts) -> tuple[Remark, ...]:
    """All of them, in the order of the settings."""
    order = [*_NAMES]
    found = [*_named(settings, facts), *_of_thinking(settings.thinking, facts), *_of_thoughts(settings, facts)]
    found += _of_schemas(settings)
    return tuple(sorted(found, key=lambda remark: order.index(remark.setting)))


def why_not_tuned_with(thinking: str | int, facts: GenerationFacts) -> str:
    """Why a base model cannot be trained to think so much, a level or a budget; "" where it can, or nobody knows.

    A question may have a budget where there are levels, a training may not. Source: `thinkingLevel` of
    ReinforcementTuningHyperParameters in aiplatform v1beta1: "will result in a user error if set".
    """
    if facts.levels and isinstance(thinking, int):
        return f"it is trained with a level and no budget: {', '.join(facts.levels)}"
    return _why_refused(thinking, facts)


def _with(effect: SettingEffect, settings: AnswerSettings, facts: GenerationFacts) -> tuple[Remark, ...]:
    return tuple(remark for remark in remarks_on(settings, facts) if remark.effect is effect)


def _named(settings: AnswerSettings, facts: GenerationFacts) -> Iterator[Remark]:
    for name in settings.given:
        if name in (facts.refuses or ()):
            yield Remark(name, SettingEffect.REFUSED, "it is an error for this base model")
        elif name in (facts.ignores or ()):
            yield Remark(name, SettingEffect.IGNORED, "it changes nothing for this base model, and is not sent")


def _of_thinking(thinking: str | int | None, facts: GenerationFacts) -> Iterator[Remark]:
    refused = _why_refused(thinking, facts)
    if refused:
        yield Remark("thinking", SettingEffect.REFUSED, refused)
    elif facts.levels and isinstance(thinking, int):
        levels = ", ".join(facts.levels)
        yield Remark(
            "thinking", SettingEffect.DOUBTFUL, f"a budget is taken for compatibility alone; its levels are {levels}"
        )


def _of_thoughts(settings: AnswerSettings, facts: GenerationFacts) -> Iterator[Remark]:
    """Source: GenerationConfig.thinkingConfig, which is an error for models that do not think."""
    if settings.include_thoughts and facts.never_thinks:
        yield Remark("includeThoughts", SettingEffect.REFUSED, "this base model does not think")


def _why_refused(thinking: str | int | None, facts: GenerationFacts) -> str:
    if thinking is None or facts.levels is None:
        return ""
    if facts.never_thinks:
        return "this base model does not think"
    if isinstance(thinking, str):
        return _why_no_level(thinking, facts)
    return _why_no_budget(thinking, facts.budget) if facts.budget else ""


def _why_no_level(level: str, facts: GenerationFacts) -> str:
    if level in (facts.levels or ()):
        return ""
    if facts.levels:
        return f"{level!r} is none of its levels: {', '.join(facts.levels)}"
    return "it has a budget of tokens and no levels" + (_range(facts.budget) if facts.budget else "")


def _why_no_budget(tokens: int, budget: ThinkingBudget) -> str:
    if tokens == _DYNAMIC or budget.least <= tokens <= budget.most:
        return ""
    if tokens == _OFF:
        return "" if budget.can_be_off else "its thinking cannot be turned off" + _range(budget)
    return "it is out of its range" + _range(budget)


def _range(budget: ThinkingBudget) -> str:
    off = ", or 0 for none" if budget.can_be_off else ""
    most = counted(budget.most, "token")
    return f": from {budget.least:,} to {most}{off}, or {_DYNAMIC} for as many as it likes"


def _of_schemas(settings: AnswerSettings) -> Iterator[Remark]:
    """Source: the supervised tuning page advises against it for every tuned model."""
    if settings.response_schema is not None:
        yield Remark(
            "responseSchema", SettingEffect.DOUBTFUL, "Google advises against it for tuned models: it can cost quality"
        )
