"""A successor's spec: the same model on a newer base. Written as text, to be read and edited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from reconciler.core.catalog import Catalog
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Declared

_SUFFIX = "-next"


def successor(spec: Declared, catalog: Catalog, base: str | None, out: str) -> dict[str, str]:
    """Text by path ("" is the spec's own place). A Gemini API model's pairs become a JSONL file beside `out`."""
    chosen = base or _replacement(spec, catalog)
    name = spec.address.name + _SUFFIX
    data_path = f"data/{name}.jsonl"
    body: dict[str, Any] = {"baseModel": chosen}
    title = spec.in_place.get("tunedModelDisplayName") or spec.in_place.get("displayName") or spec.address.name
    body["tunedModelDisplayName"] = f"{title} (next)"
    if spec.in_place.get("labels"):
        body["labels"] = dict(spec.in_place["labels"])
    method = next((m for m in spec.training if m.endswith("Spec")), "supervisedTuningSpec")
    is_inline = spec.address.backend == "gemini"
    body[method] = _datasets(spec, data_path if is_inline else "")
    document = {
        "apiVersion": "tuneform.dev/v1",
        "kind": "VertexTunedModel",
        "metadata": {"name": name},
        "spec": body,
    }
    files = {out: _head(spec, chosen) + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)}
    if is_inline:
        folder = out.rpartition("/")[0]
        files[f"{folder}/{data_path}" if folder else f"specs/{data_path}"] = _jsonl(spec)
    return files


def _replacement(spec: Declared, catalog: Catalog) -> str:
    base = str(spec.training.get("baseModel", ""))
    known = catalog.find(spec.address.backend, base)
    if known is None or not known.replacement:
        raise ReconcilerError(
            run_diagnostic(
                "RUN017",
                f"The catalogue of {catalog.as_of} names no replacement of {base or 'a tuned model'}.",
                fix="Name one with --to; see `tuneform models`.",
                where=spec.where,
                address=str(spec.address),
            )
        )
    return known.replacement.split()[0]


def _datasets(spec: Declared, inline: str) -> dict[str, str]:
    if inline:
        return {"trainingDatasetUri": inline}
    folder = spec.where.path.rpartition("/")[0]
    found = {}
    for data in spec.data:
        uri = data.uri or (data.path or "").removeprefix(f"{folder}/" if folder else "")
        found[data.field.rpartition(".")[2]] = uri
    return found


def _head(spec: Declared, base: str) -> str:
    return (
        f"# Successor of {spec.address} on {base}. Hyperparameters are left to the service: they do not carry\n"
        "# over from one base model to another. Train it beside the old one, compare, then remove the old spec.\n"
    )


def _jsonl(spec: Declared) -> str:
    """The Gemini API's pairs as Vertex AI examples."""
    return "".join(
        json.dumps({"contents": [_turn("user", text), _turn("model", output)]}, ensure_ascii=False) + "\n"
        for text, output in spec.examples
    )


def _turn(role: str, text: str) -> Mapping[str, Any]:
    return {"role": role, "parts": [{"text": text}]}
