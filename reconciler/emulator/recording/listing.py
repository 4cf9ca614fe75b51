"""What a list says beyond its items: how they are sorted, and how many a page has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from reconciler.emulator.gemini_models import DEFAULT_PAGE
from reconciler.emulator.recording.checks import Check
from reconciler.emulator.recording.exchange import Exchange, RecordedAnswer
from reconciler.emulator.recording.ordering import orders_of
from reconciler.emulator.routing import Route
from reconciler.emulator.settings import EmulatorSettings

_LISTS = frozenset(
    (
        *("tuningJobs", "models", "endpoints", "tunedModels", "operations", "contexts", "tensorboards"),
        *("tensorboardTimeSeries", "tensorboardExperiments", "tensorboardRuns", "executions", "permissions"),
        *("metadataStores", "checkpoints", "items"),
    )
)
USUAL_ORDERS = {
    **dict.fromkeys(("tuningJobs", "models", "endpoints"), ("newest first",)),
    "tunedModels": ("oldest first",),
    "items": ("by name",),
}
"""How the emulator sorts what it has made; what it has taken in it got in no order."""
_FILTER = re.compile(r'(\w+)="([A-Z_]+)"')


def with_lists(exchange: Exchange, ours: RecordedAnswer) -> tuple[RecordedAnswer, RecordedAnswer]:
    """Both answers to a list, each with the lists that the other has: an empty one is absent."""
    recorded = exchange.answer
    if ".list" not in exchange.method or not isinstance(recorded.body, dict) or not isinstance(ours.body, dict):
        return recorded, ours
    keys = [key for key in {**recorded.body, **ours.body} if key in _LISTS]
    missing = {key: list[Any]() for key in keys}
    return replace(recorded, body={**missing, **recorded.body}), replace(ours, body={**missing, **ours.body})


def filter_checks(exchange: Exchange) -> Iterator[Check]:
    """What a filter by one value lets through has that value."""
    body, asked = exchange.answer.body, dict(exchange.request.parameters)
    match = _FILTER.fullmatch(asked.get("filter", ""))
    if match is None or not isinstance(body, dict) or exchange.answer.status != 200:
        return
    for key, items in body.items():
        if isinstance(items, list) and items:
            values = {str(item.get(match[1], "")) for item in items if isinstance(item, dict)}
            service = f"lists {' and '.join(sorted(values))}"
            yield Check(exchange.method, 200, "order", f"{key}[]", values == {match[2]}, service, f"{match[2]} alone")


def order_checks(exchange: Exchange, ours: RecordedAnswer) -> Iterator[Check]:
    """Of each list that both have sorted in some way."""
    mine = orders_of(ours.body)
    for key, orders in exchange.order.items():
        expected = USUAL_ORDERS.get(key) or mine.get(key)
        if expected:
            holds = bool(set(orders) & set(expected))
            service = f"lists {' or '.join(orders) or 'in no known order'}"
            yield Check(
                exchange.method, exchange.answer.status, "order", f"{key}[]", holds, service, " or ".join(expected)
            )


def page_checks(exchange: Exchange, route: Route) -> Iterator[Check]:
    """A page that another follows is full."""
    body, asked = exchange.answer.body, dict(exchange.request.parameters)
    if not isinstance(body, dict) or route.surface == "storage" or exchange.answer.status != 200 or "filter" in asked:
        return
    lists = [(key, value) for key, value in body.items() if isinstance(value, list)]
    if len(lists) != 1 or "list" not in route.method.id:
        return
    ((key, items),) = lists
    size = _page_size(asked.get("pageSize", ""), route.surface)
    if "nextPageToken" in body or len(items) > size:
        service, emulator = f"gives {len(items)} to a page", f"{size}"
        yield Check(exchange.method, 200, "length", f"{key}[]", len(items) == size, service, emulator)


def _page_size(asked: str, surface: str) -> int:
    settings = EmulatorSettings()
    default = DEFAULT_PAGE if surface == "gemini" else settings.page_size
    return min(int(asked) if asked.isdigit() and int(asked) else default, settings.max_page_size)
