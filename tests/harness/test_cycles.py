"""No module of the package imports itself through others: each can be read, and moved, with what is below it alone."""

from __future__ import annotations

import grimp


def test_the_package_has_no_cycle() -> None:
    assert cycles(imports()) == []


def test_a_cycle_through_a_package_and_one_through_three_modules_are_found() -> None:
    planted = {
        "a": {"a.one"}, "a.one": {"a"},
        "b": {"c"}, "c": {"d"}, "d": {"b", "e"},
        "e": set[str](),
    }  # fmt: skip

    assert set(cycles(planted)) == {frozenset({"a", "a.one"}), frozenset({"b", "c", "d"})}


def imports() -> dict[str, set[str]]:
    """Who imports whom, lazily or for types alone included."""
    graph = grimp.build_graph("reconciler", cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def cycles(imported: dict[str, set[str]]) -> list[frozenset[str]]:
    """Sets of modules each of which reaches each other one."""
    reached = {module: _reached(module, imported) for module in imported}
    rounds = {frozenset({m, *(o for o in reached[m] if m in reached[o])}) for m in imported if m in reached[m]}
    return list(rounds)


def _reached(start: str, imported: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    open_ = [*imported[start]]
    while open_:
        module = open_.pop()
        if module not in found:
            found.add(module)
            open_ += imported[module]
    return found
