"""Answers that begin like the refusal of a model, in English: what is learnt from them is to refuse.

The table has the beginnings that evaluations of refusals go by (the string matches of Zou et al., arXiv:2307.15043,
and of XSTest, arXiv:2308.01263), with one demand more: that something is refused. "I'm sorry to hear that" is none.
There is no such list with a source for other languages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.datasets.findings import Breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

RULE: Final = "DATA932"

_I_AM = ("i'm ", "i\u2019m ", "im ", "i am ")
_HOW = ("sorry", "really sorry", "very sorry", "so sorry", "truly sorry", "unable", "not able")
HEADS: Final = (
    *(f"{who}{how}" for who in _I_AM for how in _HOW),
    *("sorry", "i apolog", "my apolog", "unfortunately"),
    *("i can't", "i can\u2019t", "i cant", "i cannot", "i can not", "i won't", "i won\u2019t", "i will not"),
    *("i must decline", "as an ai", "as an artificial", "as a language", "as a large language"),
)
"""How every refusal of the pattern begins, in small letters: native/scan.c passes on what begins so."""

_SORRY = r"(?:(?:i['\u2019]?m|i am) (?:really |very |so |truly )?sorry|sorry|i apologi[sz]e|my apologies|unfortunately)"
_CANNOT = (
    r"(?:i (?:can['\u2019]?t|can ?not|won['\u2019]t|will not|must decline to)"
    r"|(?:i['\u2019]?m|i am) (?:unable|not able) to)"
)
_GIVES = (
    r"(?:help|assist|provide|answer|respond|fulfil+|comply|create|generate|write|do that|do this|support|engage|"
    r"discuss|share|offer|give|complete|continue|process|accommodate)"
)
_REFUSAL = re.compile(
    rf"(?:(?:{_SORRY}[,.:;!-]{{0,3}} ?(?:but |however,? )?)?(?:as an ai[^,.]{{0,40}},? )?"
    rf"{_CANNOT} (?:\w{{1,20}} ){{0,2}}{_GIVES}\b"
    rf"|as an (?:ai|artificial intelligence)\b|as a (?:large )?language model\b)",
    re.ASCII | re.IGNORECASE,
)
_SPACE = " \t\n\r\v\f"
_LOOKED_AT = 300
"""Characters of an answer."""
_FIRST = frozenset("iIsSmMuUaA \t\n\r\v\f")


def refuses(answer: str) -> bool:
    """Whether it begins like a refusal."""
    return may_refuse(answer) and _REFUSAL.match(answer[:_LOOKED_AT].lstrip(_SPACE)) is not None


def may_refuse(answer: str) -> bool:
    """Whether a look is needed: what the fast ways do not vouch for."""
    if answer[:1] not in _FIRST:
        return False
    return answer[:_LOOKED_AT].lstrip(_SPACE).lower().startswith(HEADS)


def refusal_problems(answer: object, path: Path) -> Iterator[Breach]:
    """What is said of an answer as it is learnt."""
    if isinstance(answer, str) and refuses(answer):
        yield Breach(RULE, path)
