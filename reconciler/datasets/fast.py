"""The fast way in Python, for where scan.c was not compiled: whole blocks of lines decoded at once.

It never reports anything. An example goes through here only if it is beyond doubt: text in turns that
alternate and end with the model, and nothing else. Any other line is handed to the slow way, which is the
one place that knows the rules. A test holds the two together: what passes here has no finding there, and
the same measures.

All of it works on the lists of a whole block: what is done for each text costs a tenth of a microsecond at
most, or it would cost more than reading the JSON.
"""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import accumulate, chain, pairwise
from operator import add
from typing import Annotated, Literal, NamedTuple

import msgspec

from reconciler.datasets.refusals import may_refuse
from reconciler.datasets.rows.measure import LABEL_CHARACTERS
from reconciler.datasets.sizes import EXACT, rounded
from reconciler.datasets.vouched import Vouched

_BRACE = ord("{")

_TURNS = ["user", "model"] * 32_768
"""Roles as they alternate, for more turns than a block has room for."""

_MOST_AT_ONCE = 1 << 16
"""Bytes: what is decoded together should stay in the processor's cache."""


class _Part(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: str


# A tuple of one: half the allocations of a list of one.
_Parts = tuple[_Part]


class _Content(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "model"]
    parts: _Parts


class _System(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    parts: _Parts
    role: Literal["system", "user", "model"] | None = None


class _Row(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    contents: Annotated[list[_Content], msgspec.Meta(min_length=2)]
    systemInstruction: _System | None = None  # noqa: N815 - the API's own spelling


_decode_lines = msgspec.json.Decoder(_Row).decode_lines


class _Lines(NamedTuple):
    """Whole lines whose structure is beyond doubt; what their texts say is still open."""

    texts: list[str]
    counts: list[int]
    systems: list[_System | None]


class PythonReader:
    """Vouches for lines by decoding many at once; for fewer of them as long as some are in doubt."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._window = _MOST_AT_ONCE
        self._sizes: tuple[Counter[int], Counter[int]] = (Counter(), Counter())

    def vouch(self, block: bytes, start: int, stop: int, *, wants_labels: bool) -> Vouched:
        """Of block[start:stop] as many lines as fit into the window and are beyond doubt together."""
        end = _line_end(block, start, start + self._window, stop)
        while True:
            found = _read(block[start:end], self._most_bytes, wants_labels=wants_labels)
            if found is not None:
                self._window = min(2 * (end - start), _MOST_AT_ONCE)
                self._count(found)
                return found._replace(stop=end)
            self._window = max((end - start) // 2, 1)
            fewer = _line_end(block, start, start + self._window, end)
            if fewer == end:
                return _NOTHING._replace(stop=start)
            end = fewer

    def vouch_refusing(self, block: bytes, start: int, stop: int, *, wants_labels: bool) -> tuple[Vouched, str]:
        """One line, whose answer may begin like a refusal; with that answer."""
        line = block[start:stop]
        found = _read(line, self._most_bytes, wants_labels=wants_labels, lets_refuse=True)
        if found is None:
            return _NOTHING._replace(stop=start), ""
        self._count(found)
        (row,) = _decode_lines(line)
        return found._replace(stop=stop), row.contents[-1].parts[0].text

    def _count(self, found: Vouched) -> None:
        for counts, sizes in zip(self._sizes, (found.inputs, found.outputs), strict=True):
            counts.update(map(rounded, sizes) if found.largest >= EXACT else sizes)

    def sizes(self) -> tuple[dict[int, int], dict[int, int]]:
        """How many examples have a size: of input, of output."""
        return self._sizes


def _line_end(block: bytes, start: int, wanted: int, stop: int) -> int:
    """Behind the last line that ends by `wanted`, or behind the first where that one is longer."""
    if wanted >= stop:
        return stop
    return block.rfind(b"\n", start, wanted) + 1 or block.find(b"\n", wanted, stop) + 1


_NOTHING = Vouched(0, 0, 0, 0, 0, 0, 0, 0, array("q"), array("q"), array("q"), array("q"), [])


def _read(block: bytes, most_bytes: int, *, wants_labels: bool, lets_refuse: bool = False) -> Vouched | None:
    """Measure whole lines, each with its end; None unless every one of them is beyond doubt.

    Examples with more than `most_bytes` of text are in doubt: they may be over the limit of tokens.
    """
    lines = _lines(block)
    # Keys given twice, of which the decoder keeps the last in silence: half as much again as the decoding.
    if lines is None or not _has_keys_once(block, lines):
        return None
    measured = _measured(lines)
    if measured is None:
        return None
    largest = max(map(add, measured.inputs, measured.outputs))
    if largest > most_bytes or (not lets_refuse and any(map(may_refuse, measured.answers))):
        return None
    labels = [a if len(a) <= LABEL_CHARACTERS else "" for a in measured.answers] if wants_labels else []
    return Vouched(
        *(0, len(measured.inputs), sum(measured.inputs), sum(measured.outputs), len(lines.texts)),
        *(len(lines.counts) - lines.counts.count(2), len(lines.systems) - lines.systems.count(None), largest),
        inputs=array("q", measured.inputs),
        outputs=array("q", measured.outputs),
        prompts=array("q", measured.prompts),
        wholes=array("q", measured.wholes),
        labels=labels,
    )


class _Measures(NamedTuple):
    inputs: list[int]
    outputs: list[int]
    prompts: list[int]
    wholes: list[int]
    answers: list[str]


def _lines(block: bytes) -> _Lines | None:
    try:
        rows = _decode_lines(block)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    conversations = [row.contents for row in rows]
    turns = list(chain.from_iterable(conversations))
    counts = list(map(len, conversations))
    # One comparison for all turns: with an even count in each row, rows cannot make up for each other.
    if any(n & 1 for n in set(counts)) or [turn.role for turn in turns] != _TURNS[: len(turns)]:
        return None
    if not _has_one_a_line(block, len(rows)):
        return None
    return _Lines([turn.parts[0].text for turn in turns], counts, [row.systemInstruction for row in rows])


def _has_one_a_line(block: bytes, rows: int) -> bool:
    """The decoder takes blank lines and two values on a line in silence."""
    find = block.find
    start = 0
    ends = [start := find(b"\n", start) + 1 for _ in range(rows)]
    # A search without success starts again at 0.
    if start != len(block) or 0 in ends:
        return False
    starts = [block[end] for end in ends[:-1]]
    return block[0] == _BRACE and starts.count(_BRACE) == rows - 1


def _has_keys_once(block: bytes, lines: _Lines) -> bool:
    """Whether the block has as many quotes as its keys, values and the quotes in its texts need."""
    given = [system for system in lines.systems if system is not None]
    roles = [system.role for system in given if system.role is not None]
    # contents; role and its value, parts, text and its value of each turn; systemInstruction, parts, text
    # and its value, perhaps role and its value.
    strings = len(lines.counts) + 5 * len(lines.texts) + 4 * len(given) + 2 * len(roles)
    written = chain(lines.texts, roles, (system.parts[0].text for system in given))
    return block.count(b'"') == 2 * strings + sum(text.count('"') for text in written)


def _measured(lines: _Lines) -> _Measures | None:
    sizes = _sizes(lines.texts)
    if sizes is None:
        return None
    users, models = lines.texts[::2], lines.texts[1::2]
    # As if each turn of the user began an example of its own.
    pairs = list(map(hash, zip(users, models, strict=True)))
    if len(pairs) == len(lines.counts):
        measures = _Measures(sizes[::2], sizes[1::2], list(map(hash, users)), pairs, models)
    else:
        measures = _joined(sizes, users, models, pairs, lines.counts)
    return measures if _add_systems(measures, lines.systems) else None


def _joined(sizes: list[int], users: list[str], models: list[str], pairs: list[int], counts: list[int]) -> _Measures:
    """The measures of conversations from those of their pairs; most have one."""
    firsts = list(accumulate([count >> 1 for count in counts], initial=0))
    bounds = list(pairwise(firsts))
    inputs, outputs = sizes[::2], sizes[1::2]
    return _Measures(
        [inputs[a] if b - a == 1 else sum(inputs[a:b]) for a, b in bounds],
        [outputs[a] if b - a == 1 else sum(outputs[a:b]) for a, b in bounds],
        [hash(users[a]) if b - a == 1 else hash((*pairs[a : b - 1], users[b - 1])) for a, b in bounds],
        [pairs[a] if b - a == 1 else hash(tuple(pairs[a:b])) for a, b in bounds],
        [models[b - 1] for b in firsts[1:]],
    )


def _add_systems(block: _Measures, systems: list[_System | None]) -> bool:
    """Count the system instructions in; False when the rules may have something to say about one."""
    given = [(at, system.parts[0].text) for at, system in enumerate(systems) if system is not None]
    sizes = _sizes([text for _, text in given])
    if sizes is None:
        return False
    inputs, prompts, wholes = block.inputs, block.prompts, block.wholes
    for (at, text), size in zip(given, sizes, strict=True):
        inputs[at] += size
        prompts[at] = hash((text, prompts[at]))
        wholes[at] = hash((text, wholes[at]))
    return True


def _sizes(texts: list[str]) -> list[int] | None:
    """Bytes in UTF-8; None when the rules may have something to say about one of the texts."""
    sizes = list(map(len, texts))
    # Few texts are short of plain. A blank one sorts before "!", or is not ASCII.
    odd = [at for at, text in enumerate(texts) if text < "!" or not text.isascii() or "\0" in text]
    if odd:
        for at, size in zip(odd, _odd_sizes([texts[at] for at in odd]), strict=False):
            if not size:
                return None
            sizes[at] = size
    return sizes


def _odd_sizes(texts: list[str]) -> list[int]:
    """Bytes in UTF-8 of each; zeros when the rules may have something to say about one."""
    return [0] if _is_doubtful(texts, "".join(texts)) else list(map(len, map(str.encode, texts)))


def _is_doubtful(texts: list[str], together: str) -> bool:
    # Some of these end a line for some readers. Single characters are found much faster in text than in bytes.
    return any(map(together.__contains__, "\0\u2028\u2029\x85")) or not all(texts) or any(map(str.isspace, texts))
