"""One example of an open model: chat messages, or a prompt with its completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.refusals import refusal_problems
from reconciler.datasets.rows.fields import is_blank, list_at, objects, unknown_fields, wrong_type
from reconciler.datasets.rows.measure import Measure, canonical, hashes, label_of, text_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path
    from reconciler.datasets.limits import DataLimits

ROLES = ("system", "user", "assistant", "tool")
PROMPT_FIELDS = frozenset({"prompt", "completion"})


def problems(row: dict[str, Any], _limits: DataLimits) -> Iterator[Breach]:
    """Every rule over one example of either form."""
    if "messages" not in row and "prompt" in row:
        yield from _prompt_problems(row)
        return
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        yield Breach("DATA801", ("messages",), "There are no messages.")
        return
    for index, message in enumerate(messages):
        yield from _message_problems(message, ("messages", index))
    last = messages[-1]
    if isinstance(last, dict) and last.get("role") in ROLES and last["role"] != "assistant":
        yield Breach("DATA802", ("messages", len(messages) - 1))
    elif isinstance(last, dict):
        yield from refusal_problems(last.get("content"), ("messages", len(messages) - 1, "content"))


def _message_problems(message: object, path: Path) -> Iterator[Breach]:
    if not isinstance(message, dict):
        yield Breach("DATA801", path, "It is no object.")
        return
    role = message.get("role")
    if role not in ROLES:
        yield Breach("DATA801", (*path, "role"), f'Its role is "{shorten(str(role))}".')
    content = message.get("content")
    if content is None and not message.get("tool_calls"):
        yield Breach("DATA801", path, "It has no content.")
    elif is_blank(content):
        yield Breach("DATA319" if role == "assistant" else "DATA318", (*path, "content"))


def _prompt_problems(row: dict[str, Any]) -> Iterator[Breach]:
    yield from unknown_fields(row, PROMPT_FIELDS, ())
    for key in ("prompt", "completion"):
        text = row.get(key)
        if text is None:
            yield Breach("DATA302", (), f'"{key}" is missing.')
        elif not isinstance(text, str):
            yield wrong_type((key,), "a text", text)
        elif is_blank(text):
            yield Breach("DATA319" if key == "completion" else "DATA318", (key,))
    yield from refusal_problems(row.get("completion"), ("completion",))


def measure(row: dict[str, Any]) -> Measure:
    """Its measures; the assistant's messages, or the completion, are the output."""
    turns = _turns(row)
    given = [text for role, text in turns if role != "assistant"]
    answers = [text for role, text in turns if role == "assistant"]
    last = [turns[-1][1]] if turns else []
    return Measure(
        sum(map(text_bytes, given)),
        sum(map(text_bytes, answers)),
        *hashes([part for turn in turns[:-1] for part in turn], last),
        label=label_of(last),
        turns=len(turns),
        has_system=any(role == "system" for role, _ in turns),
    )


def _turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    if "prompt" in row:
        return [("user", _text(row["prompt"])), ("assistant", _text(row.get("completion")))]
    messages = objects(list_at(row, "messages"))
    return [(str(message.get("role")), _text(message.get("content"))) for message in messages]


def _text(content: object) -> str:
    if content is None:
        return ""
    return content if isinstance(content, str) else canonical(content)
