"""What `tuneform gc` proposes, as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from reconciler.core.garbage import Item
from reconciler.render.records import FORMAT_VERSION
from reconciler.render.values import Banner


class _Upload(Protocol):
    """An object in Cloud Storage."""

    @property
    def uri(self) -> str:
        """`gs://bucket/name`."""

    @property
    def size(self) -> int:
        """In bytes."""

    @property
    def created(self) -> str:
        """RFC 3339."""


def garbage_to_json(items: Sequence[Item], uploads: Sequence[_Upload], banner: Banner) -> str:
    """In the order of addresses, then of uploads."""
    document = {
        "format_version": FORMAT_VERSION,
        "target": banner.target,
        "workspace": banner.workspace,
        "items": [
            {
                "kind": item.kind.value,
                "address": str(item.address),
                "job": item.live.resource_name,
                "resources": list(item.resources),
                "since": item.since,
                "why": item.why,
            }
            for item in items
        ],
        "uploads": [{"uri": u.uri, "size_bytes": u.size, "created": u.created} for u in uploads],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
