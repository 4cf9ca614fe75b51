"""Events as lines of JSON, distinguished by `type`. The first line names the format and the target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from reconciler.core import events as e
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.model import Action, Address, Progress, Status
from reconciler.render.commands import shell_line
from reconciler.render.event_records import (
    AddressLine,
    AdoptedLine,
    AliasMovedLine,
    ApprovedLine,
    AwaitsPromotionLine,
    CancelRequestedLine,
    CheckpointChosenLine,
    DataSeenLine,
    DisposedLine,
    DoneLine,
    FailedLine,
    ForgottenLine,
    GateRefusedLine,
    IntendedLine,
    LeftLine,
    NotedLine,
    QueuedLine,
    ResourceGoneLine,
    ServedLine,
    SpecAppliedLine,
    StartedLine,
    SubmittedLine,
    SummaryLine,
    TrainingEndedLine,
    UpdatedLine,
    UploadDeletedLine,
    UploadedLine,
    VersionLine,
    WaitingLine,
    WithdrawnLine,
)
from reconciler.render.records import FORMAT_VERSION, DiagnosticRecord, ProgressRecord, TargetRecord, line
from reconciler.render.values import Banner, Outcome

_LINES: dict[type, type[AddressLine]] = {
    e.ChangeApproved: ApprovedLine,
    e.SpecApplied: SpecAppliedLine,
    e.ChangeStarted: StartedLine,
    e.Uploaded: UploadedLine,
    e.Intended: IntendedLine,
    e.IntentWithdrawn: WithdrawnLine,
    e.Submitted: SubmittedLine,
    e.Queued: QueuedLine,
    e.Waiting: WaitingLine,
    e.DataSeen: DataSeenLine,
    e.CancelRequested: CancelRequestedLine,
    e.TrainingEnded: TrainingEndedLine,
    e.GateRefused: GateRefusedLine,
    e.Served: ServedLine,
    e.AwaitsPromotion: AwaitsPromotionLine,
    e.CheckpointChosen: CheckpointChosenLine,
    e.AliasMoved: AliasMovedLine,
    e.Adopted: AdoptedLine,
    e.Updated: UpdatedLine,
    e.ResourceGone: ResourceGoneLine,
    e.Disposed: DisposedLine,
    e.Forgotten: ForgottenLine,
    e.ChangeDone: DoneLine,
    e.ChangeFailed: FailedLine,
    e.ChangeLeft: LeftLine,
}


def version_line(banner: Banner, *, version: str, at: str) -> str:
    """The first line of every stream. `at` is RFC 3339; no line has a line feed."""
    target = TargetRecord.of(banner)
    return line(VersionLine(at=at, format_version=FORMAT_VERSION, tuneform=version, target=target))


def event_line(event: e.Event, *, at: str) -> str:
    """One event. Its own time wins over `at`, the time at which it is said."""
    if isinstance(event, e.Noted):
        d = event.diagnostic
        address = d.address if d.address and d.address.count("/") == 1 else UNSET
        return line(NotedLine(at=at, address=address, diagnostic=DiagnosticRecord.of(d)))
    kind = _LINES[type(event)]
    own = {name: _recorded(event, name) for name in kind.__struct_fields__ if name != "at"}
    return line(kind(at=getattr(event, "at", "") or at, **own))


def upload_deleted_line(uri: str, *, at: str) -> str:
    """An upload that gc deleted: it belongs to no address, and the lock never knew of it."""
    return line(UploadDeletedLine(at=at, uri=uri))


def _recorded(event: e.Event, name: str) -> Any:
    """What an event, or the live training in it, says under this name."""
    source = event if hasattr(event, name) else event.live  # type: ignore[union-attr]  # only these lines ask
    return _plain(getattr(source, name))


def _plain(value: Any) -> Any:
    for kind, spelling in _SPELLINGS.items():
        if isinstance(value, kind):
            return spelling(value)
    return value


_SPELLINGS: dict[type, Callable[[Any], Any]] = {
    Address: str,
    Action: lambda action: action.word,
    Status: lambda status: status.name.lower(),
    Progress: ProgressRecord.of,
    Diagnostic: DiagnosticRecord.of,
    Mapping: dict,
}


def outcome_line(outcome: Outcome, *, at: str, exit_code: int) -> str:
    """The last line."""
    done = Counter(action.word for _, action in outcome.done)
    return line(
        SummaryLine(
            at=at,
            done=dict(done),
            failed=tuple(str(f.address) for f in outcome.failed),
            left=tuple(map(str, outcome.left)),
            blocked=tuple(map(str, outcome.blocked)),
            elapsed_s=outcome.elapsed_s,
            resume=shell_line(outcome.resume) if outcome.resume else "",
            exit_code=exit_code,
        )
    )
