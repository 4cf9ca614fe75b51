"""A spec as it is written, in the spelling of the API, and what it says of a training and of its resources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
VERTEX, GEMINI = "VertexTunedModel", "GeminiTunedModel"

SHOWN: Mapping[str, Mapping[str, str]] = {
    VERTEX: {"tunedModelDisplayName": "displayName", "description": "description"},
    GEMINI: {
        "displayName": "displayName",
        "description": "description",
        "temperature": "temperature",
        "topP": "topP",
        "topK": "topK",
    },
}
"""What of a spec shows on the Model and the Endpoint (google.cloud.aiplatform.v1 Model and Endpoint), or on the tuned
model (google.ai.generativelanguage.v1beta TunedModel), under which name. Labels are apart: they are a map."""
_DISPLAY = {VERTEX: "tunedModelDisplayName", GEMINI: "displayName"}
_NOT_TRAINED = frozenset(
    {
        *("labels", "tunedModelDisplayName", "displayName", "description", "temperature", "topP", "topK"),
        *("readerProjectNumbers", "project", "location", "tuneform", "preTunedModel", "tunedModelSource", "from"),
        "outputUri",
    }
)
_WHERE_DATA_IS = frozenset({"trainingDatasetUri", "validationDatasetUri", "trainingData"})
_NO_WEIGHTS = frozenset({"exportLastCheckpointOnly", "evaluationConfig"})
_SIZES = {"ONE": 1, "TWO": 2, "FOUR": 4, "EIGHT": 8, "SIXTEEN": 16, "THIRTY_TWO": 32}


@dataclass(frozen=True, slots=True)
class Wish:
    """One spec. `data` is what its training data is now, `before` what the same URI has held as well.

    `retunes` says that changed bytes, or a newer parent, train anew by themselves. `source` is the model@version that
    the other workspace serves, where the spec asks for that one's model.
    """

    kind: str
    name: str
    spec: Json
    data: str
    before: frozenset[str] = frozenset()
    source: str = ""

    @property
    def address(self) -> str:
        """As tuneform calls it."""
        return f"{'gemini' if self.kind == GEMINI else 'vertex'}/{self.name}"

    @property
    def ours(self) -> Json:
        """The `tuneform` block."""
        block: Json = self.spec.get("tuneform", {})
        return block

    @property
    def names(self) -> frozenset[str]:
        """What it is and was called."""
        return frozenset({self.name, *self.ours.get("formerNames", ())})

    def setting(self, name: str, default: Any) -> Any:
        """One of `lifecycle`."""
        return self.ours.get("lifecycle", {}).get(name, default)

    @property
    def parent(self) -> str:
        """The address that it is tuned further from, if any."""
        name = self.spec.get("preTunedModel", {}).get("ref", {}).get("name")
        return f"vertex/{name}" if name else ""

    @property
    def shown(self) -> dict[str, Any]:
        """What its Model and its Endpoint show: all of it, labels apart."""
        told = {api: self.spec.get(mine) for mine, api in SHOWN[self.kind].items()}
        told["displayName"] = self.spec.get(_DISPLAY[self.kind]) or self.name
        return told

    @property
    def labels(self) -> dict[str, str]:
        """Those that a person wrote."""
        return dict(self.spec.get("labels", {}))

    def differences(self, job: Json, read: str | None) -> Iterator[str]:
        """In what a training is not what the spec asks for; what it leaves unset the service decides."""
        copied = job.get("originalModelInfo", {}).get("model", "")
        if copied != self.source:
            yield f"it is a copy of {copied or 'nothing'} and should be one of {self.source or 'nothing'}"
        for path, value in _leaves(_trained(self.spec)):
            if not _same(path, value, _at(job, path)):
                yield f"{path} is {_at(job, path)!r} and should be {value!r}"
        data = {self.data} if self.setting("onDataChange", "report") == "retune" else {self.data, *self.before}
        if read is not None and learnt(read) not in [learnt(content) for content in data]:
            yield "it was trained on other examples"


def learnt(content: str) -> list[Any]:
    """Rows as a training learns them: what a line says, and not how."""
    lines = [line for line in content.removeprefix("\ufeff").splitlines() if line.strip()]
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        return list(lines)


def camel(value: Any) -> Any:
    """Keys as JSON has them, whichever way they were written; labels are not keys of the API's."""
    if isinstance(value, dict):
        return {_camel(k): v if k == "labels" else camel(v) for k, v in value.items()}
    return [camel(v) for v in value] if isinstance(value, list) else value


def _camel(key: str) -> str:
    return re.sub(r"_([a-z])", lambda m: m[1].upper(), key)


def _trained(spec: Json) -> Json:
    return {k: v for k, v in spec.items() if k not in _NOT_TRAINED}


def _leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if key in _WHERE_DATA_IS or key in _NO_WEIGHTS:
            continue
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


def _at(tree: Json, path: str) -> Any:
    for key in path.split("."):
        tree = tree.get(key, {})
    return None if tree == {} else tree


def _same(path: str, wanted: Any, found: Any) -> bool:
    if path.endswith("adapterSize"):
        return _size(wanted) == _size(found)
    if isinstance(wanted, int | float) or isinstance(found, int | float):
        return found is not None and abs(float(wanted) - float(found)) < 1e-6
    return str(wanted) == str(found)


def _size(value: Any) -> int:
    text = str(value).removeprefix("ADAPTER_SIZE_")
    return _SIZES[text] if text in _SIZES else int(text) if text.isdecimal() else 0
