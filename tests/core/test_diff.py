"""Differences between nested fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import diff

_keys = st.sampled_from(["a", "b", "cC", "1"])
_values = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=2)
_leaves = _values | st.lists(_values, max_size=3)
_trees: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    _keys, st.recursive(_leaves, lambda below: st.dictionaries(_keys, below, max_size=3), max_leaves=8), max_size=3
)


@given(_trees)
def test_equal_trees_do_not_differ(tree: dict[str, Any]) -> None:
    assert diff.diff_trees(tree, dict(tree)) == []


@given(_trees, _trees)
def test_unequal_trees_differ_and_each_difference_is_true(old: dict[str, Any], new: dict[str, Any]) -> None:
    found = diff.diff_trees(old, new)

    assert bool(found) is (old != new)
    for path, before, after in found:
        assert (before, after) == (diff.at(old, path), diff.at(new, path))


@given(_trees, _trees)
def test_a_difference_turned_around_is_the_same_difference(old: dict[str, Any], new: dict[str, Any]) -> None:
    there = [(d.path, d.old, d.new) for d in diff.diff_trees(old, new)]
    back = [(d.path, d.new, d.old) for d in diff.diff_trees(new, old)]

    assert there == back


@given(_trees, _trees)
def test_what_is_laid_over_wins_and_the_rest_stays(base: dict[str, Any], over: dict[str, Any]) -> None:
    merged = diff.merge(base, over)

    assert diff.merge(merged, over) == merged
    assert diff.only_set(merged, over) == over or _has_empty(over)
    assert set(merged) == {*base, *over}


@given(_trees)
def test_flattened_leaves_are_where_their_paths_say(tree: dict[str, Any]) -> None:
    for path, value in diff.flatten(tree).items():
        assert diff.at(tree, path) == value


def _has_empty(tree: dict[str, Any]) -> bool:
    return any(isinstance(v, dict) and (not v or _has_empty(v)) for v in tree.values())


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({}, {"a": {"b": 1, "c": 2}}, [("a.b", None, 1), ("a.c", None, 2)]),
        ({"a": {"b": 1}}, {}, [("a.b", 1, None)]),
        ({"a": {"b": 1}}, {"a": 3}, [("a", {"b": 1}, 3)]),
        ({"a": 3}, {"a": {"b": 1}}, [("a", 3, {"b": 1})]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("a", [1, 2], [1, 3])]),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}]}, [("a", [{"x": 1}], [{"x": 2}])]),
        ({"a": {}}, {"a": {"b": 1}}, [("a.b", None, 1)]),
        ({}, {"a": {}}, [("a", None, {})]),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, [("a", 1, 2), ("b", 1, 2)]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": "x"}, {"a": None}, [("a", "x", None)]),
    ],
)
def test_every_leaf_that_differs_is_told_once(old: Any, new: Any, found: list[Any]) -> None:
    assert [tuple(d) for d in diff.diff_trees(old, new)] == found


def test_flatten_of_nothing_is_nothing() -> None:
    assert diff.flatten({}) == {}
    assert diff.flatten({"a": {}}) == {"a": {}}
    assert diff.flatten({"a": {"b": [1]}, "c": None}) == {"a.b": [1], "c": None}


def test_at_looks_along_a_dotted_path() -> None:
    assert diff.at({"a": {"b": 1}}, "a.b") == 1
    assert diff.at({"a": {"b": 1}}, "a.b.c") is None
    assert diff.at({"a": 1}, "b") is None


def test_nested_is_the_way_back_of_a_path() -> None:
    assert diff.nested("a.b", 1) == {"a": {"b": 1}}


def test_only_set_keeps_what_the_other_speaks_of() -> None:
    assert diff.only_set({"a": 1, "b": {"c": 2, "d": 3}, "e": 4}, {"b": {"c": 0}, "e": {"x": 1}, "f": 1}) == {
        "b": {"c": 2},
        "e": 4,
    }
