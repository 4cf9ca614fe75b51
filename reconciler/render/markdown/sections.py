"""One change of a plan as a folded section: what differs, in the colours of a diff, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.change import Change, FieldChange
from reconciler.core.compare import describe
from reconciler.core.diagnostics import Severity
from reconciler.core.dialects import dialect_of
from reconciler.core.diff import flatten
from reconciler.core.lock import Submission
from reconciler.core.model import Action, Address
from reconciler.core.plurals import counted
from reconciler.core.surplus import kept_words
from reconciler.render.commands import shell_line
from reconciler.render.forecasts import forecast_words
from reconciler.render.markdown.text import diagnostic, fenced, markup
from reconciler.render.words import (
    billed_words,
    cause_words,
    cost_words,
    escape,
    progress_words,
    rebase_words,
    shorten,
    spell,
    state_words,
)

_VALUE_MAX = 400


def word_of(change: Change) -> str:
    """What happens, in a word."""
    return "unchanged" if change.action is Action.NOOP else change.action.word


def section_of(change: Change, *, is_stopped: bool) -> list[str]:
    """Nothing is green of what is not done. Warnings stand below all changes, and not here."""
    deposed = " (deposed)" if change.deposed else ""
    name = f"<b>{markup(str(change.address))}</b>{deposed}"
    return [
        f"<details><summary><code>{markup(change.action.glyph)}</code> {name} {word_of(change)}</summary>",
        "",
        *fenced(_diff(change), "" if is_stopped else "diff"),
        "",
        *(line for note in change.notes if note.severity is not Severity.WARNING for line in diagnostic(note)),
        *([*fenced([escape(shell_line(change.command))], "sh"), ""] if change.command else []),
        "</details>",
        "",
    ]


def _diff(change: Change) -> Iterator[str]:
    """Lines that a diff viewer colours: `-` is taken away, `+` is added, the rest is said."""
    yield f"  {_cut(escape(change.reason.text))}"
    for field in change.fields:
        yield from _field(field, change.action)
    if not change.fields and change.submission and change.action.trains:
        yield from (f"+ {path}: {value}" for path, value in _submitted(change.address, change.submission))
    sign = "-" if change.action is Action.DELETE else " "
    yield from (f"{sign} {escape(name)}" for name in change.resources)
    yield from (f"- {escape(name)}" for name in change.surplus)
    yield from (f"  adopts {escape(a.resource_name)} as {a.role.value}" for a in change.adopts)
    yield from (f"  {label}: {text}" for label, text in _facts(change) if text)


def _field(field: FieldChange, action: Action) -> Iterator[str]:
    name, why = escape(field.field), cause_words(field, action)
    seen = f", seen on {escape(field.resource_name)}" if field.resource_name else ""
    if field.old is not None:
        yield f"- {name}: {_cut(spell(field.old))}"
    if field.new is not None:
        yield f"+ {name}: {_cut(spell(field.new))}"
    yield f"  ({why}{seen})"


def _submitted(address: Address, submission: Submission) -> Iterator[tuple[str, str]]:
    for path, value in flatten({**submission.asked_for, **submission.in_place, **submission.reported}).items():
        yield escape(path), _cut(spell(value))
    for record in submission.data:
        yield escape(record.field), _cut(escape(describe(record) or ""))
    if submission.parent:
        yield dialect_of(address).parent, escape(submission.parent_model or submission.parent)


def _facts(change: Change) -> Iterator[tuple[str, str]]:
    yield "formerly", escape(str(change.renamed_from or ""))
    progress = progress_words(change.progress) if change.progress else ""
    yield "progress", " · ".join(part for part in (state_words(change.state), progress) if part)
    yield "spent", "" if change.spent_tokens is None else billed_words(change.spent_tokens, None)
    yield "cancels attempts", ", ".join(map(escape, change.cancels))
    if change.surplus:
        yield (
            "then disposes of attempts",
            f"{', '.join(map(escape, change.disposes))} ({kept_words(change.lifecycle.keep)})",
        )
    yield "last changed at commit", escape(change.commit)
    yield "loss", f"{counted(change.disposes_ready, 'ready model')}" if change.disposes_ready else ""
    if change.submission and change.action.trains:
        yield "in", escape(f"project {change.submission.project} {change.submission.location}".rstrip())
    if change.rebases:
        yield "rebases", _cut(escape(rebase_words(change.rebases)))
    if change.copies:
        yield "copies", f"{_cut(escape(change.copies.words))}; nothing is trained"
    yield "cost", _cut(cost_words(change.cost)) if change.cost else ""
    yield "gate", _cut(forecast_words(change.forecast)) if change.forecast else ""
    yield "after", ", ".join(escape(str(address)) for address in change.after)


def _cut(text: str) -> str:
    return shorten(text, _VALUE_MAX)
