"""What is planted in this state, and what it makes of one request. See planting.py for what can be planted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.call import with_number
from reconciler.emulator.items import another_reference, find_item
from reconciler.emulator.planting import (
    Planting,
    fits,
    is_right,
    latency_s,
    read_planting,
    status_of,
    trouble_of,
    wrong_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.call import MethodCall, Simulation
    from reconciler.emulator.planting import Answerer, Draw, PlantedTrouble
    from reconciler.emulator.store import Store

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Planted:
    """What a request gets in place of the usual answer.

    `word`: "blocked", "safety" or "empty" where there is no text. `status`: that refusal.
    """

    text: str = ""
    word: str = ""
    status: int = 0
    options: Mapping[str, str] = field(default_factory=dict)


def plant(store: Store, given: Any) -> int:
    """Plant it for good; answers its number. Raises SettingError."""
    planting = read_planting(given)
    cursor = store.sql(
        "INSERT INTO plantings(body, asked, right, failed) VALUES(?,0,0,0)", (msgspec.json.encode(planting),)
    )
    return int(cursor.lastrowid or 0)


def clear(store: Store, number: int | None = None) -> None:
    """Take out one planting, or all, with the account of who was asked what."""
    if number is None:
        store.sql("DELETE FROM plantings")
        store.sql("DELETE FROM asked")
    else:
        store.sql("DELETE FROM plantings WHERE id=?", (number,))


def account(store: Store) -> list[Json]:
    """Everything planted, with how many items were asked through it, answered rightly, and met a trouble."""
    rows = store.sql("SELECT id, body, asked, right, failed FROM plantings ORDER BY id")
    return [
        {"id": number, **msgspec.json.decode(body), "asked": asked, "answeredRightly": right, "troubled": failed}
        for number, body, asked, right, failed in rows
    ]


def planted(call: MethodCall, answerer: Answerer, *, keeps_still: bool) -> Planted | None:
    """What is planted for this request, None where the answer is the usual one.

    `keeps_still`: the request asks for the likeliest words and the model heeds it, so that samples do not differ.
    Sets the call's latency.
    """
    found = _planting_for(call.store, answerer)
    item = find_item(call.store, call.body.get("contents", [])) if found else None
    if found is None or item is None:
        return None
    number, planting = found
    key, reference = item
    draw = _draw(call.sim, planting)
    times = _count(call.store, answerer.who, key)
    trouble = trouble_of(planting, answerer.who, key, draw, asked=times)
    if trouble is not None:
        _tell(call.store, number, failed=1)
        return _troubled(trouble)
    if planting.latency is not None:
        call.lasts_s = latency_s(planting.latency, draw("latency", answerer.who, key, times))
        call.sleeps = planting.latency.sleep
    if planting.right is None:
        _tell(call.store, number)
        return None
    sample = None if keeps_still else call.body.get("generationConfig", {}).get("seed", times)
    right = is_right(planting, answerer.who, key, draw, sample=sample)
    _tell(call.store, number, right=int(right))
    if right:
        return Planted(reference)
    other = another_reference(call.store, reference, draw("other", answerer.who, key))
    return Planted(wrong_text(planting, reference, other, draw("field", answerer.who, key)))


def _planting_for(store: Store, answerer: Answerer) -> tuple[int, Planting] | None:
    """What was planted last for it."""
    for number, body in store.sql("SELECT id, body FROM plantings ORDER BY id DESC"):
        planting = msgspec.json.decode(body, type=Planting)
        if fits(planting, answerer, with_number):
            return number, planting
    return None


def _draw(sim: Simulation, planting: Planting) -> Draw:
    seed = sim.settings.seed if planting.seed is None else planting.seed

    def draw(*words: object) -> float:
        text = ":".join(map(str, ("planted", seed, *words)))
        return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:6], "big") / 2.0**48

    return draw


def _count(store: Store, who: str, item: str) -> int:
    """How often the item has been asked of it by now, this time included."""
    store.sql(
        "INSERT INTO asked(who, item, times) VALUES(?,?,1) ON CONFLICT(who, item) DO UPDATE SET times = times + 1",
        (who, item),
    )
    (times,) = store.sql("SELECT times FROM asked WHERE who=? AND item=?", (who, item)).fetchone()
    return int(times)


def _tell(store: Store, number: int, *, right: int = 0, failed: int = 0) -> None:
    store.sql(
        "UPDATE plantings SET asked = asked + 1, right = right + ?, failed = failed + ? WHERE id=?",
        (right, failed, number),
    )


def _troubled(trouble: PlantedTrouble) -> Planted:
    status = status_of(trouble.error)
    return Planted(word=trouble.error) if status is None else Planted(status=status[0], options=status[1])
