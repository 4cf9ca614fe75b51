"""Request bodies put together from the parts of a submission. Pure; nothing given is changed."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.diff import merge, nested
from reconciler.core.lock import DataRecord
from reconciler.core.model import Fields, Json


def body_of(*parts: Fields) -> dict[str, Json]:
    """All parts laid upon each other, without what none of them sets."""
    whole: dict[str, Json] = {}
    for part in parts:
        whole = merge(whole, _what_is_set(part))
    return whole


def _what_is_set(part: Fields) -> dict[str, Json]:
    found = {key: _what_is_set(value) if isinstance(value, dict) else value for key, value in part.items()}
    return {key: value for key, value in found.items() if value is not None}


def dataset_uris(data: Iterable[DataRecord]) -> dict[str, Json]:
    """Each dataset's URI, as sent, at its place in the body."""
    return body_of(*(nested(r.field, r.sent_uri or r.uri) for r in data if r.sent_uri or r.uri))
