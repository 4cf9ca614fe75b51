"""tuningJobs.rebaseTunedModel: what it is sent, and which job it answers with. Pure.

Source: the published definition (RebaseTunedModelRequest); for the response, a TuningJob by an operation below it, the
annotations of its RPC in google-cloud-aiplatform.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError
from reconciler.backends.failures import failure
from reconciler.backends.quoting import cleaned
from reconciler.backends.vertex_named import is_job
from reconciler.backends.vertex_types import WireOperation
from reconciler.core.answers import Created
from reconciler.core.lock import Submission
from reconciler.core.model import Fields, Json

METHOD = "tuningJobs.rebaseTunedModel"
_REFUSALS = frozenset({3, 5, 7, 9, 11, 12, 16})
"""google.rpc codes by which an operation says that what was asked for cannot be. Of others the job may be there."""


class _WireJobName(Struct, frozen=True, rename="camel"):
    name: str = ""
    state: str = ""


class WireRebase(WireOperation, frozen=True, rename="camel"):
    """One whose response is the job."""

    response: _WireJobName | None = None


REBASE = msgspec.json.Decoder(WireRebase, strict=False)


def rebase_body(submission: Submission, job: Fields) -> dict[str, Json]:
    """The body: all of the `job` as a create would have it, so that the service takes over as little as can be."""
    there = {"deployToSameEndpoint": True} if submission.same_endpoint else {}
    return {"tunedModelRef": {"tuningJob": submission.rebases}, "tuningJob": dict(job), **there}


def created(operation: WireRebase) -> Created:
    """The job that it made: by the name of the operation, or else by its response.

    Of an answer that names none nobody knows what it made: it is looked up by the markers, as after no answer.
    """
    error = operation.error
    if error is not None and error.code:
        detail = f"{METHOD}: {error.message} (code {error.code})."
        raise failure("API320", detail=detail, may_have_worked=error.code not in _REFUSALS)
    made = operation.response or _WireJobName()
    names = (_named(name) for name in (operation.name.partition("/operations/")[0], made.name))
    found = next((name for name in names if name), "")
    if not found:
        detail = f"{METHOD} answered without the name of a job."
        raise failure("API213", detail=detail, may_have_worked=True)
    return Created(found, cleaned(made.state, limit=80))


def _named(name: str) -> str:
    """A job's name; "" for what is none."""
    try:
        return str(resource_names.parsed(name)) if is_job(name) else ""
    except BackendError:
        return ""
