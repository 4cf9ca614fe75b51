"""A page about a checked file that a person likes to read: counts, sizes, what training would cost."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from reconciler.core.plurals import counted
from reconciler.datasets.excerpt import harmless
from reconciler.datasets.formats import Format
from reconciler.datasets.lexical import shorten
from reconciler.datasets.refusals import RULE as REFUSES
from reconciler.datasets.tokens import estimate, short, tokens_of_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.settings import Price
    from reconciler.datasets.checked import Checked, Distribution
    from reconciler.datasets.noise import Noise

WIDTH = 80
_BAR = 32
_BUCKETS = 10
_LISTED = 10
"""Lines to look at that are named, of each kind."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def stats(
    checked: Checked,
    *,
    price: Price | None = None,
    epochs: Sequence[int] = (1, 2, 3, 4),
    batch_size: int | None = None,
    unicode: bool = True,
    noise: Noise | None = None,
    questions: Mapping[int, str] | None = None,
) -> str:
    """The page, at most 80 columns wide. `unicode` off draws bars with #.

    `noise` is what there is to look at of its classes; `questions` are the beginnings of some lines, by line.
    """
    sections = (
        _head(checked),
        _shape(checked),
        _histogram("Tokens an example, input", checked.input_bytes, unicode=unicode),
        _histogram("Tokens an example, output", checked.output_bytes, unicode=unicode),
        _classes(checked, unicode=unicode),
        _doubts(noise, questions or {}),
        _refusals(checked, questions or {}),
        _longest(checked),
        _cost(checked, price, epochs, batch_size),
    )
    pages = ["\n".join(lines) for section in sections if (lines := list(section))]
    page = "\n\n".join(pages) + "\n"
    return page if unicode else page.translate(_ASCII)


_ASCII = str.maketrans({"…": "~", "·": "|"})


def _head(checked: Checked) -> Iterator[str]:
    yield "".join(harmless(character) for character in checked.name)
    counts = f"{counted(checked.examples, 'example')} · {counted(checked.identity.size, 'byte')}"
    yield f"  {checked.format.title} · {counts}"
    yield f"  crc32c {checked.identity.crc32c}"
    if checked.identity.sha256:
        yield f"  sha256 {checked.identity.sha256}"


def _shape(checked: Checked) -> Iterator[str]:
    if not checked.examples:
        return
    yield "Examples"
    rows = (
        ("turns an example, on average", f"{checked.turns / checked.examples:.1f}"),
        ("with more than one answer", _share(checked.multi_turn, checked.examples)),
        ("with a system instruction", _share(checked.with_system, checked.examples)),
        ("with functions", _share(checked.with_tools, checked.examples)),
        *([("with unused settings", _share(checked.with_settings, checked.examples))] if checked.with_settings else []),
        ("with media", _share(checked.with_media, checked.examples)),
        ("the same as an earlier one", _share(checked.duplicates, checked.examples)),
    )
    for name, value in rows:
        yield f"  {name:<34}{value:>12}"
    for kind, count in sorted(checked.media.items()):
        yield f"  {kind + ' files':<34}{count:>12,}"


def _share(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.0%})" if count else "none"


def _histogram(title: str, sizes: Distribution, *, unicode: bool) -> Iterator[str]:
    if not sizes.counts:
        return
    low, high = (tokens_of_bytes(sizes.percentile(share)) for share in (0, 1))
    median, p95 = (tokens_of_bytes(sizes.percentile(share)) for share in (0.5, 0.95))
    yield f"{title} (estimate): median {short(median)}, 95 % up to {short(p95)}, most {short(high)}"
    buckets = bucketed(sizes, low, high)
    most = max(count for *_, count in buckets)
    for start, stop, count in buckets:
        label = f"{short(start)}-{short(stop)}"
        yield f"  {label:>14} {_bar(count / most, unicode=unicode):<{_BAR}} {count:>9,}"


def bucketed(sizes: Distribution, low: int, high: int) -> list[tuple[int, int, int]]:
    """(first, last, count) in steps of equal ratio: lengths spread over orders of magnitude."""
    ratio = max(high / max(low, 1), 1.0) ** (1 / _BUCKETS)
    edges = sorted({max(round(max(low, 1) * ratio**step), low) for step in range(_BUCKETS)} | {low})
    counts = [0] * len(edges)
    for size, count in sizes.counts:
        tokens = tokens_of_bytes(size)
        index = max((i for i, edge in enumerate(edges) if edge <= tokens), default=0)
        counts[index] += count
    ends = [*(edge - 1 for edge in edges[1:]), high]
    return list(zip(edges, ends, counts, strict=True))


