"""Everything that stands in a project, ours or not, a row each: whose it is, how old, what it was billed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.core.bills import bill_of_live
from reconciler.core.catalog import Catalog
from reconciler.core.dialect import labels_of
from reconciler.core.dialects import DIALECTS
from reconciler.core.lock import Lock, Role
from reconciler.core.markers import WORKSPACE_LABEL
from reconciler.core.model import Live, LiveTraining, Status
from reconciler.core.ours import marked_trainings
from reconciler.core.plurals import counted
from reconciler.core.resources import ListedEndpoint, ListedModel
from reconciler.core.settings import Price
from reconciler.core.times import moment, seconds_of

JOB: Final = "job"
TUNED_MODEL: Final = "tuned-model"
MODEL: Final = "model"
ENDPOINT: Final = "endpoint"
KINDS: Final = (JOB, TUNED_MODEL, MODEL, ENDPOINT)
"""What there is; the second is of a service where a training and its model are one."""
SERVING: Final = "serving"
NO_TRAFFIC: Final = "no-traffic"
EMPTY: Final = "empty"
DEPLOYED: Final = "deployed"
UNDEPLOYED: Final = "undeployed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedResource:
    """One row. What nobody knows is "" or None.

    `state` is the service's word without its prefix, or one of ours for what has none; `words` are others for it.
    `owner` is the workspace that has it, by our lock or by its label; `address` and `role` are ours. `tokens` and
    `cost` are what a training was billed. `note` is a sentence for people; `is_idle` says that nothing answers there.
    """

    kind: str
    service: str
    resource_name: str
    project: str = ""
    location: str = ""
    name: str = ""
    state: str = ""
    words: tuple[str, ...] = ()
    base: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    age_s: float | None = None
    owner: str = ""
    address: str = ""
    role: str = ""
    tokens: int | None = None
    cost: float | None = None
    currency: str = ""
    was_billed: bool = False
    deployed: int | None = None
    note: str = ""
    is_idle: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """What rows are made with beside the cloud: the lock, the names of everything, and prices."""

    workspace: str
    lock: Lock
    catalog: Catalog
    prices: Mapping[str, Price]
    now_s: float


def listed_resources(
    live: Live, models: Iterable[ListedModel], endpoints: Iterable[ListedEndpoint], books: Books
) -> list[ListedResource]:
    """By service, project and location; in each jobs, then Models, then Endpoints, the newest first."""
    owners = _Owners(live, books)
    bases = bases_of_live(live)
    # A Model that came without a job stands for itself among the Models.
    jobs = [training_row(t, bases, books) for t in live.trainings.values() if _is_its_own(t)]
    rows = [*jobs, *(_model(m, books) for m in models), *(_endpoint(e, books) for e in endpoints)]
    projects = {number: project for project, number in live.project_numbers.items()}
    placed = (replace(row, project=projects.get(row.project, row.project)) for row in rows)
    return sorted((owners.named(row) for row in placed), key=_order)


def training_row(live: LiveTraining, bases: Mapping[str, str], books: Books) -> ListedResource:
    """One training; whose it is by our lock is not looked up."""
    dialect = DIALECTS[live.backend]
    bill = bill_of_live(live, bases.get(live.resource_name, ""), books.catalog, books.prices)
    is_gone = live.status is Status.READY and not live.model_exists
    shown = live.shown or live.sent
    state = state_word(live.state)
    return ListedResource(
        kind=JOB if dialect.keeps_jobs else TUNED_MODEL,
        service=live.backend,
        resource_name=live.resource_name,
        project=live.project,
        location=live.location,
        name=str(shown.get(dialect.display_name) or live.sent.get(dialect.display_name) or ""),
        state=state,
        words=(state, live.state.lower(), live.status.value.replace(" ", "-")),
        base=bases.get(live.resource_name, ""),
        labels={**labels_of(live.sent), **labels_of(live.shown)},
        created=live.created,
        age_s=_age(live.created, books),
        owner=labels_of(live.shown).get(WORKSPACE_LABEL, "") or live.markers.workspace,
        tokens=bill.tokens if bill.was_billed else None,
        cost=bill.amount if bill.was_billed else None,
        currency=bill.currency if bill.was_billed and bill.amount is not None else "",
        was_billed=bill.was_billed,
        note="its model is gone" if is_gone and dialect.keeps_jobs else "",
    )


def billed_in_all(rows: Iterable[ListedResource]) -> tuple[Mapping[str, float], int]:
    """What trainings were billed by currency, and of how many nobody knows."""
    sums: dict[str, float] = {}
    unknown = 0
    for row in rows:
        if row.was_billed and row.cost is None:
            unknown += 1
        elif row.cost is not None:
            sums[row.currency] = sums.get(row.currency, 0.0) + row.cost
    return sums, unknown


def bases_of_live(live: Live) -> dict[str, str]:
    """The base model of every training, through the live ones that it was tuned from; "" where nobody says."""
    by_model = {_without_version(t.model): t for t in live.trainings.values() if t.model}
    return {t.resource_name: _base(t, by_model) for t in live.trainings.values()}


def state_word(state: str) -> str:
    """A service's word for a state, without its prefix: `…_STATE_SUCCEEDED` as `succeeded`."""
    return state.rpartition("STATE_")[2].lower().replace("_", "-")


