"""The fast way: whole blocks of lines decoded at once, for examples about which there is nothing to say.

It never reports anything. An example goes through here only if it is beyond doubt: text in turns that
alternate and end with the model, and nothing else. Any other line is handed to the slow way, which is the
one place that knows the rules. A test holds the two together: what passes here has no finding there, and
the same measures.

All of it works on the lists of a whole block: what is done for each text costs a tenth of a microsecond at
most, or it would cost more than reading the JSON.
"""

from __future__ import annotations

from itertools import accumulate, chain, pairwise
from operator import add
from typing import Annotated, Literal, NamedTuple

import msgspec

_BRACE = ord("{")

_TURNS = ["user", "model"] * 32_768
"""Roles as they alternate, for more turns than a block has room for."""


class _Part(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: str


# A tuple of one: half the allocations of a list of one.
_Parts = tuple[_Part]


class _Content(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "model"]
    parts: _Parts


class _System(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    parts: _Parts
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
    `counts_keys` looks for keys given twice, of which the decoder keeps the last in silence; it costs half
    as much as the decoding.
    """
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
    if not _is_one_a_line(block, len(rows)):
        return None
    systems = [row.systemInstruction for row in rows]
    texts = [turn.parts[0].text for turn in turns]
    if counts_keys and not _has_keys_once(block, systems, texts, len(rows)):
        return None
    return _measured(texts, counts, systems, most_bytes, len(block))


def _is_one_a_line(block: bytes, rows: int) -> bool:
    """Whether each line has one value: the decoder takes blank lines and two on a line in silence."""
    find = block.find
    start = 0
    for _ in range(rows):
        if block[start] != _BRACE:
            return False
        start = find(b"\n", start) + 1
        if not start:
            return False
    return start == len(block)


def _has_keys_once(block: bytes, systems: list[_System | None], texts: list[str], rows: int) -> bool:
    """Whether the block has as many quotes as its keys, values and the quotes in its texts need."""
    given = [system for system in systems if system is not None]
    roles = [system.role for system in given if system.role is not None]
    # contents; role and its value, parts, text and its value of each turn; systemInstruction, parts, text
    # and its value, perhaps role and its value.
    strings = rows + 5 * len(texts) + 4 * len(given) + 2 * len(roles)
    written = chain(texts, roles, (system.parts[0].text for system in given))
    return block.count(b'"') == 2 * strings + sum(text.count('"') for text in written)


def _measured(
    texts: list[str], counts: list[int], systems: list[_System | None], most_bytes: int, block_bytes: int
) -> FastBlock | None:
    sizes = _sizes(texts)
    if sizes is None:
        return None
    users, models = texts[::2], texts[1::2]
    # As if each turn of the user began an example of its own.
    pairs = list(map(hash, zip(users, models, strict=True)))
    with_system = len(systems) - systems.count(None)
    if len(pairs) == len(counts):
        block = FastBlock(sizes[::2], sizes[1::2], list(map(hash, users)), pairs, models, len(texts), 0, with_system)
    else:
        block = _joined(sizes, users, models, pairs, counts)._replace(with_system=with_system)
    if with_system and not _add_systems(block, systems):
        return None
    if block_bytes > most_bytes and max(map(add, block.inputs, block.outputs)) > most_bytes:
        return None
    return block


def _joined(sizes: list[int], users: list[str], models: list[str], pairs: list[int], counts: list[int]) -> FastBlock:
    """The measures of conversations from those of their pairs; most have one."""
    firsts = list(accumulate([count >> 1 for count in counts], initial=0))
    bounds = list(pairwise(firsts))
    inputs, outputs = sizes[::2], sizes[1::2]
    return FastBlock(
        [inputs[a] if b - a == 1 else sum(inputs[a:b]) for a, b in bounds],
        [outputs[a] if b - a == 1 else sum(outputs[a:b]) for a, b in bounds],
        [hash(users[a]) if b - a == 1 else hash((*pairs[a : b - 1], users[b - 1])) for a, b in bounds],
        [pairs[a] if b - a == 1 else hash(tuple(pairs[a:b])) for a, b in bounds],
        [models[b - 1] for b in firsts[1:]],
        len(sizes),
        len(counts) - counts.count(2),
        0,
    )


def _add_systems(block: FastBlock, systems: list[_System | None]) -> bool:
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
    for at in [at for at, text in enumerate(texts) if text < "!" or not text.isascii() or "\0" in text]:
        size = _size(texts[at])
        if size is None:
            return None
        sizes[at] = size
    return sizes


def _size(text: str) -> int | None:
    # They end a line for some readers. Single characters are found much faster in text than in bytes.
    if "\0" in text or "\u2028" in text or "\u2029" in text or "\x85" in text or not text or text.isspace():
        return None
    return len(text.encode())