def _bar(share: float, *, unicode: bool) -> str:
    if not unicode:
        return "#" * max(round(share * _BAR), 1 if share else 0)
    eighths = max(round(share * _BAR * 8), 1 if share else 0)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _classes(checked: Checked, *, unicode: bool) -> Iterator[str]:
    if not checked.has_classes or not checked.labels or len(checked.labels) < 2:
        return
    yield f"Answers, {len(checked.labels)} different"
    ordered = sorted(checked.labels.items(), key=lambda entry: (-entry[1], entry[0]))
    most = ordered[0][1]
    for label, count in ordered[:12]:
        name = label if label.isprintable() else label.encode("unicode_escape").decode()
        shown = name if len(name) <= 24 else name[:23] + "…"
        yield f"  {shown:<24} {_bar(count / most, unicode=unicode):<{_BAR}} {count:>9,}"
    if len(ordered) > 12:
        yield f"  … and {len(ordered) - 12} more"


def lines_to_look_at(checked: Checked, noise: Noise) -> list[int]:
    """Those that the page names of its classes and refusals."""
    doubted = [doubt.line for doubt in noise.doubts[:_LISTED]]
    return [*doubted, *(line for _, line in noise.singles[:_LISTED]), *refusals_of(checked)[:_LISTED]]


def refusals_of(checked: Checked) -> list[int]:
    """The lines of answers that refuse, as far as they were kept."""
    return [finding.line for finding in checked.findings if finding.rule == REFUSES]


def _doubts(noise: Noise | None, questions: Mapping[int, str]) -> Iterator[str]:
    if noise is None or not (noise.count or noise.singles):
        return
    yield f"Classes to look at, {noise.count + len(noise.singles):,}"
    for doubt in noise.doubts[:_LISTED]:
        others = f"{doubt.agreeing:,} almost the same: {_short(doubt.other)} (line {doubt.first:,})"
        yield f"  line {doubt.line:>10,}   {_short(doubt.label):<18} {others}"
        yield from _question(questions, doubt.line)
    if noise.count > _LISTED:
        yield f"  … and {noise.count - _LISTED:,} more with another class than almost the same"
    for label, line in noise.singles[:_LISTED]:
        yield f"  line {line:>10,}   {_short(label):<18} the only one of its class"
        yield from _question(questions, line)
    if len(noise.singles) > _LISTED:
        yield f"  … and {len(noise.singles) - _LISTED:,} more that are given once"


def _refusals(checked: Checked, questions: Mapping[int, str]) -> Iterator[str]:
    count = checked.counts.get(REFUSES, 0)
    lines = refusals_of(checked)[:_LISTED]
    if not lines:
        return
    yield f"Answers that refuse, {count:,}"
    for line in lines:
        yield f"  line {line:>10,}"
        yield from _question(questions, line)
    if count > len(lines):
        yield f"  … and {count - len(lines):,} more"


def _question(questions: Mapping[int, str], line: int) -> Iterator[str]:
    if line in questions:
        yield f"    {questions[line][: WIDTH - 4]}"


def _short(label: str) -> str:
    return shorten(label, 18)


def _longest(checked: Checked) -> Iterator[str]:
    if not checked.longest:
        return
    yield "Longest examples"
    for line, size in checked.longest:
        tokens = tokens_of_bytes(size)
        yield f"  line {line:>10,}   about {short(tokens):>6} {'token' if tokens == 1 else 'tokens'}"


def _cost(checked: Checked, price: Price | None, epochs: Sequence[int], batch_size: int | None) -> Iterator[str]:
    if not checked.examples:
        return
    tokens = estimate(checked)
    yield f"Training, tokens an epoch: {tokens}"
    yield f"  ({tokens.method})"
    steps = steps_of(checked, batch_size)
    yield f"  {'epochs':>6}  {'tokens':>10}" + (f"  {'steps':>10}" if steps else "") + "  cost"
    for count in epochs:
        row = f"  {count:>6}  {short(tokens.likely * count):>10}"
        if steps:
            row += f"  {ceil(checked.examples * count / steps):>10,}"
        yield f"{row}  {_money(tokens.low, tokens.high, count, price)}"
    if price is not None and price.as_of:
        yield f"  at {price.per_million:g} {price.currency} a million tokens, as of {price.as_of}"


def steps_of(checked: Checked, batch_size: int | None) -> int | None:
    """Examples a step, where that is known: pairs have a default of the service's."""
    return batch_size or (4 if checked.format is Format.PAIRS else None)


def _money(low: int, high: int, epochs: int, price: Price | None) -> str:
    if price is None:
        return "unknown: no price for this model"
    least, most = (tokens * epochs * price.per_million / 1e6 for tokens in (low, high))
    return f"{least:,.2f}-{most:,.2f} {price.currency}"
