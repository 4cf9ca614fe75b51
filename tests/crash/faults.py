"""The fault matrix: scenarios x methods x faults, each cell a run that is troubled, a run after it, and a verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.crash.distortion import LATE_S, RUNNING, SILENCE_S
from tests.crash.matrix import IS_FULL, Reference, differences, parent, touched
from tests.crash.scenarios import APPLY
from tests.crash.stage import SWITCHES, Ended, Stage
from tests.crash.verdict import everything, strangers, verdict

FOR_EVER = None
_STILL_RUNNING = 4
PATIENCE = ("--timeout", "20s")
CLIENT_S = 0.15
"""How long the client waits for an answer where the service is silent. Seconds of the real clock."""
SILENT = f"delay:{SILENCE_S}"

FAULTS = (
    "status:400",
    "status:403",
    "status:429",
    "status:429;retry-after=3",
    "status:500",
    "status:503",
    "reset-before",
    "reset-after",
    "truncate",
    "html",
    "html:200",
    "duplicate",
)
LOST_CREATES = (f"late:{SILENCE_S}", f"{SILENT} and reset-before")
"""Creates that time out: one is carried out at once and answered too late, one never is."""
LAG = "lag:11"
"""Less than `listLag`, which promises as much; more than the time to the first look-ups."""
STUCK = ("vertex.tuningJobs.run", "gemini.tunedModels.run")
CUT = "the service goes away"

_METHODS = (
    *(f"vertex.tuningJobs.{verb}" for verb in ("create", "rebaseTunedModel", "get", "list", "cancel")),
    *(
        f"vertex.models.{verb}"
        for verb in ("copy", "get", "list", "listVersions", "patch", "delete", "deleteVersion", "mergeVersionAliases")
    ),
    *(f"vertex.endpoints.{v}" for v in ("create", "get", "list", "patch", "deployModel", "undeployModel", "delete")),
    *("vertex.operations.get", "vertex.endpoints.operations.get", "vertex.models.operations.get"),
    *(f"gemini.tunedModels.{verb}" for verb in ("create", "get", "list", "patch", "delete")),
    *(f"gemini.tunedModels.operations.{verb}" for verb in ("get", "list", "cancel")),
    *(f"storage.objects.{verb}" for verb in ("get", "insert", "delete")),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong. `method` is empty where it is the whole service, at boundary `at`.

    Several words go together (`delay:1 and reset-before`); `lags` says that lists lag as well.
    """

    fault: str
    method: str = ""
    at: int = 0
    lags: bool = False

    @property
    def is_for_good(self) -> bool:
        """Whether it cannot be lifted: a training that hangs, or one that the service made twice of one request."""
        return self.fault == "stuck" or (self.fault == "duplicate" and _is_paid_for(self.method))

    @property
    def is_silent(self) -> bool:
        """Whether the client gives up before the answer comes."""
        return self.fault.startswith(("delay", "late"))

    def __str__(self) -> str:
        where = self.method or f"boundary {self.at}"
        return f"{self.fault} at {where}{', and lists lag' if self.lags else ''}"


def _is_paid_for(method: str) -> bool:
    """A create that makes another thing each time: not that of an endpoint, whose id is ours. A rebase is one."""
    return method.endswith((".create", ".rebaseTunedModel")) and method != "vertex.endpoints.create"


def troubles(known: Reference) -> list[Trouble]:
    """Everything that can go wrong in this scenario; with the lock in Cloud Storage, everything of that service."""
    met = methods_of(known)
    if known.place:
        return [t for method in met if method.startswith("storage.") for t in _at(method)]
    found = [trouble for method in met for trouble in _at(method)]
    if known.scenario.lost_too_soon:
        found.remove(Trouble(LAG, "vertex.tuningJobs.list"))
    begins = {method.rpartition(".")[0] for method in met if _is_paid_for(method)}
    found += [Trouble("stuck", method) for method in STUCK if method.rpartition(".")[0] in begins]
    found += [Trouble(switch, "every answer") for switch in SWITCHES if _concerns(switch, known, met)]
    befores = [
        n for n, label in enumerate(known.boundaries, 1) if label.startswith(("before GET", "before P", "before D"))
    ]
    return found + [Trouble(CUT, at=n) for n in befores]


