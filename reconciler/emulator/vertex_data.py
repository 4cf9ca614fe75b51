"""The data of a job: its files read, and held against what its method and base model take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import objects
from reconciler.emulator.dataset import DatasetError, check_training_size, limits_of, read_dataset
from reconciler.emulator.open_catalog import base_of
from reconciler.emulator.reinforcement_checks import MEDIA_PRODUCT, SPEC, product_of
from reconciler.emulator.reward_configs import rewards_of
from reconciler.emulator.reward_scores import RewardError, Sample, score
from reconciler.emulator.tuning_methods import METHODS
from reconciler.emulator.vertex_names import split_gcs_uri

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.dataset import Dataset
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

_SMALL_BYTES, _KEPT_FILES = 1 << 20, 8
_PARSED: dict[tuple[str, ...], Dataset] = {}
_TRIED_EXAMPLES, _MOST_ERRORS = 20, 0.8
_OPEN_SHARE, _OPEN_ROWS = 0.25, 5_000
_SPLIT, _SPLIT_LEAST = 0.25, 50


def training_data(sim: Simulation, row: Resource) -> Dataset:
    """What a job trains on, once dataset processing is over. Raises DatasetError for what fails the job."""
    spec = row.data["doc"][row.data["spec"]]
    method, base = row.data["method"], base_of(row.data["base"])
    found = _dataset(sim, row, spec[METHODS[row.data["spec"]].data_field(spec)])
    check_training_size(found, base, method)
    if method == "reinforcement":
        _check_media(found, spec)
        _try_rewards(found, spec)
    validation = _validation(sim, row, found)
    if validation:
        row.data["validation"] = validation
    return found


def _dataset(sim: Simulation, row: Resource, uri: str) -> Dataset:
    """The examples of a file. The last few small files are kept: a test suite trains the same one again and again."""
    parts = split_gcs_uri(uri)
    doc = objects.find_object(sim, *parts) if parts else None
    if doc is None:
        raise DatasetError(f"The dataset {uri} cannot be read.")
    key = (doc["crc32c"], doc.get("md5Hash", ""), doc["size"], row.data["base"], row.data["method"])
    found = _PARSED.get(key)
    if found is None:
        found = read_dataset(objects.read_object(sim, doc), base_of(row.data["base"]), row.data["method"])
        if int(doc["size"]) <= _SMALL_BYTES:
            if len(_PARSED) >= _KEPT_FILES:
                _PARSED.clear()
            _PARSED[key] = found
    return found


def _validation(sim: Simulation, row: Resource, training: Dataset) -> int:
    """Examples of the validation data. Source: documented (limits, and what reinforcement tuning does without)."""
    uri = row.data["doc"][row.data["spec"]].get("validationDatasetUri")
    base, method, examples = base_of(row.data["base"]), row.data["method"], len(training.examples)
    if not uri:
        wanted = max(int(examples * _SPLIT), _SPLIT_LEAST)
        return min(wanted, examples) if method == "reinforcement" else 0
    data = _dataset(sim, row, uri)
    found = len(data.examples)
    if base.is_open:
        limit = _OPEN_ROWS
        if data.size_bytes > training.size_bytes * _OPEN_SHARE:
            raise DatasetError("The validation dataset must be at most 25% of the size of the training dataset.")
    else:
        most = limits_of(base, method).validation_examples
        limit = most or min(base.max_validation_examples, max(1_000, examples * 3 // 10))
    if found > limit:
        raise DatasetError(f"The validation dataset has too many examples: {found}; at most {limit} are allowed.")
    return found


def _check_media(found: Dataset, spec: Json) -> None:
    product = product_of(spec.get("hyperParameters", {}))
    if product > MEDIA_PRODUCT and any(e.has_media for e in found.examples):
        text = f"batch_size * samples_per_prompt must be at most {MEDIA_PRODUCT} for multimodal data, but is {product}."
        raise DatasetError(text)


def _try_rewards(found: Dataset, spec: Json) -> None:
    """Documented: a job whose rewards fail for more than 80 % of the answers is stopped."""
    tried = found.examples[:_TRIED_EXAMPLES]
    for reward, _ in rewards_of(spec, SPEC):
        errors = [error for e in tried if (error := _error(reward, e.references))]
        if tried and len(errors) > _MOST_ERRORS * len(tried):
            name = reward.get("rewardName") or "reward"
            raise DatasetError(f"More than 80% of the computations of {name} failed. Last error: {errors[-1]}")


def _error(reward: Json, references: Json) -> str:
    answer = next(iter(references.values()), "")
    try:
        score(reward, Sample(references, {"parts": [{"text": answer}]}))
    except RewardError as exc:
        return str(exc)
    return ""
