"""Calls that train, of google-genai, the Vertex AI SDK and google-generativeai, in a script, which is not run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import Json
from reconciler.files.converting.bodies import in_camel, requests_in, service_of
from reconciler.files.converting.literals import Literals, dotted
from reconciler.files.converting.request import FoundRequest, NoPlace, NotLiteral
from reconciler.files.converting.tuning_settings import METHODS, TOP, USUAL, why_no_place

_HANDLED: Final = frozenset(
    {
        *("base_model", "source_model", "training_dataset", "train_dataset", "config", "method", "http_options"),
        *("validation_dataset", "pre_tuned_model_checkpoint_id"),
    }
)
_WHERE_SAID: Final = ("Client", "init")


def requests_in_script(text: str, path: str) -> list[FoundRequest] | None:
    """In the order of the script; None for what is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    literals = Literals.of(module, path)
    imported = _imported(module)
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    place = _place(calls, literals)
    found = [request for call in calls for request in _of_call(call, literals, place, imported)]
    return found or list(_of_bodies(module, literals, place))


def _place(calls: list[ast.Call], literals: Literals) -> Mapping[str, Json]:
    """What the client is made with: `genai.Client(project=…)`, `vertexai.init(…)`."""
    for call in calls:
        if dotted(call.func).rpartition(".")[2] in _WHERE_SAID:
            given = literals.arguments(call)
            if "project" in given or "location" in given:
                return {key: given[key] for key in ("project", "location") if key in given}
    return {}


def _imported(module: ast.Module) -> Mapping[str, str]:
    """What a name of the script stands for: `from vertexai.tuning.sft import train as begin`."""
    found = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom | ast.Import):
            above = f"{node.module}." if isinstance(node, ast.ImportFrom) and node.module else ""
            found.update({alias.asname or alias.name: f"{above}{alias.name}" for alias in node.names})
    return found


def _of_call(
    call: ast.Call, literals: Literals, place: Mapping[str, Json], imported: Mapping[str, str]
) -> Iterator[FoundRequest]:
    head, dot, rest = dotted(call.func).partition(".")
    name = f"{imported.get(head, head)}{dot}{rest}"
    for ending, read in _READERS.items():
        if name == ending or name.endswith(f".{ending}"):
            yield read(call, literals, place)
            return


def _genai(call: ast.Call, literals: Literals, place: Mapping[str, Json]) -> FoundRequest:
    given = literals.arguments(call)
    config = given.get("config")
    settings = {**given, **(config if isinstance(config, Mapping) else {})}
    base = given.get("base_model")
    if isinstance(base, str) and base.startswith(GEMINI.base_models or "models/"):
        return _gemini(call, {**settings, "source_model": base, "training_data": _examples(settings)}, literals, place)
    more = [NoPlace("config", config.why, config.where)] if isinstance(config, NotLiteral) else []
    return _vertex(call, settings, literals, place, base=base, more=more)


def _sdk(method: str) -> Callable[[ast.Call, Literals, Mapping[str, Json]], FoundRequest]:
    def read(call: ast.Call, literals: Literals, place: Mapping[str, Json]) -> FoundRequest:
        given = literals.arguments(call, ("source_model", "train_dataset"))
        settings = {**given, "method": method, "training_dataset": given.get("train_dataset")}
        return _vertex(call, settings, literals, place, base=given.get("source_model"))

    return read


def _vertex(
    call: ast.Call,
    given: Mapping[str, Json],
    literals: Literals,
    place: Mapping[str, Json],
    *,
    base: Json,
    more: list[NoPlace] | None = None,
) -> FoundRequest:
    where = literals.where(call)
    left_out = list(more or ())
    word = given.get("method") or USUAL
    method = METHODS.get(word.upper()) if isinstance(word, str) else None
    if method is None:
        left_out.append(NoPlace("method", f"specs do not have {word}" if isinstance(word, str) else word.why, where))
        method = METHODS[USUAL]
    known = (*TOP, *method.inside, *method.parameters, *_HANDLED)
    left_out += [NoPlace(n, why_no_place(n, method), where) for n in given if n not in known]
    data = {
        method.data: _uri(given.get("training_dataset")),
        "validationDatasetUri": _uri(given.get("validation_dataset")),
        **_in_api_names(_renamed(given, method.inside)),
        "hyperParameters": _renamed(given, method.parameters),
    }
    body = {
        **_base(base, given),
        **_renamed(given, TOP),
        method.field: {k: v for k, v in data.items() if v not in (None, {})},
    }
    return FoundRequest(
        VERTEX.name,
        body,
        where,
        f"{dotted(call.func)}(…)",
        project=place.get("project", ""),
        location=place.get("location", ""),
        left_out=tuple(left_out),
    )


def _base(base: Json, given: Mapping[str, Json]) -> dict[str, Json]:
    """A resource name is a tuned model to go on from."""
    named = base.get("base_model") or base.get("tuned_model_name") if isinstance(base, Mapping) else base
    if isinstance(named, str) and named.startswith(VERTEX.resources):
        checkpoint = given.get("pre_tuned_model_checkpoint_id")
        return {VERTEX.parent: {"tunedModelName": named, **({"checkpointId": checkpoint} if checkpoint else {})}}
    return {VERTEX.base_model: named} if named is not None else {}


