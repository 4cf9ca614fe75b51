"""What can happen to a workspace, as values: a history is a list of these, and its repr is the code of a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st

from reconciler.core.gate_spec import GateSpec, Prompt
from reconciler.core.model import OnDrift, OnFailure, OnRemove
from tests.fakes.cloud import CANCELLED, EXPIRED, FAILED, NO_ENDPOINT, SUCCEEDED, UNAVAILABLE, Ending

ENDINGS: dict[str, Ending] = {
    "succeeded": SUCCEEDED,
    "failed": FAILED,
    "unavailable": UNAVAILABLE,
    "expired": EXPIRED,
    "cancelled": CANCELLED,
    "no endpoint": NO_ENDPOINT,
}

SETTINGS: dict[str, dict[str, Any]] = {
    "": {},
    "retune": {"on_data_change": OnDrift.RETUNE, "on_parent_change": OnDrift.RETUNE},
    "retry": {"on_failure": OnFailure.RETRY, "max_attempts": 3},
    "retain": {"on_remove": OnRemove.RETAIN},
    "protect": {"protect": True},
    "keep none": {"keep": 0},
    "keep two": {"keep": 2},
}

QUESTION, ANSWER = "What is this about?", "billing"
"""What a gate asks, and what every model says."""
GATES: dict[str, GateSpec | None] = {
    "": None,
    "passes": GateSpec(prompts=(Prompt(QUESTION, contains=ANSWER),)),
    "refuses": GateSpec(prompts=(Prompt(QUESTION, contains=ANSWER.capitalize()),)),
}

NAMES = ("router", "tagger", "numbers", "child")
RENAMED = {"router": "dispatcher", "numbers": "digits", "tagger": "marker"}


@dataclass(frozen=True, slots=True)
class Declare:
    """Write a spec, or edit it. `child` is tuned further from the router."""

    name: str
    epochs: int = 3
    team: str = ""
    settings: str = ""
    local: bool = False
    env: str = ""
    description: str = ""
    gate: str = ""
    alias: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """Those of Vertex AI; the Gemini API has none, and shows the team as its display name."""
        return {key: value for key, value in (("team", self.team), ("env", self.env)) if value}


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete a spec's file."""

    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a spec its other name, with `formerNames`; or take it back, which leaves no `formerNames` (`git revert`)."""

    name: str
    reverts: bool = False


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Delete the spec of one name and give that name to another, with `formerNames`; or swap the two."""

    name: str
    over: str
    swaps: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One command in one clone. `crash` is the effect that it does not survive; `meanwhile` happens as it waits."""

    command: str = "apply"
    clone: int = 0
    crash: int | None = None
    waits: bool = True
    replace: tuple[str, ...] = ()
    target: str = ""
    permitted: bool = True
    name: str = ""
    meanwhile: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Together:
    """Two commands at the same time; `turns` says whose event is next, until one has ended."""

    first: Ask
    second: Ask
    turns: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Fault:
    """The next call of a method goes wrong."""

    method: str
    word: str


@dataclass(frozen=True, slots=True)
class Ends:
    """How the next training of a name ends."""

    name: str
    ending: str


@dataclass(frozen=True, slots=True)
class Cancels:
    """Whether a cancel comes in time, from now on."""

    win: bool


@dataclass(frozen=True, slots=True)
class Content:
    """Somebody uploads other rows under the same name, or edits the local file."""

    text: str
    local: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A clone's checkout ends lines in another way from now on."""

    clone: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """A spec is new, and a clone has not pulled it."""

    name: str
    clone: int = 1


@dataclass(frozen=True, slots=True)
class Import:
    """A clone imports a model that somebody made by hand; the other one has not seen its spec."""

    clone: int = 0


