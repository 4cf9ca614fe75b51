"""From a parser's events to plain values, in one pass that keeps nothing but the values."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Location
from reconciler.core.findings import Findings
from reconciler.core.model import Json
from reconciler.files.yaml_parser import MAX_DEPTH, TooDeepError
from reconciler.files.yaml_scalars import UnusableNumberError, plain_value

MAX_EXPANDED: Final = 100_000
"""How many values a document with aliases may come to when they are written out."""
_FURTHER: Final = 100
"""Levels down to which a document is read for what else is wrong with it: the parser's work grows with them."""

_UNCOUNTED: Final = 10**12
"""Sizes are counted no further: a chain of aliases doubles them at each link."""

_Place = tuple[int, int]
"""Line and column, from 0."""


class Built(NamedTuple):
    """One document: its value, where it starts, and how many values and keys it has, aliases written out."""

    value: Json
    place: _Place
    size: int


@dataclass(slots=True)
class _Anchored:
    """What an alias stands for."""

    place: _Place
    value: Any = None
    is_scalar: bool = False
    tag: str = ""
    is_plain: bool = False
    text: str = ""
    size: int = 1
    height: int = 0
    is_open: bool = False


class _EndlessError(Exception):
    def __init__(self, place: _Place) -> None:
        super().__init__()
        self.place = place


def build(stream: Iterator[Event], path: str, findings: Findings) -> Iterator[Built]:
    """Each document of the stream, with what is wrong with it in `findings`. Raise yaml.YAMLError as the parser does.

    Of a document that the parser does not finish nothing is said: its complaint comes first.
    """
    for event in stream:
        if isinstance(event, DocumentStartEvent):
            builder = _Builder(stream, path)
            built = builder.document()
            findings.extend(builder.findings.all())
            yield built