def _base(live: LiveTraining, by_model: Mapping[str, LiveTraining]) -> str:
    met: set[str] = set()
    at: LiveTraining | None = live
    while at is not None and at.resource_name not in met:
        met.add(at.resource_name)
        dialect = DIALECTS[at.backend]
        named = dialect.base_of(at.training)
        if named:
            return named
        parent = at.training.get(dialect.parent)
        name = parent.get(dialect.parent_name.rpartition(".")[2]) if isinstance(parent, Mapping) else None
        at = by_model.get(_without_version(name)) if isinstance(name, str) else None
    return ""


def _is_its_own(live: LiveTraining) -> bool:
    return not DIALECTS[live.backend].keeps_jobs or _without_version(live.resource_name) != _without_version(live.model)


def _model(model: ListedModel, books: Books) -> ListedResource:
    state = DEPLOYED if model.endpoints else UNDEPLOYED
    copied = f"copied from {model.copied_from}" if model.copied_from else ""
    row = _common(MODEL, model, books)
    return replace(row, state=state, words=(state,), deployed=len(model.endpoints), note=copied)


def _endpoint(endpoint: ListedEndpoint, books: Books) -> ListedResource:
    state, note = _serving(endpoint)
    row = _common(ENDPOINT, endpoint, books)
    idle = state != SERVING
    return replace(row, state=state, words=(state,), deployed=len(endpoint.deployed), note=note, is_idle=idle)


def _serving(endpoint: ListedEndpoint) -> tuple[str, str]:
    """Whether anything answers there, and what of it is billed by the hour."""
    machines = [d.machines for d in endpoint.deployed if d.machines]
    hourly = f"billed by the hour: {', '.join(machines)}" if machines else ""
    if not endpoint.deployed:
        return EMPTY, "nothing is deployed on it"
    if any(d.traffic is None or d.traffic > 0 for d in endpoint.deployed):
        return SERVING, hourly
    quiet = f"no traffic is sent to {counted(len(endpoint.deployed), 'model')} on it"
    return NO_TRAFFIC, f"{quiet}; {hourly}" if hourly else quiet


def _common(kind: str, resource: ListedModel | ListedEndpoint, books: Books) -> ListedResource:
    _, project, _, location, _ = (*resource.resource_name.split("/", 4), "", "", "", "", "")[:5]
    return ListedResource(
        kind=kind,
        # The one that has them beside its trainings: elsewhere a training and its model are one.
        service=next(name for name, dialect in DIALECTS.items() if dialect.keeps_jobs),
        resource_name=resource.resource_name,
        project=project,
        location=location,
        name=resource.display_name,
        labels=resource.labels,
        created=resource.created,
        age_s=_age(resource.created, books),
        owner=resource.labels.get(WORKSPACE_LABEL, ""),
    )


class _Owners:
    """Whose a resource is: by our lock, by our markers, by the label of another workspace."""

    def __init__(self, live: Live, books: Books) -> None:
        self._workspace = books.workspace
        self._known: dict[str, tuple[str, str]] = {}
        known = [address for address, _ in books.lock.by_address]
        for marked in marked_trainings(live, books.workspace, known):
            self._learn(str(marked.address), "", _names_of(marked.live))
        for address, entry in books.lock.by_address:
            for training in entry.trainings.values():
                names = [training.job, _without_version(training.model), *training.endpoints]
                self._learn(str(address), training.role.value, names)

    def _learn(self, address: str, role: str, names: Iterable[str]) -> None:
        for name in filter(None, names):
            key = _key(name)
            # Of versions that share a Model what serves says more than what was deposed.
            if self._known.get(key, ("", ""))[1] != Role.SERVING.value:
                self._known[key] = (address, role)

    def named(self, row: ListedResource) -> ListedResource:
        address, role = self._known.get(_key(row.resource_name), ("", ""))
        return replace(row, address=address, role=role, owner=self._workspace) if address else row


def _names_of(live: LiveTraining) -> Iterator[str]:
    yield from (live.resource_name, _without_version(live.model), live.endpoint)
    yield from (c.endpoint for c in live.checkpoints)


def _key(name: str) -> str:
    """What follows the project, which answers write by its number and people by its id."""
    parts = _without_version(name).split("/", 2)
    return parts[2] if parts[0] == "projects" and len(parts) == 3 else name


def _without_version(name: str) -> str:
    return name.partition("@")[0]


def _age(created: str, books: Books) -> float | None:
    then = seconds_of(created)
    return max(0.0, books.now_s - then) if then else None


def _order(row: ListedResource) -> tuple[object, ...]:
    return (list(DIALECTS).index(row.service), row.project, row.location, KINDS.index(row.kind), *_newest_first(row))


def _newest_first(row: ListedResource) -> Sequence[object]:
    return (-moment(row.created)[0], row.resource_name)
