"""Permissions on tuned models of the Gemini API, and the list filter that asks for them.

Assumed: every caller is the same person, the owner of everything, `owner@example.com`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.call import MethodCall, Reply, Simulation
from reconciler.emulator.errors import ApiError, invalid, not_found, precondition
from reconciler.emulator.fields import mask_paths
from reconciler.emulator.paging import listed, page_of, page_size, read_token, rows
from reconciler.emulator.store import Resource

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

KIND = "permission"
OWNER = "owner@example.com"
DEFAULT_PAGE, LARGEST_PAGE = 10, 1000
_BAD_ARGUMENT = "Request contains an invalid argument."
_FILTER_ROLES = {"owner": ("OWNER",), "writers": ("OWNER", "WRITER"), "readers": ("OWNER", "WRITER", "READER")}


def _insert(sim: Simulation, model: str, given: Json) -> Json:
    key = "everyone" if given["granteeType"] == "EVERYONE" else sim.new_id("permission")[:12]
    body = {"name": f"{model}/permissions/{key}", **given}
    row = Resource(name=body["name"], kind=KIND, parent=model, created=sim.moment.shown, body=msgspec.json.encode(body))
    sim.store.insert(row)
    return body


def add_owner(sim: Simulation, model: str) -> None:
    """The permission that comes with a tuned model."""
    _insert(sim, model, {"granteeType": "USER", "emailAddress": OWNER, "role": "OWNER"})


def _permissions(sim: Simulation, model: str) -> list[Resource]:
    return sim.store.page(KIND, model, after=None, limit=10_000, oldest_first=True, until=float("inf"))


def delete_permissions(sim: Simulation, model: str) -> None:
    """The tuned model is gone."""
    for row in _permissions(sim, model):
        sim.store.delete(row.name)


def matches(sim: Simulation, doc: Json, text: str) -> bool:
    """The list filter: full text over names and descriptions, and owner:me, writers:me, readers:me|everyone."""
    words = text.casefold().split()
    plain = f"{doc.get('displayName', '')} {doc.get('description', '')}".casefold()
    return all(_term_matches(sim, doc["name"], word, plain) for word in words)


def _term_matches(sim: Simulation, model: str, word: str, plain: str) -> bool:
    kind, colon, who = word.partition(":")
    if not colon or kind not in _FILTER_ROLES:
        return word.strip('"') in plain
    found = [r.doc for r in _permissions(sim, model)]
    grantees = {"me": lambda p: p.get("emailAddress") == OWNER, "everyone": lambda p: p["granteeType"] == "EVERYONE"}
    is_meant = grantees.get(who)
    if is_meant is None:
        raise invalid(_BAD_ARGUMENT, [("filter", f"unknown value {who[:40]!r}")])
    return any(is_meant(p) and p["role"] in _FILTER_ROLES[kind] for p in found)


def _model(call: MethodCall) -> str:
    name = f"tunedModels/{call.params['tunedModel']}"
    row = call.store.get(name)
    if row is None or row.kind != "tunedModel":
        raise not_found(f"Tuned model {name} does not exist.")
    return name


def _find(call: MethodCall) -> Resource:
    name = f"{_model(call)}/permissions/{call.params['permission']}"
    row = call.store.get(name)
    if row is None:
        raise not_found(f"Permission {name} does not exist.")
    return row


def create(call: MethodCall) -> Reply:
    """Share a tuned model. EVERYONE has no address, USER and GROUP need one."""
    model, given = _model(call), {k: v for k, v in call.body.items() if k in ("granteeType", "emailAddress", "role")}
    kind, address = given.get("granteeType", ""), given.get("emailAddress", "")
    if not kind or not given.get("role") or (kind == "EVERYONE") == bool(address):
        raise invalid(
            _BAD_ARGUMENT, [("permission", "grantee_type, role and, but for EVERYONE, email_address are required.")]
        )
    if given["role"] == "OWNER":
        raise invalid(_BAD_ARGUMENT, [("permission.role", "Ownership is given by transferOwnership only.")])
    if any(
        r.doc.get("emailAddress", "") == address and r.doc["granteeType"] == kind for r in _permissions(call.sim, model)
    ):
        raise ApiError(409, "A permission for this grantee already exists.")
    return _insert(call.sim, model, given)


def get(call: MethodCall) -> Reply:
    """One permission."""
    return _find(call).doc


def list_permissions(call: MethodCall) -> Reply:
    """The permissions of a tuned model, the owner's first."""
    model, size = _model(call), page_size(call, DEFAULT_PAGE, LARGEST_PAGE)
    found, token = page_of(
        call, rows(call, KIND, model, oldest_first=True, after=read_token(call)), size, lambda r: r.doc
    )
    return listed("permissions", found, token)


def patch(call: MethodCall) -> Reply:
    """Only the role can be changed."""
    row = _find(call)
    paths = mask_paths(call.argument("updateMask"))
    if any(p != "role" for p in paths) or not call.body.get("role") or call.body["role"] == "OWNER":
        raise invalid(_BAD_ARGUMENT, [("update_mask", "Only role can be updated, to WRITER or READER.")])
    if row.doc["role"] == "OWNER":
        raise precondition("The owner's permission cannot be changed.")
    doc = {**row.doc, "role": call.body["role"]}
    _save(call, row, doc)
    return doc


def _save(call: MethodCall, row: Resource, doc: Json) -> None:
    row.body = msgspec.json.encode(doc)
    call.store.update(row)


def delete(call: MethodCall) -> Reply:
    """Stop sharing; the owner's permission stays."""
    row = _find(call)
    if row.doc["role"] == "OWNER":
        raise precondition("The owner's permission cannot be deleted.")
    call.store.delete(row.name)
    return {}


def transfer_ownership(call: MethodCall) -> Reply:
    """Make somebody else the owner; the owner before becomes a writer."""
    model, address = _model(call), call.body.get("emailAddress", "")
    if not address:
        raise invalid(_BAD_ARGUMENT, [("email_address", "is required")])
    found = _permissions(call.sim, model)
    owner = next(r for r in found if r.doc["role"] == "OWNER")
    if owner.doc["emailAddress"] != OWNER:
        raise ApiError(403, "You need to be the owner of the resource to transfer ownership")
    _save(call, owner, {**owner.doc, "role": "WRITER"})
    known = next((r for r in found if r.doc.get("emailAddress") == address), None)
    if known is not None:
        _save(call, known, {**known.doc, "role": "OWNER"})
    else:
        _insert(call.sim, model, {"granteeType": "USER", "emailAddress": address, "role": "OWNER"})
    return {}


HANDLERS: dict[str, Handler] = {
    "gemini.tunedModels.permissions.create": create,
    "gemini.tunedModels.permissions.get": get,
    "gemini.tunedModels.permissions.list": list_permissions,
    "gemini.tunedModels.permissions.patch": patch,
    "gemini.tunedModels.permissions.delete": delete,
    "gemini.tunedModels.transferOwnership": transfer_ownership,
}
