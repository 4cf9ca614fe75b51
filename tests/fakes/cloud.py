"""An in-memory cloud: jobs, what comes of them, and everything that can go wrong on the way.

One FakeCloud has a Vertex-like and a Gemini-like side and a bucket. Jobs end by the fake clock. It keeps
a history and counts the jobs that were made, so that "trained twice" can be asserted.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler.backends.base import BackendError
from reconciler.core.codes_api import API_CODES
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.faults import Fault
from reconciler.core.lock import Submission
from reconciler.core.markers import from_labels, from_tuned_model_id, to_labels
from reconciler.core.model import Carrier, Checkpoint, Identity, LiveTraining, Markers, Progress, Status
from reconciler.core.questions import ModelAnswer, Question
from reconciler.core.rewards import TriedReward
from tests.fakes.clock import FakeClock, rfc3339
from tests.fakes.crash import Effects
from tests.fakes.specs import OBJECTS


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ends when its time is over."""

    state: str = "JOB_STATE_SUCCEEDED"
    error: str = ""
    error_code: int = 0
    makes_model: bool = True
    makes_endpoint: bool = True


SUCCEEDED = Ending()
FAILED = Ending("JOB_STATE_FAILED", "The dataset has 3 rows that are too long.", 3, makes_model=False)
UNAVAILABLE = Ending("JOB_STATE_FAILED", "The service was unavailable.", 14, makes_model=False)
EXPIRED = Ending("JOB_STATE_EXPIRED", "", 0, makes_model=False)
CANCELLED = Ending("JOB_STATE_CANCELLED", "", 1, makes_model=False)
NO_ENDPOINT = Ending("JOB_STATE_FAILED", "No endpoint could be made.", 13, makes_endpoint=False)

_STATUSES = {
    "JOB_STATE_SUCCEEDED": Status.READY,
    "JOB_STATE_PARTIALLY_SUCCEEDED": Status.READY,
    "JOB_STATE_FAILED": Status.FAILED,
    "JOB_STATE_EXPIRED": Status.FAILED,
    "JOB_STATE_CANCELLED": Status.CANCELLED,
    "JOB_STATE_RUNNING": Status.IN_PROGRESS,
    "JOB_STATE_CANCELLING": Status.IN_PROGRESS,
}


@dataclass(slots=True)
class Job:
    """One training, with what came of it. `resources` are the carriers of mutable fields by name."""

    backend: str
    name: str
    submission: Submission
    markers: Markers
    created: float
    ends: float
    ending: Ending
    visible: float
    base: str
    cancel_asked: float | None = None
    model: str = ""
    endpoint: str = ""
    checkpoints: tuple[str, ...] = ()
    aliases: set[str] = field(default_factory=set)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def left(self) -> set[str]:
        """What of it exists in the cloud."""
        return set(self.resources)


