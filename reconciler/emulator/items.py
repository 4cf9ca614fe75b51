"""Questions with the answers that are held to be right, as somebody gave them: what a planted answer is right about.

An item is known by the text of its turns. Source: ours, no service has them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from reconciler.emulator.errors import SettingError
from reconciler.emulator.lenient import JsonError, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.emulator.store import Store

Json = dict[str, Any]

MOST_ITEMS = 200_000
_FORMS = '{"prompt": "…", "reference": "…"} or a row of training data whose last turn is the model\'s'


def keep_items(store: Store, rows: Iterable[Any]) -> int:
    """Add items, or give known ones another reference; answers how many rows there were. Raises SettingError."""
    count = 0
    for count, row in enumerate(rows, 1):
        if count > MOST_ITEMS:
            raise SettingError(f"there are more than {MOST_ITEMS:,} items")
        store.sql(
            "INSERT INTO items(key, reference) VALUES(?,?) ON CONFLICT(key) DO UPDATE SET reference=excluded.reference",
            _read(row, count),
        )
    return count


def forget_items(store: Store) -> None:
    """No prompt has a reference any more."""
    store.sql("DELETE FROM items")


def count_items(store: Store) -> Json:
    """How many items there are, and how many references that differ."""
    (items, references) = store.sql("SELECT count(*), count(DISTINCT reference) FROM items").fetchone()
    return {"items": items, "references": references}


def find_item(store: Store, contents: list[Json]) -> tuple[str, str] | None:
    """(key, reference) of what is asked, None when nobody gave it."""
    key = key_of(contents)
    found = store.sql("SELECT reference FROM items WHERE key=?", (key,)).fetchone()
    return (key, found[0]) if found else None


def another_reference(store: Store, reference: str, draw: float) -> str:
    """A reference that differs, those of many items more often; "" when every item has the same."""
    (last,) = store.sql("SELECT coalesce(max(rowid), 0) FROM items").fetchone()
    start = int(draw * last) + 1
    # From a drawn row on, and round to the first.
    after = store.sql("SELECT reference FROM items WHERE rowid >= ? AND reference <> ? LIMIT 1", (start, reference))
    first = store.sql("SELECT reference FROM items WHERE reference <> ? LIMIT 1", (reference,))
    found = after.fetchone() or first.fetchone()
    return str(found[0]) if found else ""


def key_of(contents: list[Json]) -> str:
    """The same for conversations with the same words; blanks, case and the name of the user's role do not count."""
    turns = []
    for content in contents:
        role = "model" if str(content.get("role", "")).lower() == "model" else "user"
        texts = (part.get("text", "<media0>") for part in content.get("parts", []))
        turns.append(f"{role}:{' '.join(''.join(texts).split()).casefold()}")
    return hashlib.sha256("\n".join(turns).encode("utf-8", "replace")).hexdigest()[:32]


def rows_of(content: bytes) -> Iterator[Any]:
    """The rows of a file of JSON lines. Raises SettingError with the line."""
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                yield read_json(line)
            except JsonError as exc:
                raise SettingError(f"line {number} of the items is not JSON: {str(exc).splitlines()[0]}") from None


def _read(row: Any, number: int) -> tuple[str, str]:
    """(key, reference)."""
    problem = SettingError(f"item {number} is neither {_FORMS}")
    if not isinstance(row, dict):
        raise problem
    prompt, reference = row.get("prompt"), row.get("reference")
    if isinstance(prompt, str) and isinstance(reference, str):
        return key_of([{"role": "user", "parts": [{"text": prompt}]}]), reference
    turns = row.get("contents")
    if not isinstance(turns, list) or len(turns) < 2 or not all(map(_is_turn, turns)):
        raise problem
    *asked, answer = turns
    if str(answer.get("role", "")).lower() != "model":
        raise problem
    return key_of(asked), "".join(part.get("text", "") for part in answer["parts"])


def _is_turn(turn: Any) -> bool:
    parts = turn.get("parts") if isinstance(turn, dict) else None
    return isinstance(parts, list) and all(isinstance(p, dict) and isinstance(p.get("text", ""), str) for p in parts)
