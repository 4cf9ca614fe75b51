"""What a list says beyond its items: how they are sorted, and how many a page has."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.emulator.gemini_models import DEFAULT_PAGE
from reconciler.emulator.recording.comparing import Check
from reconciler.emulator.recording.exchange import Answered, Exchange
from reconciler.emulator.recording.ordering import orders_of
from reconciler.emulator.routing import Route
from reconciler.emulator.settings import EmulatorSettings


def order_checks(exchange: Exchange, ours: Answered) -> Iterator[Check]:
    """Of each list that both have sorted in some way."""
    mine = orders_of(ours.body)
    for key, orders in exchange.order.items():
        expected = mine.get(key)
        if expected:
            holds = bool(set(orders) & set(expected))
            service = f"lists {' or '.join(orders) or 'in no known order'}"
            yield Check(exchange.method, exchange.answer.status, "order", f"{key}[]", holds, service, " or ".join(expected))


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
