"""One address in full: its entry in the lock, newest training first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import asdict

from reconciler.core.checkpoints import in_words
from reconciler.core.compare import describe
from reconciler.core.copying import copied_by
from reconciler.core.cost import epochs_of
from reconciler.core.diff import flatten
from reconciler.core.lock import Approved, Entry, Measured, Role, Training
from reconciler.core.model import Address, Json, Lifecycle
from reconciler.core.pins import explained
from reconciler.core.plurals import counted
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.layout import INDENT, closed, cut, fact, indented, listed
from reconciler.render.values import Banner
from reconciler.render.words import (
    billed_words,
    escape,
    evaluation_words,
    flat,
    rebase_words,
    spell,
    state_words,
    width_of,
)

_TONES = {
    Role.SERVING: Tone.GOOD,
    Role.CANDIDATE: Tone.RUNNING,
    Role.PENDING: Tone.WARNING,
    Role.DEPOSED: Tone.FAINT,
    Role.FAILED: Tone.BAD,
}


def render_entry(address: Address, entry: Entry, banner: Banner, style: Style) -> str:
    """Everything that the lock knows of it."""
    trainings = reversed(entry.in_order)
    return closed(
        [
            *banner_lines(banner, style),
            "",
            style.paint(escape(str(address)), Tone.STRONG) + f"{style.dot}revision {entry.revision}",
            *_lifecycle(entry.lifecycle, style),
            *(line for approved in entry.approved for line in _approved(approved, style)),
            *(fact("alias", escape(entry.alias), style) if entry.alias else []),
            *(fact("pinned", escape(explained(entry.pinned)), style) if entry.pinned else []),
            *_values("in place", entry.in_place, style),
            *(line for number, training in trainings for line in _training(number, training, style)),
        ]
    )


def _lifecycle(lifecycle: Lifecycle, style: Style) -> list[str]:
    settings = {name: getattr(value, "value", value) for name, value in asdict(lifecycle).items()}
    camel = lifecycle.__struct_encode_fields__
    words = [f"{key}: {spell(value)}" for key, value in zip(camel, settings.values(), strict=True) if value != ""]
    return fact("lifecycle", ", ".join(words), style)


def _approved(approved: Approved, style: Style) -> list[str]:
    words = f"{approved.action.word}, not finished"
    attempt = f" (attempt {escape(approved.attempt)})" if approved.attempt else ""
    return fact("approved", words + attempt, style)


def _training(number: str, training: Training, style: Style) -> Iterator[str]:
    role = style.paint(training.role.value, _TONES[training.role])
    parts = [f"training {escape(number)}", role, training.phase.value, state_words(training.state)]
    yield ""
    yield style.dot.join(part for part in parts if part)
    yield from _names(training, style)
    yield from _measured(training, style)
    yield from _history(training, style)
    submission = training.submission
    copied = copied_by(submission)
    if copied is not None:
        yield from listed("copy of", [escape(copied.words)], style)
        yield from listed("tuned from", [escape(copied.of.base)] if copied.of.base else [], style)
    else:
        yield from _values("trained on", {**submission.asked_for, **submission.reported}, style)
    if submission.rebases:
        yield from listed("rebases", [escape(rebase_words(submission))], style)
    for record in submission.data:
        yield from listed("data", [escape(describe(record) or "")], style)
    parent = submission.parent_model or submission.parent
    yield from listed("parent", [escape(parent)] if parent else [], style)


def _names(training: Training, style: Style) -> Iterator[str]:
    for label, name in (
        ("job", training.job),
        ("operation", training.operation),
        ("model", training.model),
        ("endpoint", training.endpoint),
    ):
        yield from listed(label, [escape(name)] if name else [], style)
    for c in training.checkpoints:
        is_chosen = training.checkpoint is not None and training.checkpoint.checkpoint_id == c.checkpoint_id
        chosen = f" (serves: {escape(in_words(training))})" if is_chosen else ""
        words = f"checkpoint {escape(c.checkpoint_id)}, epoch {c.epoch}, step {c.step}{chosen}"
        yield from indented(words, style, Tone.FAINT)
        yield from indented(escape(c.endpoint), style, by=INDENT + 2) if c.endpoint else ()


def _measured(training: Training, style: Style) -> Iterator[str]:
    """What its curves came to, and what the service's own evaluation found."""
    known = training.measured
    if known is not None:
        yield from listed("metrics", [_metric_words(name, known) for name in known.last], style)
    for found in training.evaluations:
        words = evaluation_words(found.checkpoint_id, found.scores, found.error)
        yield from indented(words, style, Tone.FAINT if found.scores else Tone.WARNING)


def _metric_words(name: str, known: Measured) -> str:
    """`eval_total_loss 0.62, at best 0.58 (step 30)`; the best alone where it is the last."""
    end, peak = known.last[name], known.best.get(name)
    best = f", at best {peak.value:.4g} (step {peak.step})" if peak and peak.value != end.value else ""
    return f"{escape(name)} {end.value:.4g}{best}"


def _history(training: Training, style: Style) -> Iterator[str]:
    times = [f"{state_words(name)} {escape(at)}" for name, at in sorted(training.seen.items(), key=lambda t: t[1])]
    yield from listed("times", times, style)
    if training.billable_tokens is not None:
        yield from fact(
            "billed", billed_words(training.billable_tokens, epochs_of(training.submission.training)), style
        )
    if training.dropped is not None:
        yield from fact("dropped", counted(training.dropped.count, "example"), style)
    for label, text in (
        ("unproven", training.data_unproven),
        ("error", training.error),
        ("gate", training.gate_refused),
        ("cancelled", training.cancel_requested),
    ):
        if text:
            yield from fact(label, flat(text), style)


def _values(label: str, values: Mapping[str, Json], style: Style) -> Iterator[str]:
    flattened = flatten(values)
    if not flattened:
        return
    yield " " * INDENT + style.paint(label, Tone.FAINT)
    for path, value in flattened.items():
        head = f"{' ' * (INDENT + 2)}{escape(path)}: "
        yield head + cut(spell(value), style.width - width_of(head), style)
