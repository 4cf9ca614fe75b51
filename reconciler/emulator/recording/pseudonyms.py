"""What stands for what is somebody's: the same for the same, so that what pointed at something still does.

A pseudonym has the form of what it stands for as far as a service looks at it: a number of as many digits, a text
whose length is written beside it where that could matter. Times are moved by one span, so that their order stays.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

LONG = 40
"""Characters from which on the length of a text is kept: the shortest limit that a service has on one."""
NAME = r"[A-Za-z]{1,40}[- ]\d{1,9}"
"""The form of those that are no numbers, as a pattern."""
_LENGTH = re.compile(rf"({NAME}) \((\d{{1,6}}) long\)")
_LONGEST = 999_999
_CHECKED = ("label", "value", "id", "alias")
"""Kinds of names whose characters a service looks at: small letters, digits, dashes."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Pseudonyms:
    """Those of one recording."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._count: dict[str, int] = {}
        self._moved: timedelta | None = None

    def of(self, text: str, kind: str) -> str:
        """The pseudonym of a text; `kind` is the word in one that is new."""
        found = self._given.get(text)
        if found is None:
            found = self._given[text] = self._new(text, kind)
        return found

    def known(self, text: str) -> str | None:
        """The pseudonym of a text that was met before."""
        return self._given.get(text)

    def originals(self) -> list[str]:
        """Every text that has one, the longest first."""
        return sorted(self._given, key=len, reverse=True)

    def _new(self, text: str, kind: str) -> str:
        is_number = text.isascii() and text.isdigit()
        counted = "number" if is_number else kind
        number = self._count[counted] = self._count.get(counted, 0) + 1
        if is_number:
            return str(10 ** (len(text) - 1) + number)
        name = f"{kind}-{number}"
        if kind in _CHECKED:
            name = name.replace("-", "-" if re.fullmatch(r"[\w-]*", text) else " ")
            name = name if text == text.lower() else name.upper()
        return f"{name} ({min(len(text), _LONGEST)} long)" if len(text) > LONG else name

    def time(self, text: str) -> str | None:
        """The moved time, with as many digits of a second; None for what is none."""
        match = _TIME.fullmatch(text)
        if match is None:
            return None
        try:
            whole = datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00"))
            if self._moved is None:
                self._moved = whole - _BEGINNING
            moved = (whole - self._moved).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return moved.strftime("%Y-%m-%dT%H:%M:%S") + (match[2] or "") + "Z"


def expanded(text: str) -> str:
    """A text with every pseudonym in it as long as what it stands for."""
    return _LENGTH.sub(lambda match: match[1] + "x" * (int(match[2]) - len(match[1])), text)


def is_time(text: str) -> bool:
    """Whether it is a time as the services write it."""
    return _TIME.fullmatch(text) is not None
