"""Answers that somebody wants rewarded: one a line in JSON, each a text, or an object with the fields of a sample."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Final

from reconciler.core.codes_prompt import prompt_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError
from reconciler.core.likeness import nearest
from reconciler.core.model import RewardSample
from reconciler.core.plurals import counted

ANSWERS_MAX: Final = 1_000
"""Of one call: each is a request, and may call a service of the user's."""
_FIELDS: Final = ("answer", "example", "least", "most")
_MISTAKES_MAX: Final = 20
_FIX: Final = 'Write a text in quotes, or an object: {"answer": "It is 4.", "example": 2, "least": 1}.'


def answers_in(content: bytes, name: str, example: int) -> list[tuple[RewardSample, Location]]:
    """The answers with their places; `example` is that of answers that name none.

    Raises ReconcilerError: RUN055 with every line that is none, or for too many; RUN053 for none at all.
    """
    found: list[tuple[RewardSample, Location]] = []
    mistakes: list[Diagnostic] = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        where = Location(name, number)
        try:
            found.append((answer_of(_decoded(line), example), where))
        except ValueError as exc:
            mistakes.append(prompt_diagnostic("RUN055", f"{exc}", fix=_FIX, where=where))
    if mistakes:
        raise ReconcilerError(*mistakes[:_MISTAKES_MAX])
    if not found:
        raise ReconcilerError(prompt_diagnostic("RUN053", f"{name} has no answers.", fix=_FIX, where=Location(name)))
    refuse_too_many(len(found))
    return found


def refuse_too_many(count: int) -> None:
    """Raises ReconcilerError."""
    if count > ANSWERS_MAX:
        detail = f"There are {counted(count, 'answer')}; one call tries {ANSWERS_MAX:,} at most."
        raise ReconcilerError(prompt_diagnostic("RUN055", detail, fix="Try them in several calls."))


def answer_of(value: object, example: int) -> RewardSample:
    """A text, or a mapping with the fields of a sample. Raises ValueError, whose words say what is wrong."""
    if isinstance(value, str):
        return RewardSample(value, example)
    if not isinstance(value, Mapping):
        raise ValueError("It is neither a text nor an object.")  # noqa: TRY004 - what is wrong with a value of JSON
    for name in value:
        if name not in _FIELDS:
            near = nearest(str(name), _FIELDS)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ValueError(f"There is no field {str(name)[:40]!r}; there are {', '.join(_FIELDS)}.{hint}")
    answer, number = value.get("answer"), value.get("example", example)
    if not isinstance(answer, str):
        raise ValueError("It has no text under answer.")  # noqa: TRY004 - the same
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"example is {number!r}, and no whole number from 1.")
    return RewardSample(answer, number, _bound("least", value), _bound("most", value))


def _bound(name: str, value: Mapping[str, object]) -> float | None:
    bound = value.get(name)
    if bound is None:
        return None
    if isinstance(bound, bool) or not isinstance(bound, int | float) or not _is_finite(bound):
        raise ValueError(f"{name} is {str(bound)[:40]!r}, and no number.")
    return float(bound)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _decoded(line: bytes) -> object:
    try:
        return json.loads(line)
    except UnicodeDecodeError as exc:
        raise ValueError("It is not UTF-8.") from exc
    except (ValueError, RecursionError) as exc:
        raise ValueError("It is not JSON.") from exc
