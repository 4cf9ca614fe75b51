"""Another catalogue of base models for a workspace, and rows of it as the workspace may correct them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from reconciler.files.schema.base import OneOf, Part
from reconciler.files.schema.ours import LocationId, Positive
from reconciler.files.schema.values import Formed, Number, calendar_day

Day: TypeAlias = Annotated[
    str,
    Formed(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", "a date", "Write it like 2026-12-01."),
    AfterValidator(calendar_day),
]
SettingName: TypeAlias = Literal[
    "system",
    "thinking",
    "includeThoughts",
    "maxOutputTokens",
    "temperature",
    "topP",
    "topK",
    "seed",
    "responseSchema",
    "responseMimeType",
]
MethodWord: TypeAlias = Literal[
    "supervised", "preference", "reinforcement", "distillation", "full", "partner", "veo", "veo-lora"
]
"""By the spec that a tuning job has for it, such as `reinforcementTuningSpec`; v1 and v1beta1 have no others."""
ModelName: TypeAlias = Annotated[
    str, Formed(r"[A-Za-z0-9][A-Za-z0-9._/@:-]*", "the name of a base model", "Write it like gemini-3.5-flash.")
]
CatalogUrl: TypeAlias = Annotated[
    str,
    Formed(
        r"(?:https://(?![^/]*@)[^\s/?#]+|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?)(?:[/?]\S*)?",
        "an address that begins with https://",
        "Write it like https://models.acme.dev/catalog.json, without a name or a password.",
    ),
]
Sha256: TypeAlias = Annotated[
    str,
    Formed(r"[0-9a-f]{64}", "a SHA-256", "Write its 64 hexadecimal digits in lower case, as sha256sum prints them."),
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

    aliases: list[ModelName] | None = None
    """Other names of it, such as one without a version."""
    status: Literal["announced", "preview", "current", "deprecated", "retired"] | None = None
    """Where it is in its life; of what is `announced` nobody knows how it can be tuned."""
    released: Day | None = None
    """Day of its release."""
    deprecated: Day | None = None
    """Day since which it should not be asked for any more."""
    routed_to: ModelName | None = None
    """The base model that answers in its place, where the service has another one do so."""
    cut_off: Day | None = None
    """Last day of new trainings. To lift a cut-off that the service moved, write the new day."""
    retires: Day | None = None
    """First day on which it may stop answering."""
    replacement: str | None = None
    """The base model to go on with."""
    methods: list[MethodWord] | None = None
    """How it can be tuned, such as `supervised` or `preference`; an empty list: not at all."""
    not_offered: list[MethodWord] | None = None
    """How it cannot be tuned: a spec that does is refused. Of what is in neither list nobody knows."""
    method_regions: dict[MethodWord, list[LocationId]] | None = None
    """Where it can be tuned by a method, where that differs from `regions`."""
    tuning_modes: list[Literal["adapter", "full"]] | None = None
    """How an open model is trained."""
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
    as_of: Day | None = None
    """Day on which this was read."""
    source: Annotated[str | None, Field(default=None)]
    """Where this was read."""
    notes: Annotated[str | None, Field(default=None)]
    """What else there is to know."""


class CatalogFromPart(Part):
    """A catalogue of base models that counts instead of the one that tuneform comes with."""

    alternatives = (OneOf(("file", "url")),)

    file: Annotated[str, Field(min_length=1)] | None = None
    """File that holds it, relative to this file."""
    url: CatalogUrl | None = None
    """Address that it is fetched from once. It is kept below `.tuneform/cache`, and read from there ever after."""
    sha256: Sha256 | None = None
    """SHA-256 of its content; a `url` needs it, since what an address holds may change."""
