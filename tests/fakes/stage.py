"""A workspace on a FakeCloud with a real lock file: plan, apply and wait as the command line would."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.apply import WaitOptions
from reconciler.backends.base import Backend
from reconciler.core import events as ev
from reconciler.core.catalog import Catalog
from reconciler.core.change import Change, Plan
from reconciler.core.checks import ALLOWANCES, Permissions
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Author, Entry, Lock
from reconciler.core.model import Address, Declared, Desired
from reconciler.core.settings import Home, Limits, Workspace
from reconciler.files.lockfile import LockFile
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.by_hand import promote, rollback
from reconciler.workflow.cancel import cancel
from reconciler.workflow.forget import forget
from reconciler.workflow.mending import Mended, move
from reconciler.workflow.planning import Planned, make_destroy_plan, make_plan
from reconciler.workflow.runs import examples_of
from reconciler.workflow.wait import finish
from reconciler.workflow.world import World
from tests.fakes.backends import FakeGemini, FakeStorage, FakeVertex
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Effects, Killed, MortalStore
from tests.fakes.specs import PLACE, PROJECT, STAGING, WORKSPACE

EVERYTHING = frozenset(ALLOWANCES) - {"promote"}
"""What refuses is allowed; what waits for a person goes on waiting."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run told, and how it ended."""

    events: list[ev.Event]
    error: ReconcilerError | None = None
    killed: bool = False

    @property
    def words(self) -> list[str]:
        """The events by name, those that only tell what was seen meanwhile left out."""
        quiet = (ev.Waiting, ev.ResourceGone, ev.Queued, ev.DataSeen)
        return [type(e).__name__ for e in self.events if not isinstance(e, quiet)]

    def of(self, kind: type[ev.Event]) -> list[ev.Event]:
        """The events of one kind."""
        return [e for e in self.events if isinstance(e, kind)]

    @property
    def codes(self) -> list[str]:
        """The codes of everything that failed or was noted."""
        told = [e.diagnostic.code for e in self.events if isinstance(e, ev.ChangeFailed | ev.Noted)]
        return told + [d.code for d in (self.error.diagnostics if self.error else ())]


