"""Request bodies put together from the parts of a submission. Pure; nothing given is changed."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.lock import DataRecord
from reconciler.core.model import Fields, Json


def merged(*parts: Fields) -> dict[str, Json]:
    """All parts in one, objects merged member by member, without members whose value is None."""
    whole: dict[str, Json] = {}
    for part in parts:
        for key, value in part.items():
            if isinstance(value, dict):
                before = whole.get(key)
                whole[key] = merged(before if isinstance(before, dict) else {}, value)
            elif value is not None:
                whole[key] = value
    return whole


def placed(path: str, value: Json) -> dict[str, Json]:
    """`value` inside the objects that a dotted path names."""
    for key in reversed(path.split(".")):
        value = {key: value}
    inside: dict[str, Json] = value
    return inside


def dataset_uris(data: Iterable[DataRecord]) -> dict[str, Json]:
    """Each dataset's URI, as sent, at its place in the body."""
    return merged(*(placed(r.field, r.sent_uri or r.uri) for r in data if r.sent_uri or r.uri))