def _at(method: str) -> list[Trouble]:
    """What can go wrong with the calls of one method.

    A create that is carried out longer after its time-out than lists may lag is beyond what anybody can know: a
    plain delay is asked of no create, and the switch `late_creates` carries them out sooner than that.
    """
    found = [Trouble(fault, method) for fault in FAULTS]
    if method == "vertex.models.copy":
        found += [Trouble(fault, method) for fault in LOST_CREATES]
    if _is_paid_for(method):
        found += [Trouble(fault, method) for fault in LOST_CREATES]
        return found + [Trouble(fault, method, lags=True) for fault in ("reset-after", LOST_CREATES[0])]
    found.append(Trouble(SILENT, method))
    return [*found, Trouble(LAG, method)] if method.endswith(".list") else found


def chosen(found: list[Trouble], first: int, stride: int) -> list[Trouble]:
    """All of them, or an even part."""
    return found if IS_FULL else found[first % stride :: stride]


def _concerns(switch: str, known: Reference, met: list[str]) -> bool:
    if switch == "endless_operations":
        return any(method.endswith(("undeployModel", "operations.get")) for method in met)
    if switch == "late_creates":
        return any(map(_is_paid_for, met))
    return any(map(_is_paid_for, met)) or (_something_trains(known) and not known.scenario.is_by_hand)


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
        met = {fault["method"] for fault in stage.account() if fault["met"]}
        return [method for method in _METHODS if method in met]


def cell(known: Reference, trouble: Trouble) -> str:
    """Run it in trouble, then without; "" where every promise is kept, else which is not."""
    with known.snapshot.restored(parent(), known.place) as stage:
        others, before = strangers(stage), open_addresses(stage)
        ended, lifted = _in_trouble(stage, known, trouble)
        found = [] if lifted() else ["the fault was never met"]
        left = [a for a in open_addresses(stage) if ended.code == _STILL_RUNNING or a not in before]
        found += _broken(ended, left)
        if ended.code == 0 and not trouble.is_for_good:
            found += (f"it ended with 0, and {what}" for what in differences(known, stage, ended))
        again = stage.tuneform(*known.scenario.argv, *(PATIENCE if trouble.is_for_good else ()))
        if trouble.fault == "late_creates":
            stage.elapse(LATE_S)  # whatever is still to be carried out is, before anything is counted
        found += touched(others, strangers(stage))
        found += _left_by(stage, known, again) if trouble.is_for_good else _unlike(known, stage, again)
    return "\n".join((*found, "--- in trouble:", ended.shown, "--- afterwards:", again.shown)) if found else ""


def _unlike(known: Reference, stage: Stage, again: Ended) -> list[str]:
    """What is not as after a run that nobody disturbed.

    A decision by hand is made once, and the same command has nothing to do then: what of the mutable fields the service
    refused to take, the next plan has.
    """
    found = differences(known, stage, again)
    if not (found and known.scenario.is_by_hand):
        return found
    stage.tuneform(*APPLY)
    return differences(known, stage, again)


def _in_trouble(stage: Stage, known: Reference, trouble: Trouble) -> tuple[Ended, Callable[[], bool]]:
    argv = (*known.scenario.argv, *PATIENCE)
    if trouble.fault == CUT:
        ended = stage.tuneform(*argv, at=trouble.at, kills_cloud=True)
        stage.reopen()
        return ended, lambda: True
    if trouble.fault in SWITCHES:
        stage.switch(trouble.fault, on=True)
        ended = stage.tuneform(*argv, timeout_s=CLIENT_S if trouble.fault == "late_creates" else 0)
        return ended, lambda: stage.switched_off(trouble.fault)
    for word in trouble.fault.split(" and "):
        stage.fault(trouble.method, word, 1 if word == "stuck" else FOR_EVER)
    ended = _lagging(stage, trouble, argv)
    return ended, lambda: _cleared(stage)


def _lagging(stage: Stage, trouble: Trouble, argv: tuple[str, ...]) -> Ended:
    if trouble.lags:
        stage.fault("*.list", LAG, FOR_EVER)
    return stage.tuneform(*argv, timeout_s=CLIENT_S if trouble.is_silent else 0)


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
    """What the lock of a run that has ended says is approved and not done."""
    text = stage.lock_text()
    lock = json.loads(text) if text else {}
    return [address for address, entry in lock.get("entries", {}).items() if entry.get("approved")]
