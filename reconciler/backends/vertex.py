"""Vertex AI: tuning jobs, and the Models and Endpoints that come of them.

Jobs are created in v1, or in v1beta1 where only that has a field of theirs, and read in v1beta1. Every
call goes to the host of the location inside the name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.backends import (
    asking,
    generation,
    resource_names,
    vertex_aliases,
    vertex_metrics,
    vertex_named,
    vertex_observe,
    vertex_pasted,
    vertex_rewards,
    vertex_update,
)
from reconciler.backends.base import BackendError, Inventory, Observed, Scope
from reconciler.backends.calls import Call, CallKind, json_body
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.quoting import cleaned
from reconciler.backends.resource_names import ResourceName
from reconciler.backends.targets import Service
from reconciler.backends.vertex_copies import Copies, copy_body, polled
from reconciler.backends.vertex_details import details_of
from reconciler.backends.vertex_dispose import Disposer
from reconciler.backends.vertex_named import is_job, joined
from reconciler.backends.vertex_reader import VertexReader
from reconciler.backends.vertex_rebase import METHOD, REBASE, created, rebase_body
from reconciler.backends.vertex_types import JOB, WireJob
from reconciler.backends.vertex_wire import carriers_of, from_wire, status_of, to_wire
from reconciler.core.answers import Created, Disposal
from reconciler.core.copying import is_copy
from reconciler.core.curves import Curves
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialects import is_files
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.faults import Fault
from reconciler.core.generation import AnswerSettings
from reconciler.core.job_details import JobDetails
from reconciler.core.lock import Phase, Submission, Training
from reconciler.core.model import Fields, Json, LiveTraining, Markers
from reconciler.core.questions import ModelAnswer, Question
from reconciler.core.rewards import TriedReward


class Vertex:
    """Implements base.Backend. One instance a run: it remembers what is being deleted."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._reader = VertexReader(http)
        self._disposer = Disposer(http, self._reader)
        self._copies = Copies(http, self._reader)

    @property
    def name(self) -> str:
        """First half of an address."""
        return "vertex"

    @property
    def limits_concurrency(self) -> bool:
        """The quota of concurrent tuning jobs is one by default."""
        return True

    @property
    def create_is_safe_to_repeat(self) -> bool:
        """The service names the jobs, and takes no request id."""
        return False

    @property
    def longest_create_s(self) -> float:
        """See base.Backend."""
        return self._http.longest_create_s

    @property
    def keeps_job_records(self) -> bool:
        """Nobody can delete a tuning job."""
        return True

    def observe(self, scope: Scope) -> Observed:
        """See base.Backend."""
        now_s = self._http.clock.now()
        return vertex_observe.observe(self._reader, scope, self._http.parallelism, now_s)

    def inventory(self, scope: Scope) -> Inventory:
        """See base.Backend."""
        return vertex_observe.inventory(self._reader, scope, self._http.parallelism, self._http.clock.now())

    def names_of(self, pasted: str, project: str, location: str) -> tuple[str, ...]:
        """See base.Backend."""
        return vertex_pasted.names_of(pasted, project, location)

    def jobs(self, project: str, location: str) -> list[LiveTraining]:
        """See base.Backend."""
        return [from_wire(job, project, location) for job in self._reader.jobs(project, location)]

    def request_body(
        self,
        submission: Submission,
        markers: Markers,
        examples: Sequence[tuple[str, str]],  # noqa: ARG002 - datasets are named by URI here
    ) -> dict[str, Json]:
        """See base.Backend."""
        return (
            copy_body(submission, markers) if is_copy(submission) else _sent(submission, to_wire(submission, markers))
        )

    def create(
        self,
        submission: Submission,
        markers: Markers,
        examples: Sequence[tuple[str, str]],  # noqa: ARG002 - the same
    ) -> Created:
        """See base.Backend."""
        if is_copy(submission):
            return self._copies.create(submission, markers)
        job = to_wire(submission, markers)
        place = resource_names.parent(submission.project, submission.location)
        call = Call(
            METHOD if submission.rebases else "tuningJobs.create",
            Service.VERTEX,
            "POST",
            f"/{VERTEX.version_for(job)}/{place}/tuningJobs{':rebaseTunedModel' if submission.rebases else ''}",
            kind=CallKind.CREATE,
            location=submission.location,
            project=submission.project,
            body=json_body(_sent(submission, job)),
        )
        if submission.rebases:
            return created(self._http.read(call, REBASE))
        made = self._http.read(call, JOB)
        return Created(_name_of(made), cleaned(made.state, limit=80))

    def listed(self, project: str, location: str) -> list[LiveTraining]:
        """See base.Backend. The list's filters are not documented well enough to trust them with money."""
        jobs = self._reader.jobs(project, location)
        # By name: two pages of a list that grows may show one job twice.
        return [from_wire(job, project, location) for job in {job.name: job for job in jobs}.values()]

    def settled(self, live: LiveTraining) -> LiveTraining:
        """See base.Backend."""
        if is_files(live.model):
            return replace(live, model_exists=self._reader.has_files(live.model))
        model = self._reader.model(live.model) if live.model else None
        endpoint = self._reader.endpoint(live.endpoint) if live.endpoint else None
        return replace(
            live,
            model_exists=model is not None,
            endpoint_exists=endpoint is not None,
            carriers=carriers_of(model, endpoint),
        )

    def find(self, submission: Submission, markers: Markers) -> LiveTraining | None:
        """See base.Backend. The names of jobs are the service's; a copy's is ours."""
        return self._copies.find(submission, markers) if is_copy(submission) else None

    def equip(self, training: Training, markers: Markers) -> LiveTraining:
        """See base.Backend."""
        return self._copies.equip(training, markers)

    def poll(self, training: Training) -> LiveTraining:
        """See base.Backend. A Model that came without a job stands for itself."""
        name = _job_of(training)
        if is_copy(training.submission) and training.phase is not Phase.APPLIED:
            return polled(self._reader, training)
        if not is_job(name):
            return vertex_observe.settled(self._reader, training)
        live = self._joined(self._reader.job(name), training.submission)
        return vertex_observe.with_checkpoint(self._reader, live, training)

    def update(
        self,
        training: Training,
        live: LiveTraining | None,  # noqa: ARG002 - what was observed may be old: it is read again before a write
        fields: Fields,
    ) -> list[str]:
        """See base.Backend."""
        return vertex_update.update(self._http, self._reader, training, fields)

    def alias(self, training: Training, given: str, taken: Sequence[str]) -> list[str]:
        """See base.Backend."""
        return vertex_aliases.alias(self._http, self._reader, training, given, taken)

    def cancel(self, training: Training) -> None:
        """See base.Backend."""
        job = resource_names.parsed(_job_of(training))
        call = Call(
            "tuningJobs.cancel",
            Service.VERTEX,
            "POST",
            f"/v1/{job}:cancel",
            kind=CallKind.CHANGE,
            location=job.location,
            project=job.project,
            body=b"{}",
        )
        try:
            self._http.send(call)
        except BackendError as error:
            if error.fault is not Fault.NOT_FOUND and not self._has_ended(training, error):
                raise

    def dispose(self, training: Training, *, foreign: bool = False) -> Disposal:
        """See base.Backend."""
        return self._disposer.dispose(training, foreign=foreign)

    def blockers(self, training: Training) -> list[Diagnostic]:
        """See base.Backend."""
        return self._disposer.blockers(training)

    def generate(self, training: Training, text: str, settings: AnswerSettings) -> Iterator[str]:
        """See base.Backend."""
        endpoint = _endpoint_of(training)
        call = Call(
            "endpoints.streamGenerateContent",
            Service.VERTEX,
            "POST",
            f"/v1/{endpoint}:streamGenerateContent",
            kind=CallKind.ASK,
            location=endpoint.location,
            project=endpoint.project,
            query={"alt": "sse"},
            body=json_body(generation.request(text, settings)),
        )
        return generation.streamed(self._http, call, with_thoughts=bool(settings.include_thoughts))

    def ask(self, training: Training, question: Question, *, endpoint: str = "") -> ModelAnswer:
        """See base.Backend."""
        asked_at = resource_names.parsed(endpoint) if endpoint else _endpoint_of(training)
        call = Call(
            "endpoints.generateContent",
            Service.VERTEX,
            "POST",
            f"/v1/{asked_at}:generateContent",
            location=asked_at.location,
            project=asked_at.project,
        )
        return asking.asked(self._http, call, question)

    def ask_base(self, base_model: str, project: str, location: str, question: Question) -> ModelAnswer:
        """See base.Backend."""
        place, model = resource_names.parent(project, location), resource_names.base_model(base_model)
        call = Call(
            "publishers.models.generateContent",
            Service.VERTEX,
            "POST",
            f"/v1/{place}/publishers/google/models/{model}:generateContent",
            location=location,
            project=project,
        )
        return asking.asked(self._http, call, question)

    def count_tokens(self, base_model: str, project: str, location: str, request: Fields) -> int:
        """See base.Backend."""
        place, model = resource_names.parent(project, location), resource_names.base_model(base_model)
        call = Call(
            "publishers.models.countTokens",
            Service.VERTEX,
            "POST",
            f"/v1/{place}/publishers/google/models/{model}:countTokens",
            location=location,
            project=project,
            body=json_body(request),
            private=generation.texts_of(request),
        )
        return generation.counted(self._http, call)

    def try_reward(self, project: str, location: str, rewards: Fields, example: Fields, answer: str) -> TriedReward:
        """See base.Backend."""
        return vertex_rewards.try_reward(self._http, project, location, rewards, example, answer)

    def metrics(self, training: Training) -> Curves:
        """See base.Backend."""
        job = _job_of(training)
        if not is_job(job):
            job = vertex_named.job_of_model(self._reader, training)
        return vertex_metrics.metrics(self._http, self._reader, job) if job else {}

    def details(self, training: Training) -> JobDetails | None:
        """See base.Backend."""
        job = _job_of(training)
        if not is_job(job):
            job = vertex_named.job_of_model(self._reader, training)
        return details_of(self._reader.all_of(job)) if job else None

    def _joined(self, job: WireJob, submission: Submission) -> LiveTraining:
        """With what it made once it has ended: until then nobody asks for that."""
        place = (submission.project, submission.location)
        return joined(self._reader, job, *place) if status_of(job).is_terminal else from_wire(job, *place)

    def _has_ended(self, training: Training, error: BackendError) -> bool:
        """Whether a refused cancel came too late: the job says so itself."""
        if error.fault not in (Fault.REJECTED, Fault.CONFLICT):
            return False
        return self.poll(training).status.is_terminal


def _sent(submission: Submission, job: dict[str, Json]) -> dict[str, Json]:
    """The body that asks for a job: the job itself, or the rebase that makes it."""
    return rebase_body(submission, job) if submission.rebases else job


def _name_of(job: WireJob) -> str:
    """The name of a job that was just made; a name of no use leaves open what was made."""
    try:
        return str(resource_names.parsed(job.name))
    except BackendError as error:
        detail = f"tuningJobs.create: {error.diagnostic.detail}"
        raise failure("API213", detail=detail, may_have_worked=True) from error


def _endpoint_of(training: Training) -> ResourceName:
    if not training.endpoint and training.artifacts:
        fix = "Deploy them on an endpoint of yours, and ask that."
        raise failure("API341", detail=f"What was tuned is files, at {training.artifacts}.", fix=fix)
    if not training.endpoint:
        raise failure("API341", detail=f"{training.model or training.job or 'The training'} has no endpoint.")
    return resource_names.parsed(training.endpoint)


def _job_of(training: Training) -> str:
    if not training.job:
        raise failure("API322", detail=f"attempt of {training.name or 'a training'} in state {training.phase.value}.")
    return training.job
