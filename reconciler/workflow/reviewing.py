"""What a reviewer wants to know of a plan beside what it does: what an edit of data is, and ages.

Nothing is decided by it, and no checksum covers it. Only permission to read is needed, and what cannot be read is said
and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler import datasets
from reconciler.backends.base import BackendError
from reconciler.core.bills import bill_of
from reconciler.core.change import Change, Cost, FieldChange
from reconciler.core.compare import describe
from reconciler.core.data_changes import BeforeAfter, DataChange, RowCounts
from reconciler.core.dialects import names_training_data
from reconciler.core.faults import Condition, Fault
from reconciler.core.lock import DataRecord, Entry, Milestone, Training
from reconciler.core.model import Action, Data, Declared, Identity, OnChange
from reconciler.core.sizes import MIB
from reconciler.core.suggest import suggest
from reconciler.core.times import seconds_of
from reconciler.core.tuned_from import tuned_from
from reconciler.files.data_differences import KnownDifference
from reconciler.workflow.data_limits import limits_of
from reconciler.workflow.local_data import method_of

if TYPE_CHECKING:
    from reconciler.workflow.planning import Planned
    from reconciler.workflow.world import World

MOST_BYTES: Final = 64 * MIB
"""Of larger data a plan says how many examples there are, and does not download what was trained on. Ours."""

_RECIPE = "rows-1"
"""To be counted up where the same bytes come to have other counts."""


def for_review(world: World, planned: Planned) -> Planned:
    """The plan with what is said of it to people."""
    changes = tuple(_Look(world, planned, change).reviewed for change in planned.plan.changes)
    return replace(planned, plan=replace(planned.plan, changes=changes))


@dataclass(frozen=True, slots=True)
class _Look:
    """One change and what the lock has of its address."""

    world: World
    planned: Planned
    change: Change

    @property
    def reviewed(self) -> Change:
        """The change with its data, its age and what the training before it was billed."""
        entry = self.planned.lock.entry(self.change.renamed_from or self.change.address)
        if entry is None:
            return self.change
        return replace(
            self.change,
            age_s=self._age_s(entry),
            cost_before=self._cost_before(entry) if self.change.trains else None,
            data=tuple(self._data(entry)),
        )

    def _age_s(self, entry: Entry) -> float | None:
        """Since the training that it is about was submitted: one that is under way, else what serves, else the last."""
        found = self._subject(entry)
        at = found.at(Milestone.SUBMITTED, Milestone.INTENDED, Milestone.CREATED, Milestone.ADOPTED) if found else ""
        return max(self.world.clock.now() - seconds_of(at), 0.0) if at else None

    def _subject(self, entry: Entry) -> Training | None:
        change = self.change
        attempts = (*change.cancels, *change.disposes) if change.deposed or change.cancels else ()
        if change.action is Action.AWAIT:
            attempts = (change.attempt,)
        named = next((entry.trainings[a] for a in attempts if a in entry.trainings), None)
        return named or _before(entry)

    def _cost_before(self, entry: Entry) -> Cost | None:
        """Of the training that this one succeeds, at the present price."""
        was = _before(entry)
        if was is None:
            return None
        base = tuned_from(self.planned.lock, self.change.address, was)
        bill = bill_of(self.change.address, was, None, base, self.world.catalog, self.world.workspace.prices)
        if bill.amount is None:
            return None
        amount = round(bill.amount, 6)
        return Cost(amount, amount, bill.currency, "the training before it", bill.as_of)

    def _data(self, entry: Entry) -> Iterator[DataChange]:
        declared = self.change.declared
        if declared is None:
            return
        for field in self.change.fields:
            data = next((d for d in declared.data if d.field == field.field and d.is_local), None)
            found = _record_of(field, entry) if data and field.on_change in _ANOTHER else None
            if data is not None and found is not None:
                yield self._compared(declared, data, *found)

    def _compared(self, declared: Declared, data: Data, was: Training, record: DataRecord) -> DataChange:
        known, why = self._rows(declared, data, record)
        examples = known.examples if known and record.examples is None else record.examples
        is_learnt = names_training_data(data.field)
        return DataChange(
            data.field,
            data.uri,
            record.uri if record.uri != data.uri else "",
            BeforeAfter(examples, data.examples),
            _tokens(was, record, data, known) if is_learnt else BeforeAfter(),
            RowCounts(known.added, known.removed, known.relabelled, known.unchanged) if known else None,
            why,
        )

    def _rows(self, declared: Declared, data: Data, record: DataRecord) -> tuple[KnownDifference | None, str]:
        """Row by row where both files are to be had; else why they are not."""
        uri = record.sent_uri or record.uri
        if data.path is None or not uri.startswith("gs://"):
            return None, "what was trained on is kept nowhere"
        sizes = (record.size, data.identity.size)
        if any(size is None or size > MOST_BYTES for size in sizes):
            how = suggest("dataset", "diff", uri, data.path).quoted
            return None, f"a plan reads up to {MOST_BYTES // MIB} MiB for that; for any size run {how}"
        names = (_RECIPE, record.sha256 or record.crc32c, str(record.size), data.identity.sha256)
        known = self.world.differences.known(*names)
        if known is not None:
            return known, ""
        try:
            found, why = self._by_rows(declared, data, record, uri)
        except BackendError as exc:
            return None, _not_to_be_had(uri, exc)
        except (OSError, datasets.UnreadableError):
            return None, f"{data.uri} cannot be read now"
        if found is not None:
            self.world.differences.keep(found, *names)
        return found, why

    def _by_rows(
        self, declared: Declared, data: Data, record: DataRecord, uri: str
    ) -> tuple[KnownDifference | None, str]:
        new = datasets.Source.file(data.path or "")
        rules = datasets.RuleSet.of(method_of(declared), limits=limits_of(self.world.catalog, ""))
        with datasets.at_hand(datasets.Source.stream(self.world.storage.chunks(uri), uri)) as old:
            held = datasets.check(old, rules)
            if record.identity.same_bytes(_identity(held.identity)) is not True:
                return None, f"{uri} has other bytes by now"
            found = datasets.difference(old, new, rows=max(held.lines, data.examples or 0)).counts
        if _identity(datasets.identify(Path(data.path or ""))).same_bytes(data.identity) is not True:
            return None, f"{data.uri} was written meanwhile"
        return KnownDifference(*found, held.examples, datasets.estimate(held).likely), ""


_ANOTHER = frozenset({OnChange.REPLACE, OnChange.REPORT})
"""Of a change of its form alone, or of the lock's record, there is nothing to count."""


