"""What happened at an address, as one JSON document."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from reconciler.render.records import (
    FORMAT_VERSION,
    ActionWord,
    AddressText,
    AuthorRecord,
    FormatVersion,
    Record,
    document,
)
from reconciler.render.values import AttemptHistory, History, OpenChange
from reconciler.render.words import decimal_string

TimeText = Annotated[str, Meta(description="A time in RFC 3339; empty where nobody knows.")]


class HappeningRecord(Record, frozen=True, kw_only=True):
    """Something that happened to an attempt."""

    at: TimeText
    what: Annotated[str, Meta(description="A word of ours, or a state of the service.")]


class AttemptRecord(Record, frozen=True, kw_only=True):
    """One training of the address. What is unknown is empty, or null."""

    attempt: Annotated[str, Meta(description="Its number, counted from `1`.")]
    role: Literal["candidate", "pending", "serving", "deposed", "failed"]
    state: Annotated[str, Meta(description="The service's word, or ours.")]
    base: Annotated[str, Meta(description="The base model that it goes back to.")]
    reason: Annotated[str, Meta(description="Why it was made, for people.")]
    by: Annotated[AuthorRecord, Meta(description="Who had it approved.")]
    happenings: Annotated[tuple[HappeningRecord, ...], Meta(description="In the order of their times.")]
    gate: Annotated[Literal["passed", "refused", "inconclusive", ""], Meta(description="What its gate said last.")]
    said: Annotated[str, Meta(description="What its gate or the service said against it.")]
    cost: Annotated[str, Meta(description="What it was billed, where that is known.")] | None
    currency: Annotated[str, Meta(description="Of the cost.")]
    was_billed: Annotated[bool, Meta(description="It has ended, and not for nothing: without a cost that is unknown.")]
    job: Annotated[str, Meta(description="Resource name of the job, or of the tuned model.")]
    model: Annotated[str, Meta(description="Resource name of the Model with its version.")]
    endpoint: Annotated[str, Meta(description="Where it answers, or answered.")]


class DecisionRecord(Record, frozen=True, kw_only=True):
    """Something that was approved and is not done, or a rollback that holds."""

    action: ActionWord | Literal["rollback"]
    attempt: Annotated[str, Meta(description="What it is about; empty where that is no attempt.")]
    at: TimeText
    reason: Annotated[str, Meta(description="Why, for people.")]
    by: Annotated[AuthorRecord, Meta(description="Who had it approved, or did it.")]
    deposed: Annotated[bool, Meta(description="Whether it is about a model that was replaced.")]


class DisposedJobRecord(Record, frozen=True, kw_only=True):
    """A job of which nothing is left."""

    job: Annotated[str, Meta(description="Its resource name.")]
    last_seen: Annotated[str, Meta(description="The last time that the lock had of it, in RFC 3339.")]


class ForgottenNamesRecord(Record, frozen=True, kw_only=True):
    """What `forget` dropped, and what is not adopted again."""

    resource_names: Annotated[tuple[str, ...], Meta(description="Empty where nothing was forgotten.")]
    at: TimeText


class HistoryDocument(Record, frozen=True, kw_only=True):
    """What the lock knows of an address."""

    format_version: FormatVersion = FORMAT_VERSION
    address: AddressText
    former: Annotated[tuple[str, ...], Meta(description="Names that it had before, oldest first.")]
    attempts: Annotated[tuple[AttemptRecord, ...], Meta(description="Oldest first.")]
    open: Annotated[tuple[DecisionRecord, ...], Meta(description="Changes that were approved and are not done.")]
    pin: DecisionRecord | None
    disposed: Annotated[tuple[DisposedJobRecord, ...], Meta(description="Jobs that were disposed of, oldest first.")]
    forgotten: Annotated[ForgottenNamesRecord, Meta(description="What `forget` dropped.")]


def history_to_json(known: History) -> str:
    """Times are RFC 3339; what is unknown is empty, or null."""
    return document(
        HistoryDocument(
            address=str(known.address),
            former=known.former,
            attempts=tuple(map(_attempt, known.attempts)),
            open=tuple(map(_decision, known.open)),
            pin=_decision(known.pin) if known.pin else None,
            disposed=tuple(DisposedJobRecord(job=job, last_seen=at) for job, at in known.disposed),
            forgotten=ForgottenNamesRecord(resource_names=known.forgotten, at=known.forgotten_at),
        )
    )


def _attempt(a: AttemptHistory) -> AttemptRecord:
    return AttemptRecord(
        attempt=a.attempt,
        role=a.role,  # type: ignore[arg-type]  # the values of core/lock.Role
        state=a.state,
        base=a.base,
        reason=a.reason,
        by=AuthorRecord.of(a.by),
        happenings=tuple(HappeningRecord(at=m.at, what=m.what) for m in a.happenings),
        gate=a.gate,  # type: ignore[arg-type]  # the words of core/concerns.gate_word
        said=a.said,
        cost=decimal_string(a.cost),
        currency=a.currency if a.cost is not None else "",
        was_billed=a.was_billed,
        job=a.job,
        model=a.model,
        endpoint=a.endpoint,
    )


def _decision(c: OpenChange) -> DecisionRecord:
    return DecisionRecord(
        action=c.action,  # type: ignore[arg-type]  # an action's word, or rollback
        attempt=c.attempt,
        at=c.at,
        reason=c.reason,
        by=AuthorRecord.of(c.by),
        deposed=c.deposed,
    )
