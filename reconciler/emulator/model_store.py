"""Models of the registry as they are kept: a row that holds the answer for the default version, a row a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.store import Resource

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation

Json = dict[str, Any]

KIND, VERSION_KIND = "model", "modelVersion"


def find_model(sim: Simulation, name: str) -> Resource | None:
    """A model by its name without a version."""
    found = sim.store.get(name)
    return found if found and found.kind == KIND else None


def find_version(sim: Simulation, model: str, version: str) -> Resource | None:
    """A version by its number or alias; the default one for an empty text."""
    row = sim.store.get(f"{model}@{version}") if version.isdigit() else None
    if row is None:
        wanted = version or "default"
        row = next((v for v in versions_of(sim, model) if wanted in aliases_of(v)), None)
    return row if row and row.kind == VERSION_KIND else None


def versions_of(sim: Simulation, model: str) -> list[Resource]:
    """All versions of a model, oldest first."""
    return sim.store.page(VERSION_KIND, model, after=None, limit=10_000, oldest_first=True, until=float("inf"))


def aliases_of(version: Resource) -> list[str]:
    """The aliases of a version, which may have none."""
    found: list[str] = version.doc.get("versionAliases", [])
    return found


def insert_version(sim: Simulation, location: str, body: Json, data: Json) -> Resource:
    """Add a version, the first of a new model or the next one; it becomes the default."""
    name, number = body["name"], body["versionId"]
    model = find_model(sim, name)
    if model is None:
        sim.store.insert(_model_row(sim, location, name, body))
    else:
        for other in versions_of(sim, name):
            set_aliases(sim, other, [a for a in aliases_of(other) if a != "default"])
        body = {**body, "createTime": model.doc["createTime"]}
    version = Resource(
        name=f"{name}@{number}",
        kind=VERSION_KIND,
        parent=name,
        created=sim.moment.shown,
        body=msgspec.json.encode(body),
        data=data,
    )
    sim.store.insert(version)
    save_version(sim, version, body)
    model = find_model(sim, name)
    assert model is not None
    model.data["next_version"] = max(model.data["next_version"], int(number) + 1)
    sim.store.update(model)
    return version


def _model_row(sim: Simulation, location: str, name: str, body: Json) -> Resource:
    return Resource(
        name=name,
        kind=KIND,
        parent=location,
        created=sim.moment.shown,
        body=msgspec.json.encode(body),
        data={"next_version": 1},
    )


def save_version(sim: Simulation, row: Resource, body: Json) -> None:
    """Write a version back, and its model's answer when it is the default."""
    aliases = body.get("versionAliases", [])
    kept = body if aliases else {k: v for k, v in body.items() if k != "versionAliases"}
    row.body = msgspec.json.encode(kept)
    sim.store.update(row)
    if "default" in aliases:
        model = find_model(sim, row.parent)
        if model is not None:
            model.body = row.body
            sim.store.update(model)


def set_aliases(sim: Simulation, row: Resource, aliases: list[str]) -> None:
    """Give a version these aliases and no others."""
    save_version(sim, row, {**row.doc, "versionAliases": aliases})


def add_deployment(sim: Simulation, version: Resource, ref: Json) -> None:
    """Note on a version where it is deployed."""
    body = version.doc
    save_version(sim, version, {**body, "deployedModels": [*body.get("deployedModels", []), ref]})


def remove_deployment(sim: Simulation, version: Resource, deployed_id: str) -> None:
    """Note on a version that it is deployed there no longer."""
    body = version.doc
    left = [d for d in body.get("deployedModels", []) if d["deployedModelId"] != deployed_id]
    body.pop("deployedModels", None)
    save_version(sim, version, {**body, "deployedModels": left} if left else body)
