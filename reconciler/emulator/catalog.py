"""The base models of both services: what can be tuned, how, where, and until when.

Source: documented (supervised-tuning pages of 2026-09-25, model lifecycle, the 1.5-era pages, the seed samples); a
default adapter size that no page states is assumed. Dates are the day a model was retired.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

Json = dict[str, Any]

NEW_REGIONS = ("us-central1", "europe-west4")
ALL_REGIONS = (
    *("asia-east1", "asia-east2", "asia-northeast1", "asia-northeast3", "asia-south1", "asia-southeast1"),
    *("australia-southeast1", "europe-central2", "europe-north1", "europe-southwest1", "europe-west1"),
    *("europe-west2", "europe-west3", "europe-west4", "europe-west6", "europe-west8", "europe-west9"),
    *("me-central1", "me-central2", "me-west1", "northamerica-northeast1", "southamerica-east1"),
    *("us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west4"),
)
REINFORCEMENT_REGIONS = ("us-central1",)
TEACHERS = ("gemini-3.1-pro",)
MULTI_REGIONS = {"us-central1": "us", "europe-west4": "eu"}
SIZES = {"ONE": 1, "TWO": 2, "FOUR": 4, "EIGHT": 8, "SIXTEEN": 16, "THIRTY_TWO": 32}


@dataclass(frozen=True, slots=True)
class MethodLimits:
    """What a method's data may be, beside what the base model says. Zero: as the base model says."""

    example_tokens: int = 0
    examples: int = 0
    validation_examples: int = 0


# Source: documented (pages on datasets of reinforcement tuning and on the distillation service).
DATA_LIMITS = {
    "reinforcement": MethodLimits(32_768, 5_000, 500),
    "distillation": MethodLimits(8_000, 50_000),
}


@dataclass(frozen=True, slots=True)
class TunableModel:
    """One tunable base model of Vertex AI."""

    id: str
    adapters: tuple[str, ...]
    default_adapter: str
    regions: tuple[str, ...] = ALL_REGIONS
    methods: tuple[str, ...] = ("supervised",)
    retired: str = ""  # ISO date
    serves_in_multi_region: bool = False
    max_example_tokens: int = 131_072
    max_validation_examples: int = 5_000
    min_examples: int = 1
    has_media: bool = True
    takes_messages: bool = False  # the 1.0 format, {"messages": [{"role", "content"}]}
    has_checkpoints: bool = True
    has_cmek: bool = True
    modes: tuple[str, ...] = ()  # of an open model: TUNING_MODE_…
    starting_rate: float = 0.0  # of an open model, which takes a learning rate instead of a multiplier

    @property
    def is_open(self) -> bool:
        """Whether its weights are open, so that a tuning leaves files instead of an endpoint."""
        return bool(self.modes)

    def regions_for(self, method: str) -> tuple[str, ...]:
        """Where it is tuned by that method. Source: documented (reinforcement tuning: us-central1 alone)."""
        return REINFORCEMENT_REGIONS if method == "reinforcement" else self.regions

    def is_retired(self, at: float) -> bool:
        """Whether it could no longer be tuned at that time of day."""
        if not self.retired:
            return False
        return at >= datetime.fromisoformat(self.retired).replace(tzinfo=UTC).timestamp()


_UP_TO_16 = ("ONE", "TWO", "FOUR", "EIGHT", "SIXTEEN")
_UP_TO_8 = ("ONE", "TWO", "FOUR", "EIGHT")


def _three(name: str, *methods: str) -> TunableModel:
    return TunableModel(
        name,
        _UP_TO_16,
        "TWO" if name == "gemini-3.1-flash-lite" else "FOUR",
        regions=NEW_REGIONS,
        methods=("supervised", "full", *methods),
        serves_in_multi_region=True,
        has_cmek=False,
    )


def _old(name: str, adapters: tuple[str, ...], default: str, retired: str, **more: Any) -> TunableModel:
    limits: Json = {"max_example_tokens": 32_000, "max_validation_examples": 256, "has_checkpoints": False}
    return TunableModel(name, adapters, default, retired=retired, **{**limits, **more})


