"""plan_changes: desired, live and lock in, a plan out. Pure: the plan asks nobody anything.

Facts come first: trainings that ended since the lock was written are folded into it in memory, so
that decisions look at roles and never at how fresh the lock is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.core import compare, notes
from reconciler.core.advance import advance
from reconciler.core.attempts import is_another, last_buried
from reconciler.core.change import Change, Plan
from reconciler.core.checksum import checksum_of
from reconciler.core.claims import Claims, claims_of
from reconciler.core.copying import is_copy
from reconciler.core.decide import decide
from reconciler.core.dialect import LABELS
from reconciler.core.dialects import dialect_of
from reconciler.core.duplicates import take_in
from reconciler.core.events import Disposed, TrainingEnded
from reconciler.core.graves import Graves
from reconciler.core.left_out import left_out
from reconciler.core.lock import Entry, Lock, Phase, Role, Submission, Training
from reconciler.core.markers import LABEL_PREFIX, asks_for, fields_id, label_value
from reconciler.core.model import Action, Address, Declared, Desired, Fields, Live, LiveTraining, Status
from reconciler.core.pins import unfinished
from reconciler.core.promotion import allowed
from reconciler.core.remove import remove
from reconciler.core.shared import shared_models
from reconciler.core.situation import MarkerIndex, PlanOptions, Situation, unanswered
from reconciler.core.submission import submission_of, with_known_content
from reconciler.core.surplus import is_there, left_over, with_surplus
from reconciler.core.sweeps import with_record
from reconciler.core.trials import LOST, Swept, swept


def plan_changes(desired: Desired, live: Live, lock: Lock, options: PlanOptions) -> Plan:
    """What would make the cloud and the lock as the specs say."""
    for event in settle(lock, live):
        lock = advance(lock, event)
    found = _swept(desired, live, lock, options)
    desired = found.desired
    changes = list(_changes(found, live, lock, options))
    changes = sorted(_with_rename_hints(changes, lock), key=lambda c: (c.address, c.deposed))
    locked = {address for address, _ in lock.by_address}
    claims = claims_of(desired, lock, live.identities)
    return Plan(
        changes=tuple(changes),
        checksum=checksum_of(changes, lock, options.exclude),
        lineage=lock.lineage,
        workspace=options.workspace,
        target=lock.target,
        undeclared=0 if desired.is_complete else len(locked - claims.claimed),
        ready=_ready(lock, live),
        emptied=not claims.claimed and any(c.removes_entry for c in changes),
        declared=len(desired.models),
        doubts=desired.doubts,
        skipped=desired.skipped,
        origins=desired.origins if desired.is_complete else (),
        left_alone=tuple(_never_declared(desired, lock, options, claims)),
        left_out=_known_of(left_out(desired, claims, options.exclude), desired, lock) if options.exclude else (),
    )


def plan_destroy(addresses: frozenset[Address], live: Live, lock: Lock, options: PlanOptions) -> Plan:
    """What would leave nothing of these addresses, whatever their specs say."""
    for event in settle(lock, live):
        lock = advance(lock, event)
    known = _known(live, lock, options)
    changes = [
        remove(address, entry, live.trainings, unanswered=known.unanswered(address, entry), destroy=True)
        for address, entry in _entries(lock)
        if address in addresses and address not in options.exclude
    ]
    return Plan(
        changes=tuple(sorted(changes, key=lambda c: c.address)),
        checksum=checksum_of(changes, lock, options.exclude),
        lineage=lock.lineage,
        workspace=options.workspace,
        target=lock.target,
        ready=_ready(lock, live),
        left_out=_known_of(options.exclude, Desired({}), lock),
        destroys=True,
    )


def _known_of(out: frozenset[Address], desired: Desired, lock: Lock) -> tuple[Address, ...]:
    return tuple(sorted(a for a in out if a in desired.models or lock.entry(a) is not None))


def settle(lock: Lock, live: Live) -> Iterator[TrainingEnded | Disposed]:
    """Candidates that ended since the lock was written, and deposed models that somebody deleted: facts, not decisions.

    One that succeeded in spite of a cancel is deposed; any other success is for `apply` to let serve, and that of one
    which the service deployed in place of what served.
    """
    for address, entry in _entries(lock):
        for attempt, training in entry.with_role(Role.CANDIDATE).items():
            seen = live.trainings.get(training.job)
            if seen is not None and seen.status in (Status.FAILED, Status.CANCELLED):
                yield TrainingEnded(address, attempt, seen, seen.ended)
            elif (
                seen is not None
                and seen.is_ready
                and training.cancel_requested
                and not training.submission.same_endpoint
            ):
                yield TrainingEnded(address, attempt, seen, seen.ended, deposed=True)
        going = {attempt for approved in entry.approved for attempt in approved.disposes}
        for attempt, training in entry.deposed:
            if attempt not in going and training.job and not is_there(training, live.trainings):
                yield Disposed(address, attempt, training.job if _leaves_record(address, training) else "")


def _leaves_record(address: Address, training: Training) -> bool:
    """Whether the record of its job is there for ever: a copy has no job."""
    return dialect_of(address).keeps_jobs and not is_copy(training.submission)


def _swept(desired: Desired, live: Live, lock: Lock, options: PlanOptions) -> Swept:
    """The specs with the best trial of each sweep as what is copied."""
    if not any(declared.sweep for declared in desired.models.values()):
        return Swept(desired, {})
    claims, known = claims_of(desired, lock, live.identities), _known(live, lock, options)
    whole = Swept(desired, {})
    return swept(desired, claims, lambda declared: _situation_of(declared, live, claims, options, whole, known))


def _changes(found: Swept, live: Live, lock: Lock, options: PlanOptions) -> Iterator[Change]:
    desired = found.desired
    claims = claims_of(desired, lock, live.identities)
    out = left_out(desired, claims, options.exclude)
    wanted_addresses = _targeted(desired, options) - out
    known = _known(live, lock, options)
    # What may be taken under two names is taken under its own.
    for declared in sorted(desired.models.values(), key=lambda d: bool(d.former_names)):
        if declared.address not in wanted_addresses:
            continue
        case = _situation_of(declared, live, claims, options, found, known)
        for change in _of_one(case):
            known.taken.update(a.resource_name for a in change.adopts)
            yield change if change.declared else replace(change, renamed_from=case.renamed_from)
    if not desired.is_complete:
        return
    for address, entry in _entries(lock):
        stated = desired.removals.get(address)
        if address in claims.claimed or address in out or not (entry.is_disposable or stated):
            continue
        if options.targets is not None and address not in options.targets:
            continue
        change = remove(address, entry, live.trainings, unanswered=known.unanswered(address, entry), stated=stated)
        change = replace(change, stated=stated is not None)
        yield replace(change, reason=LOST) if address in found.lost else change


def _never_declared(desired: Desired, lock: Lock, options: PlanOptions, claims: Claims) -> Iterator[Address]:
    """What somebody imported from another checkout, and no specs that were applied have spoken of yet."""
    for address, entry in _entries(lock):
        is_asked_for = (options.targets is None or address in options.targets) and address not in options.exclude
        is_spoken_of = address in claims.claimed or address in desired.removals
        if desired.is_complete and is_asked_for and not is_spoken_of and not entry.is_disposable:
            yield address


def _of_one(case: Situation) -> Iterator[Change]:
    """The change of a declared address, and what stands beside it about deposed models."""
    change, entry, live = decide(case), case.entry, case.live
    duplicate = take_in(case, change)
    change = with_surplus(change, entry, live, duplicate.adopts if duplicate else ())
    yield change
    by_hand = unfinished(case.address, entry)
    if by_hand is not None:
        yield by_hand
        return
    if duplicate is not None:
        yield duplicate if change.surplus else with_surplus(duplicate, entry, live)
        return
    disposal = left_over(case.address, entry, live, change)
    if disposal is not None:
        yield disposal


class _Known(NamedTuple):
    """What every address asks for, worked out once: planning a thousand models must not cost a million looks."""

    marked: MarkerIndex
    locked: frozenset[str]
    graves: Graves
    taken: set[str]
    shared: Mapping[str, list[Address]]

    def shared_by(self, address: Address) -> Mapping[str, list[Address]]:
        """Models of this address that hold versions of others too, with those."""
        return {m: [a for a in found if a != address] for m, found in self.shared.items() if address in found}

    def free(self, address: Address, names: Sequence[str], project: str) -> list[LiveTraining]:
        """Those with this address's markers, or with one of these names, that no entry has."""
        found = self.marked.of(address, names, project)
        return [t for t in found if t.resource_name not in self.locked and t.resource_name not in self.taken]

    def unanswered(self, address: Address, entry: Entry) -> list[LiveTraining]:
        """What runs of an entry without its knowing the name."""
        found = [
            live
            for t in entry.trainings.values()
            if t.phase is Phase.INTENDED
            for live in self.free(address, [t.name] if t.name else [], t.submission.project)
        ]
        return unanswered(entry, found)


