"""Experiments of tuning jobs: metadata contexts that lead to the tensorboard with their metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.store import Row

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler, World

Json = dict[str, Any]

KIND = "context"


def begin_experiment(world: World, job: Row) -> None:
    """Make the experiment and its one run, when a job starts to run."""
    name = job.data["doc"]["experiment"]
    store, _, experiment = name.rpartition("/contexts/")
    now = world.now()
    tensorboard = f"{job.parent}/tensorboards/{_tensorboard_id(world, job.parent)}"
    common = {"createTime": now, "updateTime": now, "schemaVersion": "0.0.1"}
    body = {
        "name": name,
        "displayName": experiment,
        **common,
        "schemaTitle": "system.Experiment",
        "metadata": {"backing_tensorboard_resource": tensorboard, "experiment_deleted": False},
    }
    run = f"{experiment}-run"
    run_body = {
        "name": f"{store}/contexts/{run}",
        "displayName": "run",
        **common,
        "schemaTitle": "system.ExperimentRun",
        "parentContexts": [name],
        "metadata": {},
    }
    for doc in (body, run_body):
        _insert(world, store, doc, {"job": job.name, "tensorboard": tensorboard})
    job.data["tensorboard"] = tensorboard


def _insert(world: World, store: str, doc: Json, data: Json) -> None:
    doc["etag"] = str(int(world.moment.shown * 1000))
    row = Row(
        name=doc["name"], kind=KIND, parent=store, created=world.moment.shown, body=msgspec.json.encode(doc), data=data
    )
    world.store.insert(row)


def _tensorboard_id(world: World, location: str) -> str:
    """The location's default tensorboard: always the same one."""
    number = int.from_bytes(world.digest("tensorboard", location)[:8], "big")
    return str(10**18 + number % (8 * 10**18))


HANDLERS: dict[str, Handler] = {}
