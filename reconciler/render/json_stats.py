"""What training data holds and what a training on it would cost, as one JSON document. No text of examples is in it."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from reconciler.core.diagnostics import Severity
from reconciler.datasets.figures import bucketed, refusals_of, steps_of
from reconciler.datasets.refusals import RULE as REFUSES
from reconciler.datasets.tokens import estimate, tokens_of_bytes
from reconciler.render.records import FORMAT_VERSION, FormatVersion, Record, document
from reconciler.render.words import decimal_string

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.settings import Price
    from reconciler.datasets.checked import Checked, Distribution
    from reconciler.datasets.counting import Counted
    from reconciler.datasets.noise import Noise

Examples = Annotated[int, Meta(description="How many examples.", ge=0)]
Label = Annotated[str, Meta(description="The class.")]
Tokens = Annotated[int, Meta(description="Of one epoch.", ge=0)]
Line = Annotated[int, Meta(description="Counted from 1.", ge=1)]
EPOCHS = (1, 2, 3, 4)


class DigestsRecord(Record, frozen=True, kw_only=True):
    """Which bytes these are."""

    sha256: Annotated[str, Meta(description="In hexadecimal digits.")]
    crc32c: Annotated[str, Meta(description="As Cloud Storage writes it.")]
    size: Annotated[int, Meta(description="In bytes.")]


class BucketRecord(Record, frozen=True, kw_only=True):
    """How many examples have so many tokens."""

    start: Annotated[int, Meta(description="The fewest tokens.")]
    stop: Annotated[int, Meta(description="The most tokens.")]
    examples: Examples


class TokensRecord(Record, frozen=True, kw_only=True):
    """Tokens of one side of the examples, estimated from their bytes."""

    median: Annotated[int, Meta(description="Half of the examples have no more.")]
    p95: Annotated[int, Meta(description="95 % of the examples have no more.")]
    most: Annotated[int, Meta(description="The most that one has.")]
    histogram: Annotated[tuple[BucketRecord, ...], Meta(description="In the order of size.")]


class ClassRecord(Record, frozen=True, kw_only=True):
    """An answer that is the name of a class."""

    label: Label
    examples: Examples


class DoubtRecord(Record, frozen=True, kw_only=True):
    """A line with another class than almost the same questions have."""

    line: Line
    label: Label
    other: Annotated[str, Meta(description="The class that most of those have.")]
    agreeing: Annotated[int, Meta(description="How many of those have it.")]
    first: Annotated[int, Meta(description="The first line of those.")]


class SingleRecord(Record, frozen=True, kw_only=True):
    """A class that is given once."""

    label: Label
    line: Line


class LongestRecord(Record, frozen=True, kw_only=True):
    """One of the longest examples."""

    line: Line
    text_bytes: Annotated[int, Meta(description="Of both sides.")]
    tokens: Annotated[int, Meta(description="An estimate.")]


class EpochsRecord(Record, frozen=True, kw_only=True):
    """A training of so many epochs."""

    epochs: Annotated[int, Meta(description="How many.")]
    tokens: Annotated[int, Meta(description="The likely number that is billed.")]
    steps: Annotated[int | None, Meta(description="Null where the size of a batch is not known.")]
    cost_low: Annotated[str, Meta(description="An exact decimal number; empty where no price is known.")]
    cost_high: Annotated[str, Meta(description="The same.")]


class TrainingRecord(Record, frozen=True, kw_only=True):
    """Tokens of one epoch, and what trainings would cost."""

    low: Tokens
    likely: Tokens
    high: Tokens
    method: Annotated[str, Meta(description="How they are known.")]
    epochs: Annotated[tuple[EpochsRecord, ...], Meta(description="One to four.")]
    currency: Annotated[str, Meta(description="Of the cost; empty where no price is known.")]
    price_as_of: Annotated[str, Meta(description="The date of the price.")]


class StatsDocument(Record, frozen=True, kw_only=True):
    """The whole of it."""

    format_version: FormatVersion
    name: Annotated[str, Meta(description="The file, as it was named.")]
    format: Annotated[str, Meta(description="The shape of its examples.")]
    ok: Annotated[bool, Meta(description="Whether no rule finds an error; else the figures are those of no training.")]
    identity: Annotated[DigestsRecord, Meta(description="Which bytes were read.")]
    examples: Examples
    lines: Annotated[int, Meta(description="Of the file.")]
    duplicates: Annotated[int, Meta(description="Examples that stand in the file already.")]
    turns: Annotated[int, Meta(description="Of all examples.")]
    multi_turn: Annotated[int, Meta(description="Examples with more than one answer.")]
    with_system: Annotated[int, Meta(description="Examples with a system instruction.")]
    with_tools: Annotated[int, Meta(description="Examples with functions.")]
    with_settings: Annotated[
        int, Meta(description="Examples with settings that tuning does not use, such as thinking or a response schema.")
    ]
    with_media: Annotated[int, Meta(description="Examples with media.")]
    media: Annotated[dict[str, int], Meta(description="Files of each kind.")]
    input: Annotated[TokensRecord, Meta(description="What is asked.")]
    output: Annotated[TokensRecord, Meta(description="What is learnt.")]
    classes: Annotated[
        tuple[ClassRecord, ...], Meta(description="The largest first; none where answers are no classes.")
    ]
    doubts: Annotated[tuple[DoubtRecord, ...], Meta(description="The likeliest mistake first; at most 100.")]
    doubts_in_all: Annotated[int, Meta(description="How many there are.")]
    singles: Annotated[tuple[SingleRecord, ...], Meta(description="Classes that are given once.")]
    refusals: Annotated[tuple[int, ...], Meta(description="Lines of answers that refuse; at most 100.")]
    refusals_in_all: Annotated[int, Meta(description="How many there are.")]
    longest: Annotated[tuple[LongestRecord, ...], Meta(description="The longest first.")]
    training: Annotated[TrainingRecord, Meta(description="By the estimate.")]
    counted: Annotated[TrainingRecord | None, Meta(description="As the service counts, with `--exact`; else null.")]
    errors: Annotated[tuple[str, ...], Meta(description="Rules that refuse the file.")]


def stats_to_json(
    checked: Checked,
    noise: Noise,
    *,
    price: Price | None = None,
    batch_size: int | None = None,
    counted: tuple[Counted, str] | None = None,
) -> str:
    """Everything that the page for people has; `counted` with its method."""
    likely = estimate(checked)
    steps = steps_of(checked, batch_size)
    exact = None
    if counted is not None:
        found, method = counted
        exact = _training(found.tokens, found.tokens, found.tokens, method, checked.examples, price, steps)
    made = StatsDocument(
        format_version=FORMAT_VERSION,
        name=checked.name,
        format=checked.format.value,
        ok=checked.ok,
        identity=DigestsRecord(
            sha256=checked.identity.sha256, crc32c=checked.identity.crc32c, size=checked.identity.size
        ),
        examples=checked.examples,
        lines=checked.lines,
        duplicates=checked.duplicates,
        turns=checked.turns,
        multi_turn=checked.multi_turn,
        with_system=checked.with_system,
        with_tools=checked.with_tools,
        with_settings=checked.with_settings,
        with_media=checked.with_media,
        media=dict(sorted(checked.media.items())),
        input=_tokens(checked.input_bytes),
        output=_tokens(checked.output_bytes),
        classes=_classes(checked),
        doubts=tuple(DoubtRecord(**doubt._asdict()) for doubt in noise.doubts),
        doubts_in_all=noise.count,
        singles=tuple(SingleRecord(label=label, line=line) for label, line in noise.singles),
        refusals=tuple(refusals_of(checked)),
        refusals_in_all=checked.counts.get(REFUSES, 0),
        longest=tuple(
            LongestRecord(line=line, text_bytes=size, tokens=tokens_of_bytes(size)) for line, size in checked.longest
        ),
        training=_training(likely.low, likely.likely, likely.high, likely.method, checked.examples, price, steps),
        counted=exact,
        errors=tuple(dict.fromkeys(f.rule for f in checked.findings if f.severity is Severity.ERROR)),
    )
    return document(made)


def _tokens(sizes: Distribution) -> TokensRecord:
    low, median, p95, most = (tokens_of_bytes(sizes.percentile(share)) for share in (0, 0.5, 0.95, 1))
    found = bucketed(sizes, low, most) if sizes.counts else []
    histogram = tuple(BucketRecord(start=start, stop=stop, examples=count) for start, stop, count in found)
    return TokensRecord(median=median, p95=p95, most=most, histogram=histogram)


def _classes(checked: Checked) -> tuple[ClassRecord, ...]:
    if not checked.has_classes or not checked.labels or len(checked.labels) < 2:
        return ()
    ordered: Sequence[tuple[str, int]] = sorted(checked.labels.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(ClassRecord(label=label, examples=count) for label, count in ordered)


def _training(
    low: int, likely: int, high: int, method: str, examples: int, price: Price | None, steps: int | None
) -> TrainingRecord:
    return TrainingRecord(
        low=low,
        likely=likely,
        high=high,
        method=method,
        epochs=tuple(
            EpochsRecord(
                epochs=epochs,
                tokens=likely * epochs,
                steps=ceil(examples * epochs / steps) if steps else None,
                cost_low=_cost(low * epochs, price),
                cost_high=_cost(high * epochs, price),
            )
            for epochs in EPOCHS
        ),
        currency=price.currency if price else "",
        price_as_of=price.as_of if price else "",
    )


def _cost(tokens: int, price: Price | None) -> str:
    return decimal_string(tokens * price.per_million / 1e6) or "" if price else ""
