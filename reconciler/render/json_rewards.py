"""What answers are rewarded with, as one JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from reconciler.core.model import Address
from reconciler.core.rewards import RewardedAnswer
from reconciler.render.records import (
    FORMAT_VERSION,
    AddressText,
    FormatVersion,
    PlaceRecord,
    Record,
    TargetRecord,
    document,
)
from reconciler.render.values import Banner


class RewardedAnswerRecord(Record, frozen=True, kw_only=True):
    """One answer, and what the service rewards it with."""

    answer: str
    example: Annotated[int, Meta(description="Of the training data, counted from 1.")]
    reward: Annotated[float, Meta(description="The whole reward.")] | None
    parts: Annotated[dict[str, float], Meta(description="By the name of each reward, where the service says them.")]
    error: Annotated[str, Meta(description="Why it could not be rewarded; else empty.")]
    least: Annotated[float, Meta(description="What the reward has to be at least.")] | None
    most: Annotated[float, Meta(description="What the reward has to be at most.")] | None
    as_expected: Annotated[bool, Meta(description="Whether it was rewarded, and within its bounds.")]
    where: Annotated[PlaceRecord, Meta(description="Where the answer stands, if in a file.")] | None


class RewardsDocument(Record, frozen=True, kw_only=True):
    """What answers are rewarded with by the rewards of one spec."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    address: AddressText
    as_expected: Annotated[bool, Meta(description="Whether all answers are.")]
    answers: Annotated[tuple[RewardedAnswerRecord, ...], Meta(description="In the order in which they were given.")]


def rewards_to_json(address: Address, found: Sequence[RewardedAnswer], banner: Banner) -> str:
    """The document, indented."""
    return document(
        RewardsDocument(
            target=TargetRecord.of(banner),
            address=str(address),
            as_expected=all(rewarded.is_as_expected for rewarded in found),
            answers=tuple(map(_answer, found)),
        )
    )


def _answer(rewarded: RewardedAnswer) -> RewardedAnswerRecord:
    sample, where = rewarded.sample, rewarded.where
    return RewardedAnswerRecord(
        answer=sample.answer,
        example=sample.example,
        reward=rewarded.reward,
        parts=dict(rewarded.tried.rewards),
        error=rewarded.tried.error,
        least=sample.least,
        most=sample.most,
        as_expected=rewarded.is_as_expected,
        where=PlaceRecord(path=where.path, line=where.line, column=where.column) if where else None,
    )
