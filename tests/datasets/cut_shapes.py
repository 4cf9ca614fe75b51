"""Cut the types of an example's fields out of the discovery documents: `python -m tests.datasets.cut_shapes`.

Nothing is written by hand but what to start from. A field that only one of v1 and v1beta1 has is kept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.emulator.cut_definitions import cut_schemas

FILE = Path(__file__).parents[2] / "reconciler" / "datasets" / "shapes.json"
ROOTS = ["Content", "Tool", "GenerationConfig", "GeminiPreferenceExample"]


def cut() -> dict[str, Any]:
    """The source, and every message that an example can hold with its fields."""
    found: dict[str, dict[str, str]] = {}
    sources = []
    for version in ("v1", "v1beta1"):
        source, schemas = cut_schemas(version, ROOTS)
        sources.append(source)
        for name, marked in schemas.items():
            fields = {field: kind.removesuffix("?") for field, kind in marked.items()}  # whether it may be left out
            before = found.setdefault(name, {})
            differ = [field for field in before.keys() & fields.keys() if before[field] != fields[field]]
            if differ:
                raise ValueError(f"{name}: {differ} are of two types: what would be good of either?")
            found[name] = dict(sorted({**before, **fields}.items()))
    return {"source": "; ".join(sources), "schemas": dict(sorted(found.items()))}


def render(excerpt: dict[str, Any]) -> str:
    """One line a message, so that a new revision reads well as a diff."""
    rows = [f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in excerpt["schemas"].items()]
    return f'{{\n"source":{json.dumps(excerpt["source"])},\n"schemas":{{\n' + ",\n".join(rows) + "\n}\n}\n"


if __name__ == "__main__":
    FILE.write_text(render(cut()), encoding="utf-8")
