"""One example of Vertex AI supervised tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.refusals import refusal_problems
from reconciler.datasets.rows.config import config_problems, has_settings
from reconciler.datasets.rows.contents import (
    answer_problems,
    contents_problems,
    side_of,
    system_problems,
)
from reconciler.datasets.rows.fields import list_at, object_at, unknown_fields
from reconciler.datasets.rows.measure import (
    Measure,
    canonical,
    hashes,
    label_of,
    media_of,
    parts_of,
    pieces,
    text_bytes,
    tokens_bytes,
    turn_pieces,
)
from reconciler.datasets.rows.media import media_problems
from reconciler.datasets.rows.tools import tool_problems
from reconciler.datasets.rows.typed import typed_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.limits import DataLimits

_DUE = ("user", "model")
"""Who speaks in turns that alternate."""

FIELDS = frozenset({"contents", "systemInstruction", "tools", "generationConfig"})


def problems(row: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    """Every rule over one example. Fields are in camelCase by now."""
    if row.get("contents") is None:
        yield Breach("DATA302", (), '"contents" is missing.')
        return
    yield from unknown_fields(row, FIELDS, ())
    yield from system_problems(row.get("systemInstruction"))
    yield from contents_problems(row.get("contents"))
    yield from _end_problems(list_at(row, "contents"))
    yield from tool_problems(row)
    if row.get("generationConfig") is not None:
        yield from typed_problems(row["generationConfig"], "GenerationConfig", ("generationConfig",))
        yield from config_problems(row, limits)
    yield from media_problems(row, limits)


def _end_problems(contents: list[Any]) -> Iterator[Breach]:
    if not contents:
        return
    last = len(contents) - 1
    if side_of(contents[last]) != "model":
        yield Breach("DATA314", ("contents", last))
    else:
        yield from answer_problems(contents[last], ("contents", last))
        said = parts_of(contents[last])
        yield from refusal_problems(said[0].get("text") if said else None, ("contents", last, "parts", 0))


def measure(row: dict[str, Any]) -> Measure:
    """Its measures; parts that are not what they should be count as nothing."""
    contents = list_at(row, "contents")
    system = object_at(row, "systemInstruction")
    tools = row.get("tools")
    turns = [turn_pieces(content, _DUE[index % 2]) for index, content in enumerate(contents)]
    prompt = [text for turn in turns[:-1] for text in turn]
    answer = turns[-1] if turns else []
    input_bytes = tokens_bytes(system) + sum(tokens_bytes(c) for c in contents if side_of(c) != "model")
    if tools:
        prompt.append(canonical(tools))
        input_bytes += text_bytes(prompt[-1])
    resolution = object_at(row, "generationConfig").get("mediaResolution")
    return Measure(
        input_bytes,
        sum(tokens_bytes(c) for c in contents if side_of(c) == "model"),
        *hashes(prompt, answer, pieces(system)),
        label=label_of(pieces(contents[-1])) if contents else "",
        media=tuple(kind for content in contents for kind in media_of(content)),
        turns=len(contents),
        resolution=resolution if isinstance(resolution, str) else "",
        has_system=bool(system),
        has_tools=bool(tools),
        has_settings=has_settings(row),
    )
