"""What somebody scripts: which answer the next prompts get, as one value, and the bodies that it stands for.

Source: ours. What is answered is held against the definitions of each service when it is scripted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from reconciler.emulator.call import with_number
from reconciler.emulator.definitions import load
from reconciler.emulator.errors import ApiError, SettingError
from reconciler.emulator.schema import BodyReader

Json = dict[str, Any]
Seconds = Annotated[float, Meta(ge=0, le=600)]
Count = Annotated[int, Meta(ge=1, lt=2**31)]

SERVICES = ("vertex.v1", "vertex.v1beta1", "gemini.v1beta")
GENERATE, STREAM, COUNT = "generateContent", "streamGenerateContent", "countTokens"
METHODS = (GENERATE, STREAM, COUNT)
MOST_SCRIPTS = 10_000
CHUNK_CHARACTERS = 40
SCRIPT_HEADER = "X-Emulator-Script"
"""Tells which script an answer is of."""
_PATTERN_BYTES = 1 << 20


class ScriptedFunction(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """A call of a function that the model asks for."""

    name: str
    args: dict[str, Any] = {}
    id: str = ""


class ScriptedError(Struct, forbid_unknown_fields=True, frozen=True, rename="camel", omit_defaults=True):
    """A refusal. `retry_delay`: seconds, told as google.rpc.RetryInfo; `details`: more of google.rpc types."""

    status: Annotated[int, Meta(ge=400, le=599)]
    message: str = ""
    rpc: str = ""
    retry_delay: Seconds | None = None
    details: tuple[dict[str, Any], ...] = ()


class Breaking(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """How an answer breaks off after so many parts of its stream; one that is no stream breaks off in its middle."""

    how: Literal["cut", "malformed", "end", "error"]
    after: Annotated[int, Meta(ge=0)] = 0
    error: ScriptedError | None = None


class Script(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One scripted answer: for which calls, how often, what is said, and how it comes. See docs/emulator.md."""

    model: str = "*"
    method: str = ""
    contains: str = ""
    matches: str = ""
    nth: Count = 1
    times: Count | None = 1
    text: str | None = None
    chunks: tuple[str, ...] = ()
    function_calls: tuple[ScriptedFunction, ...] = ()
    finish_reason: str = ""
    ratings: tuple[dict[str, Any], ...] = ()
    blocked: str = ""
    usage: dict[str, Any] = {}
    response: dict[str, Any] | None = None
    responses: tuple[dict[str, Any], ...] = ()
    total_tokens: Annotated[int, Meta(ge=0, lt=2**31)] | None = None
    error: ScriptedError | None = None
    delay: Seconds = 0.0
    chunk_delay: Seconds = 0.0
    breaks: Breaking | None = None

    @property
    def is_spoken(self) -> bool:
        """Whether it says what a model says, and is not given as a whole body."""
        return self.text is not None or bool(self.chunks or self.function_calls or self.finish_reason)

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods that it can answer, of those that its pattern names."""
        able: tuple[str, ...]
        if self.error is not None:
            able = METHODS if self.method else METHODS[:2]
        elif self.total_tokens is not None:
            able = (COUNT,)
        elif self.responses or (self.breaks and self.breaks.how in {"end", "error"}):
            able = (STREAM,)
        else:
            able = METHODS[:2]
        return tuple(name for name in able if not self.method or fnmatchcase(name, self.method))


def read_script(given: Any) -> tuple[Script, tuple[str, ...]]:
    """The script, and the services in whose definitions its answer is valid. Raises SettingError with what is wrong."""
    try:
        script = msgspec.convert(given, Script)
    except msgspec.ValidationError as exc:
        raise SettingError(f"not scripted: {exc}") from None
    _check_kind(script)
    _check_pattern(script.matches)
    found = {service: _problems(script, service) for service in SERVICES}
    services = tuple(service for service, problems in found.items() if not problems)
    if not services:
        fewest = min(found.values(), key=len)
        raise SettingError("not scripted: no service answers this. " + " ".join(fewest[:5]))
    return script, services


def _check_kind(script: Script) -> None:
    kinds = {
        "text, chunks, functionCalls or finishReason": script.is_spoken,
        "blocked": bool(script.blocked),
        "response": script.response is not None,
        "responses": bool(script.responses),
        "totalTokens": script.total_tokens is not None,
        "error": script.error is not None,
    }
    given = [kind for kind, is_given in kinds.items() if is_given]
    if len(given) != 1:
        said = " and ".join(given) or "nothing"
        raise SettingError(f"not scripted: it answers {said}; give one of {'; '.join(kinds)}")
    if script.text is not None and script.chunks:
        raise SettingError("not scripted: text and chunks are the same thing twice; give one of them")
    if script.usage and not (script.is_spoken or script.blocked):
        raise SettingError("not scripted: usage belongs to text, chunks, functionCalls, finishReason or blocked")
    if script.ratings and not (script.is_spoken or script.blocked):
        raise SettingError("not scripted: ratings belong to text, chunks, functionCalls, finishReason or blocked")
    if script.breaks and (script.error or script.blocked or script.total_tokens is not None):
        raise SettingError("not scripted: breaks belongs to an answer that has parts")
    if not script.methods:
        raise SettingError(f"not scripted: no method of the name {script.method[:80]!r} could answer this")


def _check_pattern(pattern: str) -> None:
    import re2

    try:
        compiled(pattern)
    except re2.error as exc:
        said = exc.args[0] if exc.args else ""
        why = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise SettingError(f"not scripted: matches is no regular expression of RE2: {why}") from None


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """RE2: its time is linear in the text, whatever the pattern. Raises re2.error."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_BYTES
    return re2.compile(pattern, options)


