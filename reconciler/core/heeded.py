"""What is said of settings that a base model refuses or ignores, before anything is sent."""

from __future__ import annotations

from typing import Any, Final

from reconciler.core.codes_prompt import prompt_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
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


def heeded(settings: AnswerSettings, base_model: str, facts: GenerationFacts, **where: Any) -> list[Diagnostic]:
    """One for each setting that does not do what it says; errors for what is refused. `where` is as in Diagnostic.

    Nothing where nothing is known of the base model.
    """
    return [_said(remark, settings, base_model, facts, **where) for remark in remarks_on(settings, facts)]


def _said(
    remark: Remark, settings: AnswerSettings, base_model: str, facts: GenerationFacts, **where: Any
) -> Diagnostic:
    code, severity = _SAID[remark.effect]
    detail = f"{remark.setting} is {_shown(settings.given[remark.setting])} for {base_model}: {remark.why}."
    return prompt_diagnostic(code, detail, severity, fix=_fix(remark, facts), **where)


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
