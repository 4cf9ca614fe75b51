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
from operator import add, sub
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec

from reconciler.datasets.rows.measure import hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    ends: list[int]
    """The index behind each line."""


class SkimmedBlock(NamedTuple):
    """Sums over the examples of a block."""

    examples: int
    input_bytes: int
    output_bytes: int
    turns: int
    multi_turn: int
    with_system: int
    longest_line: int
    ends: list[int]
    prompts: list[int]
    """Of the examples whose first question has a length that SAMPLED_LENGTHS divides: equal ones are together."""
    wholes: list[int]
    answers: list[str]


SAMPLED_LENGTHS = 32


class _Lines(NamedTuple):
    """Whole lines whose structure is beyond doubt; what their texts say is still open."""

    texts: list[str]
    counts: list[int]
    systems: list[_System | None]
    ends: list[int]


def read_block(block: bytes, most_bytes: int, *, counts_keys: bool = True) -> FastBlock | None:
    """Measure whole lines, each with its end; None unless every one of them is beyond doubt.

    Examples with more than `most_bytes` of text are in doubt: they may be over the limit of tokens.
    `counts_keys` looks for keys given twice, of which the decoder keeps the last in silence; it costs half
    as much as the decoding.
    """
    lines = _lines(block)
    if lines is None or (counts_keys and not _has_keys_once(block, lines)):
        return None
    return _measured(lines, most_bytes, len(block))


def skim_block(
    block: bytes, most_bytes: int, *, counts_keys: bool = False, wants_answers: bool = True
) -> SkimmedBlock | None:
    """The same for a block of a large file: sums instead of an entry for each line."""
    if len(block) > most_bytes:
        return None
    lines = _lines(block)
    if lines is None or (counts_keys and not _has_keys_once(block, lines)):
        return None
    return _skimmed(lines, wants_answers=wants_answers)


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
    ends = _ends(block, len(rows))
    if ends is None:
        return None
    return _Lines([turn.parts[0].text for turn in turns], counts, [row.systemInstruction for row in rows], ends)


def _ends(block: bytes, rows: int) -> list[int] | None:
    """Where each line ends, if each has one value: the decoder takes blank lines and two on a line in silence."""
    find = block.find
    start = 0
    ends = [start := find(b"\n", start) + 1 for _ in range(rows)]
    # A search without success starts again at 0.
    if start != len(block) or 0 in ends:
        return None
    starts = [block[end] for end in ends[:-1]]
    return ends if block[0] == _BRACE and starts.count(_BRACE) == rows - 1 else None


def _has_keys_once(block: bytes, lines: _Lines) -> bool:
    """Whether the block has as many quotes as its keys, values and the quotes in its texts need."""
    given = [system for system in lines.systems if system is not None]
    roles = [system.role for system in given if system.role is not None]
    # contents; role and its value, parts, text and its value of each turn; systemInstruction, parts, text
    # and its value, perhaps role and its value.
    strings = len(lines.ends) + 5 * len(lines.texts) + 4 * len(given) + 2 * len(roles)
    written = chain(lines.texts, roles, (system.parts[0].text for system in given))
    return block.count(b'"') == 2 * strings + sum(text.count('"') for text in written)


def _measured(lines: _Lines, most_bytes: int, block_bytes: int) -> FastBlock | None:
    texts, counts, systems, ends = lines
    sizes = _sizes(texts)
    if sizes is None:
        return None
    users, models = texts[::2], texts[1::2]
    # As if each turn of the user began an example of its own.
    pairs = list(map(hash, zip(users, models, strict=True)))
    if len(pairs) == len(counts):
        block = FastBlock(sizes[::2], sizes[1::2], list(map(hash, users)), pairs, models, len(texts), 0, 0, ends)
    else:
        block = _joined(sizes, users, models, pairs, counts)._replace(ends=ends)
    if systems.count(None) != len(systems):
        if not _add_systems(block, systems):
            return None
        block = block._replace(with_system=len(systems) - systems.count(None))
    if block_bytes > most_bytes and max(map(add, block.inputs, block.outputs)) > most_bytes:
        return None
    return block


def _joined(sizes: list[int], users: list[str], models: list[str], pairs: list[int], counts: list[int]) -> FastBlock:
    """The measures of conversations from those of their pairs; most have one."""
    firsts = _firsts(counts)
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
        [],
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


def _skimmed(lines: _Lines, *, wants_answers: bool) -> SkimmedBlock | None:
    texts, counts, systems, ends = lines
    users, models = texts[::2], texts[1::2]
    given = [system.parts[0].text for system in systems if system is not None]
    sums = [_total(side) for side in (users, models, given)]
    if None in sums:
        return None
    firsts = range(len(counts) + 1) if len(users) == len(counts) else _firsts(counts)
    sampled = _sampled_hashes(users, models, systems, firsts)
    return SkimmedBlock(
        examples=len(counts),
        input_bytes=(sums[0] or 0) + (sums[2] or 0),
        output_bytes=sums[1] or 0,
        turns=len(texts),
        multi_turn=len(counts) - counts.count(2),
        with_system=len(given),
        longest_line=max(map(sub, ends, [0, *ends])),
        ends=ends,
        prompts=[prompt for prompt, _ in sampled],
        wholes=[whole for _, whole in sampled],
        answers=[models[after - 1] for after in firsts[1:]] if wants_answers else [],
    )


def _firsts(counts: list[int]) -> list[int]:
    """The index of the first pair of each example, and behind the last."""
    return list(accumulate([count >> 1 for count in counts], initial=0))


def _total(texts: list[str]) -> int | None:
    """Bytes in UTF-8 of all; None when the rules may have something to say about one of them."""
    total = sum(map(len, texts))
    odd = [text for text in texts if text < "!" or not text.isascii() or "\0" in text]
    if odd:
        together = "".join(odd)
        if _is_doubtful(odd, together):
            return None
        total += len(together.encode()) - len(together)
    return total


def _sampled_hashes(
    users: list[str], models: list[str], systems: list[_System | None], firsts: Sequence[int]
) -> list[tuple[int, int]]:
    """(prompt, whole) of the examples whose first question has one of the sampled lengths."""
    sampled = [at for at, first in enumerate(firsts[:-1]) if not len(users[first]) % SAMPLED_LENGTHS]
    found = []
    for at in sampled:
        first, after = firsts[at], firsts[at + 1]
        asked = [text for pair in zip(users[first:after], models[first:after], strict=True) for text in pair]
        system = systems[at]
        found.append(hashes(asked[:-1], asked[-1:], [system.parts[0].text] if system else []))
    return found
