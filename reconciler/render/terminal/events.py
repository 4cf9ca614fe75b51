"""Events as plain lines, one each, for logs and CI; and what came of an apply."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import assert_never

from reconciler.core import events as e
from reconciler.core.copying import FROM
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.model import Action, Address, LiveTraining, Status
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line
from reconciler.render.style import ACTION_TONES, Style, Tone
from reconciler.render.terminal.diagnostics import note_lines
from reconciler.render.terminal.layout import closed
from reconciler.render.values import Outcome
from reconciler.render.words import (
    duration,
    escape,
    flat,
    progress_words,
    size,
    state_words,
    wrap,
)

_DONE = {
    Action.NOOP: "unchanged",
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REPLACE: "replaced",
    Action.RESTORE: "restored",
    Action.DELETE: "deleted",
    Action.CANCEL: "cancelled",
    Action.AWAIT: "trained",
    Action.ADOPT: "adopted",
    Action.FORGET: "forgotten",
    Action.BLOCKED: "blocked",
}
_ENDINGS = {
    Status.READY: "trained",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
    Status.IN_PROGRESS: "in progress",
    Status.UNKNOWN: "ended",
}


def render_event(event: e.Event, style: Style) -> str:
    """One line without a line feed; "" for an event that only the lock cares about. Never wrapped."""
    match event:
        case e.ChangeStarted(address=address, action=action):
            word = f"{style.paint(action.word, ACTION_TONES[action])}{_of_deposed(event)}"
            return _line(style.glyph(action), address, word, style)
        case e.ChangeDone(address=address):
            return _line(style.paint(style.mark("✓"), Tone.GOOD), address, _done_words(event), style)
        case e.ChangeFailed(address=address):
            words = f"{event.action.word}{_of_deposed(event)} failed: {_diagnostic_words(event.diagnostic)}"
            return _line(style.paint(style.mark("✗"), Tone.BAD), address, words, style)
        case e.ChangeLeft(address=address, action=action):
            words = f"{action.word}{_of_deposed(event)} is left: {flat(event.why)}"
            return _line(style.glyph(Action.AWAIT), address, words, style)
        case e.Noted(diagnostic=diagnostic):
            return _noted(diagnostic, style)
        case _:
            words = event_words(event, style)
            return _line(" ", event.address, words, style) if words else ""


def _of_deposed(event: e.ChangeStarted | e.ChangeDone | e.ChangeFailed | e.ChangeLeft) -> str:
    """A deposed model's own change; of one that serves again, it goes without saying."""
    return " (deposed)" if event.deposed and event.action is not Action.RESTORE else ""


def _line(sign: str, address: Address, words: str, style: Style) -> str:
    return f"{sign} {style.paint(escape(str(address)), Tone.STRONG)}  {words}"


def _noted(diagnostic: Diagnostic, style: Style) -> str:
    tone = Tone.WARNING if diagnostic.severity is not Severity.NOTE else Tone.RUNNING
    place = str(diagnostic.where) if diagnostic.where else diagnostic.address
    words = f"{_diagnostic_words(diagnostic)}"
    return f"{style.paint(style.mark('·'), tone)} {f'{escape(place)}: ' if place else ''}{words}"


def _diagnostic_words(diagnostic: Diagnostic) -> str:
    head = f"{diagnostic.severity.value} {diagnostic.code}: {escape(diagnostic.summary)}"
    return f"{head}: {flat(diagnostic.detail)}" if diagnostic.detail else head


_Step = (
    e.ChangeApproved
    | e.SpecApplied
    | e.Uploaded
    | e.Intended
    | e.IntentWithdrawn
    | e.Submitted
    | e.Queued
    | e.Waiting
    | e.DataSeen
    | e.CancelRequested
    | e.TrainingEnded
    | e.GateRefused
    | e.Served
    | e.AwaitsPromotion
    | e.CheckpointChosen
    | e.AliasMoved
    | e.Adopted
    | e.Updated
    | e.ResourceGone
    | e.Disposed
    | e.Forgotten
)


