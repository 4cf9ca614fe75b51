"""The rows of `tuneform status`: every training in the lock as the cloud shows it, and what is approved or declared."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from reconciler.core import concerns
from reconciler.core.bills import billed
from reconciler.core.carry.reports import standing_note
from reconciler.core.change import Plan
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.copying import is_copy
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Entry, Milestone, Role, Submission, Training
from reconciler.core.markers import asks_for, training_digest
from reconciler.core.model import Address, Desired, LiveTraining, Progress
from reconciler.core.pins import explained, pins_of
from reconciler.core.suggest import suggest
from reconciler.core.taken_over import taken_over_by
from reconciler.core.times import seconds_of
from reconciler.core.tuned_from import base_named
from reconciler.render.values import StatusRow
from reconciler.workflow.planning import Planned, look
from reconciler.workflow.silence import Silence, began_s
from reconciler.workflow.standings import Standing, standings
from reconciler.workflow.world import World

WARN_DAYS = 30
"""How long before a base model retires it concerns somebody, where nobody says another time."""


@dataclass(frozen=True, slots=True)
class Rows:
    """By address and attempt. What is approved and not submitted, or declared and not applied, has a row of its own.

    `within_days` is how long before its base model retires a model concerns somebody.
    """

    world: World
    within_days: int = WARN_DAYS
    silence: Silence = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "silence", Silence(self.world))

    def of(self, seen: Planned) -> list[StatusRow]:
        """As everything stands now."""
        found = standings(seen)
        silent = self.silence.of(found)
        rows = [self._trained(s, seen, silent.get(s.training.job)) for s in found]
        for address, entry in seen.lock.by_address:
            rows += self._queued(address, entry, seen)
        pinned = {(address, pin.attempt): explained(pin) for address, pin in pins_of(seen.lock)}
        rows = [replace(row, note=pinned.get((row.address, row.attempt), row.note)) for row in rows]
        known = {row.address for row in rows}
        rows += [StatusRow(a, "", "not applied") for a in seen.desired.models if a not in known]
        return sorted(rows, key=lambda r: (r.address, int(r.attempt or 0)))

    def _trained(self, s: Standing, seen: Planned, silent_s: float | None) -> StatusRow:
        live, training, now_s = s.live, s.training, self.world.clock.now()
        began = training.at(Milestone.SUBMITTED, Milestone.ADOPTED, Milestone.INTENDED)
        base = concerns.base_of(s.address, training.submission, seen.lock)
        bill = billed(s.address, training, live, base, self.world.catalog, self.world.workspace.prices)
        holder = taken_over_by(seen.lock.entries[str(s.address)], s.attempt)
        taken = f"its endpoint serves attempt {holder}" if holder else ""
        return StatusRow(
            s.address,
            training.role.value,
            live.state if live else training.state or training.phase.value,
            attempt=s.attempt,
            base=_base(s.address, training.submission),
            progress=live.progress if live else Progress(),
            endpoint="" if taken else training.endpoint or (live.endpoint if live else ""),
            job=training.job,
            model=training.model or (live.model if live else ""),
            age_s=now_s - seconds_of(began) if began else None,
            since_s=_since(training, live, now_s),
            cost=bill.cost,
            currency=bill.currency,
            was_billed=bill.was_billed,
            gate=concerns.gate_word(training),
            retires=str(self._retires(s.address, base) or ""),
            concerns=tuple(self._concerns(s, seen, base, silent_s)),
            note=training.gate_refused
            or training.error
            or (live.error if live else "")
            or taken
            or standing_note(training),
        )

    def _concerns(self, s: Standing, seen: Planned, base: str, silent_s: float | None) -> Iterator[concerns.Concern]:
        entry = seen.lock.entries[str(s.address)]
        if not _is_superseded(s, seen):
            yield from concerns.of_result(entry, s.attempt, s.training, s.live)
        yield from concerns.of_what_serves(s.training, s.live)
        if s.live is not None and not s.live.status.is_terminal and s.training.is_open:
            began = began_s(s.training, s.live)
            age_s = self.world.clock.now() - began if began else None
            declared = seen.desired.models.get(s.address)
            lifecycle = declared.lifecycle if declared else entry.lifecycle
            longest = concerns.Longest.of(lifecycle, self.world.workspace.limits)
            yield from concerns.of_time(age_s, silent_s, longest)
        if s.training.role in (Role.SERVING, Role.CANDIDATE):
            retires = self._retires(s.address, base)
            yield from concerns.of_base(base, retires, self.world.today, self.within_days)

    def _retires(self, address: Address, base: str) -> date | None:
        """None where nobody knows, and with `catalog: historic`, where no model ends."""
        if not base or self.world.workspace.catalog == "historic":
            return None
        known = self.world.catalog.find(address.backend, base)
        return known.retires if known else None

    def _queued(self, address: Address, entry: Entry, seen: Planned) -> Iterator[StatusRow]:
        """A training that is approved and waits for its turn: for a place in the quota, or for its parent."""
        for approved in entry.approved:
            if approved.submission is not None and approved.attempt and approved.attempt not in entry.trainings:
                parent = approved.submission.parent
                after = f" It is tuned from {parent}." if parent else ""
                yield StatusRow(
                    address,
                    "",
                    "queued",
                    attempt=approved.attempt,
                    base=_base(address, approved.submission),
                    age_s=self.world.clock.now() - seconds_of(approved.at) if approved.at else None,
                    note=f"approved ({approved.action.word}) and not submitted yet.{after}",
                    concerns=tuple(concerns.of_waiting(seen.lock, approved.submission)),
                )


def status_of(world: World, specs: Desired, within_days: int = WARN_DAYS) -> list[StatusRow]:
    """The rows as everything stands now, beside these specs."""
    lock = world.trusted_lock()
    return Rows(world, within_days).of(Planned(Plan(), lock, look(world, specs, lock), specs))


def concerns_of(rows: Sequence[StatusRow]) -> list[tuple[Address, str, concerns.Concern]]:
    """What is wrong, by address and attempt."""
    return [(row.address, row.attempt, concern) for row in rows for concern in row.concerns]


def of_addresses(rows: Sequence[StatusRow], addresses: Sequence[Address]) -> list[StatusRow]:
    """Those of some addresses, or all; raises ReconcilerError (RUN013) for one that nobody knows."""
    known = {row.address for row in rows}
    missing = [str(a) for a in addresses if a not in known]
    if missing:
        detail = f"{', '.join(missing)}: neither declared nor in the lock."
        near = difflib.get_close_matches(missing[0], map(str, known), n=1)
        fix = f'Did you mean "{near[0]}"?' if near else f"See {suggest('status').quoted} for all of them."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix=fix))
    return [row for row in rows if not addresses or row.address in addresses]


def important_first(rows: Sequence[StatusRow]) -> list[StatusRow]:
    """What somebody has to look at, what is under way, what serves, and what is history, each in its order."""
    return sorted(rows, key=_rank)


def _rank(row: StatusRow) -> int:
    if row.concerns:
        return 0
    if row.role in (Role.DEPOSED.value, Role.FAILED.value):
        return 3
    return 2 if row.role == Role.SERVING.value else 1


def _is_superseded(s: Standing, seen: Planned) -> bool:
    """Whether the spec asks for something else by now than what has ended badly."""
    declared = seen.desired.models.get(s.address)
    if declared is None or declared.source is not None:
        return False  # what a source serves now is looked up for a plan alone
    known = s.training.submission.digest
    wanted = training_digest(declared.training, str(declared.parent or ""), declared.trigger)
    return bool(known) and not asks_for(wanted, known)


def _since(training: Training, live: LiveTraining | None, now_s: float) -> float | None:
    """Seconds in the present state of what is under way; None where the lock has not seen it begin."""
    if live is None or live.status.is_terminal or not training.is_open:
        return None
    if training.state and training.state != live.state:
        return None
    seen = [at for name, at in training.seen.items() if name != Milestone.DATA_SEEN]
    return now_s - max(map(seconds_of, seen)) if seen else None


def _base(address: Address, submission: Submission) -> str:
    base = base_named(address, submission)
    return base or submission.parent or ("a copy" if is_copy(submission) else "a tuned model")
