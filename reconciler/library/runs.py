"""A run: what changes the cloud or the lock, event by event, and what came of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.events import Event
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.core.times import written
from reconciler.library.errors import CallError, shown
from reconciler.library.happened import DeletedUpload, RunEvent, RunResult
from reconciler.library.plans import WorkspacePlan
from reconciler.render.values import Outcome
from reconciler.session.clock import SystemClock

if TYPE_CHECKING:
    from reconciler.library.sessions import Opened
    from reconciler.session.sessions import LockSession


@dataclass(frozen=True, slots=True)
class Work:
    """What a run does: the session it needs, its events, and what it would do."""

    name: str
    opened: Opened[Any]
    events: Callable[[Any], Iterator[Event | DeletedUpload]]
    preview: Callable[[Any], WorkspacePlan]
    blocked: tuple[Address, ...] = ()
    undecided: tuple[Address, ...] = ()


class WorkspaceRun(Iterator[RunEvent]):
    """A change that is asked for, and happens while it is iterated, or waited for: not before.

    Between two events nothing is held: other runs and commands go on. Left in the middle, by `break` or Ctrl-C, what
    was approved stands in the lock, and `Workspace.wait()` finishes it.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._clock = SystemClock()
        self._reading = threading.Lock()
        self._seen: list[RunEvent] = []
        self._outcome = Outcome(blocked=work.blocked, undecided=work.undecided)
        self._going = self._go()
        self._state = "not begun"

    def preview(self) -> WorkspacePlan:
        """What it would do, as `--dry-run` shows it. Nothing is done."""
        with shown(), self._work.opened(SystemClock()) as now:
            return self._work.preview(now)

    def wait(self, *, progress: bool | None = None) -> RunResult:
        """To its end. In a notebook one line shows how it goes, unless `progress` is False."""
        from reconciler.library.progress import following

        with following(progress) as show:
            for event in self:
                show(event)
        return self.result

    @property
    def result(self) -> RunResult:
        """What has come of it so far, or at its end."""
        outcome = replace(self._outcome, resume=suggest("wait") if self._outcome.left else None)
        return RunResult(outcome, written(self._clock.now()), tuple(self._seen))

    def close(self) -> None:
        """Stop here: what was approved stays in the lock. Idle where another thread is in the middle of it."""
        if self._reading.acquire(blocking=False):
            try:
                self._going.close()
            finally:
                self._reading.release()

    def __next__(self) -> RunEvent:
        if not self._reading.acquire(blocking=False):
            detail = f"Another thread is in the middle of this {self._work.name}."
            raise CallError(
                run_diagnostic("RUN087", detail, fix="Read its events in one thread, or begin another run.")
            )
        try:
            return self._next()
        finally:
            self._reading.release()

    def _next(self) -> RunEvent:
        self._state = "under way"
        try:
            with shown(), self._heard():
                event = next(self._going)
        except StopIteration:
            self._state = "over"
            raise
        except BaseException:
            self._state = "ended early"
            self._going.close()
            raise
        self._seen.append(event)
        return event

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Ctrl-C comes between two effects; the second one ends it at once. Other threads hear no signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with self._clock.listening((signal.SIGINT,)), self._clock.saving():
            yield
            self._clock.check()

    def _go(self) -> Generator[RunEvent, None, None]:
        from reconciler.render.repetitions import Repetitions

        said = Repetitions()
        began_s = self._clock.now()
        with self._work.opened(self._clock) as now:
            try:
                with closing(self._events(now)) as events:
                    for event in events:
                        if isinstance(event, DeletedUpload):
                            yield RunEvent.of(event, written(now.clock.now()))
                        elif not said.is_repetition(event):
                            self._outcome = self._outcome.plus(event)
                            yield RunEvent.of(event, written(now.clock.now()))
            finally:
                self._outcome = replace(self._outcome, elapsed_s=self._clock.now() - began_s)

    def _events(self, now: LockSession) -> Generator[Event | DeletedUpload, None, None]:
        yield from self._work.events(now)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._work.name}, {self._state}>"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import message_piece

        how = "Nothing has happened yet: iterate it, or call wait()." if self._state == "not begun" else self._state
        return message_piece(self._work.name, how)
