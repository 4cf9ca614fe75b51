"""The typed way in for Python callers: the engine of the command line, without it.

    with reconciler.connect("models/", emulator="embedded") as tuned:
        planned = tuned.plan()
        for event in tuned.apply(planned):
            ...
        assert tuned.gate().verdict is Verdict.PASSED

Everything else in the package may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.apply import Wait
from reconciler.cli.clock import SystemClock
from reconciler.cli.options import Settings
from reconciler.cli.wiring import Session, open_session
from reconciler.core.checks import Permissions
from reconciler.core.events import Event
from reconciler.core.gate_result import GateResult
from reconciler.core.model import Address
from reconciler.files.specs import Loaded, load
from reconciler.workflow import applying, looking
from reconciler.workflow.planning import Planned, make_plan


@dataclass(frozen=True, slots=True)
class Connection:
    """One workspace against one target. Every method raises ReconcilerError for what can go wrong."""

    session: Session

    def plan(
        self, *, targets: Iterable[Address] = (), replace: Iterable[Address] = (), allow: Iterable[str] = ()
    ) -> Planned:
        """What would make the cloud as the specs say. `allow` are kinds of core.checks.ALLOWANCES."""
        world = self.session.world
        options = world.options(targets=frozenset(targets) or None, replace=frozenset(replace))
        permissions = Permissions.of(frozenset(allow), world.workspace, world.today)
        return make_plan(world, self.session.desired, options, permissions)

    def apply(self, planned: Planned, *, allow: Iterable[str] = (), wait: Wait | None = None) -> Iterator[Event]:
        """Carry out exactly this plan; one that would differ by now is refused. Nothing happens until iterated."""
        world = self.session.world
        until = wait or Wait(poll_s=world.poll_s)
        return applying.apply_changes(
            world, lambda: self._again(planned, frozenset(allow)), until, checksum=planned.plan.checksum
        )

    def wait(self, *, wait: Wait | None = None) -> Iterator[Event]:
        """Finish what was approved."""
        until = wait or Wait(poll_s=self.session.world.poll_s)
        return applying.finish(self.session.world, self.session.desired, until)

    def gate(self) -> GateResult:
        """Every declared model against the lock, the cloud and its own gate."""
        return looking.gate(self.session.world, self.plan())

    def _again(self, planned: Planned, allow: frozenset[str]) -> Planned:
        world = self.session.world
        permissions = Permissions.of(allow, world.workspace, world.today)
        return make_plan(world, self.session.desired, planned.options, permissions)


@contextmanager
def connect(
    folder: str = ".",
    *,
    emulator: str | None = None,
    workspace: str | None = None,
    lock: str | None = None,
    files: tuple[str, ...] = (),
) -> Iterator[Connection]:
    """Read the specs below `folder` and talk to Google, or to an emulator: "embedded" or its URL."""
    chosen = Settings(folder=folder, emulator=emulator, workspace=workspace, lock=lock, files=files)
    loaded: Loaded = load(folder, workspace=workspace, files=files)
    with open_session(chosen, loaded, SystemClock(), "a Python program") as session:
        yield Connection(session)
