"""The two sides of the FakeCloud as backends, and its bucket as storage."""

# ruff: noqa: ARG002 - a fake takes what the protocol gives it

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.backends.base import Inventory, ObjectMetadata, Observed, Scope, StoredObject
from reconciler.core.answers import Created, Disposal
from reconciler.core.curves import Curves, MetricPoint
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.generation import AnswerSettings
from reconciler.core.job_details import JobDetails
from reconciler.core.lock import Submission, Training
from reconciler.core.markers import tuned_model_id
from reconciler.core.model import Fields, Identity, Json, LiveTraining, Markers
from reconciler.core.questions import ModelAnswer, Question
from reconciler.core.rewards import TriedReward
from tests.fakes.cloud import FakeCloud, Job, fault
from tests.fakes.specs import pairs_as_text, text_of


@dataclass(slots=True)
class _Side:
    """What both services have in common."""

    cloud: FakeCloud
    who: str = ""

    def observe(self, scope: Scope) -> Observed:
        with self.cloud.call(f"{self.name}.observe", ""):
            now = self.cloud.clock.now()
            asked = {t.job for t in scope.trainings}
            shown = [
                j
                for j in self.cloud.jobs.values()
                if j.backend == self.name and ((self._is_in(j, scope) and j.visible <= now) or j.name in asked)
            ]
            unfinished = {project: 0 for project, _ in scope.places}
            for job in shown:
                if not self.cloud.status(job).is_terminal:
                    unfinished[job.submission.project] = unfinished.get(job.submission.project, 0) + 1
            return Observed({j.name: self.cloud.live(j) for j in shown}, {}, unfinished)
        raise AssertionError

    def inventory(self, scope: Scope) -> Inventory:
        return Inventory(self.observe(scope))

    def names_of(self, pasted: str, project: str, location: str) -> tuple[str, ...]:
        return (pasted,)

    @property
    def name(self) -> str:
        raise NotImplementedError

    def _is_in(self, job: Job, scope: Scope) -> bool:
        return (job.submission.project, job.submission.location) in scope.places

    def jobs(self, project: str, location: str) -> list[LiveTraining]:
        with self.cloud.call("jobs", location):
            now, place = self.cloud.clock.now(), (project, location)
            mine = [j for j in self.cloud.jobs.values() if j.backend == self.name and j.visible <= now]
            return [self.cloud.live(j) for j in mine if (j.submission.project, j.submission.location) == place]
        raise AssertionError

    def request_body(
        self, submission: Submission, markers: Markers, examples: Sequence[tuple[str, str]]
    ) -> dict[str, Json]:
        return dict(submission.training)

    @property
    def longest_create_s(self) -> float:
        return self.cloud.longest_create_s

    def listed(self, project: str, location: str) -> list[LiveTraining]:
        with self.cloud.call("find", f"{project} {location}"):
            now = self.cloud.clock.now()
            place = (project, location)
            jobs = [j for j in self.cloud.jobs.values() if j.backend == self.name and j.visible <= now]
            here = [j for j in jobs if (j.submission.project, j.submission.location) == place]
            return [replace(self.cloud.live(j), model_exists=False, carriers=()) for j in here]
        raise AssertionError

    def settled(self, live: LiveTraining) -> LiveTraining:
        return self.cloud.live(self.cloud.jobs[live.resource_name])

    def poll(self, training: Training) -> LiveTraining:
        with self.cloud.call("poll", training.job):
            return self.cloud.live(self._known(training, "poll"))
        raise AssertionError

    def equip(self, training: Training, markers: Markers) -> LiveTraining:
        return self.poll(training)

    def update(self, training: Training, live: LiveTraining | None, fields: Fields) -> list[str]:
        patched = []
        with self.cloud.call("update", training.job):
            job = self._known(training, "update")
            for name in dict.fromkeys((job.model.partition("@")[0], job.endpoint)):
                if name in job.resources:
                    job.resources[name] = merged(job.resources[name], fields)
                    patched.append(name)
        return patched

    def alias(self, training: Training, given: str, taken: Sequence[str]) -> list[str]:
        with self.cloud.call("alias", training.job):
            job = self._known(training, "alias") if given else self.cloud.jobs.get(training.job)
            if job is None or not self.cloud.has_model(job):
                return []
            before = set(job.aliases)
            job.aliases = (job.aliases - set(taken)) | ({given} if given else set())
            return [job.model] if job.aliases != before else []
        raise AssertionError

    def cancel(self, training: Training) -> None:
        with self.cloud.call("cancel", training.job):
            job = self.cloud.jobs.get(training.job)
            if job is not None and not self.cloud.status(job).is_terminal:
                job.cancel_asked = self.cloud.clock.now()

    def dispose(self, training: Training, *, foreign: bool = False) -> Disposal:
        with self.cloud.call("dispose", training.job):
            job = self.cloud.jobs.get(training.job)
            if job is None:
                return Disposal(((training.job, "absent already"),))
            self.cloud.passes[job.name] += 1
            if self.cloud.passes[job.name] < self.cloud.delete_passes:
                gone = next((n for n in sorted(job.resources) if "/endpoints/" in n), "")
                job.resources.pop(gone, None)
                return Disposal(((gone, "deleted"),) if gone else (), waiting_for="an operation")
            self.cloud.disposed[job.name] = self.who
            gone_now = tuple((name, "deleted") for name in sorted(job.resources))
            job.resources.clear()
            self._forget(job)
            return Disposal(gone_now)
        raise AssertionError

    def _forget(self, job: Job) -> None:
        """A job's record stays; a tuned model of the Gemini API does not."""

    def blockers(self, training: Training) -> list[Diagnostic]:
        blocked = [
            n for n in self.cloud.answers if n.startswith("blocks ") and training.model and n.endswith(training.model)
        ]
        return [Diagnostic("API330", Severity.ERROR, "Deployed elsewhere", name) for name in blocked]

    def generate(self, training: Training, text: str, settings: AnswerSettings) -> Iterator[str]:
        with self.cloud.call("generate", training.job):
            yield from self.cloud.answers.get(text, "").split(" ")

    def ask(self, training: Training, question: Question, *, endpoint: str = "") -> ModelAnswer:
        with self.cloud.call("ask", training.job):
            return self.cloud.said(endpoint or training.endpoint or training.model, question)
        raise AssertionError

    def ask_base(self, base_model: str, project: str, location: str, question: Question) -> ModelAnswer:
        with self.cloud.call("ask_base", base_model):
            return self.cloud.said(base_model, question)
        raise AssertionError

    def count_tokens(self, base_model: str, project: str, location: str, request: Fields) -> int:
        raise NotImplementedError

    def try_reward(self, project: str, location: str, rewards: Fields, example: Fields, answer: str) -> TriedReward:
        with self.cloud.call("try_reward", answer):
            return self.cloud.tried.get(answer, TriedReward(0.0))
        raise AssertionError

    def metrics(self, training: Training) -> Curves:
        with self.cloud.call("metrics", training.job):
            return {name: [MetricPoint(1, 9.0), MetricPoint(2, value)] for name, value in self.cloud.metrics.items()}
        raise AssertionError

    def details(self, training: Training) -> JobDetails | None:
        with self.cloud.call("details", training.job):
            live = self.cloud.live(self._known(training, "details"))
            return JobDetails(live.resource_name, live.state, created=live.created, ended=live.ended)
        raise AssertionError

    def _known(self, training: Training, method: str) -> Job:
        job = self.cloud.jobs.get(training.job)
        if job is None:
            raise fault("not found", method, training.job)
        return job


