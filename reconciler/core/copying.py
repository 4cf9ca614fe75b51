"""A copy of another workspace's model in place of a training: as a submission has it. Pure.

What decides the weights of a copy is the model@version that it is made from. So that name stands among the training
fields (`from.model`): it is compared, digested, merged and shown as those are. Whose it was is told beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core import diff
from reconciler.core.lock import SourceRecord, Submission, Training
from reconciler.core.model import CopySource, Fields

FROM = "from"
"""The field of a spec, and of the training fields in the lock."""
FROM_MODEL = "from.model"
SERVED = "served"
"""The version of a source that its own workspace lets serve now."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a submission copies: a model@version, and whose it was as far as anybody recorded it."""

    model: str
    of: SourceRecord

    @property
    def words(self) -> str:
        """`…/models/123@1 of workspace staging, vertex/router, attempt 4`."""
        of = self.of
        if not self.model:
            return "the best of its trials, known when they have ended"
        parts = (f"workspace {of.workspace}" if of.workspace else "", of.address)
        owner = ", ".join(part for part in (*parts, f"attempt {of.attempt}" if of.attempt else "") if part)
        return f"{self.model} of {owner}" if owner else self.model


def copied_by(submission: Submission | None) -> Copied | None:
    """None for what is trained."""
    model = diff.at(submission.training, FROM_MODEL) if submission else None
    if submission is None or not isinstance(model, str):
        return None
    return Copied(model, submission.source or SourceRecord())


def is_copy(submission: Submission | None) -> bool:
    """Whether nothing is trained for it."""
    return copied_by(submission) is not None


def source_fields(source: CopySource) -> Fields:
    """What a spec with `from` is made from, as training fields have it."""
    return {FROM: {"model": source.model}}


def source_record(source: CopySource, location: str) -> SourceRecord:
    """What the lock tells of it. `location` is the copy's."""
    return SourceRecord(
        workspace=source.workspace,
        address=str(source.address),
        attempt=source.attempt,
        serves_in=serving_location(location, source.model, source.endpoint),
        base=source.base,
    )


def serving_location(location: str, model: str, endpoint: str) -> str:
    """Where the copy is to answer: beside its Model, unless its source answers in a multi-region.

    Gemini 3 models that were tuned in a region answer in `us` or `eu`; a copy in the other one goes to its own.
    """
    home, there = _location_of(model), _location_of(endpoint)
    if not there or there == home:
        return location
    return there if location == home else _MULTI_REGIONS.get(location.partition("-")[0], location)


_MULTI_REGIONS = {"us": "us", "europe": "eu"}


def _location_of(name: str) -> str:
    parts = name.split("/", 4)
    return parts[3] if len(parts) == 5 else ""


def copied_model(training: Training) -> str:
    """The Model that a copy makes, with its version: a new Model's first, until the cloud has told."""
    return training.model or (f"{training.job}@1" if training.job else "")


def copied_endpoint(training: Training) -> str:
    """The Endpoint that it answers at: its id is the Model's, since both are ours to choose."""
    if training.endpoint or not training.job:
        return training.endpoint
    source = training.submission.source or SourceRecord()
    head, _, tail = training.job.partition("/locations/")
    location, _, rest = tail.partition("/models/")
    return f"{head}/locations/{source.serves_in or location}/endpoints/{rest}"
