"""`python -m tests.recorded FOLDER` makes the shapes anew from the recorded answers in a folder, with its ORIGIN.md."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tests.recorded import BODIES
from tests.recorded.facts import PRINTED, facts_of
from tests.recorded.shapes import shape_of


def main(folder: Path) -> None:
    """Write one file for each answer, and where each was published."""
    published = {}
    BODIES.mkdir(exist_ok=True)
    for path in sorted(p for p in folder.glob("*.json") if p.name.partition(".")[0] in ("errors", "gemini", "vertex")):
        text = json.dumps(shape_of(json.loads(path.read_text("utf-8"))), indent=1, ensure_ascii=False)
        (BODIES / path.name).write_text(text + "\n", encoding="utf-8")
        published[path.name] = _origin(folder, path.name)
    facts = {name: facts_of(name, (folder / name).read_text("utf-8")) for name in PRINTED}
    published |= {name: _origin(folder, name) for name in PRINTED}
    (BODIES.parent / "printed.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (BODIES.parent / "published.json").write_text(json.dumps(published, indent=2) + "\n", encoding="utf-8")


def _origin(folder: Path, name: str) -> str:
    """The fourth cell of its row."""
    table = (folder / "ORIGIN.md").read_text("utf-8")
    row = re.search(rf"^\|{re.escape(name)}\|.*$", table, re.MULTILINE)
    return row[0].split("|")[4] if row else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
