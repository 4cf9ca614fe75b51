"""What is reported of a training that has been looked at: how it ended, what it read, and what was left out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from reconciler.core import events as ev
from reconciler.core.advance import learned_from
from reconciler.core.carry.case import Case
from reconciler.core.carry.effects import FindLines, Identify, Save, Step
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.job_errors import INVALID_ARGUMENT, remedy_of_job
from reconciler.core.judgement import share_of
from reconciler.core.lock import DataRecord, DroppedRecord, Milestone, Training
from reconciler.core.model import Address, Identity, LiveTraining, Status
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest

_SHOWN = 5


def ended_badly(address: Address, live: LiveTraining) -> Diagnostic:
    """Cancelled, or failed for the reason that the service gives, with what mends it."""
    again = suggest("apply", "--replace", address)
    if live.status is Status.CANCELLED:
        detail = f"{live.resource_name} ended {live.state}."
        return run_diagnostic("RUN002", detail, address=str(address), command=again)
    model = live.model if live.model != live.resource_name else ""
    left = f" It left the model {model}." if model else ""
    detail = f'{live.resource_name} ended {live.state}: "{live.error}" (code {live.error_code}).{left}'
    remedy = remedy_of_job(live.error_code, live.error, left_model=model)
    command = remedy.command or ("" if live.error_code == INVALID_ARGUMENT else again)
    return run_diagnostic("RUN001", detail, address=str(address), fix=remedy.fix, command=command)


def check_data(case: Case, attempt: str, training: Training, live: LiveTraining) -> Step | None:
    """Compare the object's identity with the one recorded at submit, once, as soon as the job has read it.

    Between the two somebody may have uploaded something else, and nobody can tell then which was read.
    Where Cloud Storage does not answer nothing is claimed, and the next look tries again.
    """
    record = training.submission.data[0] if training.submission.data else None
    uri = (record.sent_uri or record.uri) if record else ""
    has_read = live.has_read_data or live.status is Status.READY
    if record is None or not uri.startswith("gs://") or not has_read or Milestone.DATA_SEEN in training.times:
        return None
    stored = case.ask(Identify(case.address, uri))
    if isinstance(stored, Step):
        return stored
    if not stored.is_known:
        return None
    unproven = _difference(record, uri, stored.identity)
    seen = ev.DataSeen(case.address, attempt, unproven, case.at)
    if not unproven:
        return Save((seen,))
    return Save((seen, ev.Noted(run_diagnostic("RUN020", unproven, Severity.WARNING, address=str(case.address)))))


def _difference(record: DataRecord, uri: str, found: Identity | None) -> str:
    """A sentence, or "" where the bytes are those that were submitted, as far as anybody can tell."""
    if found is None:
        return f"{uri} was there when the job was submitted and is gone."
    if record.identity.same_bytes(found) is False:
        was, now = _in_words(record.identity), _in_words(found)
        return f"{uri} was {was} at submit, and is {now}."
    return ""


def _in_words(identity: Identity) -> str:
    size = "" if identity.size is None else f" ({counted(identity.size, 'byte')})"
    return f"crc32c {identity.crc32c}{size}"


def note_dropped(case: Case, attempt: str, training: Training, live: LiveTraining) -> tuple[ev.Noted, ...] | Step:
    """What the service left out of a training that has just ended, by line where its file is at hand."""
    ended = replace(training, **learned_from(live, training))
    where = local_lines(ended, case.facts.files.get(case.address, ""))
    lines: Mapping[int, int] | Step = {}
    if where is not None:
        path, sha256, examples = where
        lines = case.ask(FindLines(case.address, attempt, path, sha256, examples))
    if isinstance(lines, Step):
        return lines
    note = dropped_diagnostic(case.address, ended, case.facts.files.get(case.address, ""), lines)
    return () if note is None else (ev.Noted(note),)


def local_lines(training: Training, file: str) -> tuple[str, str, tuple[int, ...]] | None:
    """In which file of which sha256 the lines of dropped examples are to be looked up; None where there is none."""
    record = training.submission.data[0] if training.submission.data else None
    dropped = training.dropped
    if record is None or dropped is None or not dropped.count or not (record.local and file):
        return None
    return file, record.sha256, dropped.examples


def dropped_diagnostic(address: Address, training: Training, file: str, lines: Mapping[int, int]) -> Diagnostic | None:
    """What was dropped and why, by `lines` of the local `file` where those are known."""
    dropped = training.dropped
    if dropped is None or not dropped.count:
        return None
    record = training.submission.data[0] if training.submission.data else None
    places = [f"line {lines[n]}" if n in lines else f"example {n}" for n in dropped.examples]
    first = lines.get(dropped.examples[0]) if dropped.examples else None
    path = file if lines else record.uri if record else ""
    where = Location(path, first or 0) if path else None
    fix = "Shorten or remove them; what is dropped is neither learnt from nor billed."
    detail = f"{share_of(dropped)} of {path or 'the training data'}{_sample(dropped, places)}"
    return run_diagnostic("RUN021", detail, Severity.WARNING, fix=fix, where=where, address=str(address))


def standing_note(training: Training) -> str:
    """What is not as it should be about the data of a training, in a sentence; "" where nothing is known."""
    dropped = f"{share_of(training.dropped)} were dropped" if training.dropped and training.dropped.count else ""
    return "; ".join(words for words in (dropped, training.data_unproven) if words)


def _sample(dropped: DroppedRecord, places: Sequence[str]) -> str:
    """Each reason once, with the first places that it was given for."""
    if not places:
        return "."
    by_reason: dict[str, list[str]] = {}
    for index, place in enumerate(places):
        reason = dropped.reasons[index] if index < len(dropped.reasons) else ""
        by_reason.setdefault(reason, []).append(place)
    return ": " + "; ".join(_given(reason, found) for reason, found in by_reason.items())


def _given(reason: str, places: list[str]) -> str:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    words = f' ("{reason}")' if reason else ""
    return f"{', '.join(places[:_SHOWN])}{more}{words}"
