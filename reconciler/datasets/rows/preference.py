"""One example of Vertex AI preference tuning: a prompt and two answers of which one is preferred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.contents import (
    answer_problems,
    content_problems,
    contents_problems,
    side_of,
)
from reconciler.datasets.rows.fields import list_at, object_at, objects, unknown_fields, wrong_type
from reconciler.datasets.rows.measure import Measure, hashes, pieces, tokens_bytes, turn_pieces
from reconciler.datasets.rows.media import has_media_or_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.limits import DataLimits

FIELDS = frozenset({"contents", "completions", "systemInstruction"})
COMPLETION_FIELDS = frozenset({"score", "completion"})


def problems(row: dict[str, Any], _limits: DataLimits) -> Iterator[Breach]:
    """Every rule over one example."""
    yield from unknown_fields(row, FIELDS, ())
    if row.get("systemInstruction") is not None:
        yield Breach("DATA606", ("systemInstruction",))
    if row.get("contents") is None:
        yield Breach("DATA302", (), '"contents" is missing.')
    else:
        yield from contents_problems(row["contents"])
    contents = list_at(row, "contents")
    if contents and side_of(contents[-1]) == "model":
        yield Breach("DATA604", ("contents", len(contents) - 1))
    for index, content in enumerate(contents):
        if has_media_or_calls(content):
            yield Breach("DATA508", ("contents", index))
    yield from _completions_problems(row.get("completions"))


def _completions_problems(completions: object) -> Iterator[Breach]:
    if completions is None:
        yield Breach("DATA302", (), '"completions" is missing.')
        return
    if not isinstance(completions, list):
        yield wrong_type(("completions",), "a list", completions)
        return
    if len(completions) != 2:
        yield Breach("DATA601", ("completions",), f"There are {len(completions)}.")
    for index, completion in enumerate(completions):
        yield from _completion_problems(completion, ("completions", index))
    if len(completions) == 2:
        yield from _pair_problems(objects(completions))


def _completion_problems(completion: object, path: tuple[str, int]) -> Iterator[Breach]:
    if not isinstance(completion, dict):
        yield wrong_type(path, "a completion, as an object", completion)
        return
    yield from unknown_fields(completion, COMPLETION_FIELDS, path)
    turn = completion.get("completion")
    here = (*path, "completion")
    if not isinstance(turn, dict):
        yield Breach("DATA603", here, "It is missing or no turn.")
        return
    yield from content_problems(turn, here)
    yield from answer_problems(turn, here)
    if side_of(turn) != "model":
        yield Breach("DATA603", here, "Its role is not model.")
    if has_media_or_calls(turn):
        yield Breach("DATA508", here)


def _pair_problems(completions: list[dict[str, Any]]) -> Iterator[Breach]:
    scores = [completion.get("score") for completion in completions]
    if any(isinstance(score, bool) or not isinstance(score, int | float) for score in scores):
        yield Breach("DATA602", ("completions",), "A score is missing or no number.")
    elif set(scores) != {0, 1}:
        named = " and ".join(shorten(str(score)) for score in (scores[0], scores[-1]))
        yield Breach("DATA602", ("completions",), f"They are {named}.")
    turns = [pieces(object_at(completion, "completion")) for completion in completions]
    if len(turns) == 2 and turns[0] and turns[0] == turns[1]:
        yield Breach("DATA605", ("completions",))


def measure(row: dict[str, Any]) -> Measure:
    """Its measures; both completions are learnt from, so both count as output."""
    contents = list_at(row, "contents")
    completions = objects(list_at(row, "completions"))
    turns = [object_at(completion, "completion") for completion in completions]
    system = object_at(row, "systemInstruction")
    prompt = [*pieces(system), *(text for content in contents for text in turn_pieces(content, "user"))]
    answer = [text for turn in turns for text in turn_pieces(turn, "model")]
    return Measure(
        tokens_bytes(system) + sum(tokens_bytes(content) for content in contents),
        sum(tokens_bytes(turn) for turn in turns),
        *hashes(prompt, answer),
        turns=len(contents),
        has_system=bool(system),
    )
