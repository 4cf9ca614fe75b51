"""What recorded answers of the real services say, kept beside the tests: keys in their order, types, omissions, forms.

`bodies/` holds one file for each answer that somebody published, `printed.json` the facts of what clients printed of
others, `published.json` where each was published. Times, numbers and random
letters in names, and the texts that were trained on, are made up in the same form; enums, counts, titles and messages
are as they were answered. The answers themselves are no part of this repository: where they lie beside it,
`test_recorded_shapes.py` compares, and `python -m tests.recorded FOLDER` makes these files anew from them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BODIES = Path(__file__).parent / "bodies"
ORIGINALS = Path(__file__).parents[3] / "shared" / "data" / "responses"
"""Where the answers lie, on machines that have them."""


def body(name: str) -> bytes:
    """An answer as it was recorded, in made-up values of the same form."""
    return (BODIES / name).read_bytes()


def printed(name: str) -> dict[str, Any]:
    """The facts of what a client printed."""
    facts: dict[str, dict[str, Any]] = json.loads((BODIES.parent / "printed.json").read_text("utf-8"))
    return facts[name]
