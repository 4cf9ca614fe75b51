"""What a tuned model has learnt: the prompts and answers of its training set, and the answer nearest to a prompt.

Simulated: a prompt of the training set gets that example's answer, another one the answer of the nearest example.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.emulator.store import Store

MOST_LESSONS = 20_000
_WORD = re.compile(r"\w+")


def keep_lessons(store: Store, model: str, lessons: Iterable[tuple[str, str]], *, parent: str = "") -> None:
    """Remember what a model was trained on, its own lessons before those of the model it was tuned from."""
    rows = [*lessons][:MOST_LESSONS]
    if parent:
        rows += _rows(store, parent)[: MOST_LESSONS - len(rows)]
    store.sql("DELETE FROM lessons WHERE model=?", (model,))
    for number, (prompt, answer) in enumerate(rows):
        store.sql("INSERT INTO lessons VALUES(?,?,?,?)", (model, number, prompt, answer))


def move_lessons(store: Store, before: str, after: str) -> None:
    """What a job has taken in becomes what its model knows."""
    store.sql("UPDATE OR REPLACE lessons SET model=? WHERE model=?", (after, before))


def forget_lessons(store: Store, model: str) -> None:
    """The model is gone."""
    store.sql("DELETE FROM lessons WHERE model=?", (model,))


def _rows(store: Store, model: str) -> list[tuple[str, str]]:
    return store.sql("SELECT prompt, answer FROM lessons WHERE model=? ORDER BY n", (model,)).fetchall()


def nearest_answer(store: Store, model: str, prompt: str) -> str | None:
    """The answer of the example whose prompt is equal, or else the most alike; None when nothing was learnt.

    Likeness is the share of words in common; of equally good ones the first example wins.
    """
    rows = _rows(store, model)
    wanted = _plain(prompt)
    for learnt, answer in rows:
        if _plain(learnt) == wanted:
            return answer
    words = _words(prompt)
    best = max(rows, key=lambda row: _likeness(words, _words(row[0])), default=None)
    return best[1] if best else None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


@lru_cache(maxsize=50_000)
def _words(text: str) -> Counter[str]:
    found = Counter(_WORD.findall(text.casefold()))
    # Single letters and digits count too: prompts such as "LXIII" or "7" have nothing else.
    found.update(text.casefold()[n : n + 3] for n in range(max(0, min(len(text), 400) - 2)))
    return found


def _likeness(first: Counter[str], second: Counter[str]) -> float:
    common = (first & second).total()
    every = first.total() + second.total() - common
    return common / every if every else 0.0
