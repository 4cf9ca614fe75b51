"""The spec of a model that somebody else made, as text: what it was trained from, and where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from reconciler.core.dialects import DIALECTS
from reconciler.core.markers import RESERVED_LABEL_PREFIXES
from reconciler.core.model import Fields, LiveTraining
from reconciler.core.settings import Workspace
from reconciler.files.schema import BACKENDS

UNKNOWN_DATASET = "projects/{project}/locations/{location}/datasets/unknown"
"""Where no job tells what a Model was trained on: a name that is looked up by nobody, and trained on by no service."""
_SYSTEM_LABELS = ("tune-type",)
_GEMINI_FIELDS = ("displayName", "description", "temperature", "topP", "topK", "readerProjectNumbers")


def cannot_be_declared(live: LiveTraining) -> str:
    """Why there can be no spec of it, or ""."""
    dialect = DIALECTS[live.backend]
    if not dialect.other_methods or not live.training:
        return ""
    known = [method.field for method in dialect.methods]
    method = next((name for name in live.training if name in (*known, *dialect.other_methods)), "")
    if method not in known:
        return f"it was tuned by {method or 'a method that the job does not tell'}, which specs do not have"
    if not (live.training.get(dialect.base_model) or live.training.get(dialect.parent)):
        return "the job tells no base model"
    return ""


def imported_spec(live: LiveTraining, name: str, workspace: Workspace) -> str:
    """YAML of one spec. What the service resolved stands in comments: what is unset is never compared."""
    kind = next(kind for kind, backend in BACKENDS.items() if backend == live.backend)
    head = {"apiVersion": "tuneform.dev/v1", "kind": kind, "metadata": {"name": name}}
    parts = _WRITERS[kind](live, workspace)
    body = "".join(part if isinstance(part, str) else indented(dumped(part)) for part in parts if part)
    made = f"# Written by `tuneform import` from {live.resource_name}. Nothing was trained for it.\n"
    return f"{made}{dumped(head)}spec:\n{body}"


def _vertex(live: LiveTraining, workspace: Workspace) -> Iterator[Mapping[str, Any] | str]:
    told = live.training
    carried = live.shown if live.carriers else live.sent  # files carry nothing: what the job was sent with is all
    yield _place(live, workspace)
    yield _base(live)
    yield {key: carried[key] for key in ("tunedModelDisplayName", "description") if carried.get(key)}
    yield _labels(carried)
    yield {key: told[key] for key in ("serviceAccount", "encryptionSpec") if told.get(key)}
    yield from _method(live)
    yield {"tuneform": {"existing": live.resource_name}}


def _place(live: LiveTraining, workspace: Workspace) -> dict[str, str]:
    """Only what the workspace does not say already."""
    known = workspace.home(live.backend)._asdict()
    place = {"project": live.project, "location": live.location}
    return {key: value for key, value in place.items() if value and value != known[key]}


def _base(live: LiveTraining) -> dict[str, Any]:
    parent = live.training.get("preTunedModel") or {}
    if parent.get("tunedModelName"):
        keys = ("tunedModelName", "checkpointId")
        return {"preTunedModel": {key: parent[key] for key in keys if parent.get(key)}}
    files = {key: live.training[key] for key in ("customBaseModel", "outputUri") if live.training.get(key)}
    return {"baseModel": live.training.get("baseModel") or "unknown", **files}


def _labels(carried: Fields) -> dict[str, dict[str, str]]:
    """People's own: neither the service's nor ours."""
    labels = {
        key: value
        for key, value in sorted((carried.get("labels") or {}).items())
        if not key.startswith(RESERVED_LABEL_PREFIXES) and key not in _SYSTEM_LABELS
    }
    return {"labels": labels} if labels else {}


def _method(live: LiveTraining) -> Iterator[Mapping[str, Any] | str]:
    dialect = DIALECTS[live.backend]
    method = dialect.method_of(live.training)
    told = live.training.get(method.field) or {}
    unknown = UNKNOWN_DATASET.format(project=live.project, location=live.location)
    training, validation = _leaf(method.training_data), _leaf(method.validation_data)
    data = {training: told.get(training) or unknown}
    if told.get(validation):
        data[validation] = told[validation]
    # Without its rewards or its teacher a spec of a preview's method is none.
    beside = dialect.beside_data(method, told) if method.version else {}
    yield {method.field: {**data, **beside}}
    yield _resolved(told.get("hyperParameters"), "hyperParameters", "    ")


def _leaf(field: str) -> str:
    return field.rpartition(".")[2]


def _gemini(live: LiveTraining, workspace: Workspace) -> Iterator[Mapping[str, Any] | str]:
    told = live.training
    carried = live.shown
    yield _place(live, workspace)
    source = told.get("tunedModelSource") or {}
    if source.get("tunedModel"):
        yield {"tunedModelSource": {"tunedModel": source["tunedModel"]}}
    else:
        yield {"baseModel": told.get("baseModel") or "unknown"}
    fields = {key: carried[key] for key in _GEMINI_FIELDS if carried.get(key) not in (None, "", [])}
    yield {k: [int(n) for n in v] if k == "readerProjectNumbers" else v for k, v in fields.items()}
    yield _resolved((told.get("tuningTask") or {}).get("hyperparameters"), "tuningTask.hyperparameters", "  ")
    yield {"tuneform": {"existing": live.resource_name}}


_WRITERS = {"VertexTunedModel": _vertex, "GeminiTunedModel": _gemini}


def _resolved(hyper: object, name: str, indent: str) -> str:
    if not isinstance(hyper, Mapping) or not hyper:
        return ""
    spelt = yaml.safe_dump(dict(hyper), default_flow_style=True, sort_keys=True, width=2**20).strip()
    return f"{indent}# As it was trained; unset here, so that it is never compared:\n{indent}# {name}: {spelt}\n"


class _Dumper(yaml.SafeDumper):
    """PyYAML quotes by YAML 1.1; what version 1.2 would take for a number is quoted as well."""


_NUMBER_LIKE = re.compile(r"[-+.]?[0-9].*|[-+]?\.(inf|nan)", re.IGNORECASE)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if _NUMBER_LIKE.fullmatch(value) else None)


_Dumper.add_representer(str, _text)


def dumped(value: Mapping[str, Any]) -> str:
    """YAML in the order of the mapping, each value as YAML 1.2 reads it again."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20)
    return text


def indented(text: str) -> str:
    """Below `spec:`."""
    return "".join(f"  {line}\n" for line in text.splitlines())
