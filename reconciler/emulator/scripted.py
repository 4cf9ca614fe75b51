"""The scripts of this state, and what they make of one request. See scripting.py for what can be scripted.

A script is used before anything is looked up: a model, tuned or not, need not exist to be scripted. The request is
checked all the same, and one that the service would refuse uses up no script.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.call import with_number
from reconciler.emulator.dataset import tokens_of
from reconciler.emulator.errors import ApiError, SettingError
from reconciler.emulator.generation import check_request, count_tokens, stream, stream_head
from reconciler.emulator.messages import ConnectionCut, Response
from reconciler.emulator.responses import FAULT_TEXTS, encoded, error_response
from reconciler.emulator.schema import BodyReader
from reconciler.emulator.scripting import (
    COUNT,
    MOST_SCRIPTS,
    SCRIPT_HEADER,
    STREAM,
    Script,
    ScriptedFunction,
    asked_of,
    bodies_of,
    fits,
    names_of,
    read_script,
)
from reconciler.emulator.simulated import simulated_call

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler, MethodCall, Reply
    from reconciler.emulator.scripting import Breaking, ScriptedError
    from reconciler.emulator.store import Store

Json = dict[str, Any]


def add_script(store: Store, given: Any) -> int:
    """Script it; answers its number. Raises SettingError."""
    script, services = read_script(given)
    (count,) = store.sql("SELECT count(*) FROM scripts").fetchone()
    if count >= MOST_SCRIPTS:
        raise SettingError(f"not scripted: there are {MOST_SCRIPTS:,} scripts already")
    cursor = store.sql(
        "INSERT INTO scripts(body, services, seen, used) VALUES(?,?,0,0)",
        (msgspec.json.encode(script), " ".join(services)),
    )
    return int(cursor.lastrowid or 0)


def clear_scripts(store: Store, number: int | None = None) -> None:
    """Forget one, or all."""
    if number is None:
        store.sql("DELETE FROM scripts")
    else:
        store.sql("DELETE FROM scripts WHERE id=?", (number,))


def account_of_scripts(store: Store) -> list[Json]:
    """Every script with the calls that it fitted, how often it was used, and how often it is still to come."""
    rows = store.sql("SELECT id, body, services, seen, used FROM scripts ORDER BY id")
    return [_accounted(*row) for row in rows]


def _accounted(number: int, body: bytes, services: str, seen: int, used: int) -> Json:
    script = msgspec.json.decode(body, type=Script)
    left = None if script.times is None else script.times - used
    told = {"services": services.split(), "seen": seen, "used": used, "left": left}
    return {"id": number, **msgspec.to_builtins(script), **told}


def scripted(handler: Handler) -> Handler:
    """The handler of a method that prompts go to, with scripts before it."""

    @wraps(handler)
    def answer(call: MethodCall) -> Reply:
        verb = call.method.id.rpartition(".")[2]
        found = None
        if _is_scripted(call.store):
            if verb != COUNT:
                check_request(call, _base_of(call))
            found = _take(call, verb)
        if found is not None:
            return _answered(call, verb, *found)
        return _unscripted(call) or _demanded(call, verb, handler(call))

    return answer


def _demanded(call: MethodCall, verb: str, reply: Reply) -> Reply:
    """The usual reply, or of a base model the call of a function, where the request allows nothing else."""
    is_refused = isinstance(reply, Response) and reply.status != 200
    demanded = simulated_call(call.body) if verb != COUNT and _base_of(call) and not is_refused else None
    if demanded is None:
        return reply
    name, arguments = demanded
    return _said(call, verb, Script(function_calls=(ScriptedFunction(name, arguments),)))


def _is_scripted(store: Store) -> bool:
    return store.sql("SELECT 1 FROM scripts LIMIT 1").fetchone() is not None


def _unscripted(call: MethodCall) -> Response | None:
    if call.sim.settings.unscripted != "refuse":
        return None
    text = f"No script of the emulator fits this call of {names_of(call.params)[0]}, and its setting unscripted refuses"
    return error_response(ApiError(501, f"{text} what is not scripted: see /_emulator/scripts."), call.request)


def _take(call: MethodCall, verb: str) -> tuple[int, Script] | None:
    """The script that this call uses up: the first of those for some calls, else the last of those for all."""
    service = call.definitions.package.removeprefix("google.cloud.aiplatform.")
    service = f"vertex.{service}" if _is_vertex(call) else "gemini.v1beta"
    names, asked = names_of(call.params), asked_of(call.body)
    limited: list[tuple[int, Script]] = []
    lasting: list[tuple[int, Script]] = []
    rows = call.store.sql("SELECT id, body, services, seen, used FROM scripts").fetchall()
    for number, body, services, seen, used in rows:
        script = msgspec.json.decode(body, type=Script)
        pattern = msgspec.structs.replace(script, model=with_number(script.model))
        if service not in services.split() or not fits(pattern, verb, names, asked):
            continue
        call.store.sql("UPDATE scripts SET seen = seen + 1 WHERE id=?", (number,))
        if seen + 1 >= script.nth and (script.times is None or used < script.times):
            (lasting if script.times is None else limited).append((number, script))
    found = min(limited, default=None, key=_number) or max(lasting, default=None, key=_number)
    if found is not None:
        call.store.sql("UPDATE scripts SET used = used + 1 WHERE id=?", (found[0],))
    return found


def _number(found: tuple[int, Script]) -> int:
    return found[0]


def _base_of(call: MethodCall) -> str:
    return call.params.get("model", "").partition("@")[0]


def _is_vertex(call: MethodCall) -> bool:
    return "aiplatform" in call.definitions.package


def _answered(call: MethodCall, verb: str, number: int, script: Script) -> Response:
    if script.delay:
        call.lasts_s, call.sleeps = script.delay, True
    response = _said(call, verb, script)
    headers = [*response.headers, (SCRIPT_HEADER, str(number))]
    return Response(response.status, headers, response.chunks, script.chunk_delay)


def _said(call: MethodCall, verb: str, script: Script) -> Response:
    if script.error is not None:
        return error_response(error_of(script.error), call.request)
    bodies = [_whole(call, body) for body in bodies_of(script, is_vertex=_is_vertex(call), is_stream=verb == STREAM)]
    if script.total_tokens is None:
        bodies = [{**body, **_common(call, script, body)} for body in bodies]
        if not script.usage and (script.is_spoken or script.blocked):
            bodies[-1]["usageMetadata"] = _usage(call, script)
    if verb != STREAM:
        response = encoded(call, _as_often_as_asked(call, script, bodies[0]))
        return _broken(response, script.breaks) if script.breaks else response
    response = stream(call, bodies)
    return _broken_stream(call, bodies, script.breaks) if script.breaks else response


def _as_often_as_asked(call: MethodCall, script: Script, body: Json) -> Json:
    """With as many equal candidates as the request asks for, where no whole body was given."""
    count = call.body.get("generationConfig", {}).get("candidateCount", 1)
    if count == 1 or not script.is_spoken:
        return body
    (candidate,) = body["candidates"]
    return {**body, "candidates": [{**candidate, **({"index": n} if n else {})} for n in range(count)]}


def _whole(call: MethodCall, body: Json) -> Json:
    """In canonical form: a message that the definitions of this service have."""
    schema = "CountTokensResponse" if "totalTokens" in body else call.method.answer
    return BodyReader(call.definitions, is_answer=True).read_leniently(schema, body, "")[0]


def _common(call: MethodCall, script: Script, body: Json) -> Json:
    """What every part of an answer has that nobody scripted."""
    if script.response is not None or script.responses:
        return {}
    base = _base_of(call)
    common: Json = {"modelVersion": base} if base else {}
    if _is_vertex(call):
        number = call.sim.digest("scripted", call.sim.moment.shown, asked_of(call.body))
        common["createTime"] = call.sim.now()
        common["responseId"] = base64.urlsafe_b64encode(number[:16]).decode().rstrip("=")
    return {name: value for name, value in common.items() if name not in body}


def _usage(call: MethodCall, script: Script) -> Json:
    said = "".join(script.chunks) or script.text or ""
    said += "".join(msgspec.json.encode(one).decode() for one in script.function_calls)
    prompt, answer = count_tokens(call.body), tokens_of(said)
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": answer, "totalTokenCount": prompt + answer}
    return {name: count for name, count in counts.items() if count}


def error_of(error: ScriptedError) -> ApiError:
    """The refusal, with its delay in the form of google.rpc.RetryInfo."""
    details = [dict(one) for one in error.details]
    if error.retry_delay is not None:
        delay = f"{error.retry_delay:.9f}".rstrip("0").rstrip(".") + "s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    message = error.message or FAULT_TEXTS.get(error.status, "Scripted error.")
    return ApiError(error.status, message, rpc=error.rpc, details=details)


def _broken(response: Response, breaks: Breaking) -> Response:
    """Half of the body: as if it were all, or with the connection cut after it."""
    body = b"".join(response.chunks)
    half = body[: len(body) // 2]
    if breaks.how == "cut":
        return Response(response.status, response.headers, _then_cut([half]))
    headers = [(k, v) for k, v in response.headers if k.lower() != "content-length"]
    return Response(response.status, [*headers, ("Content-Length", str(len(half)))], [half])


def _broken_stream(call: MethodCall, bodies: list[Json], breaks: Breaking) -> Response:
    """So many parts as they are, and then what breaks the stream."""
    if breaks.how == "error":
        error = error_of(breaks.error) if breaks.error else ApiError(500, FAULT_TEXTS[500])
        return stream(call, [*bodies[: breaks.after], error.body()])
    if breaks.how == "end":
        return stream(call, bodies[: breaks.after])
    after = min(breaks.after, len(bodies))
    whole = stream(call, bodies)
    parts = [*whole.chunks]
    chunks = parts[:after]
    if breaks.how == "malformed":
        broken = parts[after] if after < len(bodies) else stream_head(call)
        return Response(200, whole.headers, [*chunks, broken[: max(1, len(broken) // 2)]])
    return Response(200, whole.headers, _then_cut(chunks))


def _then_cut(chunks: list[bytes]) -> Iterator[bytes]:
    yield from chunks
    raise ConnectionCut("in the middle of an answer, as scripted")
