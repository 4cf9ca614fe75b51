"""How one answer is compared with its reference: exact, contains, ROUGE-L. Whole functions of two texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Kana and Han, which are written without spaces: a character is a token."""
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def normalised(text: str) -> str:
    """Composed (Unicode NFC), no space at either end, every run of white space as one space. Case and marks stay."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_exact(answer: str, reference: str) -> bool:
    """Whether the two are the same text, `normalised`."""
    return normalised(answer) == normalised(reference)


def contains(answer: str, wanted: str) -> bool:
    """Whether the answer has the wanted text in it, both `normalised`. A wanted text that is empty is in none."""
    needle = normalised(wanted)
    return bool(needle) and needle in normalised(answer)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of the longest common subsequence: its share of the answer, of the reference, and their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The score of an item; 0 where nothing is common."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def rouge_l(answer: str, reference: str) -> Overlap:
    """ROUGE-L of one sentence, with precision and recall of the same weight.

    Source: C.-Y. Lin, ROUGE (2004), section 3.1. Tokens are runs of letters and digits in lower case, without a
    stemmer, as in google-research's rouge_score, but of any script. Two texts without tokens are equal; one without
    has nothing in common.
    """
    one, other = _tokens(answer), _tokens(reference)
    if not one or not other:
        equal = float(not one and not other)
        return Overlap(equal, equal)
    common = common_length(one, other)
    return Overlap(common / len(one), common / len(other))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFC", text).lower())


def common_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, a row of the table at a time as the bits of one number.

    Source: H. Hyyrö, Bit-parallel LCS-length computation revisited (2004).
    """
    places: dict[str, int] = {}
    for place, token in enumerate(one):
        places[token] = places.get(token, 0) | 1 << place
    full = (1 << len(one)) - 1
    row = full
    for token in other:
        matched = row & places.get(token, 0)
        row = (row + matched | row - matched) & full
    return len(one) - row.bit_count()