class _Builder:
    """Turns the events of one document into a value; what is wrong with a part is noted, and the rest goes on."""

    def __init__(self, stream: Iterator[Event], path: str) -> None:
        self.findings = Findings()
        self._stream = stream
        self._path = path
        self._anchors: dict[str, _Anchored] = {}
        self._size = 0
        self._has_aliases = False
        self._muted = 0
        self._height = 0
        self._deep: Any = None

    def document(self) -> Built:
        root: Any = next(self._stream)
        place = _place(root)
        try:
            value = self._value(root, 0)
            next(self._stream)  # the end of the document
        except _EndlessError as exc:
            self._read_off()
            return self._refused(exc.place, "This value contains an alias of itself.", "Write out what is meant there.")
        if self._has_aliases and self._size > MAX_EXPANDED:
            detail = f"Written out, the aliases of this document come to more than {MAX_EXPANDED} values."
            return self._refused(place, detail, "Write the values out, or split the document.")
        return Built(value, place, self._size)

    def _refused(self, place: _Place, detail: str, fix: str) -> Built:
        self.findings = Findings([spec_error("SPEC006", self._at(place), detail, fix)])
        return Built(None, place, self._size)

    def _read_off(self) -> None:
        """The rest of a document that is refused, so that the next one is found."""
        depth = 0
        event: Any
        for event in self._stream:
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > _FURTHER:
                raise TooDeepError(problem_mark=event.start_mark)
            if isinstance(event, DocumentEndEvent):
                break

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is AliasEvent:
            return self._alias(event, depth)
        self._size += 1
        if kind is ScalarEvent:
            value = self._scalar(event)
            if event.anchor is not None:
                self._anchor(event, value)
            return value
        return self._collection(event, depth)

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        self._size += len(text) // 100
        if event.tag is None or event.tag == "!":
            if not event.implicit[0]:
                return text
            try:
                return plain_value(text)
            except UnusableNumberError:
                self._unusable_number(event)
                return None
        self._tagged(event)
        return text

    def _anchor(self, event: Any, value: Any = None) -> _Anchored:
        if event.anchor in self._anchors:
            raise MarkedYAMLError(problem="second occurrence", problem_mark=event.start_mark)
        made = _Anchored(_place(event), value)
        if type(event) is ScalarEvent:
            made.is_scalar, made.text, made.size = True, event.value, 1 + len(event.value) // 100
            made.tag, made.is_plain = _tag(event), bool(event.implicit[0])
        self._anchors[event.anchor] = made
        return made

    def _alias(self, event: Any, depth: int) -> Any:
        known = self._known(event)
        if known.is_open:
            raise _EndlessError(known.place)
        self._has_aliases = True
        self._size = min(self._size + known.size, _UNCOUNTED)
        self._height = max(self._height, depth + known.height)
        if depth + known.height > MAX_DEPTH:
            self._too_deep(_place(event))
            return None
        return known.value

    def _known(self, event: Any) -> _Anchored:
        known = self._anchors.get(event.anchor)
        if known is None:
            raise MarkedYAMLError(problem="found undefined alias", problem_mark=event.start_mark)
        return known

    def _collection(self, event: Any, depth: int) -> Any:
        if not (event.tag is None or event.tag == "!"):
            self._tagged(event)
        anchored = self._anchor(event) if event.anchor is not None else None
        before, above, self._height = self._size, self._height, depth + 1
        if anchored:
            anchored.is_open = True
        value: Any = self._filled(event, depth)
        if anchored:
            anchored.is_open, anchored.value = False, value
            anchored.size = 1 + self._size - before if self._size < _UNCOUNTED else _UNCOUNTED
            anchored.height = self._height - depth
        self._height = max(self._height, above)
        return value

    def _filled(self, event: Any, depth: int) -> Any:
        if depth < MAX_DEPTH:
            return self._mapping(depth + 1) if type(event) is MappingStartEvent else self._sequence(depth + 1)
        self._too_deep(_place(event))
        self._deep = self._deep or event.start_mark
        if depth >= _FURTHER:
            raise TooDeepError(problem_mark=self._deep)
        self._muted += 1
        self._mapping(depth + 1) if type(event) is MappingStartEvent else self._sequence(depth + 1)
        self._muted -= 1
        return None

    def _sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in self._stream:
            if isinstance(event, CollectionEndEvent):
                break
            items.append(self._value(event, depth))
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        lines = array("I")
        first: dict[str, int] = {}
        event: Any
        for event in self._stream:
            if isinstance(event, CollectionEndEvent):
                break
            key = self._key(event, depth)
            value = next(self._stream)
            if key is None:
                self._skip(value, depth)
            elif key in entries:
                first = first or dict(zip(entries, lines, strict=True))
                self._twice(event, key, first[key])
                self._skip(value, depth)
            else:
                entries[key] = self._value(value, depth)
                if first:
                    first[key] = event.start_mark.line
                else:
                    lines.append(event.start_mark.line)
        return entries

    def _skip(self, event: Any, depth: int) -> None:
        """Read what will not be used; nothing is reported of it."""
        self._muted += 1
        self._value(event, depth)
        self._muted -= 1

    def _key(self, event: Any, depth: int) -> str | None:
        """The text of a key; what is wrong with one that is none is noted."""
        if type(event) is ScalarEvent and event.anchor is None:
            self._size += 1 + len(event.value) // 100
            return self._text_of(event, event.value, _tag(event), is_plain=bool(event.implicit[0]))
        if type(event) is AliasEvent:
            known = self._known(event)
            if known.is_open:
                raise _EndlessError(known.place)
            self._has_aliases = True
            self._size = min(self._size + known.size, _UNCOUNTED)
            if known.is_scalar:
                return self._text_of(event, known.text, known.tag, is_plain=known.is_plain, at=known.place)
            self._no_text(known.place)
            return None
        self._skip(event, depth)
        if type(event) is ScalarEvent:
            return self._text_of(event, event.value, _tag(event), is_plain=bool(event.implicit[0]))
        self._no_text(_place(event))
        return None

    def _text_of(self, event: Any, key: str, tag: str, *, is_plain: bool, at: _Place | None = None) -> str | None:
        if not tag and not is_plain:
            return key
        place = at or _place(event)
        if tag:
            self._note("SPEC005", place, f"The tag is {_as_written(tag)}.", "Remove the tag and write the key.")
        elif key == "<<":
            self._note("SPEC007", place, "<< merges one mapping into another.", "Write the keys out here.")
        elif not _is_plain_text(key):
            fix = f'Put it in quotes: "{_short(key)}".' if key else "Write the key before the colon."
            self._note("SPEC008", place, f"{_short(key) or 'Nothing'} is not a text.", fix)
        else:
            return key
        return None

    def _no_text(self, place: _Place) -> None:
        fix = "If this is a template ({{ … }}), render it first; else put the key in quotes."
        self._note("SPEC008", place, "A mapping or a list stands where a key belongs.", fix)

    def _twice(self, event: Any, key: str, line: int) -> None:
        fix = "Keep the one that is meant, and remove the other."
        place = self._known(event).place if type(event) is AliasEvent else _place(event)
        self._note("SPEC004", place, f'"{_short(key, 120)}" stands in line {line + 1} already.', fix)

    def _tagged(self, event: Any) -> None:
        fix = "Remove the tag and write the value."
        self._note("SPEC005", _place(event), f"The tag is {_as_written(event.tag)}.", fix)

    def _unusable_number(self, event: Any) -> None:
        fix = "Write a finite number, or put it in quotes if it is a text."
        self._note("SPEC010", _place(event), f"{_short(event.value)} is not a number that JSON can carry.", fix)

    def _too_deep(self, place: _Place) -> None:
        self._note("SPEC009", place, f"This is more than {MAX_DEPTH} levels deep.", "Flatten it.")

    def _note(self, code: str, place: _Place, detail: str, fix: str) -> None:
        if not self._muted and self.findings.has_room(code, self._path):
            self.findings.keep(spec_error(code, self._at(place), detail, fix))

    def _at(self, place: _Place) -> Location:
        return Location(self._path, place[0] + 1, place[1] + 1)


def _place(event: Any) -> _Place:
    return event.start_mark.line, event.start_mark.column


def _tag(event: Any) -> str:
    """As it was written out; "" where it was not."""
    return "" if event.tag is None or event.tag == "!" else str(event.tag)


def _is_plain_text(key: str) -> bool:
    try:
        return isinstance(plain_value(key), str)
    except UnusableNumberError:
        return False


def _as_written(tag: str) -> str:
    return _short(tag.replace("tag:yaml.org,2002:", "!!"))


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
