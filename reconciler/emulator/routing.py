"""From a path to a method of the published definitions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from reconciler.emulator.definitions import load

if TYPE_CHECKING:
    from reconciler.emulator.definitions import ApiMethod, Definitions

VERTEX_VERSIONS = ("v1", "v1beta1")
VERTEX_ROOT = "/vertex.googleapis.com/"
"""Below it is the same as at the root.

google-genai takes project and location from the environment only where the base URL ends with `.googleapis.com`; with
any other it asks the bare URL, without a path. Source: recorded (google-genai 2.34).
"""
GEMINI_VERSIONS = ("v1", "v1beta", "v1alpha")
_MODEL_PROMPT = re.compile(
    r"/v1(?:beta1)?/(projects/[^/]+/locations/[^/]+/models/[^/:]+):(?:generateContent|streamGenerateContent|countTokens)"
)
_RAW_PROMPT = re.compile(
    r"/v1(?:beta1)?/projects/[^/]+/locations/[^/]+/(?:endpoints|publishers/google/models)/[^/:]+"
    r":(?:predict|rawPredict|streamRawPredict|directPredict|serverStreamingPredict|explain)"
)
# Operations have a binding below /ui/ too, the one that google-cloud-aiplatform polls over REST. Source: recorded.
_UI = "ui"
_STORAGE_ROOTS = {
    ("storage", "v1"): "",
    ("download", "storage", "v1"): "download",
    ("upload", "storage", "v1"): "upload",
    ("resumable", "upload", "storage", "v1"): "upload",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A matched request: `surface.method` is the name that faults are queued for."""

    surface: str
    version: str
    method: ApiMethod
    params: dict[str, str]
    definitions: Definitions

    @property
    def name(self) -> str:
        """Such as `vertex.tuningJobs.create`."""
        return f"{self.surface}.{self.method.id}"


class _Table:
    """The methods of one service in one version, by verb, length and custom verb."""

    def __init__(self, methods: list[ApiMethod]) -> None:
        self._entries: dict[tuple[str, int, str], list[tuple[list[str], ApiMethod]]] = {}
        for method in methods:
            path, _, action = method.path.partition(":")
            template = path.split("/")
            self._entries.setdefault((method.verb, len(template), action), []).append((template, method))

    def find(self, verb: str, segments: list[str], action: str) -> tuple[ApiMethod, dict[str, str]] | None:
        for template, method in self._entries.get((verb, len(segments), action), ()):
            params = _params(template, segments)
            if params is not None:
                return method, params
        return None


def _params(template: list[str], segments: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, segment in zip(template, segments, strict=True):
        if wanted[0] == "{":
            if not segment:
                return None
            params[wanted[1:-1]] = unquote(segment)
        elif wanted != segment:
            return None
    return params


def misnamed_model(path: str) -> str:
    """What Vertex AI says about a prompt to a model of the registry, "" for other paths. Source: recorded."""
    match = _MODEL_PROMPT.fullmatch(unquote(path))
    if not match:
        return ""
    wanted = "projects/{project}/locations/{location}/publishers/google/models/{model}"
    return f"The Model name {match[1]} is malformed and it should be in form of {wanted}"


def asks_to_predict(path: str) -> str:
    """What Vertex AI says of a prompt by its older methods, which no Gemini model has; "" else. Source: recorded."""
    if not _RAW_PROMPT.fullmatch(unquote(path)):
        return ""
    guide = "https://cloud.google.com/vertex-ai/docs/generative-ai/start/quickstarts/quickstart-multimodal"
    return f"Gemini cannot be accessed through Vertex Predict/RawPredict API. Please follow {guide} for Gemini usage."


class Router:
    """All services' tables, made once per emulator."""

    def __init__(self) -> None:
        self._vertex = {
            v: (load(f"vertex.{v}"), _Table(list(load(f"vertex.{v}").methods.values()))) for v in VERTEX_VERSIONS
        }
        gemini = load("gemini.v1beta")
        self._gemini = {
            v: (gemini, _Table([m for m in gemini.methods.values() if v in m.versions])) for v in GEMINI_VERSIONS
        }
        storage = load("storage.v1")
        self._storage = (storage, _Table(list(storage.methods.values())))

    def find(self, verb: str, path: str, *, is_upload: bool = False) -> Route | None:
        """The method that a request means, None when there is none. `is_upload`: a PUT to a resumable session."""
        segments = path.split("/")[1:]
        for root, kind in _STORAGE_ROOTS.items():
            if tuple(segments[: len(root)]) == root:
                return self._storage_route(verb, segments[len(root) :], kind, is_upload=is_upload)
        if len(segments) < 2:
            return None
        version, rest = segments[0], segments[1:]
        is_ui = version == _UI and "operations" in rest
        version = VERTEX_VERSIONS[0] if is_ui else version
        rest[-1], _, action = rest[-1].partition(":")
        if rest[0] == "publishers" and version in VERTEX_VERSIONS:
            # With a key alone (express mode) there is no project in the path. Source: schema (the same methods).
            rest = ["projects", "express", "locations", "global", *rest]
        if rest[0] == "projects":
            return self._match("vertex", self._vertex, version, verb, rest, action)
        return self._match("gemini", self._gemini, version, verb, rest, action)

    def _match(
        self,
        surface: str,
        tables: dict[str, tuple[Definitions, _Table]],
        version: str,
        verb: str,
        segments: list[str],
        action: str,
    ) -> Route | None:
        if version not in tables:
            return None
        definitions, table = tables[version]
        found = table.find(verb, segments, unquote(action))
        return Route(surface, version, *found, definitions) if found else None

    def _storage_route(self, verb: str, segments: list[str], kind: str, *, is_upload: bool) -> Route | None:
        definitions, table = self._storage
        if kind == "upload":
            # A session is continued and cancelled at the address it was opened at.
            verb = "POST" if is_upload else verb
        found = table.find(verb, segments, "")
        if found is None or (kind == "upload" and found[0].id != "objects.insert"):
            return None
        if kind == "download" and found[0].id != "objects.get":
            return None
        return Route("storage", "v1", *found, definitions)
