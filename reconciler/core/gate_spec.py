"""`spec.tuneform.gate` as values: what a successor must show before it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any, Final

DEFAULT_CONFIDENCE: Final = 0.95
"""One-sided."""


class Metric(Enum):
    """How an answer to a held-out item is judged; the value is its word in the spec."""

    EXACT = "exact"
    CONTAINS = "contains"
    JSON = "json"
    LABEL = "label"
    ROUGE_L = "rouge-l"
    COMMAND = "command"
    JUDGE = "judge"

    @property
    def is_score(self) -> bool:
        """Whether an answer has a score from 0 to 1; else it is right or wrong."""
        return self in (Metric.ROUGE_L, Metric.COMMAND, Metric.JUDGE)

    @property
    def asks_others(self) -> bool:
        """Whether somebody else says the score: a program of the user's, or a model."""
        return self in (Metric.COMMAND, Metric.JUDGE)


class Against(Enum):
    """What the successor is compared with."""

    INCUMBENT = "incumbent"
    """What serves at the address now."""
    BASE = "base"
    """The model that it was tuned from."""


class At(Enum):
    """Which value of a training metric counts."""

    LAST = "last"
    BEST = "best"
    CHECKPOINT = "checkpoint"
    """That of the checkpoint that serves."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Limits of a metric's value; None is no limit.

    `no_worse_by` is how much worse than the incumbent's it may be, in the metric's own unit.
    """

    min: float | None = None
    max: float | None = None
    at: At = At.LAST
    no_worse_by: float | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt of a gate: the answer must contain `contains`, or match `matches`.

    Of `samples` answers `at_least` must; None is all of them.
    """

    text: str
    contains: str = ""
    matches: str = ""
    samples: int = 1
    at_least: int | None = None


@dataclass(frozen=True, slots=True)
class Heldout:
    """The set that nothing was trained on. `uri` is as written, `path` that of a local file.

    `content` identifies its bytes: the sha256 of a local file; of an object its crc32c and size, "" where nobody has
    looked.
    """

    uri: str
    path: str = ""
    content: str = ""
    items: int | None = None


@dataclass(frozen=True, slots=True)
class HeldoutSize:
    """What held-out items come to in tokens, (least, most) each; `counted_by` says how that is known."""

    input_tokens: tuple[int, int]
    output_tokens: tuple[int, int]
    counted_by: str = ""


@dataclass(frozen=True, slots=True)
class Scorer:
    """How answers are judged, and what that metric needs.

    `schema` is a JSON Schema that answers in JSON must follow. `command` is a program and its arguments, which reads
    JSON lines and writes them. `judge` is a base model, `rubric` what it is to look at.

    `content` identifies the files of the workspace that the command names, "" where it names none or nobody has looked.
    """

    metric: Metric = Metric.EXACT
    schema: Mapping[str, Any] | None = None
    command: tuple[str, ...] = ()
    timeout_s: float = 60.0
    judge: str = ""
    rubric: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """The comparison on a held-out set.

    `at_least` is a share or a mean score, from 0 to 1, and the whole demand of a model that has no incumbent.
    `margin` is by how much it may be worse; None demands that it is better. `samples` are answers an item.
    `is_measured` asks every item, whatever is settled before: the share itself is wanted, to compare trials by.
    """

    heldout: Heldout
    scorer: Scorer = Scorer()
    against: Against | None = None
    at_least: float | None = None
    margin: float | None = None
    confidence: float = DEFAULT_CONFIDENCE
    samples: int = 1
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class MaxCost:
    """What judging once may cost."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class GateSpec:
    """All that must hold. `settings` are those of the questions as the spec has them (core/generation.py).

    `latency_p95_s` is the time within which 95 of 100 answers are complete.
    """

    metrics: Mapping[str, Bound] = field(default_factory=dict)
    prompts: tuple[Prompt, ...] = ()
    trial: Trial | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    latency_p95_s: float | None = None
    max_cost: MaxCost | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it demands nothing."""
        return not (self.metrics or self.prompts or self.trial or self.latency_p95_s)

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON, for the lock and for digests: what is as it is when nobody says anything is left out.

        Limits of metrics and the texts of prompts are written out, as locks of 0.1.0 have them.
        """
        always = {
            "metrics": {name: _given(bound, ("min", "max")) for name, bound in self.metrics.items()},
            "prompts": [_given(prompt, ("text", "contains", "matches")) for prompt in self.prompts],
        }
        return {**_given(self), **always}


def _given(value: Any, always: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults, and those that are `always` there."""
    found: dict[str, Any] = {}
    for known in fields(value):
        held = getattr(value, known.name)
        default = known.default_factory() if known.default_factory is not MISSING else known.default
        if held != default or known.name in always:
            found[known.name] = _plain(held)
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _given(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
