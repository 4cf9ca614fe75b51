"""What every cloud must be able to do, and the six answers to "what can the caller do?"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.core.answers import Created, Disposal
from reconciler.core.curves import Curves
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.faults import Condition, Fault
from reconciler.core.generation import AnswerSettings
from reconciler.core.job_details import JobDetails
from reconciler.core.lock import Submission, Training
from reconciler.core.model import Fields, Identity, Json, LiveTraining, Markers
from reconciler.core.questions import ModelAnswer, Question
from reconciler.core.resources import ListedEndpoint, ListedModel
from reconciler.core.rewards import TriedReward


class BackendError(Exception):
    """A call failed. What that means for the caller is asked of it, never of the code of its diagnostic.

    `repeats`, `ends_run` and `condition` are as in codes_api.ApiCode. `retry_after_s` is what the service asked for,
    where it did. `may_have_worked` is False only where the service said that it did nothing, or where nothing was
    sent: a create that may have worked is looked up, never repeated blindly.
    """

    def __init__(
        self,
        fault: Fault,
        diagnostic: Diagnostic,
        *,
        repeats: bool = False,
        ends_run: bool = False,
        condition: Condition | None = None,
        retry_after_s: float | None = None,
        may_have_worked: bool = False,
    ) -> None:
        super().__init__(f"{diagnostic.code} {diagnostic.summary}: {diagnostic.detail}")
        self.fault = fault
        self.diagnostic = diagnostic
        self.repeats = repeats
        self.ends_run = ends_run
        self.condition = condition
        self.retry_after_s = retry_after_s
        self.may_have_worked = may_have_worked


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: every (project, location) of a spec or a lock entry, and names to settle.

    `trainings` are the locked ones of this backend, so that a finished job is settled from its model
    and endpoint, and so that endpoints in other locations than the job's are found. `named` are resource
    names that specs give under `existing`: what no list shows of them is asked for.
    """

    places: frozenset[tuple[str, str]] = frozenset()
    trainings: tuple[Training, ...] = ()
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Observed:
    """What one backend has. Keys of `trainings` are resource names (model.LiveTraining)."""

    trainings: Mapping[str, LiveTraining] = field(default_factory=dict)
    project_numbers: Mapping[str, str] = field(default_factory=dict)
    unfinished: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything of one backend in a scope: its trainings, and the Models and Endpoints beside them, anybody's."""

    observed: Observed
    models: tuple[ListedModel, ...] = ()
    endpoints: tuple[ListedEndpoint, ...] = ()


