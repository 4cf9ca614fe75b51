"""What a workspace can be asked to change: each call is a run, which happens while it is followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakSet

from reconciler.core import exits
from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.library import arguments as given
from reconciler.library.arguments import Addresses, Place
from reconciler.library.errors import CallError, call, wrong_argument
from reconciler.library.looking import Looks
from reconciler.library.plans import Carrying, WorkspacePlan, blocked_by
from reconciler.library.runs import Work, WorkspaceRun
from reconciler.library.sessions import permissions_in
from reconciler.session.clock import SystemClock

if TYPE_CHECKING:
    from reconciler.core.events import Event
    from reconciler.library.gathering import Garbage
    from reconciler.library.notices import Deliveries
    from reconciler.session.sessions import LockSession, SpecsSession


class Changes(Looks):
    """The calls that change something."""

    _runs: WeakSet[WorkspaceRun]

    @call
    def apply(
        self,
        plan: WorkspacePlan | None = None,
        *,
        allow: str | Iterable[str] = (),
        no_wait: bool = False,
        timeout_s: float | None = None,
    ) -> WorkspaceRun:
        """Carry out exactly this plan, or what is planned now; one that would differ by then is refused (PLAN109).

        `no_wait` submits what fits and leaves the rest to `wait`; `timeout_s` bounds the waiting.
        """
        from reconciler.workflow.apply import apply_changes

        chosen = self.plan(allow=allow) if plan is None else plan
        carrying = self._carrying(chosen, given.permissions_of(allow))
        within = given.number_of("timeout_s", timeout_s, 0)

        def events(now: SpecsSession) -> Iterator[Event]:
            until = now.wait(no_wait=no_wait)
            until = until if within is None else replace(until, timeout_s=within)
            return apply_changes(
                now.world, lambda: carrying.derive(now, carrying.allowed), until, checksum=chosen.checksum
            )

        blocked, undecided = blocked_by(chosen._plan)  # noqa: SLF001
        return self._run(Work("apply", carrying.opened, events, lambda _: chosen, blocked, undecided))

    @call
    def destroy(
        self,
        addresses: Addresses = (),
        *,
        everything: bool = False,
        allow: str | Iterable[str] = (),
        no_wait: bool = False,
    ) -> WorkspaceRun:
        """Cancel and delete what these addresses have in the cloud. The job records stay: they cannot be deleted."""
        return self.apply(self.plan_destroy(addresses, everything=everything, allow=allow), no_wait=no_wait)

    @call
    def wait(self, *, no_wait: bool = False, timeout_s: float | None = None) -> WorkspaceRun:
        """Finish what was approved, whatever is wrong with specs and data by now."""
        from reconciler.workflow.wait import finish

        opener = self._open().within(timeout_s)
        return self._run(
            Work(
                "wait",
                opener.examples("wait"),
                lambda now: finish(now.world, now.examples, now.wait(no_wait=no_wait)),
                lambda now: WorkspacePlan(Plan(workspace=now.banner.workspace), now.banner),
            )
        )

    @call
    def cancel(self, address: Address | str, *, allow: str | Iterable[str] = (), no_wait: bool = False) -> WorkspaceRun:
        """Cancel the training under way. What it trained so far is paid for; nothing that serves is touched."""
        from reconciler.workflow import cancel as work
        from reconciler.workflow.saved_lock import sound_lock

        chosen, allowed = given.address_of(address), given.permissions_of(allow)
        return self._by_lock(
            "cancel",
            lambda now: work.cancel(now.world, chosen, now.wait(no_wait=no_wait), permissions_in(now, allowed)),
            lambda now: work.cancellation(sound_lock(now.world), chosen, permissions_in(now, allowed)),
        )

    @call
    def forget(self, address: Address | str) -> WorkspaceRun:
        """Drop an address from the lock. The cloud is untouched, and nothing of it is adopted again."""
        from reconciler.workflow import forget as work
        from reconciler.workflow.saved_lock import trusted_lock

        chosen = given.address_of(address)
        return self._by_lock(
            "forget",
            lambda now: work.forget(now.world, chosen),
            lambda now: work.forgetting(trusted_lock(now.world), chosen),
        )

    @call
    def promote(
        self, address: Address | str, *, attempt: int | str | None = None, force: bool = False, reason: str = ""
    ) -> WorkspaceRun:
        """Let serve what waits for it, or what was rolled back from. Nothing is trained."""
        from reconciler.workflow import by_hand as work
        from reconciler.workflow.saved_lock import sound_lock

        chosen, number, why = given.address_of(address), given.attempt_of(attempt), given.reason_of(reason)

        def change(now: LockSession) -> Change:
            return work.promoting(now.world, sound_lock(now.world), chosen, number, why, force=force)

        def events(now: LockSession) -> Iterator[Event]:
            which = number or change(now).attempt
            return work.promote(now.world, chosen, which, now.wait(no_wait=False), why, force=force)

        return self._by_lock("promote", events, change)

    @call
    def rollback(self, address: Address | str, *, to: int | str | None = None, reason: str = "") -> WorkspaceRun:
        """Let an earlier attempt serve again, and pin it until the spec changes. Nothing is trained."""
        from reconciler.workflow import by_hand as work
        from reconciler.workflow.saved_lock import sound_lock

        chosen, number, why = given.address_of(address), given.attempt_of(to, "to"), given.reason_of(reason)

        def change(now: LockSession) -> Change:
            return work.rolling_back(now.world, sound_lock(now.world), chosen, number, why)

        def events(now: LockSession) -> Iterator[Event]:
            which = number or change(now).attempt
            return work.rollback(now.world, chosen, which, why, now.wait(no_wait=False))

        return self._by_lock("rollback", events, change)

    @call
    def import_model(
        self, address: Address | str, resource: str, *, out: Place | None = None, allow: str | Iterable[str] = ()
    ) -> WorkspaceRun:
        """Write a spec for a model that exists, and take it into the lock. Nothing is trained.

        `resource` is a job, a Model, an Endpoint or a tuned model; `out` the file, by default beside the other specs.
        """
        from reconciler.library.importing import Import

        path = "" if out is None else given.path_of("out", out)
        chosen, name = given.address_of(address), given.text_of("resource", resource)
        return self._run(Import(self._open(), chosen, name, path, given.permissions_of(allow)).work)

    @call
    def dispose(self, garbage: Garbage) -> WorkspaceRun:
        """Dispose of what `gc` proposed, as far as it is still the same, and of nothing else."""
        from reconciler.library.gathering import Garbage

        self._open()
        if not isinstance(garbage, Garbage):
            raise wrong_argument(f"{garbage!r} is nothing that gc() found.", "Give what gc() returned.")
        if garbage.plan.refusals:
            raise CallError(*garbage.plan.refusals, exit_code=exits.REFUSED)
        return self._run(garbage._work)  # noqa: SLF001 - its own

    @call
    def notify(self, *, retires_within_days: int | None = None, dry_run: bool = False) -> Deliveries:
        """Tell the receivers of the workspace what they have not been told; runs tell by themselves what they do."""
        from reconciler.library.notices import Deliveries
        from reconciler.workflow.status_rows import WARN_DAYS, concerns_of, status_of
        from reconciler.workflow.telling import still_due, tell

        within = given.number_of("retires_within_days", retires_within_days, 0, whole=True)
        with self._open().specs("notify")(SystemClock()) as now:
            if now.has_nothing_to_read:
                raise ReconcilerError(*now.mistakes, exit_code=exits.USAGE)
            world = now.world
            found = concerns_of(status_of(world, now.readable, WARN_DAYS if within is None else int(within)))
            delivered = still_due(world, world.trusted_lock(), found) if dry_run else tell(world, found)
            return Deliveries(tuple(delivered), now.banner, dry_run)

    def _carrying(self, plan: object, allowed: frozenset[str]) -> Carrying:
        """How it is made anew, with these permissions as well; raises CallError where it cannot be carried out here."""
        known = plan._carrying if isinstance(plan, WorkspacePlan) else None  # noqa: SLF001 - its own
        if not isinstance(plan, WorkspacePlan) or known is None:
            raise wrong_argument(f"{plan!r} is no plan of plan() or plan_destroy().", "Give one of theirs.")
        if known.settings != self._open().settings:
            detail = "The plan is that of another workspace, target or lock."
            raise wrong_argument(detail, "Have it carried out by the workspace that made it.")
        if plan.refusals and allowed <= known.allowed:
            raise CallError(*plan.refusals, exit_code=exits.REFUSED)
        return replace(known, allowed=known.allowed | allowed)

    def _run(self, work: Work) -> WorkspaceRun:
        self._open()
        run = WorkspaceRun(work)
        self._runs.add(run)
        return run

    def _by_lock(
        self, name: str, events: Callable[[LockSession], Iterator[Event]], change: Callable[[LockSession], Change]
    ) -> WorkspaceRun:
        def preview(now: LockSession) -> WorkspacePlan:
            return WorkspacePlan(Plan(changes=(change(now),), workspace=now.banner.workspace), now.banner)

        return self._run(Work(name, self._open().lock(name), events, preview))
