"""Follow a run's events to its exit code: live on a terminal, a line each elsewhere, JSON when asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import cast

from reconciler.backends.base import BackendError
from reconciler.cli.console import is_drawn_on, size_of_stderr, style_for, write
from reconciler.core import exits
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.events import Event
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.core.times import written
from reconciler.render.commands import shell_line
from reconciler.render.repetitions import Repetitions
from reconciler.render.terminal.events import render_outcome
from reconciler.render.terminal.live import LiveProgress
from reconciler.render.values import Banner, Outcome
from reconciler.session.clock import Interrupted
from reconciler.session.sessions import LockSession
from reconciler.version import __version__


@dataclass(frozen=True, slots=True)
class Show:
    """How events are shown: `text` on stderr, or `json` lines on stdout."""

    form: str
    banner: Banner
    verbose: bool = False


def follow(
    events: Iterator[Event],
    show: Show,
    now: LockSession,
    *,
    blocked: tuple[Address, ...] = (),
    undecided: tuple[Address, ...] = (),
) -> int:
    """Consume the events and say what came of them. Interruptions come between two effects."""
    outcome = Outcome(blocked=blocked, undecided=undecided)
    began = now.clock.now()
    try:
        with now.clock.saving(), closing(cast("_Closable", events)):
            outcome = _shown(events, show, now, outcome)
    except (Interrupted, KeyboardInterrupt) as exc:
        _say_interrupted(now)
        code = exc.code if isinstance(exc, Interrupted) else exits.INTERRUPTED
        raise Interrupted(code, is_reported=True) from exc
    outcome = replace(outcome, elapsed_s=now.clock.now() - began)
    code = outcome.exit_code
    if outcome.left:
        outcome = replace(outcome, resume=suggest("wait"))
    if show.form == "json":
        write(outcome_line(outcome, now, code) + "\n")
    else:
        sys.stderr.flush()
        write(render_outcome(outcome, style_for(sys.stdout)))
    return code


def outcome_line(outcome: Outcome, now: LockSession, code: int) -> str:
    """The last line of a JSON stream."""
    from reconciler.render import json_events

    return json_events.outcome_line(outcome, at=at(now), exit_code=code)


def _shown(events: Iterator[Event], show: Show, now: LockSession, outcome: Outcome) -> Outcome:
    if show.form == "json":
        return _as_json(events, show, now, outcome)
    style, draws = style_for(sys.stderr), is_drawn_on(sys.stderr)
    with LiveProgress(sys.stderr, style, is_terminal=draws, size=size_of_stderr, now=time.monotonic) as live:
        now.clock.on_tick = live.tick if draws else None
        try:
            for event in events:
                live.show(event)
                outcome = outcome.plus(event)
                now.clock.check()
        finally:
            now.clock.on_tick = None
    return outcome


def _as_json(events: Iterator[Event], show: Show, now: LockSession, outcome: Outcome) -> Outcome:
    from reconciler.render import json_events

    write(json_events.version_line(show.banner, version=__version__, at=at(now)) + "\n")
    said = Repetitions()
    for event in events:
        if not said.is_repetition(event):
            write(json_events.event_line(event, at=at(now)) + "\n")
        outcome = outcome.plus(event)
        now.clock.check()
    return outcome


def _say_interrupted(now: LockSession) -> None:
    """What goes on by itself, and how to come back to it."""
    lines = ["", "Interrupted; everything up to here is in the lock."]
    try:
        lock = now.world.store.read()
    except (ReconcilerError, BackendError, Interrupted):  # a lock in Cloud Storage that does not answer either
        lock = now.world.store.lock
    running = [
        f"  {address}  {training.job}"
        for address, entry in sorted(lock.entries.items())
        for training in entry.trainings.values()
        if training.is_open and training.job
    ]
    if running:
        lines += ["Still training in the cloud:", *running]
    if any(entry.approved for entry in lock.entries.values()):
        lines += ["To go on:", f"  {shell_line(suggest('wait'))}"]
    sys.stderr.write("\n".join(lines) + "\n")


def at(now: LockSession) -> str:
    """Now, as lines of JSON say it."""
    return written(now.clock.now())


class _Closable:
    """What `closing` asks of an iterator."""

    def close(self) -> None:
        """Generators have it."""
