"""Everything that a decision about one address may look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core import compare, markers
from reconciler.core.attempts import is_of, may_be_of, under_trigger_of
from reconciler.core.carried import ours_on
from reconciler.core.change import Cause, FieldChange
from reconciler.core.checkpoints import LAST, is_answering
from reconciler.core.dialect import Dialect, labels_of
from reconciler.core.dialects import dialect_of
from reconciler.core.lock import Entry, Phase, Role, Submission, Training
from reconciler.core.model import Address, Declared, Fields, LiveTraining, OnChange, OnDrift, Status
from reconciler.core.sweeps import Ranking, in_words, is_copy_of, sweep_of
from reconciler.core.taken_over import taken_over_by
from reconciler.core.times import moment


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the caller asked of the plan. `targets` None is everything; `exclude` is what it must not touch."""

    workspace: str = ""
    staging_uri: str = ""
    replace: frozenset[Address] = frozenset()
    targets: frozenset[Address] | None = None
    exclude: frozenset[Address] = frozenset()
    most_dropped_percent: float | None = None
    promotes: Mapping[str, str] = field(default_factory=dict)
    """Addresses, or "*", whose models serve without being promoted, each with why."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One declared address: its spec, its lock entry, and the live trainings that may be its own.

    `marked` are live trainings with our markers that no lock entry and no tombstone names; `buried`
    those that `forget` dropped; `locked` are the jobs of all entries. `parent_model` is what the parent
    serves now ("" while it does not), `parent_names` all addresses that it has had.
    """

    declared: Declared
    wanted: Submission
    entry: Entry
    live: Mapping[str, LiveTraining]
    marked: Sequence[LiveTraining] = ()
    buried: Sequence[LiveTraining] = ()
    locked: frozenset[str] = frozenset()
    parent_model: str = ""
    parent_names: frozenset[str] = frozenset()
    is_requested: bool = False
    renamed_from: Address | None = None
    labels: Fields = field(default_factory=dict)
    shared: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    """Models that hold versions of other addresses too, with those: nobody patches them."""
    most_dropped_percent: float | None = None
    promotes: str | None = None
    """Why what is trained serves without being promoted; None where models wait for that, if the spec says so."""
    spent: int = 0
    """The highest attempt that a forgotten create may have used up."""
    ranking: Ranking | None = None
    """How its trials stand, where it is a sweep."""

    @property
    def address(self) -> Address:
        """The address decided about."""
        return self.declared.address

    @property
    def dialect(self) -> Dialect:
        """What its service calls things."""
        return dialect_of(self.address)

    def seen(self, training: Training) -> LiveTraining | None:
        """The training as the cloud shows it."""
        return self.live.get(training.job) if training.job else None

    def ended_as(self, training: Training) -> Status:
        """How a training ended. 0.1.0 recorded the service's words alone, which say it too."""
        return training.status or self.dialect.status_of(training.state, training.error_code)

    def ours_on(self, training: Training, live: LiveTraining | None) -> Fields:
        """What of the mutable fields is ours on what a locked training left."""
        return ours_on(self.entry, training, live.carriers if live else ())

    @property
    def matching(self) -> list[LiveTraining]:
        """Unlocked live trainings of exactly this spec and data, in its place, oldest first."""
        found = sorted((t for t in self._in_place if is_of(t, self.wanted)), key=_age)
        return found if any(map(is_alive, found)) else [*found, *(self._triggered or self.unverifiable)]

    @property
    def _triggered(self) -> list[LiveTraining]:
        """Those of this spec and data under a trigger that it has no more, where the lock has nothing."""
        if self.entry.trainings:
            return []
        found = (t for t in self._in_place if is_alive(t) and is_of(t, under_trigger_of(self.wanted, t)))
        return sorted(found, key=_age)

    @property
    def unverifiable(self) -> list[LiveTraining]:
        """The newest that may be of this spec and data, where the lock has nothing and nobody can tell any more."""
        if self.entry.trainings:
            return []
        found = (t for t in self._in_place if is_alive(t) and may_be_of(t, self.wanted))
        return sorted(found, key=_age)[-1:]

    @property
    def _in_place(self) -> list[LiveTraining]:
        place = (self.wanted.project, self.wanted.location)
        return [t for t in self.marked if (t.project, t.location) == place]

    @property
    def contenders(self) -> list[LiveTraining]:
        """What trains or has trained exactly this, and may come to serve: locked or not, oldest first."""
        candidates = [
            live
            for training in self.entry.with_role(Role.CANDIDATE).values()
            if (live := self.seen(training)) and is_alive(live)
            if not (training.cancel_requested or self.is_outdated(training))
        ]
        return sorted([*candidates, *(t for t in self.matching if is_alive(t))], key=_age)

    def training_changes(self, training: Training) -> list[FieldChange]:
        """Everything in which a training differs from the spec; OnChange says what it takes."""
        lifecycle = self.declared.lifecycle
        was = training.submission
        if is_copy_of(self.wanted, was):
            return []
        changes = compare.training_changes(self.wanted, was, self.seen(training))
        changes += compare.data_drift(self.wanted, was, lifecycle.on_data_change)
        changes += parent_changes(self, was, lifecycle.on_parent_change)
        changes += sweep_changes(self.wanted, was)
        return changes + compare.reported_changes(self.wanted, was)

    def is_outdated(self, training: Training) -> bool:
        """Whether an edit made by a person needs another training than this one."""
        return compare.needs_training(self.training_changes(training))

    def _is_known_to_match(self, training: Training) -> bool:
        """What nobody can tell is not trained again, and does not come to serve again either."""
        changes = self.training_changes(training)
        return not (compare.needs_training(changes) or any(map(compare.is_unknown_data, changes)))

    def failed_same(self) -> list[tuple[str, Training]]:
        """Failed attempts at exactly what the spec and its data are now, oldest first."""
        return [
            (attempt, training)
            for attempt, training in self.entry.in_order
            if training.role is Role.FAILED
            and compare.unchanged_data(self.wanted, training.submission)
            and not self.is_outdated(training)
        ]

    def restorable(self) -> tuple[str, Training] | None:
        """The newest deposed training that is what the spec says now, and still answers."""
        for attempt, training in reversed(self.entry.in_order):
            live = self.seen(training)
            if training.role is not Role.DEPOSED or live is None or not self._is_known_to_match(training):
                continue
            if taken_over_by(self.entry, attempt):
                continue
            if live.is_ready and is_answering(training, live, self.declared.checkpoint or LAST):
                return attempt, training
        return None


