"""Experiments of tuning jobs: metadata contexts that lead to the tensorboard with their metrics.

Source: recorded (the chain that Google's notebooks follow) and documented (aiplatform's constants for the keys).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator import filters, vertex_operations
from reconciler.emulator.call import MethodCall, Reply, Simulation, with_number
from reconciler.emulator.errors import not_found
from reconciler.emulator.paging import listed, page_of, page_size, read_token, rows
from reconciler.emulator.store import Resource
from reconciler.emulator.vertex_job_view import place_of

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

KIND = "context"
RUN_PREFIX = "tuning-experiment-run-"
_NAMES = ("parentContexts", "childContexts")


def begin_experiment(sim: Simulation, job: Resource) -> None:
    """Make the experiment and its one run, when a job starts to run."""
    name = job.data["doc"]["experiment"]
    store, _, experiment = name.rpartition("/contexts/")
    run = RUN_PREFIX + experiment.rpartition("-")[2]
    place = place_of(job)
    tensorboard = f"{place}/tensorboards/{tensorboard_id(sim, place)}"
    data = {"job": job.name, "tensorboard": tensorboard, "experiment": experiment, "run": run}
    first = {
        "name": name,
        "displayName": experiment,
        "schemaTitle": "system.Experiment",
        "metadata": {"backing_tensorboard_resource": tensorboard, "experiment_deleted": False},
    }
    second = {
        "name": f"{name}-{run}",
        "displayName": run,
        "parentContexts": [name],
        "schemaTitle": "system.ExperimentRun",
        "metadata": {},
    }
    for doc in (first, second):
        _insert(sim, store, doc, data)


def _insert(sim: Simulation, store: str, doc: Json, data: Json) -> None:
    now = sim.now()
    more = {"etag": str(int(sim.moment.shown * 1000)), "createTime": now, "updateTime": now, "schemaVersion": "0.0.1"}
    row = Resource(
        name=doc["name"],
        kind=KIND,
        parent=store,
        created=sim.moment.shown,
        body=msgspec.json.encode({**doc, **more}),
        data=data,
    )
    sim.store.insert(row)


def tensorboard_id(sim: Simulation, location: str) -> str:
    """The location's default tensorboard: always the same one."""
    number = int.from_bytes(sim.digest("tensorboard", location)[:8], "big")
    return str(10**18 + number % (8 * 10**18))


def _store_name(call: MethodCall) -> str:
    return f"{call.location}/metadataStores/{call.params['metadataStore']}"


def _check_store(call: MethodCall) -> str:
    if call.params["metadataStore"] != "default":
        raise not_found(f"MetadataStore {_store_name(call)} is not found.")
    return _store_name(call)


def _store_doc(call: MethodCall) -> Json:
    return {"name": f"{call.location}/metadataStores/default", "state": {}}


def get_store(call: MethodCall) -> Reply:
    """The one store of a location."""
    _check_store(call)
    return _store_doc(call)


def list_stores(call: MethodCall) -> Reply:
    """The one store of a location."""
    return {"metadataStores": [_store_doc(call)]}


def _find(call: MethodCall) -> Resource:
    name = f"{_check_store(call)}/contexts/{call.params['context']}"
    row = call.store.get(name)
    if row is None or row.kind != KIND:
        raise not_found(f"Context with name {name} is not found.")
    return row


def get_context(call: MethodCall) -> Reply:
    """An experiment or a run."""
    return _find(call).doc


def list_contexts(call: MethodCall) -> Reply:
    """Contexts of a store; a parent in a filter may be named by project id or number."""
    parent = _check_store(call)
    size = page_size(call, call.sim.settings.page_size, call.sim.settings.max_page_size)
    predicate = filters.parse(call.argument("filter"), id_field="name")

    def keep(doc: Json) -> bool:
        return predicate(doc) or predicate(_spelt_as_asked(call, doc))

    found, token = page_of(call, rows(call, KIND, parent, after=read_token(call)), size, lambda r: r.doc, keep)
    return listed("contexts", found, token)


def _spelt_as_asked(call: MethodCall, doc: Json) -> Json:
    """Parents under the project's id, when the caller named the project by it."""
    number, asked = with_number(f"projects/{call.params['project']}/x").split("/")[1], call.params["project"]
    parents = [p.replace(f"projects/{number}/", f"projects/{asked}/", 1) for p in doc.get("parentContexts", [])]
    return {**doc, "parentContexts": parents}


def lineage(call: MethodCall) -> Reply:
    """Artifacts and executions of a context: tuning leaves none (assumed)."""
    _find(call)
    return {}


def delete_context(call: MethodCall) -> Reply:
    """Delete an experiment or a run."""
    row = _find(call)
    call.store.delete(row.name)
    return vertex_operations.finished(call, call.location, "DeleteOperationMetadata")


def list_executions(call: MethodCall) -> Reply:
    """None (assumed)."""
    _check_store(call)
    return {}


HANDLERS: dict[str, Handler] = {
    "vertex.metadataStores.get": get_store,
    "vertex.metadataStores.list": list_stores,
    "vertex.metadataStores.contexts.get": get_context,
    "vertex.metadataStores.contexts.list": list_contexts,
    "vertex.metadataStores.contexts.delete": delete_context,
    "vertex.metadataStores.contexts.queryContextLineageSubgraph": lineage,
    "vertex.metadataStores.executions.list": list_executions,
}
