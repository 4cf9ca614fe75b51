"""The loop of apply and wait: step every open change, then wait without holding the lock."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.apply.approve import APPROVABLE, approve, newly_declared, withdraw
from reconciler.apply.changes import step
from reconciler.apply.run import Next, Run, Steps
from reconciler.backends.base import BackendError
from reconciler.core import events as ev
from reconciler.core.change import Plan
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.faults import Fault
from reconciler.core.lock import Approved
from reconciler.core.model import Action, Address

STILL_RUNNING = 4
_PATIENCE = 5
"""Ticks in a row without an answer after which a change is left for `wait`."""
_ENDED_CREDENTIALS = frozenset({"API102", "API111"})
"""Renewal was refused, or the token is not accepted: what was submitted goes on without us."""
_ACTIONS = {action.word: action for action in Action}


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to stay. `timeout_s` None is as long as it takes; polls are `poll_s` apart.

    `spent_s` of the time was over before there was anything to wait for.
    """

    no_wait: bool = False
    timeout_s: float | None = None
    poll_s: float = 5.0
    spent_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Open:
    """An approved change that is not done."""

    address: Address
    approved: Approved

    @property
    def action(self) -> Action:
        return _ACTIONS[self.approved.action]


_Left: TypeAlias = list[tuple[_Open, str]]
"""Changes that have to wait, with what a queued one waits for."""


def approve_plan(run: Run, plan: Plan) -> Iterator[ev.Event]:
    """Put every change of the plan into the lock as approved, and nothing else. Inside the store's hold."""
    yield from withdraw(run, plan)
    for address, origin in newly_declared(plan, run.store.lock).items() if run.declares else ():
        yield run.record(ev.SpecApplied(address, run.commit, origin))
    for change in plan.changes:
        if change.action in APPROVABLE:
            run.began[change.address, change.deposed] = run.clock.now()
            yield from approve(run, change, plan.checksum)


def finish_approved(run: Run, wait: Wait, only: frozenset[Address] | None = None) -> Iterator[ev.Event]:
    """Finish what is approved in the lock, exactly that and nothing else. Outside the store's hold."""
    began = run.clock.now() - wait.spent_s
    while True:
        with run.store.hold():
            run.taken = None
            open_ones = _open_changes(run, only)
            yield from _taken_up(run, open_ones)
            left = yield from _tick(run, open_ones)
            has_more = _has_more(run, only, open_ones)
        if has_more:
            continue
        if not left:
            return
        why = _why_stop(run, wait, began, left)
        if why:
            for change, words in left:
                told = words or why.format(doing=_doing(run, change))
                yield ev.ChangeLeft(change.address, change.action, told, change.approved.deposed)
            return
        run.clock.sleep(wait.poll_s)
        if all(words for _, words in left):
            run.strangers = None


def _has_more(run: Run, only: frozenset[Address] | None, stepped: list[_Open]) -> bool:
    """Whether a change that was done left its last step, the disposal of what it made surplus.

    Another change of the deposed models may have stood in its place until this tick.
    """
    return any(c not in stepped for c in _open_changes(run, only) if c.approved.deposed)


def _taken_up(run: Run, open_ones: list[_Open]) -> Iterator[ev.Event]:
    """Say which changes this run finishes for another one."""
    for change in open_ones:
        key = (change.address, change.approved.deposed)
        if key not in run.began:
            run.began[key] = run.clock.now()
            yield ev.ChangeStarted(change.address, change.action, change.approved.deposed)


def _tick(run: Run, open_ones: list[_Open]) -> Generator[ev.Event, None, _Left]:
    """Step every change once, parents before children; answer those that have to wait, and for what.

    Creates go out last: all their intents are durable then, and one look serves them.
    """
    run.looks.clear()
    outcomes: list[tuple[_Open, Next, str]] = []
    for opened in open_ones:
        change = _as_it_is_now(run, opened)
        if change is not None:
            outcomes.append((change, *(yield from _stepped(run, change))))
    for number, (change, outcome, _) in enumerate(outcomes):
        if outcome is Next.ANNOUNCED:
            outcomes[number] = (change, *(yield from _stepped(run, change)))
    return [(change, words) for change, outcome, words in outcomes if outcome is Next.WAITING]


def _stepped(run: Run, change: _Open) -> Generator[ev.Event, None, tuple[Next, str]]:
    """One change, and what it waits for where it is queued."""
    queued: list[str] = []
    try:
        outcome = yield from _listening(step(run, change.address, change.approved), queued)
    except BackendError as exc:
        outcome = yield from _trouble(run, change, exc)
    else:
        run.unreachable.pop(change.address, None)
    return outcome, "".join(queued)


