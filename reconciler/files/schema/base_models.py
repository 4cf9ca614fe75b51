"""Rows of the catalogue of base models as a workspace may correct them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from reconciler.files.schema.base import Part
from reconciler.files.schema.ours import LocationId, Positive
from reconciler.files.schema.values import Formed, Number, calendar_day

Day: TypeAlias = Annotated[
    str,
    Formed(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", "a date", "Write it like 2026-12-01."),
    AfterValidator(calendar_day),
]
SettingName: TypeAlias = Literal[
    "system", "thinking", "maxOutputTokens", "temperature", "topP", "topK", "seed", "responseSchema", "responseMimeType"
]
Epochs: TypeAlias = Annotated[int, Number(is_whole=True, least=1, most=1000)]


class ModelLimitsPart(Part):
    """What one job may hold."""

    tokens_per_example: Positive | None = None
    """Most tokens of an example, input and output."""
    examples: Positive | None = None
    """Most training examples of text."""
    multimodal_examples: Positive | None = None
    """Most training examples with media."""
    validation_examples: Positive | None = None
    """Most validation examples."""
    min_examples: Positive | None = None
    """Fewest training examples."""
    file_bytes: Positive | None = None
    """Largest file."""
    input_characters: Positive | None = None
    """Most characters of an input (Gemini API)."""
    output_characters: Positive | None = None
    """Most characters of an output (Gemini API)."""


class ThinkingBudgetPart(Part):
    """What a thinking budget may be, in tokens."""

    least: Positive
    """Fewest tokens."""
    most: Positive
    """Most tokens."""
    can_be_off: bool = False
    """Whether 0 turns thinking off."""


class GenerationPart(Part):
    """What it makes of the settings of a question."""

    ignores: list[SettingName] | None = None
    """Settings that change nothing; an empty list: none."""
    refuses: list[SettingName] | None = None
    """Settings that are an error; an empty list: none."""
    levels: list[Literal["minimal", "low", "medium", "high"]] | None = None
    """Levels of thinking that it takes, the least first; an empty list: none."""
    default_level: Literal["minimal", "low", "medium", "high"] | None = None
    """Level of thinking where a question sets none."""
    budget: ThinkingBudgetPart | None = None
    """What a thinking budget may be, where that is how it is set."""
    as_of: Day | None = None
    """Day on which this was read."""
    source: str | None = None
    """Where this was read."""


class ModelPart(Part):
    """What is different about one base model; everything else stays as the catalogue has it."""

    status: Literal["current", "preview", "retired"] | None = None
    """Where it is in its life."""
    released: Day | None = None
    """Day of its release."""
    cut_off: Day | None = None
    """Last day of new trainings. To lift a cut-off that the service moved, write the new day."""
    retires: Day | None = None
    """First day on which it may stop answering."""
    replacement: str | None = None
    """The base model to go on with."""
    methods: list[Literal["supervised", "preference"]] | None = None
    """How it can be tuned; an empty list: not at all."""
    modalities: list[Literal["text", "image", "audio", "video", "document"]] | None = None
    """What its examples may hold."""
    regions: list[LocationId] | None = None
    """Where it can be tuned."""
    serving: dict[str, LocationId] | None = None
    """Where endpoints are, by the location of the tuning, where that differs."""
    limits: ModelLimitsPart | None = None
    """What one job may hold."""
    adapter_sizes: list[Positive] | None = None
    """Adapter sizes that it takes."""
    default_adapter_size: Positive | None = None
    """Adapter size where the spec sets none."""
    default_epochs: Epochs | None = None
    """Epochs where the spec sets none."""
    encryption: bool | None = None
    """Whether jobs take a customer-managed encryption key."""
    evaluation_regions: list[LocationId] | None = None
    """Where jobs take an evaluationConfig; an empty list: nowhere."""
    generation: GenerationPart | None = None
    """What it makes of the settings of a question: which it ignores or refuses, and how it thinks."""
    source: Annotated[str | None, Field(default=None)]
    """Where this was read."""
    notes: Annotated[str | None, Field(default=None)]
    """What else there is to know."""
