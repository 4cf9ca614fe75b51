"""What is said of settings that a base model refuses or ignores, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from reconciler.core.codes_prompt import prompt_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.generation import (
    AnswerSettings,
    GenerationFacts,
    Remark,
    SettingEffect,
    lowest_thinking,
    remarks_on,
)

_SAID: Final = {
    SettingEffect.REFUSED: ("RUN070", Severity.ERROR),
    SettingEffect.IGNORED: ("RUN071", Severity.WARNING),
    SettingEffect.DOUBTFUL: ("RUN072", Severity.WARNING),
}


def heeded(
    settings: AnswerSettings,
    base_model: str,
    facts: GenerationFacts,
    *,
    place: Callable[[str], Location] | None = None,
    address: str | None = None,
) -> list[Diagnostic]:
    """One for each setting that does not do what it says; errors for what is refused.

    Nothing where nothing is known of the base model. `place` is where a setting stands, by its name.
    """
    return [
        replace(
            _said(remark, settings, base_model, facts), where=place(remark.setting) if place else None, address=address
        )
        for remark in remarks_on(settings, facts)
    ]


def _said(remark: Remark, settings: AnswerSettings, base_model: str, facts: GenerationFacts) -> Diagnostic:
    code, severity = _SAID[remark.effect]
    detail = f"{remark.setting} is {_shown(settings.given[remark.setting])} for {base_model}: {remark.why}."
    return prompt_diagnostic(code, detail, severity, fix=_fix(remark, facts))


def _shown(value: Any) -> str:
    """As it is written; of a schema or a long text only that it is given."""
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return text if isinstance(value, (int, str)) and len(text) <= _LONGEST_SHOWN else "given"


_LONGEST_SHOWN: Final = 40


def _fix(remark: Remark, facts: GenerationFacts) -> str:
    least = lowest_thinking(facts)
    if remark.setting == "thinking" and least is not None:
        return f"Set it to {least}, the least that it can, or leave it out."
    return "Leave it out."
