"""What a caller may reach, by what it asked for: the lock alone, the specs as written, the specs with their data.

Who asks for less cannot reach more, so that a mistake in a file that a command does not need cannot stop it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.backends.deadline import Deadline
from reconciler.core.codes_spec import is_wrong_usage
from reconciler.core.diagnostics import Diagnostic, in_order
from reconciler.core.model import Address, Desired
from reconciler.files.specs import Loaded
from reconciler.render.values import Banner
from reconciler.session.clock import SystemClock
from reconciler.session.specs import declared, warnings_of
from reconciler.workflow.world import World

if TYPE_CHECKING:
    from reconciler.apply import WaitOptions
    from reconciler.workflow.planning import Planned


@dataclass(frozen=True, slots=True)
class LockSession:
    """A world with its lock, and what the first line of the output says. It knows nothing of any spec."""

    world: World
    banner: Banner
    clock: SystemClock
    deadline: Deadline

    def wait(self, *, no_wait: bool) -> WaitOptions:
        """How long there is to wait for what was started."""
        from reconciler.apply import WaitOptions

        timeout_s = self.deadline.timeout_s
        spent_s = 0.0 if timeout_s is None else max(0.0, timeout_s - self.deadline.left_s)
        return WaitOptions(no_wait=no_wait, timeout_s=timeout_s, poll_s=self.world.poll_s, spent_s=spent_s)


@dataclass(frozen=True, slots=True)
class ExamplesSession(LockSession):
    """The same with what of the specs no lock keeps: the Gemini API's inline examples, as far as they can be read."""

    examples: Mapping[Address, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class SpecsSession(LockSession):
    """The same with the specs as written. No training data is read."""

    loaded: Loaded
    is_whole: bool

    @property
    def declared(self) -> Desired:
        """All of them; raises ReconcilerError with every mistake."""
        return declared(self.loaded, complete=self.is_whole)

    @property
    def readable(self) -> Desired:
        """Those that are right by themselves, for who only looks: `mistakes` says what is wrong with the others."""
        return self.loaded.desired or self.loaded.readable

    @property
    def mistakes(self) -> list[Diagnostic]:
        """Why specs may be missing from `readable`."""
        return [d for d in in_order(self.loaded.diagnostics) if d.is_error]

    @property
    def has_nothing_to_read(self) -> bool:
        """Whether all that is wrong is that nothing is there to be read: wrong usage, and no mistake in a file."""
        found = self.mistakes
        return bool(found) and all(map(is_wrong_usage, found))


@dataclass(frozen=True, slots=True)
class DataSession(SpecsSession):
    """The same with what the training data holds."""

    folder: str

    @property
    def desired(self) -> Desired:
        """The specs, with the identity of all local data; raises ReconcilerError with every mistake."""
        from reconciler.session.data import known_data

        return known_data(self.loaded, complete=self.is_whole, folder=self.folder).desired

    def plan(
        self,
        targets: frozenset[Address] | None,
        replaced: frozenset[Address],
        allowed: frozenset[str],
        exclude: frozenset[Address] = frozenset(),
    ) -> Planned:
        """The plan, with what loading warned of; `allowed` are kinds of core.checks.ALLOWANCES."""
        from reconciler.core.checks import Permissions
        from reconciler.workflow.planning import make_plan

        world = self.world
        options = world.options(targets=targets, replace=replaced, exclude=exclude)
        permissions = Permissions.of(allowed, world.workspace, world.today)
        planned = make_plan(world, self.desired, options, permissions)
        found = (*warnings_of(self.loaded), *planned.plan.diagnostics)
        return replace(planned, plan=replace(planned.plan, diagnostics=found))
