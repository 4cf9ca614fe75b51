"""One change and everything that its next step may depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from reconciler.core import events as ev
from reconciler.core.attempts import markers_for
from reconciler.core.carry.effects import Done, Effect, Fail, Poll, Polled, Step, Stop, Trouble, Wait
from reconciler.core.carry.facts import RunFacts, Traits
from reconciler.core.carry.seen import OfChange, Seen
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Severity
from reconciler.core.faults import Fault
from reconciler.core.lock import Approved, Entry, Milestone, Training
from reconciler.core.model import Action, Address, LiveTraining, Markers, Progress
from reconciler.core.times import seconds_of, written

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """An approved change in its present entry; `now` is in seconds since the epoch."""

    address: Address
    entry: Entry
    approved: Approved
    seen: Seen
    facts: RunFacts
    now: float

    @property
    def action(self) -> Action:
        """What was approved."""
        return self.approved.action

    @property
    def traits(self) -> Traits:
        """Of the service."""
        return self.facts.of(self.address)

    @property
    def memory(self) -> OfChange:
        """What this run remembers of the change."""
        return self.seen.of_change.of_intent(self.approved.attempt, self.training(self.approved.attempt))

    @property
    def at(self) -> str:
        """Now, as the lock writes it."""
        return written(self.now)

    def training(self, attempt: str) -> Training | None:
        """One training of the entry."""
        return self.entry.trainings.get(attempt)

    def markers(self, training: Training, attempt: str) -> Markers:
        """What the training's resource carries; a rename leaves the old name in them."""
        return markers_for(training.submission, self.facts.workspace, training.name or self.address.name, attempt)

    def intended_s(self, training: Training) -> float:
        """When its create was announced last, in seconds since the epoch."""
        return seconds_of(training.at(Milestone.INTENDED))

    def since_s(self, time: str) -> float:
        """Seconds since a time of the lock's; 0 for none."""
        return max(0.0, self.now - seconds_of(time)) if time else 0.0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the change was approved, in whichever run; where nobody knows, since this one took it up."""
        return self.since_s(self.approved.at) if self.approved.at else max(0.0, self.now - self.memory.began_s)

    # What is asked

    def ask(self, effect: Effect[T]) -> T | Step:
        """The answer, the effect where nobody has asked yet, or what its failure means for the change."""
        trouble = self.seen.trouble(effect)
        if trouble is not None:
            return self.failed(trouble)
        answer = self.seen.answer(effect)
        return effect if answer is None else answer

    def ask_or_fail(self, effect: Effect[T]) -> Step:
        """The same for an effect whose answer is kept elsewhere."""
        trouble = self.seen.trouble(effect)
        return effect if trouble is None else self.failed(trouble)

    def poll(self, attempt: str, training: Training, turn: int = 0) -> LiveTraining | Step:
        """The training as the service has it now; that it knows none is a failure like any other."""
        answer = self.ask(Poll(self.address, attempt, training, turn))
        if isinstance(answer, Step):
            return answer
        return self._vanished(answer) if answer.live is None else answer.live

    def _vanished(self, answer: Polled) -> Step:
        assert answer.trouble is not None
        return self.failed(answer.trouble)

    # How it stands

    def queued(self, words: str) -> Wait:
        """A change that was not begun, and what it waits for."""
        return Wait((ev.Queued(self.address, words, self.elapsed_s),), f"queued: waits for {words}")

    def done(self, outcome: str = "", *, took_s: float | None = None) -> Done:
        """Nothing is left to do."""
        took_s = self.elapsed_s if took_s is None else took_s
        return Done((ev.ChangeDone(self.address, self.action, took_s, outcome, self.approved.deposed),))

    def fails(self, code: str, detail: str) -> Fail:
        """For good."""
        diagnostic = run_diagnostic(code, detail, address=str(self.address))
        return Fail((ev.ChangeFailed(self.address, self.action, diagnostic, self.approved.deposed),))

    def failed_for_good(self, trouble: Trouble) -> Fail:
        """Whatever the failure is: it is not tried again."""
        return Fail((ev.ChangeFailed(self.address, self.action, trouble.diagnostic, self.approved.deposed),))

    def failed(self, trouble: Trouble) -> Step:
        """A request failed. What may pass is tried again; what will not ends the change, or the run.

        A training that nobody may look at goes on all the same: its change stays approved, for the next run to finish.
        """
        if trouble.ends_run:
            return Stop(trouble.diagnostic)
        if trouble.fault in (Fault.TRANSIENT, Fault.QUOTA):
            return Wait(self.unreachable(trouble))
        event = ev.ChangeFailed(self.address, self.action, trouble.diagnostic, self.approved.deposed)
        training = self.training(self.approved.attempt)
        goes_on = training is not None and training.is_open and trouble.fault is not Fault.NOT_FOUND
        return Fail((event,), left=goes_on)

    def unreachable(self, trouble: Trouble) -> tuple[ev.Event, ...]:
        """Said once for as long as it lasts."""
        if self.memory.silent > 1:
            return ()
        detail = trouble.diagnostic.detail
        return (ev.Noted(run_diagnostic("RUN006", detail, Severity.WARNING, address=str(self.address))),)

    def waiting(self, attempt: str, training: Training, live: LiveTraining) -> ev.Waiting:
        """A training that is not over. Its state is saved only when it changed."""
        began = training.at(Milestone.SUBMITTED, Milestone.ADOPTED)
        changed = self.at if live.state != training.state else ""
        return ev.Waiting(self.address, attempt, live.state, live.progress, self.since_s(began), changed)

    def looking(self, attempt: str, training: Training) -> ev.Waiting:
        """A look-up that goes on."""
        detail = f"the answer to its create was lost; looked up for {self.facts.limits.list_lag_s:.0f} s"
        since_s = self.since_s(training.at(Milestone.INTENDED))
        return ev.Waiting(self.address, attempt, "LOOKING", Progress(detail=detail), since_s)
