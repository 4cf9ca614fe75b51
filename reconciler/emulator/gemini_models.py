"""tunedModels of the Gemini API: create, get, list, patch, delete, and the operations of their trainings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.emulator import catalog, gemini_tuning
from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.clock import timestamp
from reconciler.emulator.errors import ApiError, invalid, not_found, precondition
from reconciler.emulator.fields import mask_paths
from reconciler.emulator.gemini_permissions import add_owner, delete_permissions, matches
from reconciler.emulator.gemini_tuning import KIND, operation_of, render, save
from reconciler.emulator.lessons import forget_lessons
from reconciler.emulator.paging import listed, page_of, page_size, read_token, rows
from reconciler.emulator.store import Resource

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler, Simulation
    from reconciler.emulator.settings import EmulatorSettings

Json = dict[str, Any]

DEFAULT_PAGE, LARGEST_PAGE = 10, 1000
MAX_DISPLAY_NAME = 40
MAX_INPUT, MAX_OUTPUT = 40_000, 5_000
MAX_UPLOAD_BYTES = 4 << 20
MAX_STEPS = 200_000
_ID = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
_PATCHABLE = ("displayName", "description", "temperature", "topP", "topK", "readerProjectNumbers")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_BAD_ARGUMENT = "Request contains an invalid argument."


def is_retired(settings: EmulatorSettings) -> bool:
    """Whether tuning has left the service: what the catalog says, unless a setting says it."""
    return settings.catalog == "current" if settings.gemini_retired is None else settings.gemini_retired


def find_tuned_model(call: MethodCall) -> Resource:
    """The tuned model of the path. Raises ApiError 404 in the recorded words."""
    name = f"tunedModels/{call.params['tunedModel']}"
    row = call.store.get(name)
    if row is None or row.kind != KIND or not call.is_visible(row):
        raise not_found(f"Tuned model {name} does not exist.")
    return row


def create(call: MethodCall) -> Reply:
    """Start a training; answers its operation at once."""
    body, sim = call.body, call.sim
    base, parent = _source(call, body)
    examples = _examples(body)
    hyper = _hyper_parameters(body, len(examples))
    _check_values(body, base)
    _check_quota(call)
    name = f"tunedModels/{_new_id(call, body)}"
    if call.store.get(name):
        raise ApiError(409, f"Tuned model {name} already exists.")
    row = _new_row(call, name, base, parent, examples, hyper)
    gemini_tuning.begin(sim, row)
    call.store.insert(row)
    save(sim, row)
    add_owner(sim, name)
    return operation_of(sim, row)


def _source(call: MethodCall, body: Json) -> tuple[Json, Resource | None]:
    """The base model, and the tuned model that a training goes on from."""
    source = body.get("tunedModelSource", {}).get("tunedModel", "")
    if ("baseModel" in body) == bool(source):
        raise invalid(_BAD_ARGUMENT, [("tuned_model", "Exactly one of base_model and tuned_model_source must be set.")])
    parent = call.store.get(source) if source else None
    if source and (parent is None or parent.kind != KIND):
        raise not_found(f"Tuned model {source} does not exist.")
    if parent is not None and parent.data["doc"]["state"] != "ACTIVE":
        raise precondition(f"Tuned model {source} is not active.")
    name = parent.data["base"] if parent else body["baseModel"]
    full = name if name.startswith("models/") else f"models/{name}"
    base = next((m for m in catalog.gemini_models(is_retired=is_retired(call.sim.settings)) if m["name"] == full), None)
    if base is None:
        raise not_found(_unsupported(full, call.version, "createTunedModel"))
    if "createTunedModel" not in base["supportedGenerationMethods"]:
        raise invalid(f"The model {full} does not support tuning: createTunedModel is not one of its methods.")
    return base, parent


def _unsupported(name: str, version: str, method: str) -> str:
    """Recorded for generateContent (python-genai#969, June 2025)."""
    return (
        f"{name} is not found for API version {version}, or is not supported for {method}. "
        "Call ListModels to see the list of available models and their supported methods."
    )


def _examples(body: Json) -> list[tuple[str, str]]:
    """Training examples. A minimum of twenty is documented and, as recorded, not enforced."""
    found = body.get("tuningTask", {}).get("trainingData", {}).get("examples", {}).get("examples", [])
    if not found:
        raise invalid(_BAD_ARGUMENT, [("tuned_model.tuning_task.training_data", "Training data is required.")])
    pairs = [(e.get("textInput", ""), e.get("output", "")) for e in found]
    problems = [
        (f"tuned_model.tuning_task.training_data.examples.examples[{n}]", text)
        for n, (asked, answer) in enumerate(pairs)
        for text in _example_problems(asked, answer)
    ]
    if problems:
        raise invalid(_BAD_ARGUMENT, problems[:20])
    if sum(len(a.encode()) + len(b.encode()) for a, b in pairs) > MAX_UPLOAD_BYTES:
        raise invalid("Request payload size exceeds the limit: 4194304 bytes.")
    return pairs


def _example_problems(asked: str, answer: str) -> list[str]:
    found = [f"{what} must not be empty." for what, text in (("text_input", asked), ("output", answer)) if not text]
    if len(asked) > MAX_INPUT:
        found.append(f"text_input must have at most {MAX_INPUT} characters.")
    if len(answer) > MAX_OUTPUT:
        found.append(f"output must have at most {MAX_OUTPUT} characters.")
    return found


def _hyper_parameters(body: Json, examples: int) -> Json:
    given = body.get("tuningTask", {}).get("hyperparameters", {})
    path = "tuned_model.tuning_task.hyperparameters"
    if "learningRate" in given and "learningRateMultiplier" in given:
        text = "oneof field 'learning_rate_option' is already set. Cannot set 'learningRateMultiplier'"
        raise invalid(f"Invalid value at '{path}' (oneof), {text}")
    wrong = [k for k, v in given.items() if isinstance(v, str) or v <= 0]
    if wrong:
        raise invalid(_BAD_ARGUMENT, [(path, f"{name} must be positive.") for name in wrong])
    found = gemini_tuning.resolved(given, examples)
    if examples * found["epochCount"] // found["batchSize"] > MAX_STEPS:
        raise invalid(_BAD_ARGUMENT, [(path, f"At most {MAX_STEPS} steps can be trained.")])
    return found


def _check_values(body: Json, base: Json) -> None:
    """Values that create and patch check alike. Display name: recorded (41 characters fail with this text)."""
    if len(body.get("displayName", "")) > MAX_DISPLAY_NAME:
        raise invalid(_BAD_ARGUMENT)
    ranges = (("temperature", 0, base.get("maxTemperature", 1.0)), ("topP", 0, 1), ("topK", 1, 2**31))
    for name, low, high in ranges:
        value = body.get(name)
        if value is not None and (isinstance(value, str) or not low <= value <= high):
            raise invalid(_BAD_ARGUMENT, [(f"tuned_model.{name}", f"must be from {low} to {high}.")])


def _check_quota(call: MethodCall) -> None:
    limit = call.sim.settings.gemini_concurrent_jobs
    if limit and call.store.running(KIND, "") >= limit:
        raise ApiError(429, "Resource has been exhausted (e.g. check quota).")


def _random(sim: Simulation, kind: str, length: int) -> str:
    number = int.from_bytes(sim.digest(kind, sim.store.next_seq()), "big")
    return "".join(_LETTERS[number // 36**n % 36] for n in range(length))


def _new_id(call: MethodCall, body: Json) -> str:
    """The id asked for, or a slug of the display name with random letters. Source: recorded."""
    wanted = call.argument("tunedModelId")
    if wanted:
        if not _ID.fullmatch(wanted):
            raise invalid(_BAD_ARGUMENT, [("tuned_model_id", f"must match {_ID.pattern}")])
        return wanted
    slug = re.sub(r"[^a-z0-9]+", "-", body.get("displayName", "").lower()).strip("-").lstrip("0123456789-")
    letters = _random(call.sim, "tunedModel", 12)
    return f"{slug[:27].rstrip('-')}-{letters}" if slug else f"t{letters}{_random(call.sim, 'more', 8)}"


def _new_row(
    call: MethodCall, name: str, base: Json, parent: Resource | None, examples: list[tuple[str, str]], hyper: Json
) -> Resource:
    sim, body = call.sim, call.body
    now = sim.now()
    source: Json = {"baseModel": base["name"]}
    if parent is not None:
        source = {"tunedModelSource": {"tunedModel": parent.name, "baseModel": base["name"]}}
    defaults = {k: base[k] for k in ("temperature", "topP", "topK") if k in base}
    doc: Json = {
        "name": name,
        **source,
        **{k: body[k] for k in ("displayName", "description", "readerProjectNumbers") if k in body},
        "state": "CREATING",
        "createTime": now,
        "updateTime": now,
        "tuningTask": {"startTime": timestamp(sim.moment.shown, digits=9), "hyperparameters": hyper},
        **{k: body.get(k, v) for k, v in defaults.items()},
    }
    data = {
        "doc": doc,
        "base": base["name"],
        "parent": parent.name if parent else "",
        "examples": len(examples),
        "lessons": examples,
        "seed": f"{sim.settings.seed}:{name}",
        "operation": f"{name}/operations/{_random(sim, 'operation', 12)}",
    }
    return Resource(name=name, kind=KIND, parent="", created=sim.moment.shown, data=data)


def get(call: MethodCall) -> Reply:
    """One tuned model; its training data is never answered."""
    return render(call.sim, find_tuned_model(call))


def list_tuned_models(call: MethodCall) -> Reply:
    """Oldest first, ten a page. Source: recorded order (checked against a list of five), documented page size."""
    size = page_size(call, DEFAULT_PAGE, LARGEST_PAGE)
    text = call.argument("filter")
    found, token = page_of(
        call,
        rows(call, KIND, "", oldest_first=True, after=read_token(call)),
        size,
        lambda row: render(call.sim, row),
        lambda doc: matches(call.sim, doc, text),
    )
    return listed("tunedModels", found, token)


def patch(call: MethodCall) -> Reply:
    """Change what can be changed; what cannot is ignored. Without a mask everything given counts (recorded clients)."""
    row = find_tuned_model(call)
    paths = mask_paths(call.argument("updateMask"))
    if not paths and call.sim.settings.patch_needs_mask:
        raise invalid(_BAD_ARGUMENT, [("update_mask", "is required")])
    unknown = [p for p in paths if p not in call.definitions.fields("TunedModel") and p != "*"]
    if unknown:
        raise invalid(_BAD_ARGUMENT, [("update_mask", f"unknown field {unknown[0][:80]}")])
    wanted = [p for p in (call.body if not paths or "*" in paths else paths) if p in _PATCHABLE]
    base = next((m for m in catalog.GEMINI_HISTORIC + catalog.GEMINI_CURRENT if m["name"] == row.data["base"]), {})
    _check_values({k: v for k, v in call.body.items() if k in wanted}, base)
    doc = row.data["doc"]
    for path in wanted:
        if path in call.body:
            doc[path] = call.body[path]
        else:
            doc.pop(path, None)
    doc["updateTime"] = call.sim.now()
    save(call.sim, row)
    return render(call.sim, row)


def delete(call: MethodCall) -> Reply:
    """Delete a tuned model in whatever state (assumed while it is created), with its operation and permissions."""
    row = find_tuned_model(call)
    forget_lessons(call.store, row.name)
    delete_permissions(call.sim, row.name)
    call.store.delete(row.name)
    return {}


def _operation(call: MethodCall) -> Resource:
    row = call.store.get(f"tunedModels/{call.params['tunedModel']}")
    name = f"tunedModels/{call.params['tunedModel']}/operations/{call.params['operation']}"
    if row is None or row.kind != KIND or row.data["operation"] != name:
        raise not_found(f"Operation {name} does not exist.")
    return row


def get_operation(call: MethodCall) -> Reply:
    """The operation of a training, under every version."""
    return operation_of(call.sim, _operation(call))


def list_operations(call: MethodCall) -> Reply:
    """The one operation of a tuned model."""
    return {"operations": [operation_of(call.sim, find_tuned_model(call))]}


def cancel_operation(call: MethodCall) -> Reply:
    """Cancel a training; what is left is a model that failed, or an active one, as a setting says (assumed)."""
    row = _operation(call)
    if row.due is None:
        raise precondition(f"Operation {row.data['operation']} is already done and cannot be cancelled.")
    row.data["cancelled"] = True
    row.data["steps_done"] = gemini_tuning.steps_done(call.sim, row)
    row.due = call.sim.moment.trained + (0.0 if isinstance(call.sim.settings.speed, str) else 1.0)
    save(call.sim, row)
    return {}


HANDLERS: dict[str, Handler] = {
    "gemini.tunedModels.create": create,
    "gemini.tunedModels.get": get,
    "gemini.tunedModels.list": list_tuned_models,
    "gemini.tunedModels.patch": patch,
    "gemini.tunedModels.delete": delete,
    "gemini.tunedModels.operations.get": get_operation,
    "gemini.tunedModels.operations.list": list_operations,
    "gemini.tunedModels.operations.cancel": cancel_operation,
}
