"""What renderers need that is not in a plan, a lock or an event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple

from reconciler.core import exits
from reconciler.core.concerns import Concern
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.events import ChangeDone, ChangeFailed, ChangeLeft, Event
from reconciler.core.lock import Author
from reconciler.core.model import Action, Address, Progress
from reconciler.core.suggest import SuggestedCommand
from reconciler.render.words import escape


@dataclass(frozen=True, slots=True)
class Banner:
    """Whose models these are: the first line of every output. `emulator` is its id, or "" for Google.

    `project`, `location` and `identity` (the account that acts) mean nothing with an emulator.
    """

    emulator: str = ""
    project: str = ""
    location: str = ""
    identity: str = ""
    workspace: str = ""
    lock: str = ""

    @property
    def target(self) -> str:
        """As the lock spells it: `google`, or `emulator:ID`."""
        return f"emulator:{self.emulator}" if self.emulator else "google"

    @property
    def parts(self) -> tuple[str, ...]:
        """Short facts, the target first, each escaped."""
        place = (f"project {self.project}" if self.project else "", self.location, self.identity)
        who = (f"EMULATOR {self.emulator}",) if self.emulator else ("Google", *place)
        what = (self.workspace and f"workspace {self.workspace}", self.lock and f"lock {self.lock}")
        return tuple(escape(part) for part in (*who, *what) if part)


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One line of the status table.

    `role` is that of core/lock.Role by its value, or "" where nothing is locked; `state` the service's
    word, or ours. `endpoint`, `job` and `model` are resource names. `attempt` distinguishes the trainings of an
    address apart. `age_s` counts from the job's creation, `since_s` from when a training under way came into
    its present state. `cost` is what an ended training was billed; where it `was_billed` and that is None, nobody
    knows. `gate` is what its gate said of it, `retires` the earliest day on which its base model does, as YYYY-MM-DD
    ("" where that is not known), `concerns` what is wrong with it. `note` is a sentence for people.
    """

    address: Address
    role: str
    state: str
    base: str = ""
    progress: Progress = Progress()
    endpoint: str = ""
    job: str = ""
    model: str = ""
    age_s: float | None = None
    note: str = ""
    attempt: str = ""
    since_s: float | None = None
    cost: float | None = None
    currency: str = ""
    was_billed: bool = False
    gate: str = ""
    retires: str = ""
    concerns: tuple[Concern, ...] = ()


class Output(NamedTuple):
    """What serves at an address: resource names, as the lock has them; of an open model the folder with its files."""

    address: Address
    attempt: str
    endpoint: str
    model: str
    artifacts: str = ""


class HistoryLine(NamedTuple):
    """When (RFC 3339), and what: a word of ours, or a state of the service."""

    at: str
    what: str


@dataclass(frozen=True, slots=True)
class AttemptHistory:
    """One training of an address, as the lock has it. `said` is what its gate or the service said against it."""

    attempt: str
    role: str
    state: str
    base: str
    reason: str
    by: Author
    happenings: tuple[HistoryLine, ...]
    gate: str
    said: str
    cost: float | None
    currency: str
    was_billed: bool
    job: str
    model: str
    endpoint: str


class OpenChange(NamedTuple):
    """Approved and not done; `deposed` says that it is about a model that was replaced."""

    action: str
    attempt: str
    at: str
    reason: str
    by: Author
    deposed: bool


@dataclass(frozen=True, slots=True)
class History:
    """What the lock knows of an address. `pin` is the rollback that holds it, if any.

    `disposed` are jobs with the last time that the lock had of each.
    """

    address: Address
    attempts: tuple[AttemptHistory, ...] = ()
    former: tuple[str, ...] = ()
    open: tuple[OpenChange, ...] = ()
    pin: OpenChange | None = None
    disposed: tuple[tuple[str, str], ...] = ()
    forgotten: tuple[str, ...] = ()
    forgotten_at: str = ""


class FailedChange(NamedTuple):
    """A change that ended badly, and why."""

    address: Address
    action: Action
    diagnostic: Diagnostic
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an apply: a fold over its events.

    `blocked` are the plan's, which apply cannot touch, `undecided` those of them whose gate could not tell; `resume`
    is the command that goes on with what is left. None of these is in the events: the caller adds them.
    """

    done: tuple[tuple[Address, Action], ...] = ()
    failed: tuple[FailedChange, ...] = ()
    left: tuple[Address, ...] = ()
    blocked: tuple[Address, ...] = ()
    undecided: tuple[Address, ...] = ()
    elapsed_s: float = 0.0
    resume: SuggestedCommand | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> Outcome:
        """All at once."""
        return reduce(cls.plus, events, cls())

    @property
    def exit_code(self) -> int:
        """A failure outweighs what still runs, and that a gate which could not tell."""
        is_open = [failed.undecided for failed in self.failed] + [a in self.undecided for a in self.blocked]
        if not all(is_open):
            return exits.FAILED
        if self.left:
            return exits.STILL_RUNNING
        return exits.INCONCLUSIVE if is_open else exits.OK

    def plus(self, event: Event) -> Outcome:
        """With one event more."""
        match event:
            case ChangeDone(address=address, action=action):
                return replace(self, done=(*self.done, (address, action)))
            case ChangeFailed(address=address, action=action, diagnostic=diagnostic, undecided=undecided):
                return replace(self, failed=(*self.failed, FailedChange(address, action, diagnostic, undecided)))
            case ChangeLeft(address=address):
                return replace(self, left=(*self.left, address))
            case _:
                return self