@dataclass(slots=True)
class Stage:
    """`specs` is what is declared now; every run opens the lock anew, as a process would."""

    folder: Path
    specs: list[Declared] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    limits: Limits = field(default_factory=lambda: Limits(concurrent_jobs=10, list_lag_s=600.0))
    is_complete: bool = True
    parallelism: int = 1
    catalog: Catalog = field(default_factory=Catalog)
    by: Author | None = None
    cloud: FakeCloud = field(init=False)

    def __post_init__(self) -> None:
        self.cloud = FakeCloud(self.clock)

    @property
    def path(self) -> Path:
        return self.folder / "tuneform.lock"

    @property
    def lock(self) -> Lock:
        """The lock as anybody would read it from disk now."""
        return LockFile(self.path, self.clock).read()

    def entry(self, text: str = "vertex/router") -> Entry:
        return self.lock.entries[text]

    def roles(self, text: str = "vertex/router") -> dict[str, str]:
        """Roles by attempt."""
        entry = self.lock.entries.get(text)
        return {a: t.role.value for a, t in entry.in_order} if entry else {}

    def world(self, effects: Effects | None = None) -> World:
        self.cloud.effects = effects or Effects()
        backends: dict[str, Backend] = {
            "vertex": FakeVertex(self.cloud, str(self.folder)),
            "gemini": FakeGemini(self.cloud, str(self.folder)),
        }
        return World(
            workspace=Workspace(
                name=WORKSPACE,
                homes={"vertex": Home(PROJECT, PLACE), "gemini": Home(PROJECT)},
                staging_uri=STAGING,
                lock=str(self.path),
                limits=self.limits,
            ),
            target="emulator:test",
            backends=backends,
            storage=FakeStorage(self.cloud),
            store=MortalStore(LockFile(self.path, self.clock, patience_s=1.0), self.cloud.effects),
            clock=self.clock,
            catalog=self.catalog,
            parallelism=self.parallelism,
            by=self.by,
        )

    @property
    def desired(self) -> Desired:
        return Desired.of(self.specs, is_complete=self.is_complete)

    def planned(
        self,
        world: World | None = None,
        *,
        replace: Iterable[str] = (),
        targets: Iterable[str] | None = None,
        flags: frozenset[str] = EVERYTHING,
    ) -> Planned:
        world = world or self.world()
        options = world.options(
            replace=frozenset(map(Address.parse, replace)),
            targets=None if targets is None else frozenset(map(Address.parse, targets)),
        )
        return make_plan(world, self.desired, options, Permissions(flags))

    def plan(self, **asked: Any) -> Plan:
        return self.planned(**asked).plan

    def change(self, text: str = "vertex/router", **asked: Any) -> Change:
        """The one change of an address."""
        (found,) = [c for c in self.plan(**asked).changes if str(c.address) == text and not c.deposed]
        return found

    def applying(
        self,
        wait: WaitOptions | None = None,
        *,
        effects: Effects | None = None,
        checksum: str = "",
        **asked: Any,
    ) -> Iterator[ev.Event]:
        """The events of an apply as they happen."""
        world = self.world(effects)
        derive: Callable[[], Planned] = lambda: self.planned(world, **asked)  # noqa: E731
        return apply_changes(world, derive, wait or WaitOptions(), checksum=checksum)

    def apply(self, wait: WaitOptions | None = None, **asked: Any) -> Outcome:
        return run_to_its_end(self.applying(wait, **asked))

    def wait(self, wait: WaitOptions | None = None, *, effects: Effects | None = None, specs: bool = True) -> Outcome:
        return run_to_its_end(
            finish(self.world(effects), examples_of(self.desired) if specs else {}, wait or WaitOptions())
        )

    def cancel(self, text: str = "vertex/router", wait: WaitOptions | None = None) -> Outcome:
        return run_to_its_end(cancel(self.world(), Address.parse(text), wait or WaitOptions()))

    def rollback(self, text: str = "vertex/router", *, to: str = "", effects: Effects | None = None) -> Outcome:
        return run_to_its_end(rollback(self.world(effects), Address.parse(text), to, "", WaitOptions()))

    def promote(self, text: str = "vertex/router", *, attempt: str = "", effects: Effects | None = None) -> Outcome:
        return run_to_its_end(promote(self.world(effects), Address.parse(text), attempt, WaitOptions()))

    def forget(self, text: str = "vertex/router") -> Outcome:
        return run_to_its_end(forget(self.world(), Address.parse(text)))

    def move(self, old: str, new: str, *, effects: Effects | None = None) -> Mended:
        return move(self.world(effects), Address.parse(old), Address.parse(new))

    def destroy(self, *texts: str, flags: frozenset[str] = EVERYTHING) -> Outcome:
        world = self.world()
        chosen = frozenset(map(Address.parse, texts))

        def derive() -> Planned:
            return make_destroy_plan(world, self.desired, chosen, Permissions(flags))

        return run_to_its_end(apply_changes(world, derive, WaitOptions()))


NO_WAIT = WaitOptions(no_wait=True)


def run_to_its_end(events: Iterator[ev.Event]) -> Outcome:
    """What a run said, however it ended."""
    seen: list[ev.Event] = []
    try:
        for event in events:
            seen.append(event)  # noqa: PERF402 - what was seen before an error counts
    except ReconcilerError as exc:
        return Outcome(seen, exc)
    except Killed:
        return Outcome(seen, killed=True)
    return Outcome(seen)


def actions(changes: Sequence[Change]) -> list[str]:
    """`+ vertex/router`, one a change."""
    return [f"{c.action.glyph} {c.address}{' (deposed)' if c.deposed else ''}" for c in changes]


def pending(plan: Plan) -> list[str]:
    """The changes that do something."""
    return [text for text in actions(plan.changes) if not text.startswith("=")]
