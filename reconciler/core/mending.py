"""What a person changes of the lock by hand: an entry under another name, another lock in its place. Pure.

No request is made of any service. What a lock may say is core/contradictions.py; whoever has it read and written is
workflow/mending.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from reconciler.core.lock import Approved, Entry, Lock, Mending, SourceRecord, Submission, TrialRecord
from reconciler.core.model import Address
from reconciler.core.times import moment

_MENDED_KEPT: Final = 16
"""Changes by hand that a lock remembers."""


def moves_of(lock: Lock, old: Address, new: Address) -> dict[Address, Address]:
    """What is renamed when `old` becomes `new`: the trials of a sweep are named after it."""
    entry = lock.entry(old) or Entry()
    prefix, found = f"{old.name}-", {old: new}
    for trial in map(Address.parse, sorted(_trials(entry))):
        is_its_own = trial.backend == old.backend and trial.name.startswith(prefix)
        if is_its_own and lock.entry(trial) is not None:
            found[trial] = Address(new.backend, f"{new.name}-{trial.name.removeprefix(prefix)}")
    return found


def moved(lock: Lock, moves: Mapping[Address, Address]) -> Lock:
    """The entries under their new names, and under those in what others say of them: parents, trials.

    Digests stay what they were: markers of trainings that exist have them, and creates that are not answered yet are
    found by them.
    """
    names = {str(old): str(new) for old, new in moves.items()}
    entries: dict[str, Entry] = {}
    for text, entry in lock.entries.items():
        after = _speaking_of(entry, names)
        if text in names:
            after = after.renamed(Address.parse(text).name)
        entries[names.get(text, text)] = entry if after == entry else replace(after, revision=entry.revision + 1)
    return replace(lock, entries=entries)


def losses(present: Lock, given: Lock) -> list[str]:
    """What the present lock knows and the given one does not: a sentence each, in the order of addresses."""
    jobs = given.jobs | given.buried | {job for grave in given.tombstones.values() for job in grave.disposed}
    return [
        *(words for text, entry in sorted(present.entries.items()) for words in _lost(text, entry, given, jobs)),
        *(
            f"{text} was forgotten, and the given lock does not know it"
            for text, grave in sorted(present.tombstones.items())
            if set(grave.resource_names) - given.buried - given.jobs
        ),
    ]


def in_place_of(present: Lock, given: Lock) -> Lock:
    """The given lock as it is written over the present one: what differs counts as a write of its own.

    So another clone that has the present entries is behind, and a merge with it does not bring them back.
    """
    entries = {text: _written_over(present.entries.get(text), entry) for text, entry in given.entries.items()}
    return replace(
        given,
        version=max(present.version, given.version),
        lineage=given.lineage or present.lineage,
        entries=entries,
        mended=merge_mended(present.mended, given.mended),
    )


def merge_mended(*known: tuple[Mending, ...]) -> tuple[Mending, ...]:
    """All of them once, the last ones where there are too many."""
    found = {mending: None for some in known for mending in some}
    return tuple(sorted(found, key=lambda m: (moment(m.at), m.what, m.addresses, m.reason)))[-_MENDED_KEPT:]


def with_mending(lock: Lock, mending: Mending) -> Lock:
    """The lock with a note of what was done to it."""
    return replace(lock, mended=merge_mended(lock.mended, (mending,)))


def differing(before: Lock, after: Lock) -> tuple[str, ...]:
    """The addresses whose entries are not the same."""
    texts = sorted({*before.entries, *after.entries})
    return tuple(text for text in texts if before.entries.get(text) != after.entries.get(text))


def _lost(text: str, entry: Entry, given: Lock, jobs: frozenset[str] | set[str]) -> Iterator[str]:
    other = given.entries.get(text)
    known = {t.job for t in entry.trainings.values() if t.job}
    if other is None and not (known and known <= jobs):
        yield f"{text} is not in it"
        return
    for job in sorted(known - jobs):
        yield f"{job} of {text} is not in it"
    if other is not None and other.revision < entry.revision and not _is_same(entry, other):
        yield f"{text} is at revision {other.revision} in it, and at {entry.revision} here"


def _written_over(present: Entry | None, given: Entry) -> Entry:
    if present is None:
        return given
    if _is_same(present, given):
        return present
    return replace(given, revision=max(given.revision, present.revision + 1))


def _is_same(one: Entry, other: Entry) -> bool:
    """But for how often it was written."""
    return replace(one, revision=other.revision) == other


# What an entry says of others


def _submissions(entry: Entry) -> Iterator[Submission]:
    yield from (t.submission for t in entry.trainings.values())
    yield from (a.submission for a in entry.approved if a.submission is not None)


def _trials(entry: Entry) -> set[str]:
    """Of the sweeps that it chose from, in this workspace."""
    sources = (s.source for s in _submissions(entry) if s.source is not None and not s.source.workspace)
    return {trial.address for source in sources if source.sweep for trial in source.sweep.trials}


def _speaking_of(entry: Entry, names: Mapping[str, str]) -> Entry:
    trainings = {a: replace(t, submission=_renamed(t.submission, names)) for a, t in entry.trainings.items()}
    return replace(entry, trainings=trainings, approved=tuple(_approved(a, names) for a in entry.approved))


def _approved(approved: Approved, names: Mapping[str, str]) -> Approved:
    if approved.submission is None:
        return approved
    return replace(approved, submission=_renamed(approved.submission, names))


def _renamed(submission: Submission, names: Mapping[str, str]) -> Submission:
    source = submission.source
    return replace(
        submission,
        parent=names.get(submission.parent, submission.parent),
        source=_source(source, names) if source is not None and not source.workspace else source,
    )


def _source(source: SourceRecord, names: Mapping[str, str]) -> SourceRecord:
    sweep = source.sweep
    if sweep is not None:
        sweep = replace(sweep, trials=tuple(_trial(trial, names) for trial in sweep.trials))
    return replace(source, address=names.get(source.address, source.address), sweep=sweep)


def _trial(trial: TrialRecord, names: Mapping[str, str]) -> TrialRecord:
    return replace(trial, address=names.get(trial.address, trial.address))