@dataclass(slots=True)
class FakeVertex(_Side):
    """Vertex-like: jobs that nobody can delete, names that the service chooses, labels."""

    @property
    def name(self) -> str:
        return "vertex"

    @property
    def limits_concurrency(self) -> bool:
        return True

    @property
    def create_is_safe_to_repeat(self) -> bool:
        return False

    @property
    def keeps_job_records(self) -> bool:
        return True

    def create(self, submission: Submission, markers: Markers, examples: Sequence[tuple[str, str]]) -> Created:
        cloud = self.cloud
        with cloud.call("create", markers.name):
            if cloud.quota is not None and len(cloud.running("vertex")) >= cloud.quota:
                raise fault("quota", "create", markers.name)
            cloud.numbers += 1
            place = f"projects/{submission.project}/locations/{submission.location}"
            data = submission.data[0] if submission.data else None
            read = text_of(cloud.objects.get(data.sent_uri or data.uri)) if data else ""
            job = cloud.make("vertex", f"{place}/tuningJobs/{cloud.numbers}", submission, markers, read)
        return Created(job.name, "JOB_STATE_PENDING")

    def find(self, submission: Submission, markers: Markers) -> LiveTraining | None:
        return None


@dataclass(slots=True)
class FakeGemini(_Side):
    """Gemini-like: job, model and endpoint in one, under an id that we choose."""

    @property
    def name(self) -> str:
        return "gemini"

    @property
    def limits_concurrency(self) -> bool:
        return False

    @property
    def create_is_safe_to_repeat(self) -> bool:
        return True

    @property
    def keeps_job_records(self) -> bool:
        return False

    def create(self, submission: Submission, markers: Markers, examples: Sequence[tuple[str, str]]) -> Created:
        if not examples:
            raise AssertionError("a create of the Gemini API carries its examples")
        name = f"tunedModels/{tuned_model_id(submission.project, markers)}"
        with self.cloud.call("create", markers.name):
            known = self.cloud.jobs.get(name)
            if known is None:
                self.cloud.make("gemini", name, submission, markers, pairs_as_text(examples))
        return Created(name, "CREATING", f"{name}/operations/1")

    def find(self, submission: Submission, markers: Markers) -> LiveTraining | None:
        job = self.cloud.jobs.get(f"tunedModels/{tuned_model_id(submission.project, markers)}")
        return self.cloud.live(job) if job else None

    def _forget(self, job: Job) -> None:
        del self.cloud.jobs[job.name]