@dataclass(frozen=True, slots=True)
class Console:
    """Somebody deletes, cancels or edits in the console what belongs to a name."""

    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Something happens to a clone's lock: kept (a commit), reverted (to it), lost, merged with the other's.

    And merged with an older copy of its own or the other's, or replaced by the other's.
    """

    what: str
    clone: int = 0


@dataclass(frozen=True, slots=True)
class Settle:
    """Nothing is disturbed any more: apply until all is done, and everything must hold."""

    clone: int = 0


Step: TypeAlias = (
    Declare
    | Remove
    | Rename
    | TakeOver
    | Ask
    | Together
    | Pass
    | Fault
    | Ends
    | Cancels
    | Content
    | Form
    | Unseen
    | Import
    | Console
    | Lock
    | Settle
)

_names = st.sampled_from(NAMES)
_vertex = st.sampled_from(["router", "tagger"])
_clones = st.sampled_from([0, 0, 0, 1])
_declare = st.builds(
    Declare,
    _names,
    epochs=st.integers(3, 5),
    team=st.sampled_from(["", "a", "b"]),
    settings=st.sampled_from(["", "", *SETTINGS]),
    local=st.booleans(),
    env=st.sampled_from(["", "", "prod"]),
    description=st.sampled_from(["", "", "Sorts what comes in"]),
    gate=st.sampled_from(["", "", "", *GATES]),
    alias=st.sampled_from(["", "", "production", "live"]),
)
_console = st.builds(
    Console, st.sampled_from(["endpoint", "model", "cancel", "edit", "edit endpoint", "alias"]), _names
)
_quiet: st.SearchStrategy[Step] = st.one_of(
    _declare,
    st.builds(Remove, _names),
    st.builds(Rename, _names, st.booleans()),
    st.builds(TakeOver, _vertex, _vertex, st.booleans()),
    st.builds(Pass, st.sampled_from([1.0, 6.0, 20.0])),
    st.builds(Ends, _names, st.sampled_from(list(ENDINGS))),
    st.builds(Cancels, st.booleans()),
    st.builds(Form, st.sampled_from([0, 1])),
    st.builds(Content, st.sampled_from(["train", "other rows"]), st.booleans()),
    _console,
    st.one_of(
        st.builds(Fault, st.just("create"), st.sampled_from(["lost", "unanswered", "unavailable", "quota", "refused"])),
        st.builds(
            Fault,
            st.sampled_from(["poll", "update", "cancel", "dispose", "find", "upload"]),
            st.sampled_from(["lost", "unavailable", "ended"]),
        ),
    ),
)
_apply = st.builds(
    Ask,
    st.sampled_from(["apply", "apply", "wait"]),
    clone=_clones,
    crash=st.none() | st.integers(1, 60),
    waits=st.booleans(),
    permitted=st.sampled_from([True, True, False]),
)
_asked: st.SearchStrategy[Ask] = st.one_of(
    st.builds(Ask, clone=_clones, waits=st.booleans(), replace=st.tuples(_names)),
    st.builds(Ask, clone=_clones, target=_names),
    st.builds(
        Ask,
        st.sampled_from(["cancel", "forget", "destroy", "rollback", "rollback", "promote"]),
        clone=_clones,
        name=_names,
        crash=st.none() | st.integers(1, 25),
    ),
)
_once = _apply | _asked
_interrupted = st.builds(
    Ask,
    st.sampled_from(["apply", "wait"]),
    clone=_clones,
    meanwhile=st.lists(_quiet | _once, min_size=1, max_size=2).map(tuple),
)
_together = st.builds(Together, _once, _once, st.lists(st.booleans(), max_size=20).map(tuple))
_locks = st.builds(
    Lock,
    st.sampled_from(
        ["keep", "keep", "revert", "lose", "lose all", "merge", "merge kept", "merge theirs kept", "theirs"]
    ),
    _clones,
)

_WEIGHTS: list[tuple[int, st.SearchStrategy[Any]]] = [
    (5, _declare),
    (6, _apply),
    (4, _quiet),
    (2, _asked),
    (3, _interrupted),
    (2, _together),
    (3, _locks),
    (1, st.builds(Settle, _clones)),
    (1, _console),
    (1, st.builds(Unseen, st.sampled_from(["tagger", "numbers", "child"]), st.sampled_from([0, 1]))),
    (1, st.builds(Import, _clones)),
    (1, st.just(Remove("legacy")) | st.just(Lock("theirs", 1)) | st.just(Lock("merge"))),
]
steps: st.SearchStrategy[Step] = st.sampled_from([kind for weight, kind in _WEIGHTS for _ in range(weight)]).flatmap(
    lambda kind: kind
)
"""Any step; edits and applies are the most frequent. (`one_of` would forget the weights of what it flattens.)"""

histories: st.SearchStrategy[list[Step]] = st.lists(steps, min_size=1, max_size=24) | st.lists(
    steps, min_size=10, max_size=24
)
"""Short ones shrink well, long ones find more."""
