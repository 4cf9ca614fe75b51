"""PyYAML's parsers, as streams of events: libyaml where it is there, pure Python where it is not.

Nothing is composed: a tree of nodes takes a hundred times the memory of its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from yaml.error import MarkedYAMLError
from yaml.events import Event, ScalarEvent
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

MAX_DEPTH: Final = 64
HALF_A_CHARACTER: Final = "found invalid Unicode character escape code"
"""libyaml's words for an escape such as `\\ud83d`, which is half of a character."""

_PAIR = re.compile(
    rb"(?P<before>(?<!\\)(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)

_HALF = re.compile("[\ud800-\udfff]")


class TooDeepError(MarkedYAMLError):
    """The document nests so much deeper than MAX_DEPTH that it is read no further; `problem_mark` says where."""


class _PureParser(Reader, Scanner, Parser):
    def __init__(self, data: bytes) -> None:
        Reader.__init__(self, data)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        # Between brackets tabs are white space, as libyaml has it and pasted JSON needs it.
        super().scan_to_next_token()
        while self.flow_level and self.peek() == "\t":
            self.forward()
            super().scan_to_next_token()

    def get_event(self) -> Any:
        # libyaml refuses half of an escaped pair; here it would come out as text that no file can hold.
        event: Any = super().get_event()  # type: ignore[no-untyped-call]
        if isinstance(event, ScalarEvent) and _HALF.search(event.value):
            mark: Any = event.start_mark
            raise MarkedYAMLError(problem=HALF_A_CHARACTER, problem_mark=mark)
        return event


def _c_parser() -> type[Any] | None:
    try:
        from yaml._yaml import CParser
    except ImportError:  # PyYAML was built without libyaml
        return None
    parser: type[Any] = CParser
    return parser


_PURE: Final[type[Any]] = _PureParser
_parser: type[Any] = _c_parser() or _PURE


def without_pairs(data: bytes) -> bytes:
    """Escaped pairs, as JSON writes what needs more than four digits, as the one escape that YAML has for it."""
    return _PAIR.sub(_single, data)


def _single(pair: re.Match[bytes]) -> bytes:
    high, low = int(pair["high"], 16), int(pair["low"], 16)
    return pair["before"] + b"\\U%08x" % (0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)


def events(data: bytes) -> Iterator[Event]:
    """What the text says, in order. Raise yaml.YAMLError where it stops being YAML."""
    return iter(_parser(data).get_event, None)
