"""PyYAML's parsers, reduced to nodes: libyaml where it is there, pure Python where it is not.

Both leave the tag of a scalar as PLAIN or QUOTED, and of a collection as COLLECTION; any other tag was
written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from yaml.composer import Composer
from yaml.error import MarkedYAMLError
from yaml.nodes import Node, ScalarNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

PLAIN: Final = "plain"
QUOTED: Final = "quoted"
COLLECTION: Final = "collection"
MAX_DEPTH: Final = 64
HALF_A_CHARACTER: Final = "found invalid Unicode character escape code"
"""libyaml's words for an escape such as `\\ud83d`, which is half of a character."""

# The composers recurse, the C one without any check of its own: a file of brackets alone ends the
# process. A file whose lines and brackets cannot nest deeper than this needs no counting.
_SURELY_SHALLOW = 200


_PAIR = re.compile(
    rb"(?P<before>(?<!\\)(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)


class TooDeepError(MarkedYAMLError):
    """The document nests deeper than MAX_DEPTH; `problem_mark` says where."""


class _Untagged:
    """The hooks of a composer: no implicit types here, they are decided by yaml_scalars."""

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Nothing to prepare: types do not depend on the path."""

    def ascend_resolver(self) -> None:
        """Nothing to undo."""

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:  # noqa: ARG002
        """`implicit` is a pair for scalars: whether it stands unquoted."""
        if kind is not ScalarNode:
            return COLLECTION
        return PLAIN if implicit[0] else QUOTED


class _DepthCounting(_Untagged):
    """Refuses a document before the composer's own recursion can exhaust the stack."""

    _depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:  # noqa: ARG002
        self._depth += 1
        if self._depth > MAX_DEPTH + 1:
            raise TooDeepError(problem_mark=current_node.start_mark)

    def ascend_resolver(self) -> None:
        self._depth -= 1


class _PureLoader(_DepthCounting, Reader, Scanner, Parser, Composer):
    def __init__(self, data: bytes) -> None:
        Reader.__init__(self, data)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    def scan_to_next_token(self) -> None:
        # Between brackets tabs are white space, as libyaml has it and pasted JSON needs it.
        super().scan_to_next_token()
        while self.flow_level and self.peek() == "\t":
            self.forward()
            super().scan_to_next_token()

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:
        # libyaml refuses half of an escaped pair; here it would come out as text that no file can hold.
        if isinstance(value, str) and not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise MarkedYAMLError(problem=HALF_A_CHARACTER, problem_mark=self.get_mark())
        return super().resolve(kind, value, implicit)


class _Loaders(NamedTuple):
    """How to read: files that are surely shallow, and every other file."""

    shallow: type[Any]
    counting: type[Any]


def _c_loaders() -> _Loaders | None:
    try:
        from yaml._yaml import CParser
    except ImportError:  # PyYAML was built without libyaml
        return None

    class Shallow(_Untagged, CParser):
        """Fast."""

    class Counting(_DepthCounting, CParser):
        """A tenth slower."""

    return _Loaders(Shallow, Counting)


_PURE: Final = _Loaders(_PureLoader, _PureLoader)
_loaders = _c_loaders() or _PURE


def without_pairs(data: bytes) -> bytes:
    """Escaped pairs, as JSON writes what needs more than four digits, as the one escape that YAML has for it."""
    return _PAIR.sub(_single, data)


def _single(pair: re.Match[bytes]) -> bytes:
    high, low = int(pair["high"], 16), int(pair["low"], 16)
    return pair["before"] + b"\\U%08x" % (0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)


def compose(data: bytes) -> Iterator[Node]:
    """The nodes of each document. Raise yaml.YAMLError where the text stops being YAML."""
    loader = _loaders.shallow(data) if _is_surely_shallow(data) else _loaders.counting(data)
    while loader.check_node():
        yield loader.get_node()


def _is_surely_shallow(data: bytes) -> bool:
    """Block collections nest by columns, flow collections by brackets; neither can outgrow these counts."""
    if data.count(b"[") + data.count(b"{") > _SURELY_SHALLOW:
        return False
    return max(map(len, data.split(b"\n"))) <= _SURELY_SHALLOW
