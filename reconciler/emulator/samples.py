"""Stand-ins for Google's public sample files at gs://cloud-samples-data/…, which the documentation's samples name.

Assumed: their contents are made up here; only their existence, format and approximate size are those of the originals.
"""

from __future__ import annotations

import json
from functools import cache

BUCKET = "cloud-samples-data"
_TOPICS = ("the harbour", "a mountain railway", "the town library", "an old bakery", "the night market", "a lighthouse")
_EVENTS = (
    "reopened after repairs",
    "drew more visitors than ever",
    "closed for the winter",
    "celebrated its centenary",
)
_PLACES = ("in the north", "by the river", "near the border", "on the island", "in the old quarter")


@cache
def sample_file(name: str) -> bytes | None:
    """The stand-in for an object of the public sample bucket, None for what is no JSONL file."""
    if not name.endswith(".jsonl"):
        return None
    count = 50 if "validation" in name else 200
    is_first_format = "/gemini" not in name  # the files of the 1.0 era hold messages
    rows = [_row(n + (1000 if "validation" in name else 0), messages=is_first_format) for n in range(count)]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _row(n: int, *, messages: bool) -> dict[str, object]:
    topic, event, place = _TOPICS[n % 6], _EVENTS[n // 6 % 4], _PLACES[n // 24 % 5]
    prompt = f"Summarize in one sentence: Report {n}. Last week {topic} {place} {event}, as officials told reporters."
    answer = f"{topic.capitalize()} {place} {event}."
    if messages:
        return {"messages": [{"role": "user", "content": prompt}, {"role": "model", "content": answer}]}
    turns = (("user", prompt), ("model", answer))
    return {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}
