"""The fault matrix: scenarios x methods x faults, each cell a run that is troubled, a run after it, and a verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.crash.distortion import RUNNING
from tests.crash.matrix import IS_FULL, Reference, differences, parent, touched
from tests.crash.stage import Ended, Stage
from tests.crash.verdict import everything, strangers, verdict

FOR_EVER = None
_STILL_RUNNING = 4
PATIENCE = ("--timeout", "20s")
CLIENT_S, SILENCE_S = 0.15, 0.4
"""How long the client waits for an answer, and how long the service is silent. Seconds of the real clock."""

FAULTS = (
    "status:429",
    "status:429;retry-after=3",
    "status:500",
    "status:503",
    "reset-before",
    "reset-after",
    "truncate",
    "html",
    "duplicate",
    f"delay:{SILENCE_S}",
)
LAG = "lag:0.9"
"""Less than `listLag`, which promises as much."""
STUCK = ("vertex.tuningJobs.run", "gemini.tunedModels.run")
SWITCHES = ("unknown_states", "endless_operations")
CUT = "the service goes away"

_METHODS = (
    *(f"vertex.tuningJobs.{verb}" for verb in ("create", "get", "list", "cancel")),
    *(f"vertex.models.{verb}" for verb in ("get", "list", "listVersions", "patch", "delete", "deleteVersion")),
    *(f"vertex.endpoints.{verb}" for verb in ("get", "list", "patch", "undeployModel", "delete")),
    *("vertex.operations.get", "vertex.endpoints.operations.get", "vertex.models.operations.get"),
    *(f"gemini.tunedModels.{verb}" for verb in ("create", "get", "list", "patch", "delete")),
    *("gemini.tunedModels.operations.get", "gemini.tunedModels.operations.cancel"),
    *("storage.objects.get", "storage.objects.insert"),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong. `method` is empty where it is the whole service, at boundary `at`."""

    fault: str
    method: str = ""
    at: int = 0

    @property
    def is_for_good(self) -> bool:
        """Whether it cannot be lifted: a training that hangs, or one that the service made twice of one request."""
        return self.fault == "stuck" or (self.fault == "duplicate" and self.method.endswith(".create"))

    def __str__(self) -> str:
        return f"{self.fault} at {self.method or f'boundary {self.at}'}"


def troubles(known: Reference) -> list[Trouble]:
    """Everything that can go wrong in this scenario."""
    met = methods_of(known)
    found = [Trouble(fault, method) for method in met for fault in FAULTS if _can_be(fault, method)]
    found += [Trouble(LAG, method) for method in met if method.endswith(".list")]
    found += [Trouble("stuck", method) for method in STUCK if method.replace(".run", ".create") in met]
    found += [Trouble(switch, "every answer") for switch in SWITCHES if _concerns(switch, known, met)]
    befores = [
        n for n, label in enumerate(known.boundaries, 1) if label.startswith(("before GET", "before P", "before D"))
    ]
    return found + [Trouble(CUT, at=n) for n in befores]


def _can_be(fault: str, method: str) -> bool:
    """A create that is carried out longer after its time-out than lists may lag is beyond what anybody can know.

    Of a delete that is carried out twice the emulator takes the first one back when it refuses the second.
    """
    if method.endswith(".create"):
        return not fault.startswith("delay")
    return fault != "duplicate" or not method.endswith((".delete", ".deleteVersion"))


def chosen(found: list[Trouble], first: int, stride: int) -> list[Trouble]:
    """All of them, or an even part."""
    return found if IS_FULL else found[first % stride :: stride]


def _concerns(switch: str, known: Reference, met: list[str]) -> bool:
    if switch == "endless_operations":
        return any(method.endswith(("undeployModel", "operations.get")) for method in met)
    return any(method.endswith(".create") for method in met) or _something_trains(known)


def _something_trains(known: Reference) -> bool:
    with known.snapshot.restored(parent(), known.place) as stage:
        jobs, _, _, tuned = everything(stage)
        return any(resource["state"] in RUNNING for resource in (*jobs, *tuned))


def methods_of(known: Reference) -> list[str]:
    """Those that the undisturbed run asks for."""
    with known.snapshot.restored(parent(), known.place) as stage:
        for method in _METHODS:
            stage.fault(method, "delay:0", FOR_EVER)
        stage.tuneform(*known.scenario.argv)
        return [fault["method"] for fault in stage.account() if fault["met"]]


def cell(known: Reference, trouble: Trouble) -> str:
    """Run it in trouble, then without; "" where every promise is kept, else which is not."""
    with known.snapshot.restored(parent(), known.place) as stage:
        others, before = strangers(stage), open_addresses(stage)
        ended, lifted = _in_trouble(stage, known, trouble)
        found = list(
            _broken(ended, [a for a in open_addresses(stage) if ended.code == _STILL_RUNNING or a not in before])
        )
        met = lifted()
        if not met:
            found.append("the fault was never met")
        again = stage.tuneform(*known.scenario.argv, *(PATIENCE if trouble.is_for_good else ()))
        found += touched(others, strangers(stage))
        found += _left_by(stage, known, again) if trouble.is_for_good else differences(known, stage, again)
    return "\n".join((*found, "--- in trouble:", ended.shown, "--- afterwards:", again.shown)) if found else ""


def _in_trouble(stage: Stage, known: Reference, trouble: Trouble) -> tuple[Ended, Callable[[], bool]]:
    argv = (*known.scenario.argv, *PATIENCE)
    if trouble.fault == CUT:
        ended = stage.tuneform(*argv, at=trouble.at, kills_cloud=True)
        stage.reopen()
        return ended, lambda: True
    if trouble.fault in SWITCHES:
        stage.switch(trouble.fault, on=True)
        ended = stage.tuneform(*argv)
        return ended, lambda: stage.switched_off(trouble.fault)
    stage.fault(trouble.method, trouble.fault, 1 if trouble.fault == "stuck" else FOR_EVER)
    ended = stage.tuneform(*argv, timeout_s=CLIENT_S if trouble.fault.startswith("delay") else 0)
    return ended, lambda: _cleared(stage)


def _cleared(stage: Stage) -> bool:
    met = all(fault["met"] for fault in stage.account())
    stage.raw("DELETE", "/_emulator/faults")
    return met


def _broken(ended: Ended, left_open: list[str]) -> Iterator[str]:
    """Promises that hold in any trouble."""
    if ended.code not in (0, 1, _STILL_RUNNING):
        yield f"in trouble it ended with {ended.code}"
    if "Traceback" in ended.shown:
        yield "there is a traceback"
    for address in left_open:
        if ended.code == 0 or address not in ended.shown:
            yield f"{address} is open, and nobody says so"


def _left_by(stage: Stage, known: Reference, again: Ended) -> Iterator[str]:
    """No verdict is asked of what nobody can mend; but nothing may have been paid for beyond it."""
    if again.code not in (0, 1, 4) or "Traceback" in again.shown:
        yield f"the second run ended with {again.code}"
    created = sum(count for count in verdict(stage)["jobs"].values())
    wanted = sum(known.verdict["jobs"].values())
    if created > 2 * wanted:
        yield f"{created} jobs instead of {wanted}"


def open_addresses(stage: Stage) -> list[str]:
    """What the lock, with its journal, says is approved and not done."""
    text = stage.lock_text()
    lock = json.loads(text) if text else {}
    return [address for address, entry in lock.get("entries", {}).items() if entry.get("approved")]
