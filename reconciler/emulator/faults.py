"""Faults on demand: a queue per method, with an account of those met.

A fault is a word with an optional value and options after semicolons: `status:503`, `status:429;retry-after=2`,
`reset-before`, `reset-after`, `delay:0.5`, `late:0.5`, `truncate`, `html`, `html:200`, `duplicate`, `lag:30`, and for
the method `vertex.tuningJobs.run` (a training that starts) `fail:13;message=…`, `no-endpoint`, `stuck`, `expire`,
`partial`, `finish-while-cancelling`. `gemini.tunedModels.run` knows `fail` and `stuck`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.emulator.store import Store

Json = dict[str, Any]

REQUEST_FAULTS = ("status", "reset-before", "reset-after", "delay", "late", "truncate", "html", "duplicate", "lag")
RUN_FAULTS = ("fail", "no-endpoint", "stuck", "expire", "partial", "finish-while-cancelling")
_NUMBERED = ("status", "delay", "late", "lag", "fail", "html")
_NEEDS_NUMBER = ("status", "delay", "late", "lag")
MAX_DELAY_S = 600.0


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """One fault as parsed."""

    word: str
    number: float = 0.0
    options: dict[str, str] = field(default_factory=dict)


def parse_fault(text: str) -> InjectedFault:
    """Raises ValueError with what is wrong."""
    head, *rest = text.split(";")
    word, _, value = head.partition(":")
    if word not in REQUEST_FAULTS + RUN_FAULTS:
        raise ValueError(f"unknown fault {word!r}; known are {', '.join(REQUEST_FAULTS + RUN_FAULTS)}")
    if word in _NEEDS_NUMBER and not value:
        raise ValueError(f"{word} needs a number, such as {word}:5")
    options = dict(part.strip().partition("=")[::2] for part in rest if part.strip())
    return InjectedFault(word, _number(word, value), options)


def _number(word: str, value: str) -> float:
    if not value:
        return 0.0
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    highest = 599 if word in {"status", "html"} else MAX_DELAY_S if word in {"delay", "late"} else 1e9
    lowest = 200 if word in {"status", "html"} else 0
    if word not in _NUMBERED or not lowest <= number <= highest:
        raise ValueError(f"{word}:{value} is not a fault; see docs/emulator.md")
    return number


def add(store: Store, method: str, fault: str, times: int | None) -> int:
    """Queue a fault; `times` None is without end. Raises ValueError."""
    parse_fault(fault)
    cursor = store.sql("INSERT INTO faults(method, fault, times, met) VALUES(?,?,?,0)", (method, fault, times))
    return int(cursor.lastrowid or 0)


def clear(store: Store, number: int | None = None) -> None:
    """Forget one fault, or all."""
    if number is None:
        store.sql("DELETE FROM faults")
    else:
        store.sql("DELETE FROM faults WHERE id=?", (number,))


def account(store: Store) -> list[Json]:
    """Every fault with how often it was met and how often it is still to come (absent when without end)."""
    rows = store.sql("SELECT id, method, fault, times, met FROM faults ORDER BY id")
    return [
        {"id": i, "method": m, "fault": f, "times": t, "met": n, "left": None if t is None else max(0, t - n)}
        for i, m, f, t, n in rows
    ]


def any_queued(store: Store) -> bool:
    """Whether any fault is left: asked once per request, so that a quiet emulator pays nothing more."""
    found = store.sql("SELECT 1 FROM faults WHERE times IS NULL OR met < times LIMIT 1")
    return found.fetchone() is not None


def take(store: Store, method: str, words: tuple[str, ...] = REQUEST_FAULTS) -> list[InjectedFault]:
    """The faults that a call of `method` meets, each counted.

    Of one kind (a status, a reset …) only the first queued is met; a delay or a lag goes together with another.
    """
    met: dict[str, InjectedFault] = {}
    rows = store.sql("SELECT id, method, fault FROM faults WHERE times IS NULL OR met < times ORDER BY id").fetchall()
    for number, pattern, text in rows:
        fault = parse_fault(text)
        kind = fault.word if fault.word in {"delay", "lag"} else "other"
        if fault.word in words and kind not in met and fnmatchcase(method, pattern):
            met[kind] = fault
            store.sql("UPDATE faults SET met = met + 1 WHERE id=?", (number,))
    return list(met.values())
