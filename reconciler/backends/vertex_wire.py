"""Vertex AI's words and ours. Pure: what is sent, what is read, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

import msgspec
from msgspec import UNSET

from reconciler.backends.bodies import body_of, dataset_uris
from reconciler.backends.failures import failure
from reconciler.backends.quoting import cleaned
from reconciler.backends.vertex_evaluation import evaluations
from reconciler.backends.vertex_types import WireCheckpoint, WireEndpoint, WireJob, WireModel, WireStats, WireTunedModel
from reconciler.core.artifacts import own_folder
from reconciler.core.dialects.vertex import ADAPTER_SIZES, VERTEX
from reconciler.core.diff import nested
from reconciler.core.lock import Submission
from reconciler.core.markers import from_labels, to_labels
from reconciler.core.model import Carrier, Checkpoint, Dropped, Json, LiveTraining, Markers, Progress, Status

# To the wire

_SIZE_NAMES = {size: name for name, size in ADAPTER_SIZES.items()}
_INT64_FIELDS = frozenset({"epochCount", "batchSize", "stepCount"})
_INT32_INSIDE = {"reinforcementTuningSpec": frozenset({"batchSize"})}
"""Fields that are an int64 elsewhere."""


def to_wire(submission: Submission, markers: Markers) -> dict[str, Json]:
    """The body of tuningJobs.create: lowerCamelCase, names of enums, int64 as strings."""
    s = submission
    parent = nested(VERTEX.parent_name, s.parent_model) if s.parent_model else {}
    labels = {"labels": to_labels(markers)}
    body = body_of(s.training, s.reported, s.in_place, parent, dataset_uris(s.data), labels)
    if body.get(VERTEX.output):
        body[VERTEX.output] = own_folder(str(body[VERTEX.output]), markers)
    return {key: _spelt(key, value) for key, value in body.items()}


def _spelt(key: str, value: Json, int64: frozenset[str] = _INT64_FIELDS) -> Json:
    if key == "labels":
        return value
    if isinstance(value, dict):
        below = int64 - _INT32_INSIDE.get(key, frozenset())
        return {inner: _spelt(inner, v, below) for inner, v in value.items()}
    if key == "adapterSize":
        return _adapter_size(value)
    if key in int64 and isinstance(value, int):
        return str(value)
    return value


def _adapter_size(value: Json) -> Json:
    text = str(value)
    return _SIZE_NAMES.get(int(text), value) if text.isdecimal() else value


def traffic_without(endpoint: WireEndpoint, deployed_model_id: str) -> dict[str, int]:
    """How the others share the traffic once this one is gone: as before, and 100 in all. Pure.

    Empty where no other is deployed, or where this one has no traffic: then there is nothing to send.
    """
    others = [d.id for d in endpoint.deployed_models if d.id != deployed_model_id]
    if not others or not endpoint.traffic_split.get(deployed_model_id):
        return {}
    before = {other: endpoint.traffic_split.get(other, 0) for other in others}
    total = sum(before.values())
    after = {other: share * 100 // total for other, share in before.items()} if total else dict.fromkeys(others, 0)
    busiest = max(others, key=lambda other: before[other])
    after[busiest] += 100 - sum(after.values())
    return after


# From the wire

_TRAINING_FIELDS = {
    field.name: field.encode_name
    for field in msgspec.structs.fields(WireJob)
    if field.name.endswith("_spec")
    or field.name in ("base_model", "pre_tuned_model", "custom_base_model", "output_uri", "service_account")
}
_TRAINING_NAMES = tuple(_TRAINING_FIELDS.values())
_training_values = attrgetter(*_TRAINING_FIELDS)
_NO_MARKERS = Markers()
_NO_PROGRESS = Progress()
_HAS_READ_DATA = frozenset(
    f"TUNING_JOB_STATE_{state}" for state in ("WAITING_FOR_CAPACITY", "TUNING", "POST_PROCESSING")
)
_NAMED, _REASON_CHARACTERS = 100, 200
"""Dropped examples that are kept, of what is a sample anyway, and how much of the service's reason for each."""
_NOTHING_MADE = WireTunedModel()


def status_of(job: WireJob) -> Status:
    """PARTIALLY_SUCCEEDED counts as ready where both model and endpoint were made; a new word is UNKNOWN."""
    if job.state == "JOB_STATE_PARTIALLY_SUCCEEDED":
        made = job.tuned_model or _NOTHING_MADE
        return Status.READY if made.model and made.endpoint else Status.FAILED
    return VERTEX.status_of(job.state)


