"""Run as a program: one regular expression, read from stdin, against texts that are made to cost it the most.

Each thing that it repeats is pumped with each character that it knows, behind what has to come before it and in front
of what cannot follow. Nobody else's code is imported: a limit on the processor's time ends it.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

sre: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

SECONDS = 5
SHORT, LONG = 40, 3_000
_ENDS = ("", "\x00", "..b/x", "!")
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_MOST_WAYS = 12


def attacks(pattern: str, flags: int) -> Iterator[str]:
    tree = parser.parse(pattern, flags)
    characters = sorted(set(_characters(tree)))[:24]
    befores = list(dict.fromkeys(before for before, _ in _repeats(tree, "")))[:_MOST_WAYS]
    bodies = [*characters, *dict.fromkeys(body for _, body in _repeats(tree, "") if len(body) > 1)]
    for before in ["", *befores]:
        for body in bodies:
            for end in _ENDS:
                yield before + body * SHORT + end
                yield before + body * (LONG // len(body)) + end


def _repeats(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """What comes before each repeat at the least, and one of its rounds."""
    for operation, argument in tree:
        if operation in _REPEATS:
            yield before, _least(argument[2]) or "a"
            yield from _repeats(argument[2], before)
        elif operation is sre.SUBPATTERN:
            yield from _repeats(argument[3], before)
        elif operation is sre.BRANCH:
            for branch in argument[1]:
                yield from _repeats(branch, before)
        before += _least([(operation, argument)])


def _least(tree: Any) -> str:
    """A short text that matches, as far as that is easily said."""
    made = ""
    for operation, argument in tree:
        if operation in _REPEATS:
            made += _least(argument[2]) * max(argument[0], 0)
        elif operation is sre.SUBPATTERN:
            made += _least(argument[3])
        elif operation is sre.BRANCH:
            made += _least(argument[1][0])
        elif operation in (sre.LITERAL, sre.IN, sre.ANY):
            made += next(iter(_characters([(operation, argument)])), "a")
    return made


def _characters(tree: Any) -> Iterator[str]:
    for operation, argument in tree:
        if operation is sre.LITERAL:
            yield chr(argument)
        elif operation is sre.RANGE:
            yield from (chr(argument[0]), chr(min(argument[1], 0xFFFF)))
        elif operation is sre.CATEGORY:
            yield {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " "}.get(str(argument), "a")
        elif operation in (sre.ANY, sre.NOT_LITERAL, sre.NEGATE):
            yield "a"
        else:
            for inner in _inside(operation, argument):
                yield from _characters(inner)


def _inside(operation: Any, argument: Any) -> list[Any]:
    if operation is sre.IN:
        return [argument]
    if operation is sre.BRANCH:
        return list(argument[1])
    if operation in _REPEATS:
        return [argument[2]]
    if operation is sre.SUBPATTERN:
        return [argument[3]]
    return [argument[1]] if operation in (sre.ASSERT, sre.ASSERT_NOT) else []


def main() -> None:
    """Ends by itself, or by the limit."""
    given = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    compiled = re.compile(given["pattern"].encode("latin-1") if given["is_bytes"] else given["pattern"], given["flags"])
    for text in attacks(given["pattern"], given["flags"] & ~re.UNICODE if given["is_bytes"] else given["flags"]):
        subject: Any = text.encode("latin-1", "replace") if given["is_bytes"] else text
        compiled.fullmatch(subject)
        if not given["is_whole"]:
            compiled.search(subject)


if __name__ == "__main__":
    main()
