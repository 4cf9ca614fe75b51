"""Fields of the schema as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from reconciler.core.field_page import FieldPage


def explained_to_json(found: Sequence[FieldPage]) -> str:
    """`tuneform explain --format json`."""
    document = {"format_version": "1.0", "fields": [asdict(one) for one in found]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