def _uri(dataset: Json) -> Json:
    """Of a TuningDataset, a dictionary like it, or a text."""
    if not isinstance(dataset, Mapping):
        return dataset
    return next((dataset[k] for k in ("gcs_uri", "vertex_dataset_resource", "gcsUri") if dataset.get(k)), None)


def _in_api_names(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Rewards as a script writes them, in the API's spelling."""
    return {name: in_camel(value) if name.endswith("RewardConfig") else value for name, value in fields.items()}


def _renamed(given: Mapping[str, Json], names: Mapping[str, str]) -> dict[str, Json]:
    return {name: given[key] for key, name in names.items() if given.get(key) is not None}


def _tuned_model(call: ast.Call, literals: Literals, place: Mapping[str, Json]) -> FoundRequest:
    return _gemini(call, literals.arguments(call, ("source_model", "training_data")), literals, place)


def _gemini(call: ast.Call, given: Mapping[str, Json], literals: Literals, place: Mapping[str, Json]) -> FoundRequest:
    source, data = given.get("source_model"), given.get("training_data")
    hyper = {
        "epochCount": given.get("epoch_count"),
        "batchSize": given.get("batch_size"),
        "learningRate": given.get("learning_rate"),
        "learningRateMultiplier": given.get("learning_rate_multiplier"),
    }
    examples = _pairs(data, given)
    task = {
        "hyperparameters": {key: value for key, value in hyper.items() if value is not None},
        "trainingData": {"examples": {"examples": examples}} if isinstance(examples, list) else examples,
    }
    is_tuned = isinstance(source, str) and source.startswith(GEMINI.resources)
    body: dict[str, Json] = {GEMINI.parent: {"tunedModel": source}} if is_tuned else {GEMINI.base_model: source}
    names = {"display_name": "displayName", "tuned_model_display_name": "displayName", "description": "description"}
    body |= _renamed(given, {**names, "temperature": "temperature", "top_p": "topP", "top_k": "topK"})
    body["tuningTask"] = {key: value for key, value in task.items() if value not in (None, {})}
    model_id = given.get("id")
    return FoundRequest(
        GEMINI.name,
        {key: value for key, value in body.items() if value is not None},
        literals.where(call),
        f"{dotted(call.func)}(…)",
        name=model_id if isinstance(model_id, str) else "",
        project=place.get("project", ""),
        data_file=data if isinstance(data, str) else "",
    )


def _examples(settings: Mapping[str, Json]) -> Json:
    dataset = settings.get("training_dataset")
    return dataset.get("examples") if isinstance(dataset, Mapping) else dataset


def _pairs(data: Json, given: Mapping[str, Json]) -> Json:
    """Pairs, dictionaries of either spelling, or one of inputs to outputs. A text is the name of a file."""
    if isinstance(data, str) or data is None:
        return None
    if isinstance(data, Mapping):
        return [{"textInput": key, "output": value} for key, value in data.items()]
    if not isinstance(data, list):
        return data
    names = (given.get("input_key") or "text_input", given.get("output_key") or "output")
    return [_pair(row, *names) for row in data]


def _pair(row: Json, input_key: Json, output_key: Json) -> Json:
    if isinstance(row, list) and len(row) == 2:
        return {"textInput": row[0], "output": row[1]}
    if isinstance(row, Mapping):
        given = row.get(input_key, row.get("textInput", row.get("text_input")))
        return {"textInput": given, "output": row.get(output_key)}
    return row


def _job(call: ast.Call, literals: Literals, place: Mapping[str, Json]) -> FoundRequest:
    """`GenAiTuningServiceClient.create_tuning_job(parent=…, tuning_job=…)`."""
    given = literals.arguments(call)
    found = list(requests_in(given.get("request", given), literals.where(call)))
    if found:
        return found[0]
    left_out = NoPlace("tuning_job", "it is calculated when the script runs", literals.where(call))
    return FoundRequest(VERTEX.name, {}, literals.where(call), "create_tuning_job(…)", left_out=(left_out,), **place)


def _of_bodies(module: ast.Module, literals: Literals, place: Mapping[str, Json]) -> Iterator[FoundRequest]:
    """Dictionaries that are bodies, as scripts give them to `requests.post`."""
    for node in ast.walk(module):
        value = literals.alone(node) if isinstance(node, ast.Dict) else None
        if service_of(value):
            for found in requests_in(value, literals.where(node)):
                yield FoundRequest(found.service, found.body, found.where, "a dictionary", name=found.name, **place)


_READERS: Final[Mapping[str, Callable[[ast.Call, Literals, Mapping[str, Json]], FoundRequest]]] = {
    "tunings.tune": _genai,
    "sft.train": _sdk(USUAL),
    "preference_tuning.train": _sdk("PREFERENCE_TUNING"),
    "create_tuned_model": _tuned_model,
    "create_tuning_job": _job,
}
"""By how the name of the call ends."""