def _problems(script: Script, service: str) -> list[str]:
    if script.error is not None:
        return [] if all(isinstance(d.get("@type"), str) for d in script.error.details) else [_NO_TYPE]
    definitions = load(service)
    schema = "CountTokensResponse" if script.total_tokens is not None else "GenerateContentResponse"
    is_vertex = service.startswith("vertex")
    found: list[str] = []
    for body in bodies_of(script, is_vertex=is_vertex):
        try:
            found += [text for _, text in BodyReader(definitions, is_answer=True).read_leniently(schema, body, "")[1]]
        except ApiError as exc:
            found.append(exc.message)
    return list(dict.fromkeys(found))


_NO_TYPE = 'Each of the details of an error has an "@type", such as "type.googleapis.com/google.rpc.ErrorInfo".'


def bodies_of(script: Script, *, is_vertex: bool, is_stream: bool = False) -> list[Json]:
    """The bodies of an answer, one for each part of a stream, without what only a call can say: usage and ids."""
    if script.total_tokens is not None:
        return [{"totalTokens": script.total_tokens}]
    if script.responses or script.response is not None:
        return [*script.responses] if script.responses else [script.response or {}]
    ratings = {"safetyRatings": [*script.ratings]} if script.ratings else {}
    if script.blocked:
        return [{"promptFeedback": {"blockReason": script.blocked, **ratings}, **_usage(script)}]
    spoken = [*_parts(script, is_stream=is_stream)]
    bodies: list[Json] = []
    for number, parts in enumerate(spoken, 1):
        candidate: Json = {"content": {"role": "model", **({"parts": parts} if parts else {})}}
        if number == len(spoken):
            candidate["finishReason"] = script.finish_reason or "STOP"
            candidate |= ratings
        bodies.append({"candidates": [candidate if is_vertex else {**candidate, "index": 0}]})
    bodies[-1] |= _usage(script)
    return bodies


def _usage(script: Script) -> Json:
    return {"usageMetadata": script.usage} if script.usage else {}


def _parts(script: Script, *, is_stream: bool) -> Iterator[list[Json]]:
    """The parts of each body: functions are called in the last, with no text beside them in a stream."""
    calls = [{"functionCall": msgspec.to_builtins(one)} for one in script.function_calls]
    texts = [*script.chunks] or [*pieces(script.text or "")]
    if not is_stream:
        whole = "".join(texts)
        yield [*([{"text": whole}] if whole else []), *calls]
        return
    if any(texts) or not calls:
        for text in texts:
            yield [{"text": text}] if text else []
    if calls:
        yield calls


def pieces(text: str) -> Iterator[str]:
    """The parts in which a stream sends a text: at least one."""
    for start in range(0, max(1, len(text)), CHUNK_CHARACTERS):
        yield text[start : start + CHUNK_CHARACTERS]


def fits(script: Script, method: str, names: Iterable[str], asked: str) -> bool:
    """Whether a call of a model that has these names, which asks this, is one that the script is for."""
    return (
        method in script.methods
        and any(fnmatchcase(name, script.model) for name in names)
        and script.contains in asked
        and (not script.matches or compiled(script.matches).search(asked) is not None)
    )


def names_of(params: dict[str, str]) -> list[str]:
    """What the model of a call may be called, shortest first: its id, and its names with what they are below."""
    if "tunedModel" in params:
        return [params["tunedModel"], f"tunedModels/{params['tunedModel']}"]
    if "project" not in params:
        return [params["model"], f"models/{params['model']}"]
    kind = "endpoints" if "endpoint" in params else f"publishers/{params['publisher']}/models"
    name = params.get("endpoint") or params["model"]
    full = f"projects/{params['project']}/locations/{params['location']}/{kind}/{name}"
    return [name, f"{kind}/{name}", full, with_number(full)]


def asked_of(body: Json) -> str:
    """The text of the last turn that is not the model's: words, and what functions answered as JSON."""
    body = body.get("generateContentRequest") or body
    turns = [c for c in body.get("contents", []) if c.get("role", "").lower() != "model"]
    return "".join(_words(part) for part in turns[-1].get("parts", [])) if turns else ""


def _words(part: Json) -> str:
    answered = part.get("functionResponse")
    text = part.get("text", "")
    return text if not answered else json.dumps(answered, ensure_ascii=False)
