"""What only the services know of training data: name and size of its objects, its media, its tokens as they count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from reconciler import datasets
from reconciler.backends.base import BackendError, Storage
from reconciler.backends.threads import gather
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.dialects import dialect_of, of_base_model
from reconciler.core.faults import Condition
from reconciler.core.model import Identity
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.files.token_counts import TokenCount
from reconciler.workflow.data_limits import limits_of
from reconciler.workflow.local_data import method_of
from reconciler.workflow.world import World

if TYPE_CHECKING:
    from reconciler.core.change import Change, Plan
    from reconciler.core.model import Data, Declared, Fields, Live
    from reconciler.datasets.counting import Counted
    from reconciler.datasets.media import SeenMedia

_NAME, _SIZE = "DATA112", "DATA109"


def media_look(storage: Storage, parallelism: int) -> Callable[[Sequence[str]], list[SeenMedia]]:
    """Size and type of objects, several at a time, one request each.

    An object that may not be read is reported as one that was not seen; any other failure is a ReconcilerError.
    """

    def look(uris: Sequence[str]) -> list[SeenMedia]:
        try:
            return gather([partial(_seen, storage, uri) for uri in uris], parallelism)
        except BackendError as exc:
            raise ReconcilerError(exc.diagnostic) from exc

    return look


def _seen(storage: Storage, uri: str) -> SeenMedia:
    from reconciler.datasets.media import SeenMedia

    try:
        found = storage.metadata(uri)
    except BackendError as exc:
        if exc.condition is not Condition.DENIED:
            raise
        return SeenMedia(None, why="You may not read the object; the job's own account perhaps may.")
    return SeenMedia(found.size, found.content_type) if found else SeenMedia(None)


@dataclass(frozen=True, slots=True)
class Counter:
    """Whom to ask for the tokens of a base model."""

    world: World
    base_model: str

    def __post_init__(self) -> None:
        """Raises ReconcilerError where nobody can be asked."""
        if not self.base_model:
            raise ReconcilerError(_not_counted("Each base model counts in its own way.", "Add --base-model NAME."))
        if "@" in self.base_model:
            detail = f"{self.base_model} is an open model, which the service counts no tokens for."
            raise ReconcilerError(_not_counted(detail, "Leave --exact out."))
        if not self._place[0]:
            detail = "The workspace names no project that could ask."
            raise ReconcilerError(_not_counted(detail, f"Set spec.{self._backend}.project in the workspace file."))

    @property
    def _backend(self) -> str:
        return of_base_model(self.base_model).name

    @property
    def _place(self) -> tuple[str, str]:
        """Project and location; a model whose endpoints are elsewhere than its tuning is asked for there."""
        project, location = self.world.workspace.home(self._backend)
        return project, self.world.catalog.served_in(self.base_model, location)

    def count(self, source: datasets.Source, kind: datasets.Format) -> Counted:
        """The tokens of a checked file."""
        from reconciler.datasets.counting import COUNTABLE, count_tokens

        if kind not in COUNTABLE:
            detail = f"{source.name} holds {kind.title}, which the service counts no tokens for."
            raise ReconcilerError(_not_counted(detail, f"Convert it first: {suggest('dataset', 'convert').quoted}."))
        try:
            return count_tokens(source, kind, self._ask)
        except BackendError as exc:
            raise ReconcilerError(exc.diagnostic) from exc

    def keep(self, identity: datasets.FileIdentity, tokens: int) -> None:
        """For the plans that come."""
        if self.world.counts is not None:
            of = Identity(crc32c=identity.crc32c, size=identity.size, sha256=identity.sha256)
            self.world.counts.keep(self.base_model, of, TokenCount(tokens, self.method))

    @property
    def method(self) -> str:
        """How it was counted, and when."""
        return f"counted by countTokens of {self.base_model} on {self.world.today}"

    def _ask(self, request: Fields) -> int:
        project, location = self._place
        return self.world.backends[self._backend].count_tokens(self.base_model, project, location, request)


def _not_counted(detail: str, fix: str) -> Diagnostic:
    return run_diagnostic("RUN023", detail, fix=fix)


def with_counts(world: World, plan: Plan) -> Plan:
    """The plan with the tokens of every file that the service has counted before."""
    if world.counts is None:
        return plan
    return replace(plan, changes=tuple(_with_count(world, change) for change in plan.changes))


def _with_count(world: World, change: Change) -> Change:
    declared, submission = change.declared, change.submission
    base = dialect_of(change.address).base_of(declared.training) if declared else ""
    if declared is None or submission is None or not change.action.trains or not base:
        return change
    # An object's identity stands in what will be submitted, as it was looked up for this plan.
    identity = submission.data[0].identity if submission.data else declared.training_data.identity
    found = world.counts.known(base, identity) if world.counts else None
    if found is None:
        return change
    first, *others = declared.data
    counted = replace(first, tokens=(found.tokens,) * 3, counted_by=found.counted_by)
    return replace(change, declared=replace(declared, data=(counted, *others)))


def object_findings(world: World, plan: Plan, live: Live) -> list[Diagnostic]:
    """What name and size say of the gs:// data of every change that trains; a plan downloads none of it."""
    return [
        replace(found, where=declared.at_data(data), address=str(declared.address))
        for change in plan.changes
        if change.action.trains and (declared := change.declared) is not None
        for data in declared.data
        if data.uri.startswith("gs://")
        for found in _of_object(world, declared, data, live.identities.get(data.uri))
    ]


def _of_object(world: World, declared: Declared, data: Data, identity: Identity | None) -> Iterator[Diagnostic]:
    name = dialect_of(declared.address).base_of(declared.training)
    limits = limits_of(world.catalog, name)
    rules = datasets.RuleSet.of(method_of(declared), name, world.workspace.data_rules, limits)
    size = (identity.size if identity else None) or 0
    too_large = f"{data.uri}: {counted(size, 'byte')}; at most {limits.file_bytes:,} are allowed."
    said = {
        _NAME: "" if data.uri.endswith(".jsonl") else data.uri,
        _SIZE: too_large if size > limits.file_bytes else "",
    }
    for rule, detail in said.items():
        finding = rules.finding(rule, detail) if detail else None
        if finding is not None:
            yield finding.diagnostic(data.uri)
