"""`spec.tuneform.gate`: what must hold before a successor serves."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from reconciler.core import durations
from reconciler.files.schema.base import OneOf, Part
from reconciler.files.schema.gate_values import NoLess, SchemaOrPath, Share, Thinking
from reconciler.files.schema.values import INT32_MAX, Formed, Number, regular_expression

METRICS_MAX: Final = 100
"""Of one gate: no service publishes a tenth of them."""
SAMPLES_MAX: Final = 100
"""Of one item or prompt."""
UNPROVABLE: Final = "No number of items can prove 100%. Use less, such as 99%."
NO_MARGIN: Final = "Write a margin above 0%, or better: 0% to demand that it is better."
PROMPT_NEEDS: Final = OneOf(("contains", "matches"))
BOUND_NEEDS: Final = OneOf(("min", "max", "against"))

Samples = Annotated[int, Number(is_whole=True, least=1, most=SAMPLES_MAX)]
Seconds = Annotated[str, Formed(durations.FORM, "a duration", "Write it like 2s, 1.5s or 10m.")]
Amount = Annotated[
    str, Formed(r"[0-9]+(?:\.[0-9]+)? [A-Z]{3}", "an amount of money", "Write an amount and a currency, like 3 USD.")
]
Words = Annotated[str, Field(min_length=1)]


class BoundPart(Part):
    """Limits of a metric."""

    min: Annotated[float | None, Field(default=None)]
    """The least value that passes."""
    max: Annotated[float | None, Field(default=None)]
    """The largest value that passes."""
    at: Literal["last", "best", "checkpoint"] = "last"
    """Which value counts: the `last`, the `best`, or that of the `checkpoint` that serves."""
    against: Literal["incumbent"] | None = None
    """Compare the value with that of the model that serves now. A first model has none, and is not compared."""
    no_worse_by: Annotated[float, Number(is_whole=False, least=0)] | None = None
    """How much worse than the incumbent's it may be, in the metric's own unit; unset: not at all."""


class PromptPart(Part):
    """A prompt to the tuned model, and what its answer must be like."""

    text: Words
    """The prompt."""
    contains: str = ""
    """Text that the answer must contain."""
    matches: Annotated[str, AfterValidator(regular_expression)] = ""
    """A regular expression that the answer must match somewhere."""
    samples: Samples = 1
    """How often it is asked."""
    at_least: Samples | None = None
    """How many of these answers must be as said; unset: all of them."""


class ThinkingConfigPart(Part):
    """How much the model thinks, as the API has it."""

    alternatives = (OneOf(("thinkingLevel", "thinkingBudget"), is_required=False),)

    thinking_level: Literal["MINIMAL", "LOW", "MEDIUM", "HIGH"] | None = None
    """A level: base models from Gemini 3 on."""
    thinking_budget: Annotated[int, Number(is_whole=True, least=-1, most=INT32_MAX)] | None = None
    """A budget in tokens: base models of Gemini 2.5. 0 is none, -1 lets the model choose."""
    include_thoughts: bool | None = None
    """Taken, so that a whole `thinkingConfig` can be pasted, and not sent: thoughts are not judged."""


class SettingsPart(Part):
    """Settings of questions, as the API has them."""

    alternatives = (OneOf(("thinking", "thinkingConfig"), is_required=False),)

    system: str | None = None
    """System instruction of prompts and of items; it takes the place of an item's own, and `""` sends none."""
    thinking: Annotated[str | int, Thinking()] | None = None
    """How much the model thinks: a level, or a budget in tokens. Unset: the least that the base model can, which Google
    advises for tuned models."""
    thinking_config: ThinkingConfigPart | None = None
    """The same as the API writes it, instead of `thinking`."""
    max_output_tokens: Annotated[int, Number(is_whole=True, least=1, most=INT32_MAX)] | None = None
    """Most tokens of an answer, those of thinking included."""
    temperature: Annotated[float, Number(is_whole=False, least=0, most=2)] | None = None
    """How freely words are drawn. Newer base models ignore it."""
    top_p: Annotated[float, Number(is_whole=False, least=0, most=1)] | None = None
    """Share of the probability that words are drawn from. Newer base models ignore it."""
    top_k: Annotated[int, Number(is_whole=True, least=1, most=INT32_MAX)] | None = None
    """Number of words that are drawn from. Newer base models ignore it."""
    seed: Annotated[int, Number(is_whole=True, least=0, most=INT32_MAX)] | None = None
    """Seed of the drawing, for answers that are more alike."""
    response_schema: dict[str, Any] | None = None
    """Schema that answers are forced into, as the API has it."""


class LatencyPart(Part):
    """How long answers may take."""

    p95: Seconds
    """Time within which 95 of 100 answers must be complete, such as `2s`."""


class GatePart(Part):
    """What must hold before a successor serves, and what `tuneform gate` checks."""

    alternatives = (OneOf(("margin", "better"), is_required=False),)

    heldout: Words | None = None
    """Items that nothing was trained on: a file beside the spec, or `gs://…`, in a format of training data. The last
    turn of the model in each is the reference."""
    metric: Literal["exact", "contains", "json", "label", "rouge-l", "command", "judge"] = "exact"
    """How an answer is judged. `exact`, `contains` the reference, `json` field by field, a `label`, `rouge-l` by its
    score, a `command` of yours, or a model as `judge`."""
    json_schema: Annotated[Any, SchemaOrPath()] | None = None
    """With `metric: json`: a JSON Schema that answers must follow, or the path of a file that holds it."""
    command: Annotated[list[Words], Field(min_length=1)] | None = None
    """With `metric: command`: a program and its arguments; it reads JSON lines and writes them. It runs where the
    workspace's file lies, and without a shell."""
    timeout: Seconds | None = None
    """With `metric: command`: how long the program may take for one item; unset: 60s."""
    judge: Words | None = None
    """With `metric: judge`: the base model that judges."""
    rubric: Words | None = None
    """With `metric: judge`: what it is to look at."""
    against: Literal["incumbent", "base"] | None = None
    """What the successor is compared with on the same items: the `incumbent`, which serves now, or the `base` model."""
    at_least: Annotated[float, Share(above=0, below=1, why_not_more=UNPROVABLE)] | None = None
    """Share of right answers, or mean score, that must be proven, such as `92%`. A model without an incumbent needs
    this, or `against: base`."""
    margin: Annotated[float, Share(above=0, below=1, why_not_less=NO_MARGIN)] | None = None
    """By how much it may be worse than what it is compared with, such as `5%`."""
    better: Annotated[float, NoLess()] | None = None
    """`0%`: it must be better than what it is compared with."""
    confidence: Annotated[float, Share(above=0.5, below=1)] = 0.95
    """How certain a verdict must be, one-sided."""
    samples: Samples = 1
    """Answers an item; more where the model cannot be made deterministic."""
    settings: SettingsPart | None = None
    """Settings of the questions, sent as the API has them."""
    max_cost: Amount | None = None
    """What judging once may cost, such as `3 USD`; it stops there, with what is known kept. Needs `prices`."""
    metrics: dict[str, BoundPart] = Field(default_factory=dict, max_length=METRICS_MAX)
    """Limits of training metrics, by name, such as `eval_total_loss: {max: 0.8}`. Those of `eval_…` need validation
    data, those of `evaluation/…` an `evaluationConfig`, whose scores they are."""
    prompts: list[PromptPart] = Field(default_factory=list)
    """Prompts with what their answers must contain or match."""
    latency: LatencyPart | None = None
    """How long answers may take."""
