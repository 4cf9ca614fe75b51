"""Whether a job read the bytes that the lock says it did: looked up once, after it has read them."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.apply.run import Run
from reconciler.backends.base import BackendError
from reconciler.core import events as ev
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Severity
from reconciler.core.lock import DATA_SEEN, DataRecord, Training
from reconciler.core.model import Address, Identity, LiveTraining, Status


def check_data(run: Run, address: Address, attempt: str, training: Training, live: LiveTraining) -> Iterator[ev.Event]:
    """Compare the object's identity with the one recorded at submit, as soon as the job has read it.

    Between the two somebody may have uploaded something else, and nobody can tell then which was read.
    Where Cloud Storage does not answer nothing is claimed, and the next look tries again.
    """
    record = training.submission.data[0] if training.submission.data else None
    uri = (record.sent_uri or record.uri) if record else ""
    has_read = live.has_read_data or live.status is Status.READY
    if record is None or not uri.startswith("gs://") or not has_read or DATA_SEEN in training.times:
        return
    try:
        found = run.storage.identity(uri)
    except BackendError:
        return
    unproven = _difference(record, uri, found)
    yield run.record(ev.DataSeen(address, attempt, unproven, run.at()))
    if unproven:
        yield ev.Noted(run_diagnostic("RUN020", unproven, Severity.WARNING, address=str(address)))


def _difference(record: DataRecord, uri: str, found: Identity | None) -> str:
    """A sentence, or "" where the bytes are those that were submitted, as far as anybody can tell."""
    if found is None:
        return f"{uri} was there when the job was submitted and is gone."
    if record.identity.same_bytes(found) is False:
        was, now = record.identity, found
        return f"{uri} was crc32c {was.crc32c} ({was.size} bytes) at submit, and is {now.crc32c} ({now.size} bytes)."
    return ""
