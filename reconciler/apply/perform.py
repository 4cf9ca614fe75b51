"""Perform one effect: the only place where carrying out talks to a service. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial, singledispatchmethod
from typing import Any

from reconciler.apply.dropped import lines_of
from reconciler.backends.base import Backend, BackendError, Storage
from reconciler.backends.retry import without_long_pauses
from reconciler.backends.threads import gather
from reconciler.core import markers as marks
from reconciler.core.answers import Disposal
from reconciler.core.attempts import is_another
from reconciler.core.carry import effects as fx
from reconciler.core.clock import Clock
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.faults import Fault
from reconciler.core.gate_spec import GateSpec
from reconciler.core.judgement import Judged, StillJudging
from reconciler.core.lock import Milestone, Phase, Training
from reconciler.core.model import Address, LiveTraining, Status

Judge = Callable[[Backend, Address, Training, GateSpec, Training | None], Judged | StillJudging]
"""What a gate says of a successor. BackendError where the service does not answer: that is no refusal."""

_NO_JOBS_THERE = frozenset({Fault.AUTH, Fault.NOT_FOUND, Fault.REJECTED})
"""A location that the project may not use has none of its jobs."""


@dataclass(frozen=True, slots=True)
class Performer:
    """The services of one run. `examples` are inline pairs by address: training examples never enter the lock."""

    backends: Mapping[str, Backend]
    storage: Storage
    clock: Clock
    judge: Judge
    examples: Mapping[Address, Any]
    parallelism: int = 1

    def perform(self, effect: fx.Effect[Any], intents: int) -> object:
        """The answer, or a Trouble. `intents` of this run are durable by now.

        A pause that a service asks for is not waited for here, but by whoever holds nothing.
        """
        with without_long_pauses():
            try:
                answer = self._answer(effect)
            except BackendError as exc:
                return trouble_of(exc)
        return _stamped(answer, intents)

    @singledispatchmethod
    def _answer(self, effect: fx.Effect[Any]) -> object:
        raise TypeError(f"{type(effect).__name__} is no effect")

    @_answer.register
    def _(self, effect: fx.Poll) -> object:
        backend = self._of(effect.address)
        try:
            return fx.Polled(_measured(backend, effect.training, backend.poll(effect.training)))
        except BackendError as exc:
            if exc.fault is not Fault.NOT_FOUND:
                raise
            return fx.Polled(None, trouble_of(exc))

    @_answer.register
    def _(self, effect: fx.Count) -> object:
        backend, project = self.backends[effect.backend], effect.project
        certain = [partial(backend.jobs, project, location) for location in effect.certain]
        possible = [partial(_jobs_if_any, backend, project, location) for location in effect.possible]
        return fx.Jobs(tuple(job for jobs in gather([*certain, *possible], self.parallelism) for job in jobs))

    @_answer.register
    def _(self, effect: fx.Look) -> object:
        began_s = self.clock.now()
        by_owner: dict[tuple[str, ...], list[LiveTraining]] = {}
        for live in self.backends[effect.backend].listed(effect.project, effect.location):
            by_owner.setdefault(marks.owner_key(live.markers), []).append(live)
        return fx.Shown(began_s, 0, {owner: tuple(found) for owner, found in by_owner.items()})

    @_answer.register
    def _(self, effect: fx.Find) -> object:
        return fx.Occupant(self._of(effect.address).find(effect.submission, effect.markers))

    @_answer.register
    def _(self, effect: fx.Settle) -> object:
        return self._of(effect.address).settled(effect.live)

    @_answer.register
    def _(self, effect: fx.Identify) -> object:
        try:
            return fx.Stored(self.storage.identity(effect.uri))
        except BackendError:
            return fx.Stored(None, is_known=False)

    @_answer.register
    def _(self, effect: fx.FindLines) -> object:
        return lines_of(effect.path, effect.sha256, effect.examples)

    @_answer.register
    def _(self, effect: fx.ReadCurves) -> object:
        return self._of(effect.address).metrics(effect.training)

    @_answer.register
    def _(self, effect: fx.Judge) -> object:
        try:
            return self.judge(self._of(effect.address), effect.address, effect.training, effect.gate, effect.incumbent)
        except ReconcilerError as exc:
            # What it is judged by is not there, or is not what it was: another run may have it.
            return fx.Trouble(Fault.REJECTED, exc.diagnostics[0])

    @_answer.register
    def _(self, effect: fx.Create) -> object:
        if self.clock.now() >= effect.fresh_until:
            return fx.NotSent()
        examples = self.examples.get(effect.address, ())
        return self._of(effect.address).create(effect.submission, effect.markers, examples)

    @_answer.register
    def _(self, effect: fx.Equip) -> object:
        return self._of(effect.address).equip(effect.training, effect.markers)

    @_answer.register
    def _(self, effect: fx.Patch) -> object:
        return tuple(self._of(effect.address).update(effect.training, effect.live, effect.fields))

    @_answer.register
    def _(self, effect: fx.Alias) -> object:
        return tuple(self._of(effect.address).alias(effect.training, effect.given, effect.taken))

    @_answer.register
    def _(self, effect: fx.Cancel) -> object:
        self._of(effect.address).cancel(effect.training)
        return True

    @_answer.register
    def _(self, effect: fx.Dispose) -> object:
        backend, training = self._of(effect.address), effect.training
        if effect.first_look and self._is_gone(backend, training):
            return Disposal(((training.job, "absent already"),))
        return backend.dispose(training, foreign=True) if effect.foreign else backend.dispose(training)

    def _is_gone(self, backend: Backend, training: Training) -> bool:
        try:
            return is_another(backend.poll(training), training)
        except BackendError as exc:
            if exc.fault is not Fault.NOT_FOUND:
                raise
            return True

    def _of(self, address: Address) -> Backend:
        return self.backends[address.backend]


def _measured(backend: Backend, training: Training, live: LiveTraining) -> LiveTraining:
    """With its curves, read once, when it is seen to have ended, or is taken into the lock at its end.

    Where they cannot be read it goes on without them.
    """
    is_adopted = Milestone.ADOPTED in training.times and training.is_open and training.measured is None
    if not (training.phase is Phase.SUBMITTED or is_adopted) or live.status is not Status.READY:
        return live
    try:
        return replace(live, curves=backend.metrics(training))
    except BackendError:
        return live


def trouble_of(exc: BackendError) -> fx.Trouble:
    """The same as a value."""
    return fx.Trouble(exc.fault, exc.diagnostic, exc.retry_after_s, exc.may_have_worked, exc.ends_run)


def _stamped(answer: object, intents: int) -> object:
    return fx.Shown(answer.began_s, intents, answer.by_owner) if isinstance(answer, fx.Shown) else answer


def _jobs_if_any(backend: Backend, project: str, location: str) -> list[LiveTraining]:
    try:
        return backend.jobs(project, location)
    except BackendError as exc:
        if exc.fault not in _NO_JOBS_THERE:
            raise
        return []
