"""Inline examples of the Gemini API: they travel in the request, and no lock keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.dialects import dialect_of
from reconciler.core.lock import Entry
from reconciler.core.model import Address, Declared

if TYPE_CHECKING:
    from reconciler.core.store import LockStore

Examples: TypeAlias = Mapping[Address, Sequence[tuple[str, str]]]


def examples_as_approved(specs: Iterable[Declared], store: LockStore) -> Examples:
    """What these specs hold now, but for what is approved to be trained on others: `wait` sends what was approved.

    A file that cannot be read has none: who needs them says so (RUN008), and nobody else is kept from anything.
    """
    known = {spec.address: spec for spec in map(_with_pairs, specs) if spec is not None}
    if not known:
        return {}
    lock = store.read()
    return {
        address: spec.examples
        for address, spec in known.items()
        if spec.examples and _is_as_approved(spec, lock.entry(address) or Entry())
    }


def _with_pairs(spec: Declared) -> Declared | None:
    from reconciler.workflow.data import with_pairs

    if not (dialect_of(spec.address).has_inline_data and spec.data):
        return None
    try:
        return with_pairs(spec)
    except (ReconcilerError, OSError):
        return None


def _is_as_approved(spec: Declared, entry: Entry) -> bool:
    approved = {digest for digest in _approved(entry) if digest}
    return not approved or spec.training_data.identity.sha256 in approved


def _approved(entry: Entry) -> Iterator[str]:
    """The digests of examples that are to be sent."""
    for change in entry.approved:
        submission = change.submission
        training = entry.trainings.get(change.attempt)
        if training is not None and not training.job:
            submission = training.submission
        if submission is not None and submission.data:
            yield submission.data[0].sha256
