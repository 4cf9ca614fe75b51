"""Hostile JSON of any size: a shape for each thing that the syntax has, and that a lock, a journal and a plan have."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from reconciler.core.lock import Lock
from reconciler.files.lock_json import encode_lock, entry_to_json
from tests.fakes.specs import a_spec, an_entry

Make = Callable[[int], str]

INSIDE: dict[str, Make] = {
    "objects": lambda n: "[" + ",".join(["{}"] * n) + "]",
    "objects of one member": lambda n: "[" + ",".join(['{"a":1}'] * n) + "]",
    "members": lambda n: "{" + ",".join(f'"k{i}":1' for i in range(n)) + "}",
    "the same member": lambda n: "{" + ",".join(['"k":1'] * n) + "}",
    "arrays": lambda n: "[" + ",".join(["[]"] * n) + "]",
    "arrays of one item": lambda n: "[" + ",".join(["[1]"] * n) + "]",
    "texts": lambda n: "[" + ",".join(['"ab"'] * n) + "]",
    "a long text": lambda n: '"' + "x" * 10 * n + '"',
    "a long key": lambda n: '{"' + "x" * 10 * n + '":1}',
    "umlauts": lambda n: '"' + "ü" * 5 * n + '"',
    "escapes": lambda n: '"' + "\\u0041" * n + '"',
    "escaped pairs": lambda n: '"' + "\\ud83d\\ude00" * n + '"',
    "half pairs": lambda n: '"' + "\\ud83d" * n + '"',
    "backslashes": lambda n: '"' + "\\\\" * n + '"',
    "whole numbers": lambda n: "[" + ",".join(["1"] * n) + "]",
    "different numbers": lambda n: "[" + ",".join(f"1{i:04}" for i in range(n)) + "]",
    "fractions": lambda n: "[" + ",".join(["1.5"] * n) + "]",
    "exponents": lambda n: "[" + ",".join(["1e999"] * n) + "]",
    "one long number": lambda n: "9" * 10 * n,
    "one long fraction": lambda n: "0." + "9" * 10 * n,
    "literals": lambda n: "[" + ",".join(["null", "true", "false"] * (n // 3 + 1)) + "]",
    "constants": lambda n: "[" + ",".join(["NaN"] * n) + "]",
    "nesting": lambda n: "[" + ",".join(["[" * 60 + "]" * 60] * (n // 60 + 1)) + "]",
    "opening brackets": lambda n: "[" * n,
    "opening braces": lambda n: '{"a":' * n,
    "spaces": lambda n: "[" + " " * 10 * n + "]",
    "line ends": lambda n: "[" + "\n" * 10 * n + "]",
    "commas": lambda n: "[" + "," * n + "]",
    "a text without an end": lambda n: '"' + "x" * 10 * n,
    "bytes that are no text": lambda n: "\udcff" * n,
    "control characters": lambda n: '"' + "\x01" * n + '"',
}
"""Values in a place that nobody knows."""

_ENTRY = msgspec.json.encode(entry_to_json(an_entry(a_spec()))).decode()


def lock_with(part: str) -> str:
    return f'{{"version": 1, "lineage": "l", "workspace": "acme", "target": "t", {part}}}'


def _entries(text: str) -> Make:
    return lambda n: lock_with('"entries": {' + ",".join(text.replace("#", str(i)) for i in range(n)) + "}")


def _each_in(text: str) -> dict[str, Make]:
    """Each value in the place of `#`."""

    def placed(make: Make) -> Make:
        return lambda n: text.replace("#", make(n))

    return {f"unknown {name}": placed(make) for name, make in INSIDE.items()}


LOCKS: dict[str, Make] = {
    **_each_in(lock_with('"new": #')),
    "models": lambda n: encode_lock(
        Lock(entries={f"vertex/m{i}": an_entry(a_spec(f"m{i}")) for i in range(n // 10)}), {}
    ).decode(),
    "empty models": _entries('"vertex/m#": {}'),
    "models of no service": _entries('"odd/m#": {}'),
    "models with members that nobody knows": _entries('"vertex/m#": {"new": {"a": #}}'),
    "trainings": lambda n: lock_with(
        '"entries": {"vertex/m": {"trainings": {' + ",".join(f'"{i}": {{}}' for i in range(n)) + "}}}"
    ),
    "approved changes": lambda n: lock_with(
        '"entries": {"vertex/m": {"approved": [' + ",".join(['{"action": "create"}'] * n) + "]}}"
    ),
    "tombstones": lambda n: lock_with('"tombstones": {' + ",".join(f'"j{i}": "x"' for i in range(n)) + "}"),
    "a long address": lambda n: lock_with('"entries": {"' + "x" * 10 * n + '": {}}'),
    "a long attempt": lambda n: lock_with('"entries": {"vertex/m": {"trainings": {"' + "9" * 10 * n + '": {}}}}'),
    "conflict markers": lambda n: "<<<<<<< a\n" * n,
    "nearly conflict markers": lambda n: "<<<<<< a\n" * n,
    "signs of equality": lambda n: "=" * 10 * n,
    "blank lines": lambda n: "\n" * 10 * n,
    "byte order marks": lambda n: "\ufeff" * n,
}

JOURNALS: dict[str, Make] = {
    **_each_in('{"address":"vertex/m","new":#}\n'),
    "lines": lambda n: f'{{"address":"vertex/m","entry":{_ENTRY}}}\n' * (n // 10),
    "lines of different models": lambda n: "".join(
        f'{{"address":"vertex/m{i}","entry":{_ENTRY}}}\n' for i in range(n // 10)
    ),
    "removals": lambda n: "".join(f'{{"address":"vertex/m{i}","base":{i}}}\n' for i in range(n)),
    "bases": lambda n: "".join(f'{{"address":"vertex/m","base":{i}}}\n' for i in range(n)),
    "headers": lambda n: '{"address":"","header":{"workspace":"acme"}}\n' * n,
    "lines that belong together": lambda n: "[" + ",".join(['{"address":"vertex/m"}'] * n) + "]\n",
    "empty lines": lambda n: "\n" * n,
    "a torn line": lambda n: '{"address":"' + "x" * 10 * n,
    "a wrong address": lambda n: '{"address":"' + "x" * 10 * n + '"}\n',
}

PLANS: dict[str, Make] = {
    **_each_in('{"format_version": "1.0", "new": #}'),
    "a long version": lambda n: '{"format_version": "' + "9" * 10 * n + '"}',
    "a list": INSIDE["objects"],
}
