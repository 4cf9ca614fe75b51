"""The format of events as JSON: one type a line, distinguished by `type`; the schema is made from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from reconciler.core.lock import ServedCheckpoint
from reconciler.render.records import (
    ActionWord,
    AddressText,
    DiagnosticRecord,
    FormatVersion,
    ProgressRecord,
    Record,
    Rfc3339,
    TargetRecord,
)


class Line(Record, frozen=True, kw_only=True, tag_field="type"):
    """Base of all lines: when it was said, or when it happened where the event itself knows."""

    at: Rfc3339


class VersionLine(Line, frozen=True, kw_only=True, tag="version"):
    """The first line."""

    format_version: FormatVersion
    tuneform: Annotated[str, Meta(description="The version of the program.")]
    target: TargetRecord


class AddressLine(Line, frozen=True, kw_only=True):
    """Base of all lines about one address."""

    address: AddressText


class ApprovedLine(AddressLine, frozen=True, kw_only=True, tag="change_approved"):
    """The change is in the lock, to be finished by this run or by `wait`."""

    action: ActionWord


class SpecAppliedLine(AddressLine, frozen=True, kw_only=True, tag="spec_applied"):
    """Specs that are applied speak of the address for the first time, and nothing else is new."""


class StartedLine(AddressLine, frozen=True, kw_only=True, tag="change_started"):
    """Work on the change begins."""

    action: ActionWord


class UploadedLine(AddressLine, frozen=True, kw_only=True, tag="uploaded"):
    """A local training file is in Cloud Storage; `existed`: nothing had to be sent."""

    path: str
    uri: str
    size_bytes: int
    existed: bool


class IntendedLine(AddressLine, frozen=True, kw_only=True, tag="intended"):
    """A create is about to be sent."""

    attempt: str


class WithdrawnLine(AddressLine, frozen=True, kw_only=True, tag="intent_withdrawn"):
    """The service refused the create: nothing was made."""

    attempt: str


class SubmittedLine(AddressLine, frozen=True, kw_only=True, tag="submitted"):
    """The service has the job; `found`: it was looked up after an unknown answer."""

    attempt: str
    resource_name: str
    operation: str
    state: str
    found: bool


class QueuedLine(AddressLine, frozen=True, kw_only=True, tag="queued"):
    """Not sent yet."""

    waiting_for: str
    elapsed_s: float


class WaitingLine(AddressLine, frozen=True, kw_only=True, tag="waiting"):
    """A training, or the removal of a resource, is under way."""

    attempt: str
    state: str
    progress: ProgressRecord
    elapsed_s: float


class CancelRequestedLine(AddressLine, frozen=True, kw_only=True, tag="cancel_requested"):
    """The service was asked to cancel."""

    attempt: str
    resource_name: str


class TrainingEndedLine(AddressLine, frozen=True, kw_only=True, tag="training_ended"):
    """A training reached a terminal state."""

    attempt: str
    resource_name: str
    status: Literal["ready", "failed", "cancelled", "in_progress", "unknown"]
    state: str
    model: str
    endpoint: str
    error: str
    error_code: int
    billable_tokens: int | None
    deposed: bool


class DataSeenLine(AddressLine, frozen=True, kw_only=True, tag="data_seen"):
    """The job has read its data. `unproven` says how the object differs now from what was submitted, if it does."""

    attempt: str
    unproven: str


class GateRefusedLine(AddressLine, frozen=True, kw_only=True, tag="gate_refused"):
    """The successor did not pass its gate: the old one goes on serving."""

    attempt: str
    words: str


class ServedLine(AddressLine, frozen=True, kw_only=True, tag="served"):
    """The training serves from now on; `deposed` is the attempt that served before."""

    attempt: str
    model: str
    endpoint: str
    deposed: str


class CheckpointChosenLine(AddressLine, frozen=True, kw_only=True, tag="checkpoint_chosen"):
    """Another checkpoint answers for the training; without one, that of the job's end."""

    attempt: str
    chosen: ServedCheckpoint | None
    endpoint: str