def _known(live: Live, lock: Lock, options: PlanOptions) -> _Known:
    return _Known(
        MarkerIndex(live.trainings, options.workspace), _locked(lock, live), Graves.of(lock), set(), shared_models(lock)
    )


def _locked(lock: Lock, live: Live) -> frozenset[str]:
    """The jobs of all entries; what was made anew under the id of a failed one is nobody's yet."""
    trainings = [t for e in lock.entries.values() for t in e.trainings.values() if t.job]
    return frozenset(
        t.job for t in trainings if t.role is not Role.FAILED or not is_another(live.trainings.get(t.job), t)
    )


def _situation_of(
    declared: Declared, live: Live, claims: Claims, options: PlanOptions, found: Swept, known: _Known
) -> Situation:
    """Gather what the decision about one address may look at."""
    d, desired, ranking = declared, found.desired, found.rankings.get(declared.address)
    renamed_from, entry = claims.entry(d.address)
    free = known.free(d.address, [*d.former_names, *_left_behind(d.address, entry, desired, claims)], d.project)
    graves = known.graves
    parent = desired.models.get(d.parent) if d.parent else None
    wanted = with_known_content(submission_of(d, live.identities, options.staging_uri), entry)
    wanted = with_record(wanted, ranking) if ranking else wanted
    return Situation(
        declared=d,
        wanted=wanted,
        entry=entry or Entry(lifecycle=d.lifecycle),
        live=live.trainings,
        marked=[t for t in free if not graves.has(t)],
        buried=[t for t in free if graves.has(t)],
        locked=known.locked,
        parent_model=_serving_model(parent, claims) if parent else "",
        parent_names=_names_of(parent, claims) if parent else frozenset(),
        is_requested=d.address in options.replace,
        renamed_from=renamed_from,
        labels=owner_labels(d.address, options.workspace),
        shared=known.shared_by(renamed_from or d.address),
        most_dropped_percent=options.most_dropped_percent,
        promotes=allowed(options.promotes, d.address),
        spent=last_buried(claims.lock, {d.address, *d.former_addresses, *_had(d.address, entry)}, wanted),
        ranking=ranking,
    )


