"""Copies of Models: made under an id of ours, given what they should carry, and deployed on an endpoint of that id.

Source: discovery (models.copy, endpoints.create, endpoints.deployModel: which ids a client may choose), and Google's
instructions for copying tuned Gemini models: copy, wait, create an endpoint, deploy, wait. A copy carries what its
source does until it is given its own. Nothing waits in here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind, json_body
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.quoting import cleaned
from reconciler.backends.resource_names import ResourceName
from reconciler.backends.targets import Service
from reconciler.backends.vertex_dispose import serves
from reconciler.backends.vertex_reader import VertexReader, or_none
from reconciler.backends.vertex_types import MODEL, OPERATION, WireEndpoint, WireModel, WireOperation
from reconciler.backends.vertex_update import patched
from reconciler.backends.vertex_wire import aliases_of, carriers_of
from reconciler.core import markers as marks
from reconciler.core.answers import Created
from reconciler.core.copying import FROM, copied_by, copied_endpoint
from reconciler.core.dialect import DESCRIPTION, LABELS, labels_of
from reconciler.core.digest import digest
from reconciler.core.faults import Fault
from reconciler.core.lock import Submission, Training
from reconciler.core.model import Json, LiveTraining, Markers, Status

COPYING, DEPLOYING, READY, FAILED = "COPYING", "DEPLOYING", "READY", "FAILED"
"""The states of a copy, in words of ours: the service has none."""
_SERVICES_OWN = ("google-", "goog-", "tune-type")


class Copies:
    """Copies under way, by Model. One instance a run: it remembers which operations it began."""

    def __init__(self, http: Http, reader: VertexReader) -> None:
        self._http = http
        self._reader = reader
        self._begun: dict[str, str] = {}
        self._guard = threading.Lock()

    def create(self, submission: Submission, markers: Markers) -> Created:
        """Send one copy. That its id is taken means that it was made before: nobody else's has it."""
        place = resource_names.parent(submission.project, submission.location)
        call = _post(
            "models.copy", f"/v1/{place}/models:copy", copy_body(submission, markers), submission, CallKind.CREATE
        )
        try:
            operation = self._http.read(call, OPERATION)
        except BackendError as error:
            found = self.find(submission, markers) if error.fault is Fault.CONFLICT else None
            if found is None:
                raise
            return Created(found.resource_name, found.state)
        if not operation.name:
            raise failure("API213", detail="models.copy answered without an operation.", may_have_worked=True)
        home = resource_names.parsed(operation.name)
        name = home._replace(location=submission.location, rest=f"models/{_id(submission, markers)}")
        return Created(str(name), COPYING, operation.name)

    def find(self, submission: Submission, markers: Markers) -> LiveTraining | None:
        """The copy under the id that these markers make."""
        place = resource_names.parent(submission.project, submission.location)
        model = self._reader.model(f"{place}/models/{_id(submission, markers)}")
        return _live(model.name, submission, model, None, DEPLOYING) if model else None

    def equip(self, training: Training, markers: Markers) -> LiveTraining:
        """See base.Backend."""
        model = self._reader.get("models.get", training.job, MODEL)
        patched(self._http, self._reader, "models", training.job, _carried(model, training.submission, markers))
        if not self._is_busy(training.job):
            self._deploy(training, model, markers)
        return polled(self._reader, training)

    def _deploy(self, training: Training, model: WireModel, markers: Markers) -> None:
        """The next request that is missing, and the one after it where that was done at once."""
        name, submission = copied_endpoint(training), training.submission
        endpoint = self._reader.endpoint(name)
        if endpoint is None:
            self._send(training.job, _create_endpoint(name, submission, markers))
            endpoint = None if training.job in self._begun else self._reader.endpoint(name)
        if endpoint is not None and not serves(endpoint, resource_names.parsed(_versioned(model))):
            self._send(training.job, _deploy_model(endpoint.name, submission, _versioned(model)))

    def _send(self, job: str, call: Call) -> None:
        """Where it is there already, another run was faster: the next look shows it."""
        try:
            operation = self._http.read(call, OPERATION)
        except BackendError as error:
            if error.fault is not Fault.CONFLICT:
                raise
            return
        if operation.name and not self._is_over(operation, call.method):
            with self._guard:
                self._begun[job] = operation.name

    def _is_busy(self, job: str) -> bool:
        """Whether an operation that this run began is not over yet."""
        with self._guard:
            name = self._begun.pop(job, "")
        operation = _operation(self._reader, name)
        if operation is None or self._is_over(operation, "The deployment"):
            return False
        with self._guard:
            self._begun[job] = name
        return True

    def _is_over(self, operation: WireOperation, what: str) -> bool:
        error = operation.error
        if error is not None and error.code:
            raise failure("API333", detail=f"{what}: {error.message} (code {error.code}).")
        return operation.done


def polled(reader: VertexReader, training: Training) -> LiveTraining:
    """A copy as it is: still being copied, on its way to an endpoint that answers, or done."""
    operation = _operation(reader, training.operation)
    if operation is not None and not operation.done:
        return _live(training.job, training.submission, None, None, COPYING)
    if operation is not None and operation.error is not None and operation.error.code:
        return _live(training.job, training.submission, None, None, FAILED, operation)
    model = reader.get("models.get", training.job, MODEL)
    endpoint = reader.endpoint(copied_endpoint(training))
    state = READY if serves(endpoint, resource_names.parsed(_versioned(model))) else DEPLOYING
    return _live(training.job, training.submission, model, endpoint, state)


