"""What one service calls things, and in what it differs from others: facts, in words of ours.

The values are in core/dialects, one module a service. Nothing else in core knows a field of an API by its name, or
which service an address is of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from reconciler.core.model import Fields, Json, Status

LABELS: Final = "labels"
"""What specs, the lock and every service that has them call the labels of a resource."""
DESCRIPTION: Final = "description"
"""And its description."""


def labels_of(fields: object) -> Mapping[str, str]:
    """The labels among the mutable fields of a spec, of the lock or of a resource; none where there are none."""
    found = fields.get(LABELS) if isinstance(fields, Mapping) else None
    return found if isinstance(found, Mapping) else MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningMethod:
    """One way to tune, with the names of its fields inside the spec of a model, dotted.

    `word` is the catalogue's. Where a service has no such field, the name is "".
    """

    field: str
    word: str
    training_data: str
    epochs: str
    metrics: tuple[str, ...] | None
    """What is measured while it trains, without the leading slash; None where no page lists it. Open models may have
    others."""
    data: str = "sft"
    """What its data has to be, as the rules over data call it."""
    version: str = ""
    """The version of the API that alone has it; "" for the usual one."""
    bills_tokens: bool = True
    """Whether it is billed by the tokens of its data and their epochs."""
    validation_data: str = ""
    adapter_size: str = ""
    evaluation: str = ""
    last_checkpoint_only: str = ""
    """Whether it leaves no checkpoint but the last."""
    rewards: tuple[str, ...] = ()
    """What answers are rewarded by: fields of which a spec has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The facts of one service. Names of fields are the API's, which specs use too.

    Which fields are trained by, patched or reported stands on the schema of specs (files/schema). What is here is what
    decisions ask beyond that.
    """

    name: str
    """The first half of its addresses."""
    title: str
    """As it is called in messages."""

    # Fields
    base_model: str = "baseModel"
    parent: str
    """What says that a model is tuned further from another one; its `ref` names a spec."""
    parent_name: str
    """Below it, the resource name of that model."""
    display_name: str
    display_name_max: int
    """In characters."""
    methods: tuple[TuningMethod, ...]
    """Those that specs have; the first one is the usual."""
    other_methods: tuple[str, ...] = ()
    """Fields of methods that jobs may have and specs do not, with the same names of datasets inside."""
    version: str = "v1"
    """Of the API, in which trainings are created unless a field needs another."""
    other_version: str = ""
    """Which one these need."""
    of_other_version: frozenset[str] = frozenset()
    """Fields at the top that only the other version has, beside those of its methods."""
    of_other_version_inside: frozenset[str] = frozenset()
    """The same of fields of a method, and of its hyperparameters."""
    not_training: frozenset[str] = frozenset()
    """Inside a method, what does not decide the weights, or is compared by what it holds."""
    encryption: str = ""
    output: str = ""
    """Where a training writes its files, for those that leave no model but files."""
    artifacts: str = ""
    """Below the folder of a training, the one with what it has tuned."""
    mode: str = ""
    """Inside a method, how an open model is tuned."""
    modes: Mapping[str, str] = field(default_factory=dict)
    """By the name of the API's enum, the catalogue's word."""
    only_open: tuple[str, ...] = ()
    """Fields at the top that open models alone have, beside the one of the output."""
    only_open_inside: frozenset[str] = frozenset()
    """The same of fields of a method, and of its hyperparameters."""
    adapter_sizes: Mapping[str, int] = field(default_factory=dict)
    """By the name of the API's enum."""

    # Resources
    resources: str
    """How the resource names of its trainings begin."""
    base_models: str = ""
    """How the names of its base models begin; "" where they begin in no way of their own."""
    has_locations: bool = True
    """Whether a training is in a location, and not in a project alone."""
    has_labels: bool = True
    """Whether resources carry labels: the markers, whose they are, and that they are protected.

    Where there are none, the id is ours to choose and proves what it can."""
    gives_names_again: bool = False
    """Whether a name that was deleted can be given to something new."""
    has_checkpoints: bool = True
    """Whether a training leaves checkpoints that can be asked."""
    has_aliases: bool = True
    """Whether a version of a model can have aliases."""
    keeps_jobs: bool = True
    """Whether the record of a training is left when its model is gone."""
    jobs_to_rebase: str = ""
    """What stands in the resource name of a training that the service can train again on another base model; "" where
    it does that with none."""
    adds_versions: bool = True
    """Whether what is tuned further becomes a version of the Model that has its display name."""

    # Data and money
    has_inline_data: bool = False
    """Whether examples travel inside the create. Else they are read from Cloud Storage, and local files uploaded."""
    is_free: bool = False
    """Whether tuning costs nothing."""

    # States
    statuses: Mapping[str, Status]
    """What its states mean; one that is not here is unknown."""
    cancelled_code: int = 0
    """The code of the error by which a cancelled training differs from a failed one, where no state does; 0: none."""
    passing_states: frozenset[str] = frozenset()
    """States of failures that may pass by themselves."""

    @property
    def parent_ref(self) -> str:
        """The field that names another spec to start from."""
        return f"{self.parent}.ref"

    @property
    def training_data(self) -> tuple[str, ...]:
        """The fields that name what is learnt."""
        return tuple(method.training_data for method in self.methods)

    def method_of(self, training: Fields) -> TuningMethod:
        """The method that training fields are of; the usual one where they do not say."""
        return next((m for m in self.methods if m.field in training), self.methods[0])

    def artifacts_in(self, folder: str) -> str:
        """Where a training that wrote into this folder has left what it has tuned; "" without a folder."""
        return f"{folder.rstrip('/')}/{self.artifacts}" if folder and self.artifacts else ""

    def beside_data(self, method: TuningMethod, inside: Fields) -> dict[str, Json]:
        """What of a method's fields is neither its data nor its hyperparameters, such as rewards and teachers."""
        parameters = method.epochs.rpartition(".")[0].rpartition(".")[2]
        return {name: value for name, value in inside.items() if name not in {*self.not_training, parameters}}

    def version_for(self, training: Fields) -> str:
        """Of the API, in which a training with these fields is created."""
        method = self.method_of(training)
        inside = training.get(method.field)
        names = {*training, *(inside if isinstance(inside, Mapping) else ())}
        for value in inside.values() if isinstance(inside, Mapping) else ():
            names |= value.keys() if isinstance(value, Mapping) else set()
        known = self.of_other_version | self.of_other_version_inside | {m.field for m in self.methods if m.version}
        return self.version if known.isdisjoint(names) else self.other_version

    def status_of(self, state: str, error_code: int = 0) -> Status:
        """What a state says, with the code of the error that came with it."""
        status = self.statuses.get(state, Status.UNKNOWN)
        is_cancelled = status.is_terminal and bool(error_code) and error_code == self.cancelled_code
        return Status.CANCELLED if is_cancelled else status

    def base_of(self, training: Fields) -> str:
        """The base model that training fields name, or ""."""
        found: Json = training.get(self.base_model)
        return found if isinstance(found, str) else ""

    def starts_from(self, training: Fields) -> str:
        """The field that says what a model is tuned from."""
        return next((name for name in (self.base_model, self.parent) if name in training), self.parent)
