"""JSON Schema (draft 7, which editors know best) of every kind of document, made from the types that load them.

Both spellings of a field are accepted, as the loader accepts them; what the schema cannot say (other
documents, files on disk) only the loader finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from reconciler.files.descriptions import descriptions_of
from reconciler.files.fields import fields_of
from reconciler.files.schema import BACKENDS, KINDS, STATEMENTS
from reconciler.files.schema.base import Part
from reconciler.files.schema.gate import BOUND_NEEDS, PROMPT_NEEDS, BoundPart, PromptPart
from reconciler.files.schema.gemini import GeminiSpec
from reconciler.files.yaml_spelling import snake, spellings

Schema: TypeAlias = dict[str, Any]

SCHEMA_NAMES: Final = ("specs", *KINDS)
"""What `json_schema` knows; `specs` takes every kind that stands among specs, for a folder that holds several."""

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_HOME: Final = "https://tuneform.dev/schema/v1"
_OWN_WORDS: Final = ("title", "default", "description")
_AT_LEAST_ONE: Final = {PromptPart: PROMPT_NEEDS, BoundPart: BOUND_NEEDS}


def json_schema(name: str) -> Schema:
    """The schema of one kind, or of `specs`. Raise KeyError for another name."""
    body = _specs() if name == "specs" else _kind(KINDS[name])
    return {"$schema": _DRAFT, "$id": f"{_HOME}/{name}.json", **body}


def _specs() -> Schema:
    """The schema of the document's own kind, so that an editor complains about that one alone."""
    bodies = {kind: _kind(KINDS[kind]) for kind in (*BACKENDS, *STATEMENTS)}
    definitions = {name: part for body in bodies.values() for name, part in body.pop("definitions").items()}
    choices = [
        {"if": {"properties": {"kind": {"const": kind}}}, "then": {"$ref": f"#/definitions/{kind}"}} for kind in bodies
    ]
    return {
        "title": "A tuned model, or what became of one",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(bodies), "description": "Kind of this document."}},
        "allOf": choices,
        "definitions": {**definitions, **bodies},
    }


def _kind(part: type[Part]) -> Schema:
    schema = part.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions: Schema = schema.pop("$defs", {})
    for below in dict.fromkeys(_parts(part)):
        _complete(below, schema if below is part else definitions[below.__name__])
    return {**schema, "definitions": definitions}


def _parts(part: type[Part]) -> Iterator[type[Part]]:
    yield part
    for known in fields_of(part).values():
        if known.part is not None:
            yield from _parts(known.part)


def _complete(part: type[Part], schema: Schema) -> None:
    """Add what pydantic does not know: the second spelling, the sentences, the fields that exclude each other."""
    sentences = descriptions_of(part)
    properties: Schema = {}
    for name, known in fields_of(part).items():
        properties[name] = _property(schema["properties"][name], sentences[known.attribute])
        if snake(name) != name:
            properties[snake(name)] = {**properties[name], "description": f"The same as {name}."}
    rules = [*_required(schema.pop("required", [])), *_once(part), *_alternatives(part)]
    schema.pop("allOf", None)
    schema.update(properties=properties, description=part.__doc__, **({"allOf": rules} if rules else {}))


def _property(schema: Schema, sentence: str) -> Schema:
    """Draft 7 ignores everything beside a $ref, so that a reference is wrapped."""
    body = {key: _closed(value) for key, value in _closed(schema).items() if key not in _OWN_WORDS}
    if "$ref" in body:
        body = {"allOf": [body]}
    default = schema.get("default")
    shown = {} if default is None or isinstance(default, dict | list) else {"default": default}
    return {"description": sentence, **body, **shown}


def _closed(schema: Any) -> Any:
    """Keys of free mappings that have a form must have it."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if isinstance(schema, dict) and "patternProperties" in schema:
        return {**schema, "additionalProperties": False}
    return schema


def _required(names: list[str]) -> Iterator[Schema]:
    return (_has(name) for name in names)


def _has(name: str, *below: str) -> Schema:
    """The field is there, in either spelling; with a path, a field below it."""
    spelt = list(dict.fromkeys(spellings(name)))
    one = [{"required": [s], **({"properties": {s: _has(*below)}} if below else {})} for s in spelt]
    return one[0] if len(one) == 1 else {"anyOf": one}


def _once(part: type[Part]) -> Iterator[Schema]:
    for name in fields_of(part):
        if snake(name) != name:
            yield {"not": {"required": [name, snake(name)]}}


def _alternatives(part: type[Part]) -> Iterator[Schema]:
    for rule in part.alternatives:
        chosen = [_has(name) for name in rule.fields]
        if rule.is_required:
            yield {"oneOf": chosen}
        else:
            yield {"not": {"allOf": chosen}}
    if part.some:
        yield {"anyOf": [_has(name) for name in part.some]}
    if part in _AT_LEAST_ONE:
        yield {"anyOf": [_has(name) for name in _AT_LEAST_ONE[part].fields]}
    if part is GeminiSpec:
        data = [_has("tuningTask", "trainingData"), _has("tuneform", "dataFile")]
        yield {"anyOf": [*data, _has("tuneform", "existing")]}
        yield {"not": {"allOf": data}}
