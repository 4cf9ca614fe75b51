"""Models of the registry with their versions, aliases and checkpoints.

A model is a row that holds the answer for its default version; each version is a row of its own below it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.emulator import filters, vertex_operations
from reconciler.emulator.call import MethodCall, Reply, Simulation
from reconciler.emulator.errors import conflict, field_errors, invalid, not_found, precondition
from reconciler.emulator.fields import mask_paths, selected
from reconciler.emulator.lessons import forget_lessons
from reconciler.emulator.model_store import (
    KIND,
    VERSION_KIND,
    aliases_of,
    find_model,
    find_version,
    save_version,
    set_aliases,
    versions_of,
)
from reconciler.emulator.paging import is_plain, listed, make_token, page_of, page_size, raw_page, read_token, rows
from reconciler.emulator.store import Resource
from reconciler.emulator.vertex_names import display_name_problems, label_problems, system_labels

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

_MODEL_FIELDS = ("displayName", "description", "labels")
_VERSION_FIELDS = ("versionDescription", "defaultCheckpointId")
_ALIAS = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]")


def _resolve(call: MethodCall) -> tuple[Resource, Resource]:
    """The model and the version that the path means. Raises ApiError 404."""
    model_id, _, version = call.params["model"].partition("@")
    name = f"{call.location}/models/{model_id}"
    model = find_model(call.sim, name)
    found = find_version(call.sim, name, version) if model else None
    if model is None or found is None or not call.is_visible(found):
        raise not_found(f"The Model {call.location}/models/{call.params['model']} does not exist.")
    return model, found


def get(call: MethodCall) -> Reply:
    """The default version, or the one that the name gives."""
    _, version = _resolve(call)
    return version.doc


def list_models(call: MethodCall) -> Reply:
    """The default version of every model."""
    size = page_size(call, call.sim.settings.page_size, call.sim.settings.max_page_size)
    if is_plain(call):
        return raw_page(call, KIND, size, "models", lambda row: row[2])
    keep = filters.parse(call.argument("filter"), id_field="model")
    found, token = page_of(call, rows(call, KIND, call.location, after=read_token(call)), size, lambda r: r.doc, keep)
    return listed("models", _masked(call, _ordered(call, found)), token)


def _ordered(call: MethodCall, found: list[Json]) -> list[Json]:
    """A page in the order asked for. Source: documented fields; assumed that an order applies within a page."""
    return filters.ordered(found, call.argument("orderBy"), ("displayName", "createTime", "updateTime"))


def _masked(call: MethodCall, found: list[Json]) -> list[Json]:
    mask = call.argument("readMask")
    return [selected(doc, mask) for doc in found] if mask else found


def list_versions(call: MethodCall) -> Reply:
    """All versions; a name in this answer carries its version's number. Source: documented (discovery)."""
    model, _ = _resolve(call)
    size = page_size(call, call.sim.settings.page_size, call.sim.settings.max_page_size)
    keep = filters.parse(call.argument("filter"), id_field="model")
    found, token = page_of(
        call,
        rows(call, VERSION_KIND, model.name, after=read_token(call)),
        size,
        lambda r: {**r.doc, "name": r.name},
        keep,
    )
    return listed("models", _masked(call, found), token)


def list_checkpoints(call: MethodCall) -> Reply:
    """The checkpoints of a version."""
    _, version = _resolve(call)
    found = [{k: c[k] for k in ("checkpointId", "epoch", "step") if k in c} for c in version.doc.get("checkpoints", [])]
    size = page_size(call, call.sim.settings.page_size, call.sim.settings.max_page_size)
    start = read_token(call) or 0
    token = make_token(call, start + size) if len(found) > start + size else ""
    return listed("checkpoints", found[start : start + size], token)


def patch(call: MethodCall) -> Reply:
    """Change display name, description, labels, version description or the default checkpoint."""
    _, version = _resolve(call)
    body = call.body
    paths = mask_paths(call.argument("updateMask"))
    if not paths and call.sim.settings.patch_needs_mask:
        raise field_errors([("update_mask", "Required field is not set.")])
    paths = [p for p in paths or body if p in _MODEL_FIELDS + _VERSION_FIELDS]
    _check_patch(body, paths, version)
    if "labels" in paths:
        body = {**body, "labels": {**body.get("labels", {}), **system_labels(version.doc)}}
    _check_etag(body, version.doc)
    doc = {**version.doc, **{p: body[p] for p in paths if p in body}}
    for path in paths:
        if path not in body:
            doc.pop(path, None)
    now = call.sim.now()
    doc.update(updateTime=now, versionUpdateTime=now, etag=call.sim.digest("etag", doc["name"], now, paths).hex()[:16])
    save_version(call.sim, version, doc)
    _share(call.sim, version, doc, [p for p in paths if p in _MODEL_FIELDS])
    return doc


