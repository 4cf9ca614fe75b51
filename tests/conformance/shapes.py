"""What a body looks like: which fields it has, and in which form their values are, without the values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

_FRACTIONS = {"": "seconds", ".": "seconds", 3: "milliseconds", 6: "microseconds", 9: "nanoseconds"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?Z")
_CUT_TEXT = 400


def lines_of(body: Any) -> set[str]:
    """One line for each field: `tunedModel.model: projects/#/locations/us-central1/models/#@1`.

    A list's items are told together; `?` stands behind a field that not every item has.
    """
    return set(_lines(body, ""))


def order_of(body: Any) -> list[str]:
    """The keys in the order in which they are sent."""
    return list(body)


def _lines(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        if not value:
            yield f"{path}: empty"
        for key, item in value.items():
            yield from _lines(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        yield from _listed(value, path)
    else:
        yield f"{path}: {form_of(value)}"


def _listed(items: list[Any], path: str) -> Iterator[str]:
    seen = Counter(line for item in items for line in set(_lines(item, "")))
    fields = Counter(line.split(": ", 1)[0] for item in items for line in set(_lines(item, "")))
    for line in seen:
        name, form = line.split(": ", 1)
        rare = "" if fields[name] >= len(items) else "?"
        dot = "." if name and not name.startswith("[") else ""
        yield f"{path}[]{dot}{name}{rare}: {form}"


def form_of(value: Any) -> str:
    """The form of one value: names keep what is not an id, words in capitals stay as they are."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float)):
        return "number"
    text = str(value)
    time = _TIME.fullmatch(text)
    if time:
        return f"time in {_FRACTIONS[len(time[1] or '') or '']}"
    if re.fullmatch(r"-?\d+", text):
        return "number as text"
    if re.fullmatch(r"[A-Z][A-Z0-9_]+", text):
        return text
    return _form_of_text(text)


def _form_of_text(text: str) -> str:
    if text.startswith(("gs://", "models/")):
        return text.partition("/")[0] + "/…"
    if re.match(r"projects/\d", text):
        # Ids of some length, stamps of twenty digits.
        return re.sub(r"\d{20}", "STAMP", re.sub(r"(?<![\d-])\d{12,19}(?!\d)", "#", text))
    if text.startswith("tunedModels/"):
        return re.sub(r"(?<=[-/])[a-z0-9]{11,12}(?=$|/)", "ID", text)
    if text.startswith("type.googleapis.com/"):
        return text
    return "text cut at 400" if len(text) == _CUT_TEXT + 3 and text.endswith("...") else "text"
