"""Base models as dated data (reconciler/data/catalog.json; core never reads it itself)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.core.dialects import DIALECTS, of_base_model
from reconciler.core.generation import NOTHING_KNOWN, GenerationFacts
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


class BaseModel(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One base model on one service.

    `cut_off` is the last day of new training and `retires` the first possible day without serving, where
    known. `methods` are `supervised` and `preference`; empty says that the service does not tune it.
    `serving` maps a tuning region to the location of its endpoints, where they differ. `encryption` says whether
    jobs take a customer-managed key, and `evaluation_regions` where they take an evaluationConfig; None: not known.
    `generation` is what it makes of the settings of a question.
    """

    name: str
    surface: str
    status: str = "current"
    released: date | None = None
    cut_off: date | None = None
    retires: date | None = None
    replacement: str = ""
    methods: tuple[str, ...] = ()
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
    source: str = ""
    notes: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """(surface, name)."""
        return (self.surface, self.name)

    @property
    def is_open(self) -> bool:
        """Whether it is an open model, named `publisher/family@version`."""
        return "@" in self.name

    def trains_on(self, day: date) -> bool:
        """Whether new training is taken, as far as this catalogue knows."""
        return bool(self.methods) and (self.cut_off is None or day <= self.cut_off)


class Catalog(Struct, frozen=True, rename="camel"):
    """All known base models, and the day they were read."""

    as_of: str = ""
    models: tuple[BaseModel, ...] = ()

    def find(self, surface: str, name: str) -> BaseModel | None:
        """None for a model that this catalogue does not know: a warning, never an error.

        A model goes by several names: a resource name of its publisher, and one without the number of its version.
        """
        known = {model.name: model for model in self.models if model.surface == surface}
        for called in _names_of(surface, name):
            if called in known:
                return known[called]
            numbered = [other for other in known if _VERSION.fullmatch(other.removeprefix(called))]
            if numbered:
                return known[max(numbered)]
        return None

    def generation(self, surface: str, name: str) -> GenerationFacts:
        """What a base model makes of the settings of a question, and so what is tuned from it, as far as is known.

        That tuned models follow their base models is an inference: no page says it of them.
        """
        found = self.find(surface, name)
        return found.generation if found else NOTHING_KNOWN

    def locations(self, day: date) -> frozenset[str]:
        """Where any of them is trained on a day: whoever looks at a whole project looks there."""
        return frozenset(r for m in self.models if m.trains_on(day) for r in m.regions)

    def overridden(self, corrections: Mapping[str, Fields]) -> Catalog:
        """With a workspace's corrections by name; a name that is not known is a new model.

        Whose it is, its name says (core/dialects). Raises msgspec.ValidationError for a field of another kind.
        """
        if not corrections:
            return self
        known = {model.key: model for model in self.models}
        for name, fields in corrections.items():
            key = (of_base_model(name).name, name)
            known[key] = _corrected(known.get(key) or BaseModel(name=name, surface=key[0]), fields)
        return replace(self, models=tuple(known.values()))


_VERSION = re.compile(r"-[0-9]{3}")
_PUBLISHED = re.compile(r"(?:projects/[^/]+/locations/[^/]+/)?publishers/(?P<publisher>[^/]+)/models/(?P<name>[^/]+)")


def _names_of(surface: str, name: str) -> Iterator[str]:
    """What the catalogue may call it: Google's own models by their name alone, those of others with the publisher."""
    yield name
    beginning = DIALECTS[surface].base_models if surface in DIALECTS else ""
    if beginning:
        yield f"{beginning}{name}"
    found = _PUBLISHED.fullmatch(name)
    if found:
        if found["publisher"] == "google":
            yield found["name"]
        yield f"{found['publisher']}/{found['name']}"


def _corrected(model: BaseModel, fields: Fields) -> BaseModel:
    plain = msgspec.to_builtins(model)
    parts = {name: {**plain.get(name, {}), **fields.get(name, {})} for name in ("limits", "generation")}
    return msgspec.convert({**plain, **fields, **parts}, BaseModel)