def unanswered(entry: Entry, marked: Sequence[LiveTraining]) -> list[LiveTraining]:
    """What runs because a create reached the service and its answer was lost, as far as lists show it."""
    sent = [t.submission for t in entry.trainings.values() if t.phase is Phase.INTENDED]
    return [
        live
        for live in marked
        if not live.status.is_terminal
        and any((live.project, live.location) == (s.project, s.location) and is_of(live, s) for s in sent)
    ]


def parent_changes(case: Situation, was: Submission, on_change: OnDrift) -> list[FieldChange]:
    """Another parent, or a newer model of the same one."""
    wanted = case.wanted
    changes = []
    if was.parent != wanted.parent:
        is_same_model = bool(was.parent_model) and was.parent_model == case.parent_model
        is_renamed = was.parent in case.parent_names
        meaning = OnChange.RECORD if is_same_model or is_renamed else OnChange.REPLACE
        changes = [FieldChange(case.dialect.parent_ref, was.parent or None, wanted.parent or None, meaning)]
    if compare.needs_training(changes) or not (wanted.parent and was.parent_model and case.parent_model):
        return changes
    if was.parent_model == case.parent_model:
        return changes
    meaning = OnChange.REPLACE if on_change is OnDrift.RETUNE else OnChange.REPORT
    return [
        *changes,
        FieldChange(case.dialect.parent_name, was.parent_model, case.parent_model, meaning, Cause.DRIFTED),
    ]


def sweep_changes(wanted: Submission, was: Submission) -> list[FieldChange]:
    """Other trials, or other scores, of which the best is the one that was copied: the lock alone is written."""
    new, old = sweep_of(wanted), sweep_of(was)
    is_same_model = wanted.training.get("from") == was.training.get("from")
    if new is None or new == old or not is_same_model:
        return []
    return [FieldChange("tuneform.sweep", in_words(old) if old else None, in_words(new), OnChange.RECORD)]


def _age(live: LiveTraining) -> tuple[tuple[float, str], str]:
    return (moment(live.created), live.resource_name)


class MarkerIndex:
    """Live trainings by the owner in their markers: one look at each, however many addresses ask."""

    def __init__(self, live: Mapping[str, LiveTraining], workspace: str) -> None:
        self._workspace = workspace
        self._found: dict[tuple[str, ...], list[LiveTraining]] = {}
        names: dict[str, set[str]] = {}
        for training in live.values():
            names.setdefault(training.model.partition("@")[0], set()).add(training.markers.name)
        for training in live.values():
            labels = labels_of(training.shown)
            # The labels of a Model that two addresses share name one of them alone.
            is_shared = bool(training.model) and len(names[training.model.partition("@")[0]]) > 1
            found = training.markers if is_shared else markers.renamed(training.markers, labels)
            key = (training.backend, *markers.owner_key(found))
            self._found.setdefault(key, []).append(training)

    def of(self, address: Address, names: Sequence[str], project: str) -> list[LiveTraining]:
        """Those with our workspace and this address's name, or one of these."""
        addresses = [Address(address.backend, name) for name in dict.fromkeys((address.name, *names))]
        keys = [(a.backend, *markers.key_of(a, self._workspace, project)) for a in addresses]
        return [training for key in keys for training in self._found.get(key, ())]


def is_alive(live: LiveTraining) -> bool:
    """In progress, or ready and still there. A SUCCEEDED job whose model is gone is history."""
    return live.is_ready or live.status in (Status.IN_PROGRESS, Status.UNKNOWN)
