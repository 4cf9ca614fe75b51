"""Base models as dated data (reconciler/data/catalog.json; core never reads it itself)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.core.dialects import DIALECTS, of_base_model, plain_base_model
from reconciler.core.generation import NOTHING_KNOWN, GenerationFacts
from reconciler.core.likeness import nearest
from reconciler.core.model import Fields


class TrainingPrice(Struct, frozen=True, rename="camel"):
    """USD per million training tokens, with the day and the place it was read."""

    train: float
    as_of: str
    source: str = ""


class ModelLimits(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What the service says one job may hold; None where it says nothing. Characters and bytes as named."""

    tokens_per_example: int | None = None
    examples: int | None = None
    multimodal_examples: int | None = None
    validation_examples: int | None = None
    min_examples: int | None = None
    file_bytes: int | None = None
    input_characters: int | None = None
    output_characters: int | None = None


ANNOUNCED = "announced"
"""The status of a model that is served, or soon will be, and of which no page on tuning speaks yet."""


class BaseModel(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One base model on one service.

    `aliases` are other names of it. `cut_off` is the last day of new training and `retires` the first possible day
    without serving, where known; since `deprecated`, what asks for it is answered by `routed_to`, where there is one.

    `methods` are words for ways of tuning, as in core/dialects: those that a page says it offers. Those that pages
    leave out are `not_offered`, and of all others nobody knows. None at all says that the service does not tune it,
    but for a model that is just `announced`. `method_regions` are those of a method that is not offered wherever the
    others are; `tuning_modes` say how an open model is trained, `adapter` or `full`.

    `serving` maps a tuning region to the location of its endpoints, where they differ. `encryption` says whether
    jobs take a customer-managed key, and `evaluation_regions` where they take an evaluationConfig; None: not known.
    `generation` is what it makes of the settings of a question. `as_of` is the day on which `source` was read.
    """

    name: str
    surface: str
    aliases: tuple[str, ...] = ()
    status: str = "current"
    released: date | None = None
    deprecated: date | None = None
    routed_to: str = ""
    cut_off: date | None = None
    retires: date | None = None
    replacement: str = ""
    methods: tuple[str, ...] = ()
    not_offered: tuple[str, ...] = ()
    method_regions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tuning_modes: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    serving: dict[str, str] = field(default_factory=dict)
    limits: ModelLimits = ModelLimits()
    adapter_sizes: tuple[int, ...] = ()
    default_adapter_size: int | None = None
    default_epochs: int | None = None
    encryption: bool | None = None
    evaluation_regions: tuple[str, ...] | None = None
    generation: GenerationFacts = NOTHING_KNOWN
    price: TrainingPrice | None = None
    as_of: str = ""
    source: str = ""
    notes: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """(surface, name)."""
        return (self.surface, self.name)

    @property
    def is_open(self) -> bool:
        """Whether it is an open model, named `publisher/family@version`."""
        return "@" in self.name and "/" in self.name

    def offers(self, method: str) -> bool | None:
        """Whether it is tuned by this method; None where no page says so or leaves it out."""
        if method in self.methods:
            return True
        if method in self.not_offered:
            return False
        return None if self.methods or self.status == ANNOUNCED else False

    def tuned_in(self, method: str) -> tuple[str, ...]:
        """The regions of a method; () where nobody knows."""
        return self.method_regions.get(method, self.regions)

    def trains_on(self, day: date) -> bool:
        """Whether new training is taken, as far as this catalogue knows."""
        return bool(self.methods) and (self.cut_off is None or day <= self.cut_off)


class Catalog(Struct, frozen=True, rename="camel", omit_defaults=True):
    """All known base models, and the day they were read.

    `origin` is where it comes from, "" for the one that comes with this version; files never say it.
    """

    as_of: str = ""
    models: tuple[BaseModel, ...] = ()
    origin: str = ""

    def find(self, surface: str, name: str) -> BaseModel | None:
        """None for a model that this catalogue does not know: a warning, never an error.

        A model goes by several names: a resource name of its publisher, an alias, and one without the number of its
        version.
        """
        return self._called(surface, name) or self._numbered(surface, name)

    def _called(self, surface: str, name: str) -> BaseModel | None:
        own = [model for model in self.models if model.surface == surface]
        known = {alias: model for model in own for alias in model.aliases} | {model.name: model for model in own}
        return next((known[called] for called in _names_of(surface, name) if called in known), None)

    def _numbered(self, surface: str, name: str) -> BaseModel | None:
        """The newest of those that have a number behind this name."""
        known = {model.name: model for model in self.models if model.surface == surface}
        for called in _names_of(surface, name):
            numbered = [other for other in known if _VERSION.fullmatch(other.removeprefix(called))]
            if numbered:
                return known[max(numbered)]
        return None

    def meant(self, surface: str, name: str) -> str:
        """The known name that is most like one that this catalogue does not know, or ""."""
        names = [known for model in self.models if model.surface == surface for known in (model.name, *model.aliases)]
        tried = (nearest(called, names, cutoff=_ALIKE) for called in (name, plain_base_model(name)))
        return next((near for near in tried if near), "")

    def age_days(self, day: date) -> int | None:
        """How long ago it was read, in days; None where it does not say when."""
        try:
            return max(0, (day - date.fromisoformat(self.as_of)).days)
        except ValueError:
            return None

    def generation(self, surface: str, name: str) -> GenerationFacts:
        """What a base model makes of the settings of a question, and so what is tuned from it, as far as is known.

        That tuned models follow their base models is an inference: no page says it of them.
        """
        found = self.find(surface, name)
        return found.generation if found else NOTHING_KNOWN

    def served_in(self, name: str, location: str) -> str:
        """Where a base model answers that is tuned in a location: there, where nothing says that it is elsewhere.

        Source: the supervised tuning page on tuned models; that base models follow is an inference.
        """
        found = self.find(of_base_model(name).name, name)
        return found.serving.get(location, location) if found else location

    def locations(self, day: date) -> frozenset[str]:
        """Where any of them is trained on a day: whoever looks at a whole project looks there."""
        return frozenset(r for m in self.models if m.trains_on(day) for r in m.regions)

    def overridden(self, corrections: Mapping[str, Fields]) -> Catalog:
        """With a workspace's corrections, by any of the names of a model; one that is not known is a new model.

        Whose it is, its name says (core/dialects). Raises msgspec.ValidationError for a field of another kind.
        """
        if not corrections:
            return self
        known = {model.key: model for model in self.models}
        for name, fields in corrections.items():
            surface = of_base_model(name).name
            model = self._called(surface, name) or BaseModel(name=name, surface=surface)
            known[model.key] = _corrected(model, fields)
        return replace(self, models=tuple(known.values()))


_VERSION = re.compile(r"-[0-9]{3}")
_ALIKE = 0.8
"""How near a name must be to a known one to be a likely misspelling of it. Ours."""


def _names_of(surface: str, name: str) -> Iterator[str]:
    """What the catalogue may call it: Google's own models by their name alone, those of others with the publisher."""
    yield name
    beginning = DIALECTS[surface].base_models if surface in DIALECTS else ""
    plain = plain_base_model(name)
    yield f"{beginning}{plain}"
    if "@" in plain:
        yield f"google/{plain}"


def _corrected(model: BaseModel, fields: Fields) -> BaseModel:
    plain = msgspec.to_builtins(model)
    parts = {name: {**plain.get(name, {}), **fields.get(name, {})} for name in ("limits", "generation")}
    return msgspec.convert({**plain, **fields, **parts}, BaseModel)