def event_words(event: _Step, style: Style) -> str:  # noqa: C901, PLR0911, PLR0912 - one case per event, nothing else
    """What happened to the address, without it."""
    match event:
        case e.ChangeApproved() | e.SpecApplied() | e.Intended() | e.DataSeen():
            return ""
        case e.Uploaded():
            return _uploaded(event)
        case e.IntentWithdrawn():
            return "the service refused it: nothing was made, the intent is out of the lock again"
        case e.Submitted():
            found = " (found after an unknown answer)" if event.found else ""
            return f"submitted {escape(event.resource_name)}{found}"
        case e.Queued():
            return _timed(f"queued: {escape(event.waiting_for)}", event.elapsed_s, style)
        case e.Waiting():
            words = [state_words(event.state), progress_words(event.progress, style.dot)]
            return _timed(style.dot.join(w for w in words if w), event.elapsed_s, style)
        case e.CancelRequested():
            return f"asked the service to cancel {escape(event.resource_name)}"
        case e.TrainingEnded():
            return _ended(event)
        case e.GateRefused():
            could_tell = event.judged is None or event.judged.conclusion != Conclusion.INCONCLUSIVE.value
            head = "the gate refused the successor" if could_tell else "the gate could not tell"
            return f"{head}: {flat(event.words)}"
        case e.CheckpointChosen():
            which = f"checkpoint {event.chosen.checkpoint_id}" if event.chosen else "the last checkpoint"
            return f"attempt {escape(event.attempt)}: {escape(which)} is asked at {escape(event.endpoint)}"
        case e.AliasMoved():
            return _aliased(event)
        case e.AwaitsPromotion():
            return f"passed, and waits to be promoted: {escape(shell_line(suggest('promote', event.address)))}"
        case e.Served():
            deposed = f"; training {escape(event.deposed)} is deposed" if event.deposed else ""
            return f"serves {escape(event.endpoint or event.model)}{deposed}"
        case e.Adopted():
            return f"adopted {escape(event.live.resource_name)} as {event.role.value}"
        case e.Updated():
            return f"patched {', '.join(map(escape, event.resources))}" if event.resources else "the lock is updated"
        case e.ResourceGone():
            return f"{escape(event.what)}: {escape(event.resource_name)}"
        case e.Disposed():
            record = f"; its record stays: {escape(event.job)}" if event.job else ""
            return f"training {escape(event.attempt)} is gone{record}"
        case e.Forgotten():
            return "out of the lock; the cloud is untouched"
        case _:
            assert_never(event)


def _uploaded(event: e.Uploaded) -> str:
    # The object is named after the sha256 of its bytes, which the lock has in full.
    path, uri = escape(event.path), re.sub(r"[0-9a-f]{64}", lambda found: f"{found[0][:12]}…", escape(event.uri))
    words = f"found {path} at {uri}" if event.existed else f"uploaded {path} to {uri}"
    return f"{words} ({size(event.size_bytes)})"


def _ended(event: e.TrainingEnded) -> str:
    live: LiveTraining = event.live
    word = "copied" if live.is_ready and FROM in live.training else _ENDINGS[live.status]
    what = flat(live.error) if live.error else escape(live.model or live.resource_name)
    deposed = " (deposed: it succeeded while it was being cancelled)" if event.deposed else ""
    return f"{word}: {what}{deposed}"


def _timed(words: str, elapsed_s: float, style: Style) -> str:
    return f"{words}{style.dot}{duration(elapsed_s)}" if elapsed_s else words


def _done_words(event: e.ChangeDone) -> str:
    took = f" in {duration(event.elapsed_s)}" if event.elapsed_s >= 1 else ""
    outcome = f": {flat(event.outcome)}" if event.outcome else ""
    return f"{_DONE[event.action]}{_of_deposed(event)}{took}{outcome}"


def render_outcome(outcome: Outcome, style: Style) -> str:
    """The last words of apply and wait: why changes failed, what was done, what is left and how to go on."""
    return closed(
        [
            *(line for failed in outcome.failed for line in [*note_lines(failed.diagnostic, style), ""]),
            *_done_lines(outcome, style),
            *_named("Failed", [f.address for f in outcome.failed if not f.undecided], Tone.BAD, style),
            *_named("Undecided", [f.address for f in outcome.failed if f.undecided], Tone.RUNNING, style),
            *_named("Blocked", [a for a in outcome.blocked if a not in outcome.undecided], Tone.BAD, style),
            *_named("Still undecided", outcome.undecided, Tone.RUNNING, style),
            *_named("Left", outcome.left, Tone.RUNNING, style),
            *(["Go on with:", f"  {escape(shell_line(outcome.resume))}"] if outcome.left and outcome.resume else []),
        ]
    )


def _done_lines(outcome: Outcome, style: Style) -> Iterator[str]:
    found = Counter(action for _, action in outcome.done)
    if not found:
        if not (outcome.failed or outcome.left):
            yield "Nothing was changed."
        return
    words = ", ".join(f"{found[action]} {_DONE[action]}" for action in Action if found[action])
    took = f" in {duration(outcome.elapsed_s)}" if outcome.elapsed_s >= 1 else ""
    first, *rest = wrap(f"Done: {words}{took}.", style.width - 2)
    yield style.paint("Done", Tone.GOOD) + first[len("Done") :]
    yield from (f"  {line}" for line in rest)


def _named(head: str, addresses: Sequence[Address], tone: Tone, style: Style) -> Iterator[str]:
    if not addresses:
        return
    names = ", ".join(escape(str(address)) for address in addresses)
    first, *rest = wrap(f"{head}: {counted(len(addresses), 'change')} ({names}).", style.width - 2)
    yield style.paint(head, tone) + first[len(head) :]
    yield from (f"  {line}" for line in rest)


def _aliased(event: e.AliasMoved) -> str:
    """By the versions that were changed, each of which has it or has it no more."""
    where = ", ".join(map(escape, event.resources))
    if not event.alias:
        return f"the alias is taken from {where}" if where else "no version has an alias any more"
    return f"the alias {escape(event.alias)} is that of what serves" + (f"; changed on {where}" if where else "")