def _identity(found: datasets.FileIdentity) -> Identity:
    return Identity(crc32c=found.crc32c, size=found.size, sha256=found.sha256)


def _before(entry: Entry) -> Training | None:
    found = entry.serving or entry.newest
    return found[1] if found else None


def _record_of(field: FieldChange, entry: Entry) -> tuple[Training, DataRecord] | None:
    """The dataset that a field is said to have been, and the training that was submitted with it."""
    serving = [entry.serving] if entry.serving else []
    for _, training in (*serving, *reversed(entry.in_order)):
        for record in training.submission.data:
            if describe(record) == field.old:
                return training, record
    return None


def _tokens(was: Training, record: DataRecord, data: Data, known: KnownDifference | None) -> BeforeAfter:
    """As the service counted them before; and as many for a byte of the new data as of the old, within the estimate."""
    billed = was.billable_tokens
    before = billed if billed is not None else known.tokens if known else None
    if before is None or data.tokens is None:
        return BeforeAfter()
    low, likely, high = data.tokens
    if billed is not None and record.size and data.identity.size:
        likely = min(max(round(billed * data.identity.size / record.size), low), high)
    return BeforeAfter(before, likely)


def _not_to_be_had(uri: str, exc: BackendError) -> str:
    if exc.fault is Fault.NOT_FOUND:
        return f"{uri}, which was trained on, is gone"
    return f"{uri} may not be read" if exc.condition is Condition.DENIED else f"{uri} cannot be read now"