def from_wire(
    job: WireJob,
    project: str,
    location: str,
    model: WireModel | None = None,
    endpoint: WireEndpoint | None = None,
    *,
    has_files: bool = True,
) -> LiveTraining:
    """A job, with the Model and the Endpoint that exist of what it made, and whether its files do.

    Raises BackendError API219 where a name could not be one: names are shown, and kept in the lock.
    """
    made = job.tuned_model or _NOTHING_MADE
    checkpoints = tuple([_checkpoint(c) for c in made.checkpoints])
    files = artifacts_of(job)
    _refuse_strange(job.name + made.model + files + made.endpoint + "".join([c.endpoint for c in checkpoints]))
    _refuse_strange((model.name if model else "") + (endpoint.name if endpoint else ""))
    status = status_of(job)
    training = fields_of(job)
    return LiveTraining(
        backend=VERTEX.name,
        resource_name=job.name,
        status=status,
        state=job.state if job.state in VERTEX.statuses else cleaned(job.state, limit=80),
        project=project,
        location=location,
        markers=from_labels(job.labels) if job.labels else _NO_MARKERS,
        training=training,
        data_uri=_data_uri(training),
        created=job.create_time,
        ended=job.end_time,
        model=made.model or files,
        model_exists=model is not None or (bool(files) and not made.model and has_files),
        artifacts=files,
        endpoint=made.endpoint,
        endpoint_exists=endpoint is not None,
        checkpoints=checkpoints,
        carriers=carriers_of(model, endpoint),
        aliases=aliases_of(model),
        sent=_sent(job),
        progress=_progress(job),
        error=cleaned(job.error.message) if job.error else "",
        error_code=job.error.code if job.error else 0,
        billable_tokens=job.tuning_data_stats.present.total_billable_token_count if job.tuning_data_stats else None,
        has_read_data=job.tuning_job_state in _HAS_READ_DATA,
        dropped=_dropped(job.tuning_data_stats.present) if job.tuning_data_stats else None,
        evaluations=evaluations(job) if job.evaluate_dataset_runs else (),
    )


def artifacts_of(job: WireJob) -> str:
    """The folder with what a job has tuned, where it ended well and wrote files."""
    return VERTEX.artifacts_in(job.output_uri) if job.output_uri and status_of(job) is Status.READY else ""


def leaves_files_alone(job: WireJob) -> bool:
    """Whether its files are all that there is of it: where it made a Model, that proves it instead."""
    return bool(artifacts_of(job)) and not (job.tuned_model and job.tuned_model.model)


def _refuse_strange(names: str) -> None:
    """Only what could do harm in a terminal or a URL is looked for here, ten thousand times in a row."""
    if not (names.isascii() and names.isprintable() and " " not in names):
        raise failure("API219", detail=f"An answer names {names!r}.")


def fields_of(job: WireJob) -> dict[str, Json]:
    """The training fields as answered, by the API's names; int64 as the numbers that specs have."""
    values = zip(_TRAINING_NAMES, _training_values(job), strict=True)
    return {n: _counted(v) for n, v in values if v is not UNSET}


def _counted(value: Json) -> Json:
    """A method's fields with whole numbers where the wire has digits: "4" epochs are 4 to whoever compares."""
    hyper = value.get("hyperParameters") if isinstance(value, dict) else None
    if not isinstance(hyper, dict):
        return value
    numbers = {k: int(v) for k, v in hyper.items() if k in _INT64_FIELDS and isinstance(v, str) and v.isdecimal()}
    return {**value, "hyperParameters": {**hyper, **numbers}} if numbers else value


def carriers_of(model: WireModel | None, endpoint: WireEndpoint | None) -> tuple[Carrier, ...]:
    """Model and Endpoint, as far as they exist. Display name and labels belong to the Model as a whole."""
    found: list[Carrier] = []
    if model is not None:
        found.append(Carrier(model.name.partition("@")[0], _carried(model)))
    if endpoint is not None:
        found.append(Carrier(endpoint.name, _carried(endpoint)))
    return tuple(found)


def aliases_of(model: WireModel | None) -> tuple[str, ...]:
    """Those of a version that somebody gave; `default` is the service's to move."""
    return (
        tuple(sorted(cleaned(name, limit=128) for name in model.version_aliases if name != "default")) if model else ()
    )


def _carried(resource: WireModel | WireEndpoint) -> dict[str, Json]:
    """Under the names that the spec has for them; what the answer leaves out is absent."""
    return _mutable(resource.display_name, resource.description, resource.labels)


def _sent(job: WireJob) -> dict[str, Json]:
    """What a job was sent with of the same fields: it never changes."""
    return _mutable(job.tuned_model_display_name, job.description, job.labels or {})


def _mutable(display_name: str, description: str, labels: dict[str, str]) -> dict[str, Json]:
    fields: dict[str, Json] = {"tunedModelDisplayName": display_name, "description": description, "labels": labels}
    return {name: value for name, value in fields.items() if value}


def _checkpoint(c: WireCheckpoint) -> Checkpoint:
    return Checkpoint(c.checkpoint_id, c.epoch, c.step, c.endpoint)


def _data_uri(training: Mapping[str, Json]) -> str:
    for name, value in training.items():
        if name.endswith("Spec") and isinstance(value, dict):
            uri = value.get("trainingDatasetUri") or value.get("promptDatasetUri")
            if isinstance(uri, str):
                return uri
    return ""


def _dropped(stats: WireStats) -> Dropped | None:
    """Supervised tuning calls them truncated, and counts them; preference tuning only names them."""
    named = stats.truncated_example_indices or stats.dropped_example_indices
    count = stats.total_truncated_example_count or len(named)
    if not count:
        return None
    reasons = tuple(cleaned(reason, limit=_REASON_CHARACTERS) for reason in stats.dropped_example_reasons[:_NAMED])
    return Dropped(count, named[:_NAMED], reasons, stats.tuning_dataset_example_count)


def _progress(job: WireJob) -> Progress:
    """Steps are v1beta1's; `detail` is its finer word for what a running job does."""
    done = job.tuning_job_metadata.completed_step_count if job.tuning_job_metadata else None
    total = job.tuning_data_stats.present.tuning_step_count if job.tuning_data_stats else None
    if done is None and total is None and not job.tuning_job_state:
        return _NO_PROGRESS
    percent = min(100.0, 100.0 * done / total) if done is not None and total else None
    return Progress(percent, done, total, cleaned(job.tuning_job_state, limit=80) if job.tuning_job_state else "")
