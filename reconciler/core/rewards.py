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
from reconciler.core.diagnostics import Diagnostic, Location, Severity
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


@dataclass(frozen=True, slots=True)
class RewardedAnswer:
    """An answer with what came of it, and where it stands, if it stands in a file."""

    sample: RewardSample
    tried: TriedReward
    where: Location | None = None

    @property
    def reward(self) -> float | None:
        """None where it could not be rewarded."""
        return self.tried.overall

    @property
    def bound(self) -> str:
        """Which bound it does not keep, such as "at least 1"; "" for none."""
        least, most, reward = self.sample.least, self.sample.most, self.tried.overall
        if least is not None and reward is not None and reward < least:
            return f"at least {least:g}"
        if most is not None and reward is not None and reward > most:
            return f"at most {most:g}"
        return ""

    @property
    def is_as_expected(self) -> bool:
        """Whether it was rewarded, and within its bounds."""
        return self.tried.overall is not None and not self.bound


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


def excerpt(answer: str) -> str:
    """As much of an answer as is shown, in quotes."""
    return repr(answer if len(answer) <= _QUOTED else f"{answer[:_QUOTED]}…")


def parts_of(tried: TriedReward) -> str:
    """The rewards by their names, such as "form 0.5, right 1"; "" where there are none."""
    return ", ".join(f"{name} {value:g}" for name, value in sorted(tried.rewards.items()))


def finding_of(change: Change, rewarded: RewardedAnswer) -> Diagnostic:
    """What one sample came to: a note, or a refusal where it is not what the spec says it has to be."""
    sample, tried, where = rewarded.sample, rewarded.tried, rewarded.where
    of_what = f"{excerpt(sample.answer)} to example {sample.example}"
    if tried.overall is None:
        detail = f"The service could not reward {of_what}: {tried.error or 'it says no reason'}."
        fix = "Correct the reward, or the sample."
        return plan_diagnostic("PLAN135", Severity.ERROR, detail, fix=fix, address=str(change.address), where=where)
    parts = parts_of(tried)
    words = f"{of_what} is rewarded with {tried.overall:g}" + (f" ({parts})" if parts else "")
    if rewarded.bound:
        detail, fix = f"{words}; the spec says {rewarded.bound}.", "Correct the reward, or what the sample expects."
        return plan_diagnostic("PLAN135", Severity.ERROR, detail, fix=fix, address=str(change.address), where=where)
    return plan_diagnostic("PLAN134", Severity.NOTE, f"{words}.", address=str(change.address), where=where)


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