def _left_behind(address: Address, entry: Entry | None, desired: Desired, claims: Claims) -> list[str]:
    """Names that the entry had and that nobody has by now: what has them in its markers is its own."""
    had = _had(address, entry)
    return [a.name for a in had if a not in desired.models and claims.lock.entry(a) is None]


def _names_of(parent: Declared, claims: Claims) -> frozenset[str]:
    """All that a parent was called, by its spec and by its entry; a name that another entry has by now is not its."""
    had = [a for a in _had(parent.address, claims.entry(parent.address)[1]) if claims.lock.entry(a) is None]
    return frozenset(map(str, (parent.address, *parent.former_addresses, *had)))


def _had(address: Address, entry: Entry | None) -> list[Address]:
    return [Address(address.backend, name) for name in entry.former] if entry else []


def owner_labels(address: Address, workspace: str) -> Fields:
    """The labels that every Model and Endpoint of an address carries, a renamed or imported one too."""
    if not dialect_of(address).has_labels:
        return {}
    pairs = {"workspace": workspace, "name": address.name}
    return {LABELS: {LABEL_PREFIX + key: label_value(value) for key, value in pairs.items() if value}}


def _ready(lock: Lock, live: Live) -> int:
    served = [live.trainings.get(e.serving[1].job) for e in lock.entries.values() if e.serving]
    return sum(1 for seen in served if seen is not None and seen.is_ready)


def _serving_model(parent: Declared, claims: Claims) -> str:
    entry = claims.entry(parent.address)[1]
    return entry.serving[1].model if entry and entry.serving else ""


def _targeted(desired: Desired, options: PlanOptions) -> set[Address]:
    """The addresses asked for, and the parents and trials they need."""
    if options.targets is None:
        return set(desired.models)
    wanted = {a for a in options.targets if a in desired.models}
    frontier = list(wanted)
    while frontier:
        declared = desired.models[frontier.pop()]
        needed = {declared.parent, *(declared.sweep.trials if declared.sweep else ())}
        new = {a for a in needed if a is not None and a in desired.models and a not in wanted}
        wanted |= new
        frontier += new
    return wanted


def _entries(lock: Lock) -> list[tuple[Address, Entry]]:
    return list(lock.by_address)


def _with_rename_hints(changes: list[Change], lock: Lock) -> list[Change]:
    """Say so where a removed and an added spec would train the same."""
    removed: dict[tuple[str, str], list[tuple[Address, Submission]]] = {}
    for change in changes:
        was = _submitted(lock.entries[str(change.address)]) if _is_removal(change) else None
        if was is not None:
            removed.setdefault((change.address.backend, fields_id(was.digest)), []).append((change.address, was))
    hinted = []
    for change in changes:
        twin = _twin(change, removed)
        if twin is not None and change.declared is not None:
            hint = notes.likely_rename(twin, change.declared)
            change = replace(change, notes=(*change.notes, hint))  # noqa: PLW2901 - the changed one is kept
        hinted.append(change)
    return hinted


def _is_removal(change: Change) -> bool:
    return change.declared is None and not change.deposed and change.action in _REMOVALS


_REMOVALS = (Action.DELETE, Action.CANCEL, Action.FORGET)


def _submitted(entry: Entry) -> Submission | None:
    newest = entry.serving or entry.newest
    return newest[1].submission if newest else None


def _twin(change: Change, removed: Mapping[tuple[str, str], Sequence[tuple[Address, Submission]]]) -> Address | None:
    """What is removed and was trained as this would be; of many that differ in their data alone the first few count."""
    wanted = change.submission
    if change.action is not Action.CREATE or wanted is None:
        return None
    alike = removed.get((change.address.backend, fields_id(wanted.digest)), ())[:_COMPARED]
    same = ((a, was) for a, was in alike if asks_for(wanted.digest, was.digest))
    return next((address for address, was in same if compare.unchanged_data(wanted, was)), None)


_COMPARED = 100
