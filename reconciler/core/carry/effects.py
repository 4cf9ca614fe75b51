"""What a run can be asked to do next, as frozen values.

Every decision is a `Step`: an effect to perform, facts to record, or how the change stands. Effects are equal by what
they are about, so that one look serves every change that asks for it; what is needed to perform them comes along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from reconciler.core.answers import Created, Disposal
from reconciler.core.curves import Curves
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.events import Fact
from reconciler.core.faults import Fault
from reconciler.core.gate_spec import GateSpec
from reconciler.core.judgement import Judged, StillJudging
from reconciler.core.lock import Submission, Training
from reconciler.core.model import Address, Fields, Identity, LiveTraining, Markers

T = TypeVar("T")


class Step:
    """What next_effect answers."""

    __slots__ = ()


# How a change stands


@dataclass(frozen=True, slots=True)
class Save(Step):
    """RunFacts, durable before anything else is done; then the change is asked again. Nobody hears of `quiet` ones."""

    events: tuple[Fact, ...]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Wait(Step):
    """Nothing more can be done now. `queued` is what a change that was not begun waits for, in words."""

    events: tuple[Fact, ...] = ()
    queued: str = ""


@dataclass(frozen=True, slots=True)
class Done(Step):
    """The change is over; the last event says so."""

    events: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Fail(Step):
    """The change ended badly. One that is `left` stays approved, for another run to finish."""

    events: tuple[Fact, ...]
    left: bool = False


@dataclass(frozen=True, slots=True)
class Stop(Step):
    """The whole run ends: what was submitted goes on without it."""

    diagnostic: Diagnostic


# Effects


class Effect(Step, Generic[T]):
    """Something to perform outside the hold. Its answer is a T, or a Trouble."""

    __slots__ = ()
    changes_cloud: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A request that failed: a BackendError as a value."""

    fault: Fault
    diagnostic: Diagnostic
    retry_after_s: float | None = None
    may_have_worked: bool = False
    ends_run: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One list of a place: when it was begun, after how many intents of this run, and its trainings by owner."""

    began_s: float
    intents: int
    by_owner: Mapping[tuple[str, ...], tuple[LiveTraining, ...]]


@dataclass(frozen=True, slots=True)
class Polled:
    """A training as the service has it; `live` is None where it knows none under that name."""

    live: LiveTraining | None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Occupant:
    """What stands under a name that is ours to choose."""

    live: LiveTraining | None


@dataclass(frozen=True, slots=True)
class Stored:
    """The object under a URI. `is_known` is False where Cloud Storage did not answer."""

    identity: Identity | None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class NotSent:
    """The intent of a create was too old to act on when its turn came: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Not performed: another run has written the lock since it was decided, so that it is decided anew."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of a project that may hold places in its quota, wherever they run."""

    found: tuple[LiveTraining, ...]


@dataclass(frozen=True, slots=True)
class Poll(Effect[Polled]):
    """Look at one submitted training.

    `turn` tells looks of one tick apart: it is looked at again after a cancel, and before another checkpoint serves.
    """

    address: Address
    attempt: str
    training: Training = field(compare=False)
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Count(Effect[Jobs]):
    """The jobs of a project: in `certain` locations, and in those where it may have some."""

    backend: str
    project: str
    certain: tuple[str, ...] = field(compare=False)
    possible: tuple[str, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Look(Effect[Shown]):
    """Every training of a place, by one list."""

    backend: str
    project: str
    location: str


@dataclass(frozen=True, slots=True)
class Find(Effect[Occupant]):
    """The training under the name that the markers make."""

    address: Address
    attempt: str
    submission: Submission = field(compare=False)
    markers: Markers = field(compare=False)


@dataclass(frozen=True, slots=True)
class Settle(Effect[LiveTraining]):
    """A listed training that has ended, with what is there of its Model and Endpoint."""

    address: Address
    resource_name: str
    live: LiveTraining = field(compare=False)


@dataclass(frozen=True, slots=True)
class Identify(Effect[Stored]):
    """The bytes of an object."""

    address: Address
    uri: str


@dataclass(frozen=True, slots=True)
class FindLines(Effect[Mapping[int, int]]):
    """On which lines of a local file some examples stand; none where the file is another one by now."""

    address: Address
    attempt: str
    path: str
    sha256: str = field(compare=False)
    examples: tuple[int, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class ReadCurves(Effect[Curves]):
    """The curves of a training's metrics."""

    address: Address
    attempt: str
    training: Training = field(compare=False)


@dataclass(frozen=True, slots=True)
class Judge(Effect[Judged | StillJudging]):
    """Ask a gate about a training; `incumbent` is what serves, and what it is compared with where the gate says so."""

    address: Address
    attempt: str
    training: Training = field(compare=False)
    gate: GateSpec = field(compare=False)
    incumbent: Training | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Create(Effect[Created | NotSent]):
    """One POST, once. Whatever its answer, the lock already says that it was about to be sent."""

    changes_cloud: ClassVar[bool] = True
    address: Address
    attempt: str
    submission: Submission = field(compare=False)
    markers: Markers = field(compare=False)
    fresh_until: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Equip(Effect[LiveTraining]):
    """One repeatable pass of making a copy answer: labels, an endpoint, a deployment. Answers the copy after it."""

    changes_cloud: ClassVar[bool] = True
    address: Address
    attempt: str
    training: Training = field(compare=False)
    markers: Markers = field(compare=False)


@dataclass(frozen=True, slots=True)
class Patch(Effect[tuple[str, ...]]):
    """Change mutable fields on what a training left; answers the resources that were patched."""

    changes_cloud: ClassVar[bool] = True
    address: Address
    attempt: str
    training: Training = field(compare=False)
    live: LiveTraining = field(compare=False)
    fields: Fields = field(compare=False)


@dataclass(frozen=True, slots=True)
class Alias(Effect[tuple[str, ...]]):
    """Give the version that a training made an alias (or "" for none), and take others from it where it has them.

    Answers its name with the version where something was changed.
    """

    changes_cloud: ClassVar[bool] = True
    address: Address
    attempt: str
    training: Training = field(compare=False)
    given: str = field(compare=False)
    taken: tuple[str, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Cancel(Effect[bool]):
    """Ask the service to end a training."""

    changes_cloud: ClassVar[bool] = True
    address: Address
    attempt: str
    training: Training = field(compare=False)


@dataclass(frozen=True, slots=True)
class Dispose(Effect[Disposal]):
    """One repeatable pass of deleting what a training left. `first_look`: its name may be another's by now."""

    changes_cloud: ClassVar[bool] = True
    address: Address
    attempt: str
    training: Training = field(compare=False)
    foreign: bool = field(compare=False, default=False)
    first_look: bool = field(compare=False, default=False)
