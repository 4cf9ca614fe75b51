"""The Gemini API: tuned models, which are job, model and endpoint in one, and their operations.

Models live at /v1beta, operations at /v1. There are no labels and no locations: the id that we choose says
whose a model is, and the project is sent with every call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.backends import asking, gemini_observe, gemini_pasted, generation, resource_names
from reconciler.backends.base import BackendError, Inventory, Observed, Scope
from reconciler.backends.calls import Call, CallKind, json_body
from reconciler.backends.failures import failure
from reconciler.backends.gemini_reader import GeminiReader
from reconciler.backends.gemini_wire import (
    OPERATION,
    WireTuningOperation,
    curves,
    details_of,
    differences,
    from_wire,
    to_wire,
)
from reconciler.backends.http import Http
from reconciler.backends.targets import Service
from reconciler.core.answers import Created, Disposal
from reconciler.core.curves import Curves
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialects import is_same_base_model
from reconciler.core.faults import Fault
from reconciler.core.generation import AnswerSettings
from reconciler.core.job_details import JobDetails
from reconciler.core.lock import Submission, Training
from reconciler.core.markers import in_every_recipe, tuned_model_id
from reconciler.core.model import Fields, Json, LiveTraining, Markers, Status
from reconciler.core.questions import ModelAnswer, Question
from reconciler.core.rewards import TriedReward
from reconciler.core.times import seconds_of

_SHORTEST_HIDDEN = 8
_REASON_COMES_WITHIN_S = 60.0
"""How long after its end a training's operation is waited for; without it, the model's state has to do. Ours."""


class Gemini:
    """Implements base.Backend."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._reader = GeminiReader(http)

    @property
    def name(self) -> str:
        """First half of an address."""
        return "gemini"

    @property
    def limits_concurrency(self) -> bool:
        """There is no quota of concurrent trainings here."""
        return False

    @property
    def create_is_safe_to_repeat(self) -> bool:
        """The id is ours, and made of what is trained: a second create meets the first."""
        return True

    @property
    def longest_create_s(self) -> float:
        """See base.Backend."""
        return self._http.longest_create_s

    @property
    def keeps_job_records(self) -> bool:
        """A deleted tuned model leaves nothing."""
        return False

    def observe(self, scope: Scope) -> Observed:
        """See base.Backend."""
        return gemini_observe.observe(self._reader, scope, self._http.parallelism)

    def inventory(self, scope: Scope) -> Inventory:
        """See base.Backend. A tuned model is all that there is."""
        return Inventory(self.observe(scope))

    def names_of(self, pasted: str, project: str, location: str) -> tuple[str, ...]:  # noqa: ARG002 - it has no places
        """See base.Backend."""
        return gemini_pasted.names_of(pasted)

    def jobs(self, project: str, location: str) -> list[LiveTraining]:
        """See base.Backend."""
        return list(self.observe(Scope(places=frozenset({(project, location)}))).trainings.values())

    def request_body(
        self,
        submission: Submission,
        markers: Markers,  # noqa: ARG002 - they are in the id
        examples: Sequence[tuple[str, str]],
    ) -> dict[str, Json]:
        """See base.Backend."""
        return to_wire(submission, examples)

    def create(self, submission: Submission, markers: Markers, examples: Sequence[tuple[str, str]]) -> Created:
        """See base.Backend."""
        model_id = tuned_model_id(submission.project, markers)
        call = Call(
            "tunedModels.create",
            Service.GEMINI,
            "POST",
            "/v1beta/tunedModels",
            kind=CallKind.CREATE,
            quota_project=submission.project,
            query={"tunedModelId": model_id},
            body=json_body(self.request_body(submission, markers, examples)),
            private=_private(examples),
        )
        try:
            operation = self._http.read(call, OPERATION)
        except BackendError as error:
            if error.fault is not Fault.CONFLICT:
                raise
            return self._created_before(submission, f"tunedModels/{model_id}", error)
        return Created(f"tunedModels/{model_id}", "CREATING", operation.name)

    def listed(self, project: str, location: str) -> list[LiveTraining]:  # noqa: ARG002 - it has no locations
        """See base.Backend."""
        return [from_wire(model, project) for model in self._reader.tuned_models(project)]

    def settled(self, live: LiveTraining) -> LiveTraining:
        """See base.Backend. A tuned model is its own training: what is listed is there."""
        return live

    def find(self, submission: Submission, markers: Markers) -> LiveTraining | None:
        """See base.Backend. A 403 is an error: it says neither that the id is free nor that it is ours."""
        either = in_every_recipe(markers, submission)
        names = [f"tunedModels/{tuned_model_id(submission.project, one)}" for one in either]
        found = (self._found(name, submission.project) for name in dict.fromkeys(names))
        return next((live for live in found if live is not None), None)

    def _found(self, name: str, project: str) -> LiveTraining | None:
        try:
            model = self._reader.tuned_model(name, project)
        except BackendError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return None
        return from_wire(model, project, self._reader.operation_of(model, project))

    def poll(self, training: Training) -> LiveTraining:
        """See base.Backend."""
        project = training.submission.project
        model = self._reader.tuned_model(_model_of(training), project)
        operation = self._operation(training, project)
        live = from_wire(model, project, operation, training)
        if operation is None or operation.done or not self._wants_a_reason(live, training):
            return live
        return replace(live, status=Status.IN_PROGRESS, state=training.state or live.state, ended="")

    def equip(self, training: Training, markers: Markers) -> LiveTraining:  # noqa: ARG002 - nothing is copied here
        """See base.Backend."""
        return self.poll(training)

    def _wants_a_reason(self, live: LiveTraining, training: Training) -> bool:
        """Whether it ended just now, and only its operation, which is not done yet, says whether it was cancelled."""
        since_s = self._http.clock.now() - _REASON_COMES_WITHIN_S
        is_unexplained = live.status is Status.FAILED or (live.status.is_terminal and bool(training.cancel_requested))
        return is_unexplained and seconds_of(live.ended) > since_s

    def update(
        self,
        training: Training,
        live: LiveTraining | None,  # noqa: ARG002 - what was observed may be old: it is read again before a write
        fields: Fields,
    ) -> list[str]:
        """See base.Backend."""
        project = training.submission.project
        name = _model_of(training)
        changed = differences(self._reader.tuned_model(name, project), fields)
        if not changed:
            return []
        body = {key: value for key, value in changed.items() if value is not None}
        call = Call(
            "tunedModels.patch",
            Service.GEMINI,
            "PATCH",
            f"/v1beta/{name}",
            kind=CallKind.CHANGE,
            quota_project=project,
            query={"updateMask": ",".join(changed)},
            body=json_body(body),
        )
        self._http.send(call)
        return [name]

    def alias(self, training: Training, given: str, taken: Sequence[str]) -> list[str]:  # noqa: ARG002
        """See base.Backend. A tuned model has no versions: no spec of this service asks for an alias."""
        return []

    def cancel(self, training: Training) -> None:
        """See base.Backend."""
        project = training.submission.project
        try:
            operation = training.operation or self._reader.newest_operation(_model_of(training), project)
            if operation:
                self._http.send(_cancel(operation, project))
        except BackendError as error:
            if error.fault is not Fault.NOT_FOUND and not self._has_ended(training, error):
                raise

    def dispose(self, training: Training, *, foreign: bool = False) -> Disposal:  # noqa: ARG002 - there is no such place
        """See base.Backend. One call: there is nothing to undeploy and nothing to wait for."""
        name = _model_of(training)
        call = Call(
            "tunedModels.delete",
            Service.GEMINI,
            "DELETE",
            f"/v1beta/{name}",
            kind=CallKind.CHANGE,
            quota_project=training.submission.project,
        )
        try:
            self._http.send(call)
        except BackendError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return Disposal(((name, "absent already"),))
        return Disposal(((name, "deleted"),))

    def blockers(self, training: Training) -> list[Diagnostic]:  # noqa: ARG002 - nothing else can serve it
        """See base.Backend."""
        return []

    def generate(self, training: Training, text: str, settings: AnswerSettings) -> Iterator[str]:
        """See base.Backend."""
        name = _model_of(training)
        call = Call(
            "tunedModels.streamGenerateContent",
            Service.GEMINI,
            "POST",
            f"/v1beta/{name}:streamGenerateContent",
            kind=CallKind.ASK,
            quota_project=training.submission.project,
            query={"alt": "sse"},
            body=json_body(generation.request(text, settings)),
        )
        return generation.streamed(self._http, call, with_thoughts=bool(settings.include_thoughts))

    def ask(self, training: Training, question: Question, *, endpoint: str = "") -> ModelAnswer:
        """See base.Backend. A tuned model is its own endpoint."""
        name = resource_names.tuned_model(endpoint) if endpoint else _model_of(training)
        return self._asked("tunedModels", name, training.submission.project, question)

    def ask_base(self, base_model: str, project: str, location: str, question: Question) -> ModelAnswer:  # noqa: ARG002 - it has no locations
        """See base.Backend."""
        return self._asked("models", f"models/{resource_names.base_model(base_model)}", project, question)

    def _asked(self, of: str, name: str, project: str, question: Question) -> ModelAnswer:
        path = f"/v1beta/{name}:generateContent"
        call = Call(f"{of}.generateContent", Service.GEMINI, "POST", path, quota_project=project)
        return asking.asked(self._http, call, question)

    def count_tokens(self, base_model: str, project: str, location: str, request: Fields) -> int:  # noqa: ARG002 - it has no locations
        """See base.Backend."""
        call = Call(
            "models.countTokens",
            Service.GEMINI,
            "POST",
            f"/v1beta/{base_model}:countTokens",
            quota_project=project,
            body=json_body({"generateContentRequest": {"model": base_model, **request}}),
            private=generation.texts_of(request),
        )
        return generation.counted(self._http, call)

    def try_reward(self, project: str, location: str, rewards: Fields, example: Fields, answer: str) -> TriedReward:
        """See base.Backend. No method of the service rewards anything, and none of its specs has a sample."""
        raise NotImplementedError

    def metrics(self, training: Training) -> Curves:
        """See base.Backend."""
        return curves(self._reader.tuned_model(_model_of(training), training.submission.project))

    def details(self, training: Training) -> JobDetails | None:
        """See base.Backend."""
        return details_of(self._reader.tuned_model(_model_of(training), training.submission.project))

    def _created_before(self, submission: Submission, name: str, conflict: BackendError) -> Created:
        """A 409: an earlier create of ours worked, or the id is somebody else's. Only a look at it shows which."""
        model = self._reader.tuned_model(name, submission.project)
        wanted = submission.training.get("baseModel")
        if wanted is not None and not is_same_base_model("baseModel", model.base_model, wanted):
            detail = f"{name} was tuned from {model.base_model}, not from {wanted}."
            raise failure("API321", detail=detail, fix="Delete that model, or rename the spec.") from conflict
        return Created(name, model.state, self._reader.newest_operation(name, submission.project))

    def _operation(self, training: Training, project: str) -> WireTuningOperation | None:
        """The operation of a training, looked for where the lock does not know it."""
        if not training.operation:
            name = _model_of(training)
            return next(iter(self._reader.operations(name, project)), None)
        return self._reader.operation_named(training.operation, project)

    def _has_ended(self, training: Training, error: BackendError) -> bool:
        """Whether a refused cancel came too late: the model says so itself."""
        if error.fault not in (Fault.REJECTED, Fault.CONFLICT):
            return False
        return self.poll(training).status.is_terminal


def _private(examples: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Examples that a refusal might quote, longest first; hiding "1" or "yes" would garble every message."""
    texts = {text for pair in examples for text in pair if len(text) >= _SHORTEST_HIDDEN}
    return tuple(sorted(texts, key=len, reverse=True))


def _cancel(operation: str, project: str) -> Call:
    path = f"/v1/{resource_names.tuned_model_operation(operation)}:cancel"
    return Call(
        "operations.cancel", Service.GEMINI, "POST", path, kind=CallKind.CHANGE, quota_project=project, body=b"{}"
    )


def _model_of(training: Training) -> str:
    name = training.job or training.model
    if not name:
        raise failure("API322", detail=f"{training.name or 'A training'} is in phase {training.phase.value}.")
    return resource_names.tuned_model(name)
