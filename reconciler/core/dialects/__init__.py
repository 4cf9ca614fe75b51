"""The services that there are, and which of them an address, or a field, is of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.core.buckets import SCHEME
from reconciler.core.dialect import Dialect
from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import Address, Json

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType({d.name: d for d in (VERTEX, GEMINI)})
"""By the first half of an address."""

_TRAINING_DATA = frozenset(name.rpartition(".")[2] for d in DIALECTS.values() for name in d.training_data)
_INLINE_DATA = frozenset(name for d in DIALECTS.values() if d.has_inline_data for name in d.training_data)
_PARENTS = frozenset(d.parent for d in DIALECTS.values())


def dialect_of(address: Address) -> Dialect:
    """The service that an address is of."""
    return DIALECTS[address.backend]


def names_training_data(field: str) -> bool:
    """Whether a field, dotted, is the one that says what is learnt, at whichever service and by whichever method."""
    return field.rpartition(".")[2] in _TRAINING_DATA


def holds_examples(field: str) -> bool:
    """Whether a field of training data holds the examples themselves, and no name of them."""
    return field in _INLINE_DATA


def names_parent(field: str) -> bool:
    """Whether a field is about the model that is tuned further."""
    return field.partition(".")[0] in _PARENTS


def of_base_model(name: str) -> Dialect:
    """The service whose base models are named like this: one has names of its own form, the other one all the rest."""
    others = next(d for d in DIALECTS.values() if not d.base_models)
    return next((d for d in DIALECTS.values() if d.base_models and name.startswith(d.base_models)), others)


_PUBLISHED = re.compile(r"(?:projects/[^/]+/locations/[^/]+/)?publishers/([^/]+)/models/([^/]+)")
_OURS_ANYWAY = ("models/", "google/")


def plain_base_model(name: str) -> str:
    """A base model by its shortest name: one and the same goes by that of its publisher, by `models/…` and alone.

    For comparing alone: what a spec says is what is sent. A name without a version stays one, since the service decides
    which version it means.
    """
    found = _PUBLISHED.fullmatch(name)
    plain = f"{found[1]}/{found[2]}" if found else name
    for beginning in _OURS_ANYWAY:
        plain = plain.removeprefix(beginning)
    return plain


def is_open_model(name: str) -> bool:
    """Whether a base model is an open one: `publisher/family@version`. Older ones of Google's had a number there."""
    _, has_version, version = name.partition("@")
    return bool(has_version) and not version.isdecimal()


def is_files(name: str) -> bool:
    """Whether what was tuned is files, by what stands for it: all else has a resource name."""
    return name.startswith(SCHEME)


def is_same_base_model(field: str, one: Json, other: Json) -> bool:
    """Whether two values of a training field, dotted, are names of one base model."""
    is_name = field in _BASE_MODELS and isinstance(one, str) and isinstance(other, str)
    return is_name and plain_base_model(str(one)) == plain_base_model(str(other))


_BASE_MODELS = frozenset(d.base_model for d in DIALECTS.values())