class AliasMovedLine(AddressLine, frozen=True, kw_only=True, tag="alias_moved"):
    """The version that serves has the alias, and no other of the address; "": it was taken from all of them.

    `resources` are the versions of Models that were changed.
    """

    attempt: str
    alias: str
    resources: tuple[str, ...]


class AwaitsPromotionLine(AddressLine, frozen=True, kw_only=True, tag="awaits_promotion"):
    """The training passed its gate, and serves when somebody promotes it."""

    attempt: str
    model: str
    endpoint: str


class AdoptedLine(AddressLine, frozen=True, kw_only=True, tag="adopted"):
    """A live training came into the lock."""

    attempt: str
    role: str
    resource_name: str
    state: str
    model: str
    endpoint: str


class UpdatedLine(AddressLine, frozen=True, kw_only=True, tag="updated"):
    """The mutable fields are as declared; no resources: the lock alone changed."""

    in_place: dict[str, Any]
    resources: tuple[str, ...]


class ResourceGoneLine(AddressLine, frozen=True, kw_only=True, tag="resource_gone"):
    """One resource of a training is deleted, undeployed, or was absent already."""

    attempt: str
    resource_name: str
    what: str


class DisposedLine(AddressLine, frozen=True, kw_only=True, tag="disposed"):
    """Nothing of this training is left but the service's record of the job."""

    attempt: str
    job: str


class ForgottenLine(AddressLine, frozen=True, kw_only=True, tag="forgotten"):
    """The address is out of the lock and the cloud is untouched."""

    resource_names: tuple[str, ...]


class DoneLine(AddressLine, frozen=True, kw_only=True, tag="change_done"):
    """The change is finished."""

    action: ActionWord
    elapsed_s: float
    outcome: str


class FailedLine(AddressLine, frozen=True, kw_only=True, tag="change_failed"):
    """The change ended badly; independent changes go on."""

    action: ActionWord
    diagnostic: DiagnosticRecord
    undecided: Annotated[bool, Meta(description="Nobody could tell whether its model is good enough.")] = False


class LeftLine(AddressLine, frozen=True, kw_only=True, tag="change_left"):
    """The run ends before the change does; `wait` resumes it."""

    action: ActionWord
    why: str


class NotedLine(Line, frozen=True, kw_only=True, tag="noted"):
    """Something people should know that changes nothing."""

    address: AddressText | UnsetType = UNSET
    diagnostic: DiagnosticRecord


class UploadDeletedLine(Line, frozen=True, kw_only=True, tag="upload_deleted"):
    """`tuneform gc --yes` deleted an upload that nothing names."""

    uri: str


class SummaryLine(Line, frozen=True, kw_only=True, tag="summary"):
    """The last line."""

    done: Annotated[dict[str, int], Meta(description="Finished changes by action.")]
    failed: tuple[AddressText, ...]
    left: tuple[AddressText, ...]
    blocked: tuple[AddressText, ...]
    elapsed_s: float
    resume: Annotated[str, Meta(description="The command that goes on with what is left.")]
    exit_code: int


EventLine: TypeAlias = (
    VersionLine
    | ApprovedLine
    | SpecAppliedLine
    | StartedLine
    | UploadedLine
    | IntendedLine
    | WithdrawnLine
    | SubmittedLine
    | QueuedLine
    | WaitingLine
    | DataSeenLine
    | CancelRequestedLine
    | TrainingEndedLine
    | GateRefusedLine
    | ServedLine
    | AwaitsPromotionLine
    | CheckpointChosenLine
    | AliasMovedLine
    | AdoptedLine
    | UpdatedLine
    | ResourceGoneLine
    | DisposedLine
    | ForgottenLine
    | DoneLine
    | FailedLine
    | LeftLine
    | NotedLine
    | UploadDeletedLine
    | SummaryLine
)
