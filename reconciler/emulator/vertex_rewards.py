"""tuningJobs.validateReinforcementTuningReward: a reward tried on one answer, before a job is paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.catalog import REINFORCEMENT_REGIONS
from reconciler.emulator.errors import RPC_NUMBERS, field_errors, invalid
from reconciler.emulator.reward_configs import config_problems, rewards_of
from reconciler.emulator.reward_scores import RewardError, Sample, aux_info, score, total

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

_ONLY = "reward"  # the key of a single reward that has no name (assumed)


def validate(call: MethodCall) -> Reply:
    """The rewards of one answer, each with its error; the overall one where all were computed."""
    body = call.body
    if call.params["location"] not in REINFORCEMENT_REGIONS:
        # Recorded by a report, for `global`.
        raise invalid("Reinforcement tuning is not available for your project or region.")
    missing = [
        (field, "Required field is not set.")
        for name, field in (("sampleResponse", "sample_response"), ("example", "example"))
        if not body.get(name)
    ]
    if missing:
        raise field_errors(missing)
    root = "validate_reinforcement_tuning_reward_request"
    problems = config_problems(body, root)
    if problems:
        raise field_errors(problems)
    sample = Sample(body["example"].get("references", {}), body["sampleResponse"])
    infos, scored = {}, {}
    for n, (reward, weight) in enumerate(rewards_of(body, root)):
        name = reward.get("rewardName") or (_ONLY if not n else f"{_ONLY}{n}")
        infos[name], value = _info(reward, sample)
        if value is not None:
            scored[name] = (value, weight)
    return _answer(body, infos, scored)


def _answer(body: Json, infos: Json, scored: dict[str, tuple[float, float]]) -> Json:
    answer: Json = {"rewardInfoDetails": infos}
    failed = {name: info["errorStatus"] for name, info in infos.items() if "errorStatus" in info}
    if failed:
        text = "; ".join(f"{name}: {status['message']}" for name, status in failed.items())
        return {
            **answer,
            "error": text,
            "errorStatus": {"code": RPC_NUMBERS["INVALID_ARGUMENT"], "message": text},
        }
    overall = round(total([*scored.values()]), 6)
    if "compositeRewardConfig" in body:
        answer["rewardDetails"] = {name: value for name, (value, _) in scored.items()}
    # Zero is not answered: the definitions show no presence.
    return {**({"overallReward": overall} if overall else {}), **answer}


def _info(reward: Json, sample: Sample) -> tuple[Json, float | None]:
    try:
        value = score(reward, sample)
    except RewardError as exc:
        return {"errorStatus": {"code": RPC_NUMBERS["INVALID_ARGUMENT"], "message": str(exc)}}, None
    told = aux_info(reward)
    return {**({"reward": value} if value else {}), **({"userRequestedAuxInfo": told} if told else {})}, value


HANDLERS: dict[str, Handler] = {"vertex.tuningJobs.validateReinforcementTuningReward": validate}