class Backend(Protocol):
    """One cloud. Every method raises BackendError and nothing else for what a cloud can do wrong."""

    @property
    def name(self) -> str:
        """`vertex` or `gemini`: the first half of an address."""

    @property
    def limits_concurrency(self) -> bool:
        """Whether creates take turns under limits.concurrentJobs."""

    @property
    def create_is_safe_to_repeat(self) -> bool:
        """Whether a second create of the same training meets the first: the name is ours to choose."""

    @property
    def longest_create_s(self) -> float:
        """Seconds after which a create that was sent is over for its sender, however its run ended."""

    @property
    def keeps_job_records(self) -> bool:
        """Whether a job's record stays for ever, whatever is deleted."""

    def observe(self, scope: Scope) -> Observed:
        """Read every training in scope with paged lists, in parallel; never one get per model."""

    def inventory(self, scope: Scope) -> Inventory:
        """The same with every Model and Endpoint that its lists show, whoever made them."""

    def names_of(self, pasted: str, project: str, location: str) -> tuple[str, ...]:
        """Every resource name of this service that a text may stand for: a name, a part of one, an id, a page. Pure.

        None where it cannot be any. The place is where what leaves it out is looked for.
        """

    def jobs(self, project: str, location: str) -> list[LiveTraining]:
        """Every job of a place, strangers' and ended ones included, by one list: what came of them is not looked up."""

    def request_body(
        self, submission: Submission, markers: Markers, examples: Sequence[tuple[str, str]]
    ) -> dict[str, Json]:
        """The body that `create` sends. Pure."""

    def create(self, submission: Submission, markers: Markers, examples: Sequence[tuple[str, str]]) -> Created:
        """Send one create, once: never repeated here, whatever the answer.

        A 409 on an id that a get proves to be ours and of this fingerprint counts as created.
        """

    def listed(self, project: str, location: str) -> list[LiveTraining]:
        """Every training of a place, by one list. The list does not say whether what it made is still there."""

    def settled(self, live: LiveTraining) -> LiveTraining:
        """A listed training that has ended, with what is there of its Model and its Endpoint."""

    def find(self, submission: Submission, markers: Markers) -> LiveTraining | None:
        """The training under the name that these markers make; None without one, and where the service names them."""

    def poll(self, training: Training) -> LiveTraining:
        """The present state of one submitted training, with its model, endpoint and progress."""

    def equip(self, training: Training, markers: Markers) -> LiveTraining:
        """One repeatable pass of making a copied Model answer: what it carries, an endpoint, its deployment there.

        Answers the copy as it is then. A service that copies nothing only polls.
        """

    def update(self, training: Training, live: LiveTraining | None, fields: Fields) -> list[str]:
        """Patch the mutable fields on the Model and the Endpoint; answers the names that were patched.

        `fields` are the spec's; a label with value None is removed; every other label stays.
        """

    def alias(self, training: Training, given: str, taken: Sequence[str]) -> list[str]:
        """Give the version of a Model that a training made an alias, and take others from it; "" gives none.

        Answers the version's name where something was changed. What has no version any more has none to be taken.
        """

    def cancel(self, training: Training) -> None:
        """Ask the service to cancel. A training that has ended, or is absent, is no error."""

    def dispose(self, training: Training, *, foreign: bool = False) -> Disposal:
        """One repeatable pass of deleting what is ours, in the order that the service demands.

        A model that somebody deployed on an endpoint of theirs is undeployed there only with `foreign`.
        """

    def blockers(self, training: Training) -> list[Diagnostic]:
        """What forbids disposing of it: ours on a stranger's endpoint, for instance."""

    def generate(self, training: Training, text: str, settings: AnswerSettings) -> Iterator[str]:
        """The answer to a prompt of the training's endpoint, as it streams in; a Thought is no part of it."""

    def ask(self, training: Training, question: Question, *, endpoint: str = "") -> ModelAnswer:
        """The whole answer to a question, by the training's endpoint, or by another one: that of a checkpoint.

        What the model did with it is in the answer: blocked, cut off or empty, too. BackendError for what the service
        could not do, after a few tries, and for what it refuses in the question.
        """

    def ask_base(self, base_model: str, project: str, location: str, question: Question) -> ModelAnswer:
        """The same of a base model."""

    def count_tokens(self, base_model: str, project: str, location: str, request: Fields) -> int:
        """What the service counts of a request to a base model: contents, system instruction and tools. Free."""

    def try_reward(self, project: str, location: str, rewards: Fields, example: Fields, answer: str) -> TriedReward:
        """What an answer to an example would be rewarded with; nothing is trained. `rewards` are the spec's.

        An answer that the service cannot reward is no failure: it says why.
        """

    def metrics(self, training: Training) -> Curves:
        """The training's curves by name without the leading slash (`eval_total_loss`); none before it has some.

        Fault.NOT_FOUND where somebody deleted them.
        """

    def details(self, training: Training) -> JobDetails | None:
        """All that the service tells of the training, by one read; None where no job is known that made it."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a listing. `created` is RFC 3339."""

    uri: str
    size: int
    created: str
    generation: str


@dataclass(frozen=True, slots=True)
class ObjectMetadata:
    """What Cloud Storage says of one object. `content_type` is what its uploader said, "" where nobody did."""

    size: int
    content_type: str = ""


class Storage(Protocol):
    """The calls of Cloud Storage that tuning needs. Objects are named by `gs://bucket/name` URIs."""

    def identity(self, uri: str) -> Identity | None:
        """Metadata of one object, one request; None where it does not exist."""

    def metadata(self, uri: str) -> ObjectMetadata | None:
        """Size and type of one object, one request; None where it does not exist."""

    def upload(self, path: str, uri: str, identity: Identity) -> bool:
        """Upload a local file under a name made of its sha256; False where it was there already."""

    def chunks(self, uri: str) -> Iterator[bytes]:
        """The object's bytes."""

    def listed(self, folder: str) -> list[StoredObject]:
        """Every object right below a `gs://bucket/folder`, in the order of names."""

    def delete(self, stored: StoredObject) -> bool:
        """Delete this generation of an object; False where it is gone, or is another one by now."""
