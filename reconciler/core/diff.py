"""Differences between nested fields. Equal trees cost one comparison; only unequal ones meet deepdiff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.core.model import Fields, Json


class Difference(NamedTuple):
    """A path in the API's spelling, dotted, and both values; None where there is none."""

    path: str
    old: Json
    new: Json


def diff_trees(old: Fields, new: Fields) -> list[Difference]:
    """Every leaf that differs, in path order. Lists are taken whole."""
    if old == new:
        return []
    # deepdiff costs more to import than a plan of a thousand unchanged models.
    from deepdiff import DeepDiff

    tree = DeepDiff(dict(old), dict(new), view="tree")
    changed: set[tuple[str, ...]] = set()
    for levels in tree.values():
        for level in levels:
            changed.add(_down_to_a_list(level.path(output_format="list")))
    return [
        Difference(".".join(leaf), _at(old, leaf), _at(new, leaf))
        for path in sorted(changed)
        for leaf in _leaves(path, _at(old, path), _at(new, path))
        # 4 and 4.0 are one value of two types, as everywhere else here.
        if _at(old, leaf) != _at(new, leaf) or _has(old, leaf) is not _has(new, leaf)
    ]


def only_set(observed: Fields, wanted: Fields) -> dict[str, Json]:
    """The part of `observed` that `wanted` says anything about."""
    return {
        key: only_set(observed[key], value)
        if isinstance(value, Mapping) and isinstance(observed[key], Mapping)
        else observed[key]
        for key, value in wanted.items()
        if key in observed
    }


def flatten(tree: Fields) -> dict[str, Json]:
    """Leaves by dotted path."""
    return {".".join(leaf): _at(tree, leaf) for leaf in _leaves((), tree, tree) if leaf}


def merge(base: Fields, over: Fields) -> dict[str, Json]:
    """`over` laid upon `base`, mapping by mapping."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def nested(path: str, value: Json) -> dict[str, Json]:
    """`{"a": {"b": value}}` for `a.b`."""
    for part in reversed(path.split(".")):
        value = {part: value}
    return value  # type: ignore[no-any-return]


def at(tree: Fields, path: str) -> Json:
    """The value at a dotted path, or None."""
    return _at(tree, tuple(path.split(".")))


def _down_to_a_list(path: list[str | int]) -> tuple[str, ...]:
    names: list[str] = []
    for part in path:
        if isinstance(part, int):
            break
        names.append(part)
    return tuple(names)


def _at(tree: Json, path: tuple[str, ...]) -> Json:
    for part in path:
        if not isinstance(tree, Mapping) or part not in tree:
            return None
        tree = tree[part]
    return tree


def _has(tree: Json, path: tuple[str, ...]) -> bool:
    above = _at(tree, path[:-1])
    return isinstance(above, Mapping) and path[-1] in above


def _leaves(path: tuple[str, ...], old: Json, new: Json) -> Iterator[tuple[str, ...]]:
    trees = [tree for tree in (old, new) if isinstance(tree, Mapping) and tree]
    if not trees or any(tree is not None and not isinstance(tree, Mapping) for tree in (old, new)):
        yield path
        return
    for key in sorted({key for tree in trees for key in tree}):
        yield from _leaves((*path, key), _at(old, (key,)), _at(new, (key,)))