VERTEX_MODELS: dict[str, TunableModel] = {
    m.id: m
    for m in (
        _three("gemini-3.5-flash", "reinforcement"),
        _three("gemini-3.5-flash-lite"),
        _three("gemini-3.1-flash-lite"),
        TunableModel("gemini-2.5-pro", _UP_TO_8, "FOUR", retired="2026-10-20"),
        TunableModel(
            "gemini-2.5-flash",
            _UP_TO_16,
            "FOUR",
            methods=("supervised", "preference", "distillation", "reinforcement", "full"),
            retired="2026-10-20",
        ),
        TunableModel(
            "gemini-2.5-flash-lite", _UP_TO_16, "FOUR", methods=("supervised", "preference"), retired="2026-10-20"
        ),
        TunableModel("gemini-2.0-flash-001", _UP_TO_8, "FOUR", retired="2026-06-01", has_checkpoints=False),
        TunableModel("gemini-2.0-flash-lite-001", _UP_TO_8, "FOUR", retired="2026-06-01", has_checkpoints=False),
        _old("gemini-1.5-pro-002", ("ONE", "FOUR"), "FOUR", "2025-09-24"),
        _old("gemini-1.5-flash-002", ("ONE", "FOUR", "EIGHT", "SIXTEEN"), "EIGHT", "2025-09-24"),
        _old("gemini-1.5-flash-001", _UP_TO_16, "EIGHT", "2025-05-24"),
        _old(
            "gemini-1.0-pro-002", _UP_TO_16, "FOUR", "2025-04-21", has_media=False, takes_messages=True, min_examples=16
        ),
        TunableModel(
            "translation-llm-002",
            ("FOUR",),
            "FOUR",
            regions=("us-central1",),
            max_example_tokens=1_000,
            max_validation_examples=1_024,
            has_media=False,
            has_checkpoints=False,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Answering:
    """What a base model makes of the settings of a request. No levels and no budget: it does not think."""

    levels: tuple[str, ...] = ()
    budget: tuple[int, int] | None = None
    can_be_off: bool = False
    ignores_sampling: bool = False


_LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH")
# Source: documented (thinking page of Vertex AI, 2026; what is ignored: Gemini API changelog of 2026-07-21).
_ANSWERING = {
    "gemini-3.[78]-flash": Answering(_LEVELS[1:], ignores_sampling=True),
    "gemini-3.6-flash": Answering(_LEVELS, ignores_sampling=True),
    "gemini-3.5-flash-lite": Answering(_LEVELS, ignores_sampling=True),
    "gemini-3.5-flash": Answering(_LEVELS),
    "gemini-3.1-flash-lite": Answering(_LEVELS),
    "gemini-2.5-pro": Answering(budget=(128, 32_768)),
    "gemini-2.5-flash": Answering(budget=(1, 24_576), can_be_off=True),
    "gemini-2.5-flash-lite": Answering(budget=(512, 24_576), can_be_off=True),
    "gemini-2.0-flash*": Answering(),
    "gemini-1.*": Answering(),
}


def answering(name: str) -> Answering | None:
    """What is known of a base model; None of one that nobody published anything about."""
    return next((known for pattern, known in _ANSWERING.items() if fnmatchcase(name, pattern)), None)


def find_model(name: str) -> TunableModel | None:
    """The base model of that name; `publishers/google/models/X` and `models/X` mean X."""
    return VERTEX_MODELS.get(name.removeprefix("publishers/google/").removeprefix("models/"))


def _gemini(
    name: str, version: str, title: str, text: str, *, limits: tuple[int, int], tunable: bool, **more: Any
) -> Json:
    methods = ["generateContent", "countTokens"] + (["createTunedModel"] if tunable else [])
    return {
        "name": f"models/{name}",
        "version": version,
        "displayName": title,
        "description": text,
        "inputTokenLimit": limits[0],
        "outputTokenLimit": limits[1],
        "supportedGenerationMethods": methods,
        **more,
    }


_FLASH_15 = {"temperature": 1.0, "topP": 0.95, "topK": 64, "maxTemperature": 2.0}
_PRO_10 = {"temperature": 0.9, "topP": 1.0, "topK": 1}
_CURRENT = {"temperature": 1.0, "topP": 0.95, "topK": 64, "maxTemperature": 2.0}

GEMINI_CURRENT: tuple[Json, ...] = tuple(
    _gemini(name, version, title, f"Stable release of {title}.", limits=(1_048_576, 65_536), tunable=False, **_CURRENT)
    for name, version, title in (
        ("gemini-3.5-flash", "3.5-flash", "Gemini 3.5 Flash"),
        ("gemini-3.5-flash-lite", "3.5-flash-lite", "Gemini 3.5 Flash-Lite"),
        ("gemini-3.1-flash-lite", "3.1-flash-lite", "Gemini 3.1 Flash-Lite"),
    )
)
GEMINI_HISTORIC: tuple[Json, ...] = (
    _gemini(
        "gemini-1.0-pro-001",
        "001",
        "Gemini 1.0 Pro 001 (Tuning)",
        "The best model for scaling across a wide range of tasks.",
        limits=(30_720, 2_048),
        tunable=True,
        **_PRO_10,
    ),
    _gemini(
        "gemini-1.5-flash-001",
        "001",
        "Gemini 1.5 Flash 001",
        "Fast and versatile multimodal model for scaling across diverse tasks.",
        limits=(1_000_000, 8_192),
        tunable=False,
        **_FLASH_15,
    ),
    _gemini(
        "gemini-1.5-flash-001-tuning",
        "001",
        "Gemini 1.5 Flash 001 Tuning",
        "Version of Gemini 1.5 Flash that supports tuning.",
        limits=(16_384, 8_192),
        tunable=True,
        **_FLASH_15,
    ),
)


def gemini_models(*, is_retired: bool) -> tuple[Json, ...]:
    """The Gemini API's base models; since June 2025 none of those that are left can be tuned."""
    return GEMINI_CURRENT if is_retired else (*GEMINI_HISTORIC, *GEMINI_CURRENT)