@dataclass(slots=True)
class FakeCloud:
    """The state of both services and of Cloud Storage, and what a test wants to go wrong.

    `faults` are taken one a call, by method: `ok`, `refused`, `unavailable` (nothing was sent), `unanswered`
    (sent, not done, nobody knows), `lost` (done, nobody knows), `quota`, `401`, `403`. `twice` names jobs that
    were made while another one of the same name, spec and data was running or ready. `read` is the content of the
    training data that a job was made from, by its name;
    `disposed` is who disposed of one.
    """

    clock: FakeClock
    effects: Effects = field(default_factory=Effects)
    jobs: dict[str, Job] = field(default_factory=dict)
    objects: dict[str, Identity] = field(default_factory=lambda: dict(OBJECTS))
    history: list[tuple[str, str]] = field(default_factory=list)
    created: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    twice: list[str] = field(default_factory=list)
    faults: dict[str, deque[str]] = field(default_factory=dict)
    endings: dict[str, deque[Ending]] = field(default_factory=dict)
    duration_s: float = 12.0
    cancel_s: float = 0.0
    cancel_wins: bool = True
    list_lag_s: float = 0.0
    longest_create_s: float = 0.0
    slow: dict[str, float] = field(default_factory=dict)
    """Seconds that an answer of a method takes, after the service has done it."""
    quota: int | None = None
    delete_passes: int = 1
    checkpoints: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    tried: dict[str, TriedReward] = field(default_factory=dict)
    passes: Counter[str] = field(default_factory=Counter)
    numbers: int = 0
    read: dict[str, str] = field(default_factory=dict)
    disposed: dict[str, str] = field(default_factory=dict)

    def said(self, by: str, question: Question) -> ModelAnswer:
        """The answer to the last turn's text: one of its own for `endpoint: text`, else that for the text."""
        text = "".join(part.get("text", "") for part in question.contents[-1]["parts"])
        answer = self.answers.get(f"{by}: {text}", self.answers.get(text, ""))
        return ModelAnswer(answer, 0.5, len(text), len(answer), "" if answer else "the answer is empty")

    # What tests ask

    @property
    def jobs_made(self) -> int:
        """How many trainings were paid for."""
        return sum(self.created.values())

    def jobs_named(self, name: str) -> int:
        """How many trainings were paid for under a name."""
        return sum(count for key, count in self.created.items() if key[1] == name)

    def calls(self, method: str) -> list[str]:
        """The names that a method was called with, and that it was done for."""
        return [name for done, name in self.history if done == method]

    def fail(self, method: str, *words: str) -> None:
        """Queue faults of a method."""
        self.faults.setdefault(method, deque()).extend(words)

    def faults_left(self) -> list[str]:
        """Faults that were asked for and never met."""
        return [f"{method} {word}" for method, words in self.faults.items() for word in words]

    def end_next(self, name: str, *endings: Ending) -> None:
        """How the next trainings of a name end."""
        self.endings.setdefault(name, deque()).extend(endings)

    def job_of(self, name: str, attempt: str = "1") -> Job:
        """The job of an attempt, by what it was marked with when it was made."""
        return next(j for j in self.jobs.values() if (j.markers.name, j.markers.attempt) == (name, attempt))

    def has_model(self, job: Job) -> bool:
        """Whether its Model is in the registry."""
        return bool(job.model) and job.model.partition("@")[0] in job.resources

    def gone(self, name: str) -> None:
        """Somebody deleted a resource in the console."""
        for job in self.jobs.values():
            job.resources.pop(name.partition("@")[0], None)

    def running(self, backend: str = "vertex", project: str | None = None) -> list[Job]:
        """Jobs in progress."""
        return [
            j
            for j in self.jobs.values()
            if j.backend == backend and project in (None, j.submission.project) and not self.status(j).is_terminal
        ]

    # How things are now

    def state(self, job: Job) -> str:
        """The state at this moment. How a job ended, and what it leaves, is settled when first looked at after it."""
        now = self.clock.now()
        if job.cancel_asked is not None and self.cancel_wins and job.cancel_asked < job.ends:
            if now < job.cancel_asked + self.cancel_s:
                return "JOB_STATE_CANCELLING"
            job.ending, job.ends = CANCELLED, job.cancel_asked + self.cancel_s
        if now < job.ends:
            return "JOB_STATE_RUNNING"
        self._leave(job)
        return job.ending.state

    def status(self, job: Job) -> Status:
        """In our words."""
        return _STATUSES.get(self.state(job), Status.UNKNOWN)

    def _leave(self, job: Job) -> None:
        if job.model or not job.ending.makes_model:
            return
        base = job.name.replace("/tuningJobs/", "/models/")
        is_gemini = job.backend == "gemini"
        job.model = job.name if is_gemini else f"{base}@1"
        fields = _as_made(job)
        job.resources[base] = dict(fields)
        if job.ending.makes_endpoint:
            job.endpoint = job.name if is_gemini else job.name.replace("/tuningJobs/", "/endpoints/")
            job.resources[job.endpoint] = dict(fields)
        job.checkpoints = tuple(f"{job.endpoint}c{number}" for number in range(1, self.checkpoints + 1))
        for name in job.checkpoints:
            job.resources[name] = dict(fields)

    def live(self, job: Job) -> LiveTraining:
        """The training as the service tells it."""
        state = self.state(job)
        is_gemini = job.backend == "gemini"
        model = job.model or (job.name if is_gemini else "")
        status = _STATUSES.get(state, Status.UNKNOWN)
        done = min(1.0, (self.clock.now() - job.created) / max(1.0, job.ends - job.created))
        has_endpoint = is_gemini or job.endpoint in job.resources
        carriers = tuple(
            Carrier(name, job.resources[name])
            for name in dict.fromkeys((model.partition("@")[0], job.endpoint))
            if name in job.resources
        )
        failed = state == job.ending.state
        return LiveTraining(
            backend=job.backend,
            resource_name=job.name,
            status=status,
            state=state,
            project=job.submission.project,
            location=job.submission.location,
            markers=from_tuned_model_id(job.name.partition("/")[2])
            if is_gemini
            else from_labels(to_labels(job.markers)),
            training=job.submission.training,
            created=rfc3339(job.created),
            ended=rfc3339(job.ends) if status.is_terminal else "",
            model=model,
            model_exists=is_gemini or self.has_model(job),
            endpoint=job.name if is_gemini else job.endpoint,
            endpoint_exists=has_endpoint,
            checkpoints=tuple(Checkpoint(name[-1], endpoint=name) for name in job.checkpoints),
            carriers=carriers,
            aliases=tuple(sorted(job.aliases)),
            sent={} if is_gemini else _sent(job),
            progress=Progress(percent=100 * done),
            error=job.ending.error if failed else "",
            error_code=job.ending.error_code if failed else 0,
        )

    # How a call goes

    @contextmanager
    def call(self, method: str, name: str) -> Iterator[None]:
        """One request: it may be refused before, or lost after, what the body does."""
        self.effects.boundary(f"before {method}")
        waiting = self.faults.get(method)
        word = waiting.popleft() if waiting else "ok"
        if word not in ("ok", "lost"):
            raise fault(word, method, name)
        yield
        self.clock.time += self.slow.get(method, 0.0)
        self.history.append((method, name))
        self.effects.boundary(f"after {method}")
        if word == "lost":
            raise fault(word, method, name)

    def make(self, backend: str, name: str, submission: Submission, markers: Markers, read: str = "") -> Job:
        """A new job, paid for from now on; `read` is the content of its training data."""
        now = self.clock.now()
        queue = self.endings.get(markers.name)
        ending = queue.popleft() if queue else SUCCEEDED
        job = Job(
            backend=backend,
            name=name,
            submission=submission,
            markers=markers,
            created=now,
            ends=now + self.duration_s,
            ending=ending,
            visible=now + self.list_lag_s,
            base=str(submission.training.get("baseModel", submission.parent_model)),
        )
        self.twice += [f"{markers.name}: {name} beside {j.name}" for j in self.jobs.values() if self._is_twin(j, job)]
        self.jobs[name] = job
        self.read[name] = read
        self.created[backend, markers.name, markers.training, markers.data] += 1
        return job

    def _is_twin(self, old: Job, new: Job) -> bool:
        """Whether an older job makes the newer one a waste of money."""
        one, other = old.markers, new.markers
        if (old.backend, one.name, one.training, one.data) != (new.backend, other.name, other.training, other.data):
            return False
        if (old.submission.project, old.submission.location) != (new.submission.project, new.submission.location):
            return False
        if old.submission.parent_model != new.submission.parent_model:
            return False
        is_ready = self.status(old) is Status.READY and self.has_model(old)
        return is_ready or (not self.status(old).is_terminal and old.cancel_asked is None)

    def settle_visibility(self) -> None:
        """Lists show everything from now on."""
        for job in self.jobs.values():
            job.visible = min(job.visible, self.clock.now())


