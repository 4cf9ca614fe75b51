"""How a list is sorted: seen before its names are pseudonyms, which sort otherwise."""

from __future__ import annotations

from typing import Any

_TIMES = ("createTime", "timeCreated")


def orders_of(body: Any) -> dict[str, tuple[str, ...]]:
    """By the key of each list of an answer, every order that it is in: none where it is in no known one."""
    if not isinstance(body, dict):
        return {}
    lists = {key: value for key, value in body.items() if isinstance(value, list) and _is_of_resources(value)}
    found = {key: _orders(items, are_objects=key == "items") for key, items in lists.items()}
    return {key: orders for key, orders in found.items() if orders is not None}


def _is_of_resources(items: list[Any]) -> bool:
    return len(items) > 1 and all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items)


def _orders(items: list[dict[str, Any]], *, are_objects: bool) -> tuple[str, ...] | None:
    """None where nothing in the items tells an order. Ids are made up, so only names of objects have one."""
    names = [item["name"] for item in items]
    times = [next((str(item[key]).rstrip("Z") for key in _TIMES if key in item), "") for item in items]
    found = []
    if all(times) and len(set(times)) > 1:
        if times == sorted(times, reverse=True):
            found.append("newest first")
        if times == sorted(times):
            found.append("oldest first")
    if are_objects and names == sorted(names):
        found.append("by name")
    return tuple(found) if are_objects or (all(times) and len(set(times)) > 1) else None
