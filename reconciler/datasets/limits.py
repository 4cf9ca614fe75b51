"""What the services take, by base model: documented numbers with the date on which they were read."""

from __future__ import annotations

from dataclasses import dataclass, replace

AS_OF = "2026-11-21"
"""When the pages were read; the numbers changed five times in two years."""


DEFAULT_RESOLUTION = "MEDIA_RESOLUTION_HIGH"
"""What an example without `generationConfig.mediaResolution` has (documented for images)."""


@dataclass(frozen=True, slots=True)
class DataLimits:
    """The limits of one base model. The defaults are those of Gemini 2.5 and newer.

    Source: the pages on supervised and preference tuning, on images, documents, audio and video, and on
    the Gemini API's model tuning (`pairs_*`). Callers with newer numbers make their own.
    """

    tokens_per_example: int = 131_072
    examples: int = 10_000_000
    multimodal_examples: int = 300_000
    validation_examples: int = 5_000
    validation_share: float = 0.30
    """Of the training examples, for validation sets over `validation_share_from` examples."""
    validation_share_from: int = 1_000
    file_bytes: int = 1 << 30
    images: int = 30
    documents: int = 4
    audios: int = 1
    videos: int = 1
    image_bytes: int = 20 << 20
    document_bytes: int = 20 << 20
    audio_bytes: int = 100 << 20
    video_bytes: int = 100 << 20
    """Of one file; documented in MB, read here as 2^20 bytes."""
    image_tokens: tuple[int, int, int] = (64, 258, 1_280)
    """Tokens of one image: low, likely and high, by resolution and crops."""
    dropped_share: float = 0.10
    recommended_examples: int = 100
    fewest_examples: int = 0
    """0 where no page names a minimum."""
    pair_input_characters: int = 40_000
    pair_output_characters: int = 5_000
    pairs_minimum: int = 20
    pairs_bytes: int = 4_000_000
    open_validation_examples: int = 5_000
    open_validation_share: float = 0.25
    references: tuple[str, ...] = ()
    """Keys of references that the rewards of a spec name: each example of reinforcement tuning needs them."""
    thinking_levels: tuple[str, ...] | None = None
    """Levels of thinking that the model takes, () for none at all; None where nobody knows."""
    thinking_budget: tuple[int, int, bool] | None = None
    """Fewest and most tokens of a thinking budget, and whether 0 turns it off; None where it has none."""

    @classmethod
    def for_model(cls, base_model: str) -> DataLimits:
        """The documented limits of that base model; those of the newest for one that is not known."""
        name = base_model.rsplit("/", 1)[-1]
        for prefix, limits in _BY_PREFIX.items():
            if name.startswith(prefix):
                return limits
        return cls()


_NO_STATED_MAXIMUM = 1 << 62

# 1.5 Flash was raised from 32,000 to 128,000 tokens later; the older number would refuse good data.
_OLDER = DataLimits(examples=_NO_STATED_MAXIMUM, multimodal_examples=_NO_STATED_MAXIMUM, validation_examples=256)
_BY_PREFIX = {
    "gemini-1.0": replace(_OLDER, tokens_per_example=32_768, fewest_examples=16),
    "gemini-1.5-flash": replace(_OLDER, tokens_per_example=128_000, images=16),
    "gemini-1.5": replace(_OLDER, tokens_per_example=32_000, images=16),
    "gemini-2.0": DataLimits(examples=1_000_000),
}
