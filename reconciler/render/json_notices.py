"""A notice as a CloudEvent (version 1.0, structured), and what `tuneform notify` has sent, as one JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from reconciler.core.lock import Author, Lock
from reconciler.core.notices import Delivery, Message, Notice
from reconciler.render.records import (
    FORMAT_VERSION,
    AddressText,
    FormatVersion,
    Record,
    Rfc3339,
    TargetRecord,
    document,
)
from reconciler.render.values import Banner

KindWord = Literal["served", "pending", "refused", "undecided", "failed", "stuck", "gone", "retiring"]
_TYPE = "dev.tuneform.model"


class NoticeData(Record, frozen=True, kw_only=True):
    """What happened to which model. Never an example or an answer."""

    kind: Annotated[KindWord, Meta(description="What the notice is about.")]
    address: AddressText
    attempt: str
    text: Annotated[str, Meta(description="A sentence for people.")]
    workspace: str
    target: Annotated[str, Meta(description="`google`, or the id of an emulator.")]
    job: str
    model: str
    endpoint: str
    actor: Annotated[str, Meta(description='Who had the training approved; "" where nobody knows.')]
    commit: Annotated[str, Meta(description="At which commit of the specs.")]
    run_url: Annotated[str, Meta(description="In which run of a pipeline.")]


class NoticeDocument(Record, frozen=True, kw_only=True):
    """One CloudEvent. Whoever gets two of one `id` was told twice."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: Annotated[str, Meta(description="`/tuneform/` and the name of the workspace.")]
    type: Annotated[str, Meta(description=f"`{_TYPE}.` and the kind.")]
    subject: AddressText
    time: Annotated[Rfc3339, Meta(description="When it happened; of what has no moment, when it was found.")]
    datacontenttype: Literal["application/json"] = "application/json"
    data: NoticeData


def cloud_event(notice: Notice, lock: Lock, at: str) -> Message:
    """`at` is now, for what has no moment of its own."""
    training, by = notice.training, notice.training.by or Author()
    data = NoticeData(
        kind=notice.kind.value,
        address=str(notice.address),
        attempt=notice.attempt,
        text=notice.text,
        workspace=lock.workspace,
        target=lock.target,
        job=training.job,
        model=training.model,
        endpoint=training.endpoint,
        actor=by.actor,
        commit=by.commit,
        run_url=by.run_url,
    )
    document = NoticeDocument(
        id=notice.id(lock.lineage),
        source=f"/tuneform/{lock.workspace}",
        type=f"{_TYPE}.{notice.kind.value}",
        subject=str(notice.address),
        time=notice.at or at,
        data=data,
    )
    return Message(document.id, msgspec.json.encode(document))


class DeliveryRecord(Record, frozen=True, kw_only=True):
    """One notice to one receiver."""

    address: AddressText
    attempt: str
    kind: KindWord
    text: str
    at: Annotated[Rfc3339, Meta(description='When it happened; "" for what holds and has no moment.')]
    receiver: str
    why: Annotated[str, Meta(description='Why it was not taken; "" where it was, or with --dry-run.')]


class NotifyDocument(Record, frozen=True, kw_only=True):
    """What was told, or with `dry_run` would be."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    dry_run: bool
    notices: Annotated[tuple[DeliveryRecord, ...], Meta(description="In the order of addresses and attempts.")]


def deliveries_to_json(deliveries: Sequence[Delivery], banner: Banner, *, is_dry: bool) -> str:
    """In the order in which they were told."""
    records = (
        DeliveryRecord(
            address=str(d.notice.address),
            attempt=d.notice.attempt,
            kind=d.notice.kind.value,
            text=d.notice.text,
            at=d.notice.at,
            receiver=d.sink,
            why=d.why,
        )
        for d in deliveries
    )
    return document(NotifyDocument(target=TargetRecord.of(banner), dry_run=is_dry, notices=tuple(records)))