@dataclass(slots=True)
class FakeStorage:
    """The bucket."""

    cloud: FakeCloud

    def identity(self, uri: str) -> Identity | None:
        with self.cloud.call("identity", uri):
            return self.cloud.objects.get(uri)
        raise AssertionError

    def metadata(self, uri: str) -> ObjectMetadata | None:
        raise NotImplementedError

    def upload(self, path: str, uri: str, identity: Identity) -> bool:
        with self.cloud.call("upload", uri):
            is_new = uri not in self.cloud.objects
            self.cloud.objects.setdefault(uri, identity)
            return is_new
        raise AssertionError

    def chunks(self, uri: str) -> Iterator[bytes]:
        raise fault("not found", "chunks", uri)

    def listed(self, folder: str) -> list[StoredObject]:
        with self.cloud.call("listed", folder):
            below = sorted(uri for uri in self.cloud.objects if uri.rpartition("/")[0] == folder.rstrip("/"))
            return [StoredObject(uri, self.cloud.objects[uri].size or 0, "", "1") for uri in below]
        raise AssertionError

    def delete(self, stored: StoredObject) -> bool:
        with self.cloud.call("delete object", stored.uri):
            return self.cloud.objects.pop(stored.uri, None) is not None
        raise AssertionError


def merged(present: Fields, patch: Fields) -> dict[str, Json]:
    """As the services patch: a field with None is cleared, labels are merged."""
    fields = dict(present)
    for name, value in patch.items():
        if name == "labels":
            labels = {**fields.get("labels", {}), **value}
            fields["labels"] = {k: v for k, v in labels.items() if v is not None}
        elif value is None:
            fields.pop(name, None)
        else:
            fields[name] = value
    return fields