def _as_it_is_now(run: Run, opened: _Open) -> _Open | None:
    """A change that was done a moment ago may have widened the one about deposed models beside it."""
    approved = run.entry(opened.address).approved
    return next((_Open(opened.address, a) for a in approved if a.deposed == opened.approved.deposed), None)


def _listening(steps: Steps, queued: list[str]) -> Steps:
    """The same steps; what a queued change waits for is noted in `queued`."""
    try:
        while True:
            event = next(steps)
            if isinstance(event, ev.Queued):
                queued[:] = [f"queued: waits for {event.waiting_for}"]
            yield event
    except StopIteration as stop:
        outcome: Next = stop.value
        return outcome


def _trouble(run: Run, change: _Open, exc: BackendError) -> Steps:
    """A call failed. What may pass is tried again; what will not ends the change, or the run.

    A training that nobody may look at goes on all the same: its change stays approved, for the next run to finish.
    """
    address = change.address
    if exc.diagnostic.code in _ENDED_CREDENTIALS:
        raise ReconcilerError(exc.diagnostic, exit_code=STILL_RUNNING) from exc
    if exc.fault in (Fault.TRANSIENT, Fault.QUOTA):
        run.unreachable[address] = run.unreachable.get(address, 0) + 1
        if run.unreachable[address] == 1:
            words = exc.diagnostic.detail
            yield ev.Noted(run_diagnostic("RUN006", words, Severity.WARNING, address=str(address)))
        return Next.WAITING
    failed = ev.ChangeFailed(address, change.action, exc.diagnostic, change.approved.deposed)
    training = run.training(address, change.approved.attempt)
    if training is not None and training.is_open and exc.fault is not Fault.NOT_FOUND:
        run.given_up.add((address, change.approved.deposed))
        yield failed
    else:
        yield run.record(failed)
    return Next.FAILED


def _open_changes(run: Run, only: frozenset[Address] | None) -> list[_Open]:
    """Approved and not done, parents first; without those that this run has given up."""
    found = [
        _Open(Address.parse(text), approved)
        for text, entry in run.store.lock.entries.items()
        for approved in entry.approved
        if (only is None or Address.parse(text) in only) and (Address.parse(text), approved.deposed) not in run.given_up
    ]
    return sorted(found, key=lambda c: (_depth(run, c.approved), c.address, c.approved.deposed))


def _depth(run: Run, approved: Approved) -> int:
    """How many parents stand above."""
    depth, parent = 0, approved.submission.parent if approved.submission else ""
    while parent and depth < len(run.store.lock.entries):
        depth += 1
        entry = run.store.lock.entries.get(parent)
        above = next((a for a in entry.approved if a.submission), None) if entry else None
        parent = above.submission.parent if above and above.submission else ""
    return depth


def _why_stop(run: Run, wait: Wait, began: float, left: _Left) -> str:
    """A sentence for what is left, with a place for what it is doing, or "" to go on."""
    if wait.no_wait:
        return "still {doing} (--no-wait)"
    if wait.timeout_s is not None and run.clock.now() - began + wait.poll_s > wait.timeout_s:
        return f"still {{doing}} after {wait.timeout_s:.0f} s (--timeout)"
    if left and all(run.unreachable.get(c.address, 0) >= _PATIENCE for c, _ in left):
        return "the service does not answer"
    if left and all(words and _waits_in_vain(run, c) for c, words in left):
        return "its parent cannot be looked at"
    return ""


def _waits_in_vain(run: Run, change: _Open) -> bool:
    """Whether a parent above, whose end it waits for, is given up in this run: nobody would ever see it end here."""
    submission, seen = change.approved.submission, set[Address]()
    while submission is not None and submission.parent:
        parent = Address.parse(submission.parent)
        if (parent, False) in run.given_up:
            return True
        if parent in seen:
            return False
        seen.add(parent)
        submission = next((a.submission for a in run.entry(parent).approved if not a.deposed), None)
    return False


def _doing(run: Run, change: _Open) -> str:
    """What the change waits for."""
    trainings = run.entry(change.address).trainings
    if any(a in trainings and trainings[a].is_open for a in change.approved.cancels):
        return "being cancelled"
    is_removal = change.action in (Action.DELETE, Action.CANCEL)
    return "being deleted" if is_removal else "training"