def _sent(job: Job) -> dict[str, Any]:
    fields = job.submission.in_place
    return {**fields, "labels": {**fields.get("labels", {}), **to_labels(job.markers)}}


def _as_made(job: Job) -> dict[str, Any]:
    fields = dict(job.submission.in_place)
    if job.backend == "gemini":
        return fields
    system = {"google-vertex-llm-tuning-job-id": job.name.rpartition("/")[2]}
    fields["labels"] = {**fields.get("labels", {}), **to_labels(job.markers), **system}
    return fields


_FAULTS: Mapping[str, tuple[Fault, str, bool]] = {
    "refused": (Fault.REJECTED, "API320", False),
    "unavailable": (Fault.TRANSIENT, "API309", False),
    "unanswered": (Fault.TRANSIENT, "API309", True),
    "lost": (Fault.TRANSIENT, "API309", True),
    "spent": (Fault.QUOTA, "API307", False),
    "quota": (Fault.QUOTA, "API307", False),
    "401": (Fault.AUTH, "API111", False),
    "ended": (Fault.AUTH, "API102", False),
    "403": (Fault.AUTH, "API122", False),
    "not found": (Fault.NOT_FOUND, "API303", False),
}


def fault(word: str, method: str, name: str) -> BackendError:
    """The failure that a word stands for."""
    kind, code, may_have_worked = _FAULTS[word]
    told = Diagnostic(code, Severity.ERROR, "The call failed", f"{method} answered {word} for {name}.")
    asked = 30.0 if word == "quota" else None
    row = API_CODES[code]
    return BackendError(
        kind,
        told,
        repeats=row.repeats,
        ends_run=row.ends_run,
        condition=row.condition,
        retry_after_s=asked,
        may_have_worked=may_have_worked,
    )
