"""The words that may stay in a recording: those of the published definitions, of base models, and of error messages.

What is not in here is taken for somebody's. So a word that is missing costs a recording a little sense, and one too
many could cost somebody a secret: the list of error messages' words holds no name of anything.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from reconciler.emulator import catalog
from reconciler.emulator.catalog import TEACHERS
from reconciler.emulator.definitions import Definitions, FieldType, load, snake
from reconciler.emulator.errors import HTTP_TO_RPC
from reconciler.emulator.open_catalog import OPEN_MODELS, VEO_MODELS
from reconciler.emulator.vertex_names import base_label

DOCUMENTS = ("vertex.v1", "vertex.v1beta1", "gemini.v1beta", "storage.v1")

VALUES = frozenset(
    (
        *(
            "default",
            "google",
            "user",
            "model",
            "function",
            "system",
            "me",
            "everyone",
            "true",
            "false",
            "global",
            "us",
            "eu",
        ),
        *("json", "media", "sse", "proto", "multipart", "resumable", "raw", "full", "noAcl", "region", "multi-region"),
        *(
            "json;enum-encoding=int",
            "json;enum-encoding=str",
            "STANDARD",
            "US-CENTRAL1",
            "US",
            "EU",
            "VIEW_UNSPECIFIED",
        ),
        *("application/json", "application/jsonl", "application/octet-stream", "text/plain", "text/html"),
        *("application/json; charset=UTF-8", "text/event-stream", "text/html; charset=UTF-8", "multipart/related"),
        *("application/x-ndjson", "scalars", "0.0.1", "/"),
        *("/train_total_loss", "/train_fraction_of_correct_next_step_preds", "/train_num_predictions"),
        *("/eval_total_loss", "/eval_fraction_of_correct_next_step_preds", "/eval_num_predictions"),
        "/preference_optimization_train_loss",
    )
)
"""Texts of the services' own that are no enumeration of the definitions."""
KEYS = frozenset(
    (
        *(
            "backing_tensorboard_resource",
            "experiment_deleted",
            "@type",
            "error",
            "errors",
            "code",
            "message",
            "status",
        ),
        *("details", "fieldViolations", "field", "description", "reason", "domain", "metadata", "location"),
        *(
            "locationType",
            "service",
            "consumer",
            "quota_metric",
            "quota_limit",
            "quota_location",
            "retryDelay",
            "violations",
        ),
        *("google-vertex-llm-tuning-base-model-id", "google-vertex-llm-tuning-job-id", "tune-type"),
    )
)
"""Keys of maps that the services put there."""
PARAMETERS = frozenset(
    ("alt", "$alt", "prettyPrint", "uploadType", "upload_protocol", "projection", "fields", "upload_id")
)
"""Query parameters of every method."""
_LOCATION = re.compile(
    r"(?:africa|asia|australia|europe|me|northamerica|southamerica|us)"
    r"-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)\d{1,2}(?:-[a-f])?"
)
_SMALL_NUMBER = re.compile(r"-?[0-9]{1,9}")
_MODEL = re.compile(
    r"gemini-\d(?:[._]\d)?-(?:flash|pro|flash-lite|ultra|nano)(?:-(?:\d{3}|preview|exp|tuning|latest|\d\d-\d{2,4}))*"
)
TYPE_URL = re.compile(
    r"type\.googleapis\.com/google\.(?:cloud\.aiplatform|ai\.generativelanguage|rpc|protobuf)\.(?:v1[a-z0-9]*\.)?[A-Za-z]+"
)
_KIND = re.compile(
    r"storage#(?:objects?|buckets?|rewriteResponse|(?:object|bucket)AccessControls?|testIamPermissionsResponse)"
    r"|system\.(?:Experiment|ExperimentRun|Artifact|Execution)"
)


@cache
def fields() -> frozenset[str]:
    """Every field of every definition, as JSON and as protos spell it, and every query parameter."""
    found: set[str] = set()
    for definitions in _documents():
        for schema in definitions.schemas:
            found.update(definitions.fields(schema))
        for method in definitions.methods.values():
            found |= method.query
    return frozenset(found | {snake(name) for name in found})


@cache
def enumerations() -> frozenset[str]:
    """Every value of every enumeration."""
    found: set[str] = set()
    for definitions in _documents():
        for schema in definitions.schemas:
            for kind in definitions.fields(schema).values():
                found.update(_names(kind))
    return frozenset(found)


@cache
def collections() -> frozenset[str]:
    """The fixed words of the definitions' paths."""
    paths = [method.path for definitions in _documents() for method in definitions.methods.values()]
    words = {word for path in paths for word in re.findall(r"[a-zA-Z]+", re.sub(r"\{\w+\}", " ", path))}
    return frozenset(words | {"v1", "v1beta", "v1beta1", "v1alpha", "ui", "storage", "upload", "download", "resumable"})


@cache
def base_models() -> frozenset[str]:
    """Ids of the base models that the emulator knows, in the forms that labels and names have them."""
    ids = {*catalog.VERTEX_MODELS, *(m["name"] for m in catalog.gemini_models(is_retired=False))}
    ids |= {*VEO_MODELS, *OPEN_MODELS, *TEACHERS}
    bare = {name.removeprefix("models/") for name in ids}
    named = {f"{publisher}/models/{model}" for publisher, model in (name.split("/") for name in OPEN_MODELS)}
    labels = {base_label(name) for name in bare}
    return frozenset(bare | labels | named | {f"publishers/{name}" for name in {*OPEN_MODELS, *named}})


@cache
def words() -> frozenset[str]:
    """Lower-case words of error messages: the listed ones, and parts of the names in the definitions."""
    text = resources.files(__package__).joinpath("vocabulary.txt").read_text(encoding="utf-8")
    named = [*fields(), *enumerations(), *collections(), *base_models()]
    parts = {part.lower() for name in named for part in re.findall(r"[A-Za-z][a-z]*|[A-Z]+", name)}
    whole = {name.lower() for name in named if name.isalpha()}
    return frozenset(text.split()) | {p for p in parts if len(p) > 2} | whole


def is_public(text: str) -> bool:
    """Whether a text is one of the services' own."""
    return (
        not text
        or text in VALUES
        or text in enumerations()
        or text in HTTP_TO_RPC.values()
        or text in base_models()
        or _SMALL_NUMBER.fullmatch(text) is not None
        or any(pattern.fullmatch(text) for pattern in (_LOCATION, _MODEL, _KIND))
    )


def _documents() -> list[Definitions]:
    return [load(name) for name in DOCUMENTS]


def _names(kind: FieldType) -> list[str]:
    return _names(kind.item) if kind.item else [name for name, _ in kind.numbers]
