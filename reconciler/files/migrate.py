"""A successor's spec: the same model on a newer base. Written as text, to be read and edited."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import yaml

from reconciler.core import diff
from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.dialect import DESCRIPTION, LABELS, TuningMethod
from reconciler.core.dialects import dialect_of
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import Address, Declared, Lifecycle
from reconciler.core.settings import Workspace
from reconciler.core.suggest import suggest

_TO = VERTEX
"""The one service that still tunes, and whose specs are written here."""
_SUFFIX = "-next"
_LONGEST_NAME = 63


class Successor(msgspec.Struct, frozen=True):
    """The spec, and for pairs of the Gemini API the training data that it names; `data_path` is relative to it."""

    spec: str
    data_path: str = ""
    data: str = ""


def successor(
    spec: Declared, catalog: Catalog, workspace: Workspace, taken: Collection[Address], base: str | None, folder: str
) -> Successor:
    """The text of a spec in `folder`. `taken` are the addresses that are declared already.

    Hyperparameters are left to the service; data, labels, gate and lifecycle are the old one's. Raises
    ReconcilerError where the catalogue knows no base model to go on with, or one that lacks the method.
    """
    chosen = base or _replacement(spec, catalog)
    method = _TO.method_of(spec.training)
    known = catalog.find(_TO.name, chosen)
    _check_method(spec, known, method)
    name = _free_name(spec.address.name, taken)
    is_inline = dialect_of(spec.address).has_inline_data
    data_path = f"data/{name}.jsonl" if is_inline else ""
    body = {
        **_place(spec, known, workspace),
        _TO.base_model: chosen,
        _TO.display_name: _title(spec),
        **{key: spec.in_place[key] for key in (DESCRIPTION, LABELS) if spec.in_place.get(key) and not is_inline},
        **_kept(spec, method),
        method.field: {_leaf(method.training_data): data_path}
        if is_inline
        else {**_datasets(spec, folder), **_TO.beside_data(method, spec.training.get(method.field) or {})},
    }
    body = diff.merge(body, {} if is_inline else spec.reported)
    ours = _ours(spec)
    document = {
        "apiVersion": "tuneform.dev/v1",
        "kind": "VertexTunedModel",
        "metadata": {"name": name},
        "spec": {**body, "tuneform": ours} if ours else body,
    }
    text = _head(spec, chosen, body.get("location")) + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return Successor(text, data_path, _jsonl(spec) if is_inline else "")


def _replacement(spec: Declared, catalog: Catalog) -> str:
    base = dialect_of(spec.address).base_of(spec.training)
    known = catalog.find(spec.address.backend, base)
    if known is None or not known.replacement:
        detail = f"The catalogue of {catalog.as_of} names no replacement of {base or 'a tuned model'}."
        raise _no_successor(spec, detail, f"Name one with --to; see {suggest('models').quoted}.")
    return known.replacement.split()[0]


def _check_method(spec: Declared, known: BaseModel | None, method: TuningMethod) -> None:
    if known is not None and known.offers(method.word) is False:
        detail = f"{known.name} does not offer {method.word} tuning."
        raise _no_successor(spec, detail, f"Name another one with --to; see {suggest('models', '--all').quoted}.")


def _no_successor(spec: Declared, detail: str, fix: str) -> ReconcilerError:
    return ReconcilerError(run_diagnostic("RUN017", detail, fix=fix, where=spec.where, address=str(spec.address)))


def _free_name(name: str, taken: Collection[Address]) -> str:
    """`router-next`, or `router-next-2` where that is declared already."""
    endings = (_SUFFIX, *(f"{_SUFFIX}-{n}" for n in range(2, 1000)))
    found = (name[: _LONGEST_NAME - len(ending)] + ending for ending in endings)
    return next(n for n in found if Address(_TO.name, n) not in taken)


def _title(spec: Declared) -> str:
    title = spec.in_place.get(dialect_of(spec.address).display_name) or spec.address.name
    ending = " (next)"
    return str(title)[: _TO.display_name_max - len(ending)] + ending


def _place(spec: Declared, known: BaseModel | None, workspace: Workspace) -> dict[str, str]:
    """Project and location where the workspace does not say them; a location that tunes the successor."""
    place = {}
    home = workspace.home(_TO.name)
    if spec.project != home.project:
        place["project"] = spec.project
    location = spec.location or home.location
    regions = known.regions if known else ()
    if regions and location not in regions:
        location = next((r for r in regions if r.split("-")[0] == location.split("-")[0]), regions[0])
    if location != home.location:
        place["location"] = location
    return place


def _kept(spec: Declared, method: TuningMethod) -> dict[str, Any]:
    """What else decides the training, such as the service account; nothing of another service's."""
    if dialect_of(spec.address) is not _TO:
        return {}
    return {k: v for k, v in spec.training.items() if k not in (method.field, _TO.base_model, _TO.parent)}


def _ours(spec: Declared) -> dict[str, Any]:
    lifecycle = {k: v for k, v in msgspec.to_builtins(spec.lifecycle).items() if v != _DEFAULTS[k]}
    gate = _gate(spec)
    return {k: v for k, v in (("task", spec.task), ("lifecycle", lifecycle), ("gate", gate)) if v}


_DEFAULTS = msgspec.to_builtins(Lifecycle())


def _gate(spec: Declared) -> dict[str, Any]:
    """The prompts of the gate; bounds of metrics do not carry over to another base model."""
    prompts = spec.gate.prompts if spec.gate else ()
    told = [{k: v for k, v in msgspec.to_builtins(prompt).items() if v} for prompt in prompts]
    return {"prompts": told} if told else {}


def _datasets(spec: Declared, folder: str) -> dict[str, str]:
    return {
        _leaf(data.field): posixpath.relpath(data.path, folder or ".") if data.path else data.uri for data in spec.data
    }


def _leaf(field: str) -> str:
    return field.rpartition(".")[2]


def _head(spec: Declared, base: str, location: str | None) -> str:
    moved = spec.location and location and location != spec.location
    place = f"# {base} is not tuned in {spec.location}: it is trained in {location}.\n" if moved else ""
    return (
        f"# Successor of {spec.address} on {base}. Hyperparameters and bounds of metrics do not carry over from one\n"
        "# base model to another, and are left out. Train it beside the old one, compare, then remove the old spec.\n"
        + place
    )


def _jsonl(spec: Declared) -> str:
    """The Gemini API's pairs as Vertex AI examples."""
    return "".join(
        json.dumps({"contents": [_turn("user", text), _turn("model", output)]}, ensure_ascii=False) + "\n"
        for text, output in spec.examples
    )


def _turn(role: str, text: str) -> Mapping[str, Any]:
    return {"role": role, "parts": [{"text": text}]}