def _share(sim: Simulation, version: Resource, doc: Json, paths: list[str]) -> None:
    """Display name, description and labels belong to the model: its other versions answer them too."""
    for other in versions_of(sim, version.parent) if paths else ():
        if other.name != version.name:
            kept = {k: v for k, v in other.doc.items() if k not in paths}
            save_version(sim, other, {**kept, **{p: doc[p] for p in paths if p in doc}})


def _check_patch(body: Json, paths: list[str], version: Resource) -> None:
    problems = label_problems(body.get("labels", {}), "model.labels") if "labels" in paths else []
    problems += display_name_problems(body.get("displayName", ""), "model.display_name")
    if "displayName" in paths and not body.get("displayName"):
        problems.append(("model.display_name", "Required field is not set."))
    if "defaultCheckpointId" in paths:
        known = [c["checkpointId"] for c in version.doc.get("checkpoints", [])]
        if body.get("defaultCheckpointId") not in known:
            problems.append(("model.default_checkpoint_id", "The checkpoint does not exist."))
    if problems:
        raise field_errors(problems)


def _check_etag(body: Json, doc: Json) -> None:
    if body.get("etag") and body["etag"] != doc["etag"]:
        raise conflict("The etag does not match that of the resource; it was changed meanwhile.")


def merge_aliases(call: MethodCall) -> Reply:
    """Add aliases to a version, and remove those that begin with a dash."""
    model, version = _resolve(call)
    wanted = call.body.get("versionAliases", [])
    added, removed = [a for a in wanted if not a.startswith("-")], {a[1:] for a in wanted if a.startswith("-")}
    wrong = [a for a in [*added, *removed] if not _ALIAS.fullmatch(a)]
    if wrong or not wanted:
        raise field_errors([("version_aliases", f"Invalid version alias {''.join(wrong[:1])[:80]!r}.")])
    if "default" in removed:
        raise invalid("The default alias cannot be removed; give it to another version.")
    for other in versions_of(call.sim, model.name) if added else ():
        if other.name != version.name:
            set_aliases(call.sim, other, [a for a in aliases_of(other) if a not in added])
    own = aliases_of(version)
    set_aliases(call.sim, version, [a for a in dict.fromkeys([*own, *added]) if a not in removed])
    return version.doc


def delete(call: MethodCall) -> Reply:
    """Delete a model with all versions; refused while any is deployed anywhere."""
    if "@" in call.params["model"]:
        raise field_errors([("name", "Invalid Model resource name.")])
    model, _ = _resolve(call)
    found = versions_of(call.sim, model.name)
    for version in found:
        _refuse_deployed(version)
    for version in found:
        forget_lessons(call.store, version.name)
        call.store.delete(version.name)
    call.store.delete(model.name)
    return vertex_operations.finished(call, model.name, "DeleteOperationMetadata")


def delete_version(call: MethodCall) -> Reply:
    """Delete one version, which must not be the only one; another becomes the default where it was (assumed)."""
    model, version = _resolve(call)
    if "@" not in call.params["model"]:
        raise field_errors([("name", "Invalid Model version resource name.")])
    if len(versions_of(call.sim, model.name)) == 1:
        raise precondition("The only version of a Model cannot be deleted. Use DeleteModel to delete the Model.")
    _refuse_deployed(version)
    forget_lessons(call.store, version.name)
    call.store.delete(version.name)
    if "default" in aliases_of(version):
        newest = versions_of(call.sim, model.name)[-1]
        set_aliases(call.sim, newest, ["default", *aliases_of(newest)])
    return vertex_operations.finished(call, model.name, "DeleteOperationMetadata")


def _refuse_deployed(version: Resource) -> None:
    endpoints = [d["endpoint"] for d in version.doc.get("deployedModels", [])]
    if endpoints:
        raise precondition(
            "The Model is deployed or being deployed at the following Endpoint(s): "
            f"{', '.join(endpoints)}. Please undeploy the model before retry."
        )


HANDLERS: dict[str, Handler] = {
    "vertex.models.get": get,
    "vertex.models.list": list_models,
    "vertex.models.listVersions": list_versions,
    "vertex.models.listCheckpoints": list_checkpoints,
    "vertex.models.patch": patch,
    "vertex.models.mergeVersionAliases": merge_aliases,
    "vertex.models.delete": delete,
    "vertex.models.deleteVersion": delete_version,
}
