"""Whatever stands in a project: import writes specs after which the plan is empty, and touches nothing else.

`TUNEFORM_STATES` is how many states are made; the part in `make test` is spread over all of them. The judge reads the
API's answers and the YAML as written, and nothing of the product.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from math import gcd
from typing import Any

import pytest
import yaml

from tests.crash.summary import PROPERTY
from tests.ownership.room import PLACE, Room
from tests.ownership.strangers import ELSEWHERE, KINDS, Made, Strangers, strangers_in

STATES = 200
SEEN = int(os.environ.get("TUNEFORM_STATES", "25"))
_STEP = 87
"""Prime to the number of states and of kinds, so that the first ones are of every kind already."""
SEEDS = [number * _STEP % STATES for number in range(SEEN)] if SEEN <= STATES else list(range(SEEN))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_imported_is_what_is_there_and_leaves_an_empty_plan(
    make_room: Callable[..., Room],
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    room = make_room()
    made = strangers_in(room, seed)
    if any(m.is_running for m in made.made):
        monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    before = everything(room)

    shown = [room.run("import", "--all", "--yes")]
    shown += [room.run("import", f"vertex/named-{n}", m.name, "--yes") for n, m in enumerate(named(made))]

    told = "\n".join(s.text for s in shown)
    assert {s.code for s in shown} <= {0, 4}, told
    awaited = [m for m in made.made if m.is_running and m.comes_in]
    assert sorted(action.split()[0] for action in room.actions()) == ["await"] * len(awaited), told
    assert list(wrong(room, made, before)) == []
    record_property(PROPERTY, f"import, and plan again|{STATES if seed == SEEDS[0] else 0}|1|1")


def test_the_states_are_of_every_kind() -> None:
    assert gcd(_STEP, STATES) == 1
    assert set(KINDS) <= {KINDS[seed % len(KINDS)] for seed in range(STATES)}


def named(made: Strangers) -> list[Made]:
    return [m for m in made.made if m.comes_in == "name"]


def everything(room: Room) -> dict[str, Any]:
    """Every resource by its name, as the API answers it."""
    found: dict[str, Any] = {}
    for place in (PLACE, ELSEWHERE, f"{PLACE.rpartition('/')[0]}/us"):
        for collection in ("tuningJobs", "models", "endpoints"):
            answer = room.ask("GET", f"/v1/{place}/{collection}", query="pageSize=100")
            found |= {one["name"]: one for one in answer.get(collection, [])}
    tuned = room.ask("GET", "/v1beta/tunedModels", query="pageSize=100").get("tunedModels", [])
    return found | {one["name"]: one for one in tuned}


def wrong(room: Room, made: Strangers, before: dict[str, Any]) -> Iterator[str]:
    """What is not as it should be, in words."""
    specs = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in (room.folder / "specs").glob("*.yaml")]
    by_name = {spec["spec"]["tuneform"]["existing"]: spec for spec in specs}
    wanted = {m.name for m in made.made if m.comes_in}
    if set(by_name) != wanted:
        yield f"specs of {sorted(by_name)}, and there should be of {sorted(wanted)}"
    after = everything(room)
    yield from (f"{name} is gone" for name in before if name not in after)
    yield from (f"{name} is new" for name in after if name not in before)
    for name, spec in by_name.items():
        yield from (f"{name}: {what}" for what in _differs(spec, before[name.partition("@")[0]], after))
    touched = {m for name in by_name for m in _resources_of(before.get(name.partition("@")[0], {}), before)}
    for name, resource in before.items():
        if name in after and name not in touched and _still(resource) != _still(after[name]):
            yield f"{name} was touched"


def _differs(spec: dict[str, Any], there: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """The spec against the job, and what people see against the Model as it is now."""
    fields = spec["spec"]
    if spec["kind"] == "GeminiTunedModel":
        pairs = [(name, fields.get(name), there.get(name)) for name in ("baseModel", "displayName", "temperature")]
        pairs.append(("description", fields.get("description", ""), there.get("description", "")))
    elif "/models/" in there["name"]:
        pairs = [("tunedModelDisplayName", fields.get("tunedModelDisplayName"), there["displayName"])]
    else:
        method = next(name for name in there if name.endswith(("TuningSpec", "OptimizationSpec")))
        parent = there.get("preTunedModel", {}).get("tunedModelName")
        pairs = [
            ("the parent", (fields.get("preTunedModel") or {}).get("tunedModelName"), parent),
            ("baseModel", fields.get("baseModel"), None if parent else there.get("baseModel")),
            ("the data", fields[method]["trainingDatasetUri"], there[method]["trainingDatasetUri"]),
            ("validation", fields[method].get("validationDatasetUri"), there[method].get("validationDatasetUri")),
            ("location", fields.get("location", "us-central1"), there["name"].split("/")[3]),
        ]
        model = after.get(there.get("tunedModel", {}).get("model", "").partition("@")[0])
        if model:
            pairs.append(("display name", fields.get("tunedModelDisplayName"), model["displayName"]))
            pairs.append(("labels", fields.get("labels", {}), _peoples(model.get("labels", {}))))
    yield from (f"{name} is {given!r} and not {is_there!r}" for name, given, is_there in pairs if given != is_there)


def _peoples(labels: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in labels.items() if not k.startswith(("google-", "tuneform-")) and k != "tune-type"}


def _resources_of(job: dict[str, Any], before: dict[str, Any]) -> set[str]:
    """What may be labelled: the Model and the Endpoints of what was taken in."""
    made = job.get("tunedModel", {})
    names = {made.get("model", "").partition("@")[0], made.get("endpoint", "")}
    names |= {c.get("endpoint", "") for c in made.get("checkpoints", [])}
    if "/models/" in job.get("name", ""):
        names |= {job["name"], *(d["endpoint"] for d in job.get("deployedModels", []))}
    return names & set(before)


def _still(resource: dict[str, Any]) -> dict[str, Any]:
    """Without what a look moves along: a training goes on."""
    moving = (
        "updateTime",
        "state",
        "endTime",
        "startTime",
        "tunedModel",
        "tuningDataStats",
        "experiment",
        "tuningTask",
    )
    return {
        key: value for key, value in resource.items() if key not in (*moving, "tuningJobState", "tuningJobMetadata")
    }
