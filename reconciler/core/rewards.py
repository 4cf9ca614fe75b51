"""What answers are rewarded by in reinforcement tuning, and what came of trying it before anything is paid. Pure.

Source: the published definition of aiplatform v1beta1: a reward names the references of an example as
`{{references.KEY}}`, and rewards lie from -1 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.core import diff
from reconciler.core.change import Change
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.dialects import dialect_of
from reconciler.core.model import Declared, Fields, Json, RewardSample

_REFERENCE = re.compile(r"\{\{ ?references\.([^{}\s]{1,200}) ?\}\}")
_QUOTED = 60
"""Characters of a sample answer that are shown."""


@dataclass(frozen=True, slots=True)
class TriedReward:
    """What the service says of one answer. `overall` is None where it could not be rewarded, and `error` why."""

    overall: float | None = None
    rewards: Mapping[str, float] = field(default_factory=dict)
    """By the names of the rewards, where there are several."""
    error: str = ""


def rewards_of(declared: Declared) -> Fields:
    """The field that says how answers are rewarded, with its value; empty for methods that reward nothing."""
    method = dialect_of(declared.address).method_of(declared.training)
    found = {name.rpartition(".")[2]: diff.at(declared.training, name) for name in method.rewards}
    return {name: value for name, value in found.items() if value is not None}


def references_in(value: Json) -> tuple[str, ...]:
    """The keys of references that rewards name, in alphabetical order."""
    return tuple(sorted({key for text in _texts(value) for key in _REFERENCE.findall(text)}))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def finding_of(change: Change, number: int, sample: RewardSample, tried: TriedReward) -> Diagnostic:
    """What one sample came to: a note, or a refusal where it is not what the spec says it has to be."""
    declared = change.declared
    assert declared is not None, "only what is declared has samples"
    where = declared.at_item("tuneform.rewardSamples", number)
    shown = sample.answer if len(sample.answer) <= _QUOTED else f"{sample.answer[:_QUOTED]}…"
    of_what = f"{shown!r} to example {sample.example}"
    if tried.overall is None:
        detail = f"The service could not reward {of_what}: {tried.error or 'it says no reason'}."
        fix = "Correct the reward, or the sample."
        return plan_diagnostic("PLAN135", Severity.ERROR, detail, fix=fix, address=str(change.address), where=where)
    parts = ", ".join(f"{name} {value:g}" for name, value in sorted(tried.rewards.items()))
    words = f"{of_what} is rewarded with {tried.overall:g}" + (f" ({parts})" if parts else "")
    if wrong := _out_of_bounds(sample, tried.overall):
        detail, fix = f"{words}; {wrong}.", "Correct the reward, or what the sample expects."
        return plan_diagnostic("PLAN135", Severity.ERROR, detail, fix=fix, address=str(change.address), where=where)
    return plan_diagnostic("PLAN134", Severity.NOTE, f"{words}.", address=str(change.address), where=where)


def _out_of_bounds(sample: RewardSample, overall: float) -> str:
    if sample.least is not None and overall < sample.least:
        return f"the spec says at least {sample.least:g}"
    if sample.most is not None and overall > sample.most:
        return f"the spec says at most {sample.most:g}"
    return ""


def preview_note(change: Change) -> Diagnostic | None:
    """Which version of the API a training is created in, where that is not the usual one."""
    declared = change.declared
    if declared is None or not change.trains or declared.source is not None:
        return None
    dialect = dialect_of(change.address)
    version = dialect.version_for(diff.merge(declared.training, declared.reported))
    if version == dialect.version:
        return None
    word = dialect.method_of(declared.training).word
    detail = f"{word.capitalize()} tuning is created in {version}: what it does there may change without notice."
    return plan_diagnostic("PLAN133", Severity.NOTE, detail, address=str(change.address))
