"""The fast way: whole blocks of lines decoded at once, for examples about which there is nothing to say.

It never reports anything. An example goes through here only if it is beyond doubt: text in turns that
alternate and end with the model, and nothing else. Any other line is handed to the slow way, which is the
one place that knows the rules. A test holds the two together: what passes here has no finding there, and
the same measures.
"""

from __future__ import annotations

from itertools import accumulate, chain, compress, repeat
from operator import add, contains, itemgetter, not_, sub
from typing import Annotated, Literal, NamedTuple

import msgspec

_BRACE = ord("{")

_TURNS = ["user", "model"] * 32_768
"""Roles as they alternate, for more turns than a block has room for."""

_DOUBT = -(1 << 60)
"""The size of a text that the rules may have something to say about."""


class _Part(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: str


_OnePart = Annotated[list[_Part], msgspec.Meta(min_length=1, max_length=1)]


class _Content(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "model"]
    parts: _OnePart


class _System(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    parts: _OnePart
    role: str | None = None


class _Row(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    contents: Annotated[list[_Content], msgspec.Meta(min_length=2)]
    systemInstruction: _System | None = None  # noqa: N815 - the API's own spelling


_decode_lines = msgspec.json.Decoder(_Row).decode_lines


class FastBlock(NamedTuple):
    """The measures of the examples of a block, one entry a line."""

    inputs: list[int]
    outputs: list[int]
    prompts: list[int]
    wholes: list[int]
    answers: list[str]
    turns: int
    multi_turn: int
    with_system: int


def read_block(block: bytes, most_bytes: int, *, counts_keys: bool = True) -> FastBlock | None:
    """Measure whole lines, each with its end; None unless every one of them is beyond doubt.

    Examples with more than `most_bytes` of text are in doubt: they may be over the limit of tokens.
    `counts_keys` looks for keys given twice, of which the decoder keeps the last in silence; it costs as
    much as the decoding.
    """
    try:
        rows = _decode_lines(block)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    conversations = [row.contents for row in rows]
    turns = list(chain.from_iterable(conversations))
    texts = [turn.parts[0].text for turn in turns]
    roles = [turn.role for turn in turns]
    counts = list(map(len, conversations))
    # One comparison for all turns: with an even count in each row, rows cannot make up for each other.
    if any(count & 1 for count in counts) or roles != _TURNS[: len(roles)]:
        return None
    if not _is_one_a_line(block, len(rows)) or (counts_keys and not _has_keys_once(block, rows, len(texts))):
        return None
    return _measured(rows, texts, counts, most_bytes)


def _is_one_a_line(block: bytes, count: int) -> bool:
    """Whether each line has one value: the decoder takes blank lines and two on a line in silence."""
    find = block.find
    start = 0
    for _ in range(count):
        if block[start] != _BRACE:
            return False
        start = find(b"\n", start) + 1
        if not start:
            return False
    return start == len(block)


def _has_keys_once(block: bytes, rows: list[_Row], turns: int) -> bool:
    r"""Whether the block has as many keys as its values need. In a text a quote is \" and no key's end."""
    systems = [row.systemInstruction for row in rows if row.systemInstruction is not None]
    # contents; role, parts and text of each turn; systemInstruction, parts, text and perhaps role.
    needed = len(rows) + 3 * turns + 3 * len(systems) + sum(system.role is not None for system in systems)
    return block.count(b'":') - block.count(b'\\":') == needed


# Lists over the whole block and maps over them: a loop in Python over its examples costs three times that.
def _measured(rows: list[_Row], texts: list[str], counts: list[int], most_bytes: int) -> FastBlock | None:
    sizes = _sizes(texts)
    hashed = list(map(hash, texts))
    bounds = list(accumulate(counts, initial=0))
    halves = [bound >> 1 for bound in bounds]
    inputs = _sums(sizes[::2], halves)
    outputs = _sums(sizes[1::2], halves)
    last = [bound - 1 for bound in bounds[1:]]
    answers = [texts[index] for index in last]
    answers_hashed = [hashed[index] for index in last]
    prompts = list(map(sub, _sums(hashed, bounds), answers_hashed))
    systems = [row.systemInstruction for row in rows]
    with_system = len(systems) - systems.count(None)
    if with_system:
        instructions = [system.parts[0].text if system else "" for system in systems]
        inputs = list(map(add, inputs, _byte_sizes(instructions)))
        prompts = list(map(add, prompts, map(hash, instructions)))
    if min(inputs) <= 0 or min(outputs) <= 0 or max(map(add, inputs, outputs)) > most_bytes:
        return None
    prompts = list(map(hash, prompts))
    wholes = list(map(hash, zip(prompts, answers_hashed, strict=True)))
    multi_turn = sum(count > 2 for count in counts)
    return FastBlock(inputs, outputs, prompts, wholes, answers, len(texts), multi_turn, with_system)


def _sums(values: list[int], bounds: list[int]) -> list[int]:
    """The sum of the values between each bound and the next."""
    if len(values) == len(bounds) - 1:
        return values
    totals = itemgetter(*bounds)(list(accumulate(values, initial=0)))
    return list(map(sub, totals[1:], totals))


def _sizes(texts: list[str]) -> list[int]:
    """Bytes in UTF-8; far below zero for a text that the rules may have something to say about."""
    if "" in texts or any(map(str.isspace, texts)):
        return [_DOUBT if not text or text.isspace() else 1 for text in texts]
    return _byte_sizes(texts)


def _byte_sizes(texts: list[str]) -> list[int]:
    if any(map(contains, texts, repeat("\0"))):
        return [_DOUBT] * len(texts)
    sizes = list(map(len, texts))
    for index in compress(range(len(texts)), map(not_, map(str.isascii, texts))):
        text = texts[index]
        # They end a line for some readers. Single characters are found much faster in text than in bytes.
        doubtful = "\u2028" in text or "\u2029" in text or "\x85" in text
        sizes[index] = _DOUBT if doubtful else len(text.encode())
    return sizes
