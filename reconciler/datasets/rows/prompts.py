"""One prompt without an answer: of reinforcement tuning, with what answers are judged by, or of distillation.

Source: `ReinforcementTuningExample` of the published definition of aiplatform v1beta1. No page describes the prompts
of distillation: they are held to be the same without references.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.contents import contents_problems, side_of, system_problems
from reconciler.datasets.rows.fields import list_at, object_at, unknown_fields, wrong_type
from reconciler.datasets.rows.measure import (
    Measure,
    canonical,
    hashes,
    media_of,
    pieces,
    text_bytes,
    tokens_bytes,
    turn_pieces,
)
from reconciler.datasets.rows.media import media_problems
from reconciler.datasets.rows.tools import tool_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.limits import DataLimits

FIELDS = frozenset({"contents", "systemInstruction", "tools"})
_DUE = ("user", "model")
"""Who speaks in turns that alternate."""


def problems(row: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    """Every rule over a prompt."""
    yield from unknown_fields(row, FIELDS, ())
    yield from _prompt_problems(row, limits)


def judged_problems(row: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    """The same, with the references that the rewards of the spec name."""
    yield from unknown_fields(row, FIELDS | {"references"}, ())
    yield from _prompt_problems(row, limits)
    yield from _reference_problems(row.get("references"), limits)


def _prompt_problems(row: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    if row.get("contents") is None:
        yield Breach("DATA302", (), '"contents" is missing.')
        return
    yield from system_problems(row.get("systemInstruction"))
    yield from contents_problems(row["contents"])
    contents = list_at(row, "contents")
    if contents and side_of(contents[-1]) == "model":
        yield Breach("DATA604", ("contents", len(contents) - 1))
    yield from tool_problems(row)
    yield from media_problems(row, limits)


def _reference_problems(references: object, limits: DataLimits) -> Iterator[Breach]:
    if references is not None and not isinstance(references, dict):
        yield wrong_type(("references",), "an object of texts", references)
        return
    known = references or {}
    for key, value in known.items():
        if not isinstance(value, str):
            yield wrong_type(("references", key), "a text", value)
    missing = [key for key in limits.references if key not in known]
    if missing:
        yield Breach("DATA607", ("references",) if known else (), f"{', '.join(map(shorten, missing))}.")


def measure(row: dict[str, Any]) -> Measure:
    """Its measures: nothing is learnt from it as it stands, so there is no output."""
    contents = list_at(row, "contents")
    system = object_at(row, "systemInstruction")
    tools = row.get("tools")
    prompt = [text for index, content in enumerate(contents) for text in turn_pieces(content, _DUE[index % 2])]
    input_bytes = tokens_bytes(system) + sum(tokens_bytes(content) for content in contents)
    if tools:
        prompt.append(canonical(tools))
        input_bytes += text_bytes(prompt[-1])
    references = row.get("references")
    return Measure(
        input_bytes,
        0,
        *hashes(prompt, [canonical(references)] if references else [], pieces(system)),
        media=tuple(kind for content in contents for kind in media_of(content)),
        turns=len(contents),
        has_system=bool(system),
        has_tools=bool(tools),
    )
