"""What YAML parsers and decoders complain about, in words that say how to mend it."""

from __future__ import annotations

import re
from typing import NamedTuple

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.files.yaml_parser import HALF_A_CHARACTER, MAX_DEPTH, TooDeepError

_BOM = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x00", "UTF-16 or binary"))
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
_CONFLICT = re.compile(rb"^(?:<{7}|>{7}|={7})(?: .*)?\r?$", re.MULTILINE)


class _Advice(NamedTuple):
    """For a parser's complaint: our words, how to mend it, and whether the place is where it began."""

    detail: str
    fix: str
    at_context: bool = False


_ADVICE = {
    "mapping values are not allowed": _Advice(
        "A second colon on this line, or a line that is indented too far.",
        "Put a text that contains a colon and a space in quotes, and line keys up with their neighbours.",
    ),
    "found unexpected end of stream": _Advice(
        "The quote that opens here is never closed.", "Close it on the line where the text ends.", at_context=True
    ),
    "could not find expected ':'": _Advice(
        "This line is neither a key nor a list item.", 'Write "key: value", or indent it under the text it continues.',
        at_context=True,
    ),
    "did not find expected ',' or": _Advice(
        "The bracket that opens here is not closed, or a comma is missing after an item.",
        "Close it, and put a comma between its items.",
        at_context=True,
    ),
    "did not find expected key": _Advice(
        "This line does not fit what surrounds it.",
        "Line it up with the keys of the mapping that it belongs to, and check the line above for a stray quote "
        "or bracket.",
    ),
    "block sequence entries are not allowed": _Advice(
        "A list cannot start behind a key on the same line.", "Begin the list on the next line."
    ),
    "did not find expected '-' indicator": _Advice(
        "This line does not fit the list that surrounds it.", "Line it up with the hyphens of the list."
    ),
    "found undefined alias": _Advice(
        "The alias here names an anchor that does not exist in this document.",
        'Define it first with "&", or put the text in quotes if the asterisk is part of it.',
    ),
    "second occurrence": _Advice("The anchor is defined twice.", "Give the anchors different names."),
    "found incompatible YAML document": _Advice(
        "The %YAML directive asks for a version that is not known.", "Remove the directive."
    ),
    HALF_A_CHARACTER: _Advice(
        "The escape here is half of a character.", "Write the character itself, or both halves."
    ),
    "found unknown escape character": _Advice(
        "A backslash inside double quotes starts an escape, and this one does not exist.",
        "Double the backslash, or use single quotes.",
    ),
}  # fmt: skip
_UNKNOWN = "Check the indentation, the quotes and the brackets here and on the line above."


def encoding_mistake(path: str, data: bytes) -> Diagnostic | None:
    """What a parser would misread without a word: another encoding, a byte order mark amid the text."""
    for mark, name in _OTHER_ENCODINGS:
        if data.startswith(mark):
            return _text_mistake(Location(path, 1, 1), f"The file is {name}.")
    amid = data.find(_BOM, 1)
    if amid > 0:
        return _text_mistake(_at_byte(path, data, amid), "A byte order mark stands in the middle of the text.")
    return None


def as_diagnostic(exc: YAMLError, path: str, data: bytes) -> Diagnostic:
    """One complaint of a parser's."""
    if isinstance(exc, ReaderError):
        return _unreadable_character(path, data)
    if conflict := _CONFLICT.search(data):
        fix = "Choose what is to stay, and remove the markers."
        return spec_error("SPEC011", _at_byte(path, data, conflict.start()), "A marker of git's stands here.", fix)
    if isinstance(exc, TooDeepError):
        detail = f"This is more than {MAX_DEPTH} levels deep."
        return spec_error("SPEC009", _mark(path, exc.problem_mark), detail, "Flatten it.")
    if isinstance(exc, MarkedYAMLError):
        return _syntax(exc, path, data)
    return spec_error("SPEC003", Location(path, 1, 1), str(exc), _UNKNOWN)


def _syntax(exc: MarkedYAMLError, path: str, data: bytes) -> Diagnostic:
    problem = exc.problem or ""
    where = _mark(path, exc.problem_mark)
    if "cannot start any token" in problem:
        return _unexpected_character(where, data)
    advice = next((a for words, a in _ADVICE.items() if words in problem), None)
    if advice is None:
        return spec_error("SPEC003", where, f'The parser says: "{problem}".', _UNKNOWN)
    if advice.at_context and exc.context_mark is not None:
        where = _mark(path, exc.context_mark)
    return spec_error("SPEC003", where, advice.detail, advice.fix)


def _unexpected_character(where: Location, data: bytes) -> Diagnostic:
    line = data.decode(errors="replace").splitlines()[where.line - 1]
    character = line[where.column - 1 : where.column]
    if character == "\t":
        return spec_error("SPEC012", where, "A tab stands where only spaces can.", "Indent with spaces.")
    detail = f"A value cannot start with {character!r} unless it is quoted."
    return spec_error("SPEC003", where, detail, "Put the value in quotes.")


def _unreadable_character(path: str, data: bytes) -> Diagnostic:
    try:
        text = data.decode()
    except UnicodeDecodeError as exc:
        detail = f"The byte 0x{data[exc.start]:02x} here is not part of UTF-8 text."
        return _text_mistake(_at_byte(path, data, exc.start), detail)
    found = _FORBIDDEN.search(text)
    if found is None:
        return _text_mistake(Location(path), "It holds a character that YAML does not allow.")
    before = text[: found.start()]
    where = Location(path, before.count("\n") + 1, found.start() - before.rfind("\n"))
    detail = f"The control character U+{ord(found[0]):04X} stands here."
    return spec_error("SPEC002", where, detail, "Remove it, or write it as an escape in double quotes.")


def _text_mistake(where: Location, detail: str) -> Diagnostic:
    return spec_error("SPEC002", where, detail, "Save the file as UTF-8 text.")


def _mark(path: str, mark: object) -> Location:
    line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
    return Location(path, line + 1, column + 1)


def _at_byte(path: str, data: bytes, offset: int) -> Location:
    before = data[:offset]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode(errors="replace")) + 1
    return Location(path, before.count(b"\n") + 1, column)