def _operation(reader: VertexReader, name: str) -> WireOperation | None:
    """One that nobody remembers says nothing: the resource itself does."""
    return or_none(lambda: reader.get("operations.get", name, OPERATION)) if name else None


def copy_body(submission: Submission, markers: Markers) -> dict[str, Json]:
    """The body of models.copy. Pure."""
    copied = copied_by(submission)
    assert copied is not None, "only a copy is sent as one"
    encryption = {key: value for key, value in submission.training.items() if key == "encryptionSpec"}
    return {"sourceModel": copied.model, "modelId": _id(submission, markers), **encryption}


def is_ours(model: WireModel) -> bool:
    """Whether it is a copy of ours: its id holds a digest of what its labels say, which no source's labels fit."""
    made = marks.from_tuned_model_id(resource_names.parsed(model.name).id)
    return bool(made.fingerprint) and made.fingerprint == marks.fingerprint(marks.from_labels(model.labels))


def listed_copy(model: WireModel, endpoint: WireEndpoint | None, project: str) -> LiveTraining:
    """A copy that no lock knows, as lists show it."""
    name = resource_names.parsed(model.name).without_version
    place = Submission(project=project, location=name.location)
    return _live(str(name), place, model, endpoint, READY if endpoint else DEPLOYING)


def _id(submission: Submission, markers: Markers) -> str:
    """The id of the Model and of the Endpoint: both may have letters, digits and hyphens, and begin with a letter."""
    return marks.tuned_model_id(submission.project, markers)


def _versioned(model: WireModel) -> str:
    return f"{resource_names.parsed(model.name).without_version}@{model.version_id or '1'}"


def _live(
    name: str,
    submission: Submission,
    model: WireModel | None,
    endpoint: WireEndpoint | None,
    state: str,
    operation: WireOperation | None = None,
) -> LiveTraining:
    error = operation.error if operation else None
    marked = model if model and is_ours(model) else None  # what it carries before that is its source's
    source = model.original_model_info.model if model and model.original_model_info else ""
    return LiveTraining(
        backend="vertex",
        resource_name=name,
        status={READY: Status.READY, FAILED: Status.FAILED}.get(state, Status.IN_PROGRESS),
        state=state,
        project=submission.project,
        location=submission.location,
        markers=marks.from_labels(marked.labels) if marked else Markers(),
        training={FROM: {"model": source}} if source else submission.training,
        created=model.create_time if model else "",
        model=_versioned(model) if model else "",
        model_exists=model is not None,
        endpoint=endpoint.name if endpoint else "",
        endpoint_exists=endpoint is not None,
        carriers=carriers_of(marked, endpoint),
        aliases=aliases_of(model),
        error=cleaned(error.message) if error else "",
        error_code=error.code if error else 0,
    )


def _carried(model: WireModel, submission: Submission, markers: Markers) -> dict[str, Json]:
    """What the Model is to carry; what came along from its source comes off, but for the service's own labels."""
    wanted = _labels(submission, markers)
    others = (key for key in model.labels if key not in wanted and not key.startswith(_SERVICES_OWN))
    cleared: Mapping[str, None] = dict.fromkeys(others)
    fields = {**submission.in_place, LABELS: {**cleared, **wanted}}
    return {DESCRIPTION: None, **fields}


def _labels(submission: Submission, markers: Markers) -> dict[str, str]:
    return {**labels_of(submission.in_place), **marks.to_labels(markers)}


def _create_endpoint(name: str, submission: Submission, markers: Markers) -> Call:
    parsed = resource_names.parsed(name)
    shown = submission.in_place
    body = {
        "displayName": shown.get("tunedModelDisplayName") or markers.name,
        **({DESCRIPTION: shown[DESCRIPTION]} if shown.get(DESCRIPTION) else {}),
        LABELS: _labels(submission, markers),
        **{key: value for key, value in submission.training.items() if key == "encryptionSpec"},
    }
    path = f"/v1/{resource_names.parent(parsed.project, parsed.location)}/endpoints"
    return _post("endpoints.create", path, body, parsed, CallKind.CHANGE, {"endpointId": parsed.id})


def _deploy_model(endpoint: str, submission: Submission, model: str) -> Call:
    """The deployment has an id of ours too: a second one meets the first."""
    parsed = resource_names.parsed(endpoint)
    number = str(10**9 + int(digest([parsed.id])[:8], 16) % (9 * 10**9))
    deployed = {
        "id": number,
        "model": model,
        "displayName": submission.in_place.get("tunedModelDisplayName") or parsed.id,
    }
    body = {"deployedModel": deployed, "trafficSplit": {"0": 100}}
    return _post("endpoints.deployModel", f"/v1/{parsed}:deployModel", body, parsed, CallKind.CHANGE)


def _post(
    method: str,
    path: str,
    body: Mapping[str, Json],
    place: Submission | ResourceName,
    kind: CallKind,
    query: Mapping[str, str] | None = None,
) -> Call:
    return Call(
        method,
        Service.VERTEX,
        "POST",
        path,
        kind=kind,
        location=place.location,
        project=place.project,
        query=query or {},
        body=json_body(body),
    )
