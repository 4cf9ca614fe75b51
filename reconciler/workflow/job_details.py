"""show --live: what the service tells of every attempt at an address, beside what we count of the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reconciler import datasets
from reconciler.backends.base import Backend, BackendError
from reconciler.backends.threads import gather
from reconciler.core.copying import is_copy
from reconciler.core.faults import Fault
from reconciler.core.job_details import INPUT, MESSAGES, OUTPUT, AttemptDetails, DataStatistics, Spread
from reconciler.core.lock import DataRecord, Entry, Training
from reconciler.core.model import Address, Desired, Identity
from reconciler.datasets.tokens import BYTES_PER_TOKEN
from reconciler.workflow.show import locked_entry
from reconciler.workflow.world import World

Counted = Sequence[tuple[Identity, DataStatistics]]
"""What was counted of local files, by their bytes."""


def details_at(world: World, specs: Desired, address: Address) -> list[AttemptDetails]:
    """Of every attempt at an address that is in the lock, the oldest first, beside the data file of its spec."""
    declared = specs.models.get(address)
    files = [data.path for data in declared.data[:1] if data.path] if declared else []
    return details_of(world, address, locked_entry(world, address), files)


def details_of(world: World, address: Address, entry: Entry, files: Sequence[str] = ()) -> list[AttemptDetails]:
    """The same of an entry. `files` count where they hold the bytes that were trained on."""
    backend = world.backends[address.backend]
    counted = [_counted(path) for path in files]
    reads = [partial(_attempt, backend, number, training, counted) for number, training in entry.in_order]
    return gather(reads, world.parallelism)


def _attempt(backend: Backend, number: str, training: Training, counted: Counted) -> AttemptDetails:
    if is_copy(training.submission):
        return AttemptDetails(number, missing="A copy: nothing was trained for it.")
    if not training.job:
        return AttemptDetails(number, missing="Nothing was submitted.")
    try:
        details = backend.details(training)
    except BackendError as error:
        if error.fault is not Fault.NOT_FOUND:
            raise
        return AttemptDetails(number, missing="The service has it no more.")
    if details is None:
        return AttemptDetails(number, missing="No job is known that made it.")
    return AttemptDetails(number, details, _ours(training.submission.data, counted))


def _ours(records: Sequence[DataRecord], counted: Counted) -> DataStatistics | None:
    """What we counted of the training data that was sent; None where its bytes are not at hand."""
    trained = records[0].identity if records else Identity()
    return next((found for identity, found in counted if trained.same_bytes(identity)), None)


def _counted(path: str) -> tuple[Identity, DataStatistics]:
    checked = datasets.check(datasets.Source.file(path))
    bytes_of = checked.identity
    identity = Identity(crc32c=bytes_of.crc32c, size=bytes_of.size, sha256=bytes_of.sha256)
    return identity, statistics_of(checked)


def statistics_of(checked: datasets.Checked) -> DataStatistics:
    """Our count of a file in the service's terms. Tokens are estimated from bytes (datasets/tokens.py)."""
    examples = checked.examples
    turns = Spread(mean=checked.turns / examples) if examples else Spread()
    return DataStatistics(
        examples=examples,
        tokens=datasets.estimate(checked).likely,
        spreads={INPUT: _spread(checked.input_bytes), OUTPUT: _spread(checked.output_bytes), MESSAGES: turns},
    )


def _spread(sizes: datasets.Distribution) -> Spread:
    if not sizes.counts:
        return Spread()
    least, p5, median, p95, most = (sizes.percentile(share) / BYTES_PER_TOKEN for share in (0, 0.05, 0.5, 0.95, 1))
    return Spread(
        least=least,
        most=most,
        mean=sizes.mean / BYTES_PER_TOKEN,
        median=median,
        p5=p5,
        p95=p95,
        total=sizes.total / BYTES_PER_TOKEN,
    )
