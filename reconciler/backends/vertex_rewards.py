"""tuningJobs:validateReinforcementTuningReward, which tries a reward on an answer before any money is spent.

Source: the discovery document aiplatform v1beta1. `error` and `rewardDetails` are deprecated there and read as well: no
recorded answer shows which of them the service fills in.
"""

from __future__ import annotations

import math

import msgspec
from msgspec import Struct

from reconciler.backends import resource_names
from reconciler.backends.calls import Call, json_body
from reconciler.backends.generation import texts_of
from reconciler.backends.http import Http
from reconciler.backends.quoting import cleaned
from reconciler.backends.targets import Service
from reconciler.backends.vertex_types import WireStatus
from reconciler.core.dialects.vertex import PREVIEW
from reconciler.core.model import Fields, Json
from reconciler.core.rewards import TriedReward

_NAME, _ERROR = 100, 600
"""Characters that are kept."""


class WireRewardInfo(Struct, frozen=True, rename="camel"):
    """ReinforcementTuningRewardInfo."""

    reward: float | None = None
    error_status: WireStatus | None = None


class WireTriedReward(Struct, frozen=True, rename="camel"):
    """ValidateReinforcementTuningRewardResponse; a reward of 0 may be absent."""

    overall_reward: float | None = None
    reward_details: dict[str, float] = {}
    reward_info_details: dict[str, WireRewardInfo] = {}
    error: str = ""
    error_status: WireStatus | None = None


TRIED = msgspec.json.Decoder(WireTriedReward, strict=False)


def try_reward(http: Http, project: str, location: str, rewards: Fields, example: Fields, answer: str) -> TriedReward:
    """See base.Backend. The request reads: it may be repeated."""
    body: dict[str, Json] = {
        **rewards,
        "example": dict(example),
        "sampleResponse": {"role": "model", "parts": [{"text": answer}]},
    }
    call = Call(
        "tuningJobs.validateReinforcementTuningReward",
        Service.VERTEX,
        "POST",
        f"/{PREVIEW}/{resource_names.parent(project, location)}/tuningJobs:validateReinforcementTuningReward",
        location=location,
        project=project,
        body=json_body(body),
        private=(*texts_of(example), answer),
    )
    return _tried(http.read(call, TRIED))


def _tried(wire: WireTriedReward) -> TriedReward:
    infos = wire.reward_info_details
    each = {n: i.reward or 0.0 for n, i in infos.items() if not _said(i.error_status)} if infos else wire.reward_details
    wrong = {name: _said(info.error_status) for name, info in infos.items()}
    errors = [wire.error or _said(wire.error_status), *(f"{name}: {said}" for name, said in wrong.items() if said)]
    error = cleaned("; ".join(e for e in errors if e), limit=_ERROR)
    named = {cleaned(name, limit=_NAME): value for name, value in each.items() if math.isfinite(value)}
    overall = wire.overall_reward or 0.0
    return TriedReward(None if error or not math.isfinite(overall) else overall, named, error)


def _said(status: WireStatus | None) -> str:
    return (status.message or f"code {status.code}") if status and (status.message or status.code) else ""
