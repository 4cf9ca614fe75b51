"""Tokens without the network: an estimate from bytes, with its bounds and its method."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from reconciler.datasets.formats import Format
from reconciler.datasets.rows.measure import AUDIO, DOCUMENT, IMAGE, VIDEO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.datasets.checked import Checked
    from reconciler.datasets.limits import DataLimits
    from reconciler.datasets.rows.measure import Measure

BYTES_PER_TOKEN = 4.0
"""Of UTF-8 text. English prose has about four letters a token; Chinese, at three bytes a character, comes
to 0.75 tokens a character, Cyrillic to 0.5: one number serves all scripts better than characters would."""

BYTES_PER_TOKEN_LOW, BYTES_PER_TOKEN_HIGH = 5.2, 2.8
"""Bounds: easy prose on one side; JSON, code and many accents on the other (2 to 3 a token)."""

METHOD = "UTF-8 bytes / 4 (5.2 to 2.8), documented tokens of media; an estimate"

# A document's pages and the length of audio and video are not known without reading them: one page to
# 300, one second to an hour at 32 tokens, one second to 20 minutes at 64 or 256 a frame.
_MEDIA = {
    DOCUMENT: (258, 258 * 10, 258 * 300),
    AUDIO: (32, 32 * 60, 32 * 3_600),
    VIDEO: (64, 256 * 30, 256 * 300),
}


@dataclass(frozen=True, slots=True)
class TokenEstimate:
    """Billable tokens of one epoch: input and output of the training examples, each once."""

    low: int
    likely: int
    high: int
    method: str = METHOD

    def __str__(self) -> str:
        """`76k-120k, likely 96k`, for a line of text."""
        return f"{short(self.low)}-{short(self.high)}, likely {short(self.likely)}"


def tokens_of_bytes(size: int) -> int:
    """The likely number of tokens of so many bytes of text."""
    return ceil(size / BYTES_PER_TOKEN)


def tokens_of_example(measure: Measure, limits: DataLimits) -> tuple[int, int, int]:
    """(low, likely, high) of the text and images of one example.

    Documents, audio and video do not count: how long they are is not known, and a bound is no suspicion.
    """
    images = {IMAGE: measure.media.count(IMAGE)}
    return _tokens(measure.input_bytes + measure.output_bytes, images, limits)


def estimate(checked: Checked) -> TokenEstimate:
    """Billable tokens of a file that was checked.

    Preference tuning reads the prompt with each of the two answers, and bills it twice (documented).
    """
    again = checked.input_total if checked.format is Format.PREFERENCE else 0
    return TokenEstimate(*_tokens(checked.text_bytes + again, checked.media, checked.limits))


def _tokens(size: int, media: Mapping[str, int], limits: DataLimits) -> tuple[int, int, int]:
    kinds = {IMAGE: limits.image_tokens, **_MEDIA}
    low, likely, high = (ceil(size / per) for per in (BYTES_PER_TOKEN_LOW, BYTES_PER_TOKEN, BYTES_PER_TOKEN_HIGH))
    for kind, count in media.items():
        low += kinds[kind][0] * count
        likely += kinds[kind][1] * count
        high += kinds[kind][2] * count
    return low, likely, high


def short(number: float) -> str:
    """`1.2M`, `96.9k`, `512`: three digits that matter."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit * 0.9995:
            return f"{number / limit:.3g}{unit}"
    return f"{number:.0f}"
