"""The typed way in for Python callers: the engine of the command line, without it.

    with reconciler.connect("models/", emulator="embedded") as tuned:
        planned = tuned.plan()
        for event in tuned.apply(planned):
            ...
        assert tuned.gate().verdict is Verdict.PASSED

Everything else in the package may change without notice.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from reconciler.apply import WaitOptions
from reconciler.core.checks import ALLOWANCES, Permissions
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.events import Event
from reconciler.core.gate_result import GateResult
from reconciler.core.model import Address
from reconciler.files.specs import Loaded, load
from reconciler.session.clock import SystemClock
from reconciler.session.examples import examples_as_approved
from reconciler.session.opening import open_data
from reconciler.session.purpose import Purpose
from reconciler.session.sessions import DataSession
from reconciler.session.settings import Settings
from reconciler.session.specs import warnings_of
from reconciler.workflow import gate
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.planning import Planned, make_plan
from reconciler.workflow.wait import finish

Addresses: TypeAlias = Address | str | Iterable[Address | str]
"""One or several; as text they look like "vertex/support-router"."""
Place: TypeAlias = str | os.PathLike[str]
_MOST_AT_ONCE = 64
_PURPOSE = Purpose("a Python program", timeout_s=None, changes=True)


@dataclass(frozen=True, slots=True)
class Connection:
    """One workspace against one target. Every method raises ReconcilerError for what can go wrong."""

    session: DataSession

    def plan(self, *, targets: Addresses = (), replace: Addresses = (), allow: str | Iterable[str] = ()) -> Planned:
        """What would make the cloud as the specs say. `allow` are kinds of core.checks.ALLOWANCES."""
        world = self.session.world
        options = world.options(targets=_addresses(targets) or None, replace=_addresses(replace))
        permissions = Permissions.of(_permissions(allow), world.workspace, world.today)
        return make_plan(world, self.session.desired, options, permissions)

    def apply(
        self, planned: Planned, *, allow: str | Iterable[str] = (), wait: WaitOptions | None = None
    ) -> Iterator[Event]:
        """Carry out exactly this plan; one that would differ by now is refused. Nothing happens until iterated."""
        world = self.session.world
        until = wait or WaitOptions(poll_s=world.poll_s)
        allowed = _permissions(allow)
        return apply_changes(world, lambda: self._again(planned, allowed), until, checksum=planned.plan.checksum)

    def wait(self, *, wait: WaitOptions | None = None) -> Iterator[Event]:
        """Finish what was approved, whatever is wrong with specs and data by now."""
        world = self.session.world
        until = wait or WaitOptions(poll_s=world.poll_s)
        examples = examples_as_approved(self.session.readable.models.values(), world.store)
        return finish(world, examples, until)

    def gate(self, *, record: bool = False) -> GateResult:
        """Every declared model against the lock, the cloud and its own gate.

        `record` writes verdicts that are found anew into the lock, and counts each look.
        """
        if record:
            return gate.gate_and_record(self.session.world, self.plan).result
        return gate.gate(self.session.world, self.plan())

    def report(self, *, only: Addresses = (), with_curves: bool = True) -> str:
        """Everything that is known of the workspace, as the text of one HTML file that needs nothing else.

        What could not be read is named in it, and all the rest is there. `only` are the addresses that it is about;
        without `with_curves` no service is asked for curves.
        """
        from reconciler.render.html.page import render_report
        from reconciler.workflow.report import Wanted, gather_report

        session, wanted = self.session, Wanted(_addresses(only), with_curves)
        gathered = gather_report(session.world, session.banner, session.readable, self._warned_plan, wanted)
        return render_report(gathered.report)

    def _warned_plan(self) -> Planned:
        """With what loading warned of, as the command line says it."""
        planned = self.plan()
        found = (*warnings_of(self.session.loaded), *planned.plan.diagnostics)
        return replace(planned, plan=replace(planned.plan, diagnostics=found))

    def _again(self, planned: Planned, allow: frozenset[str]) -> Planned:
        world = self.session.world
        permissions = Permissions.of(allow, world.workspace, world.today)
        return make_plan(world, self.session.desired, planned.options, permissions)


@contextmanager
def connect(
    folder: Place | None = None,
    *,
    emulator: str | Literal[False] | None = None,
    workspace: str | None = None,
    lock: Place | None = None,
    files: Place | Iterable[Place] = (),
) -> Iterator[Connection]:
    """Read the specs below `folder` and talk to Google, or to an emulator: "embedded" or its URL.

    What is not given is taken from TUNEFORM_CHDIR, TUNEFORM_EMULATOR, TUNEFORM_WORKSPACE and TUNEFORM_LOCK, as on the
    command line; `emulator=False` is Google whatever the variable says.
    """
    where = _given("folder", folder, "CHDIR") or "."
    chosen = Settings(
        folder=where,
        emulator=None if emulator is False else _given("emulator", emulator, "EMULATOR"),
        workspace=_given("workspace", workspace, "WORKSPACE"),
        lock=_given("lock", lock, "LOCK") if lock is not None else _lock_of_variable(where),
        files=(os.fspath(files),) if isinstance(files, str | os.PathLike) else tuple(os.fspath(f) for f in files),
        parallelism=_parallelism(),
    )
    loaded: Loaded = load(chosen.folder, workspace=chosen.workspace, files=chosen.files, with_policies=True)
    with open_data(chosen, loaded, SystemClock(), _PURPOSE) as session:
        yield Connection(session)


def _given(name: str, value: Place | None, variable: str) -> str | None:
    """The argument, or else its variable. An empty variable counts as unset, an empty argument is a mistake."""
    if value is None:
        return os.environ.get(f"TUNEFORM_{variable}") or None
    if not os.fspath(value):
        fix = "Leave it out, or say emulator=False for Google." if name == "emulator" else "Leave it out instead."
        raise ReconcilerError(run_diagnostic("RUN028", f"{name} is empty.", fix=fix))
    return os.fspath(value)


def _lock_of_variable(folder: str) -> str | None:
    """As the command line has it: a path there is relative to the folder of -C."""
    place = os.environ.get("TUNEFORM_LOCK") or None
    return place if place is None or "://" in place else os.path.join(folder, place)  # noqa: PTH118 - an absolute one wins


def _parallelism() -> int:
    text = os.environ.get("TUNEFORM_PARALLELISM") or str(Settings().parallelism)
    if not (text.isdecimal() and 1 <= int(text) <= _MOST_AT_ONCE):
        fix = f"Write a number from 1 to {_MOST_AT_ONCE}."
        raise ReconcilerError(run_diagnostic("RUN028", f"TUNEFORM_PARALLELISM is {text!r}.", fix=fix))
    return int(text)


def _addresses(given: Addresses) -> frozenset[Address]:
    """Those that specs or lock do not have are refused where the plan is made (PLAN110)."""
    return frozenset(map(_address, [given] if isinstance(given, Address | str) else given))


def _address(given: Address | str) -> Address:
    if isinstance(given, Address):
        return given
    try:
        return Address.parse(given)
    except (ValueError, AttributeError, TypeError) as exc:
        fix = "Write it like vertex/support-router."
        raise ReconcilerError(run_diagnostic("RUN028", f"{given!r} is not an address.", fix=fix)) from exc


def _permissions(given: str | Iterable[str]) -> frozenset[str]:
    allowed = frozenset([given] if isinstance(given, str) else given)
    for kind in sorted(map(str, allowed)):
        if kind not in ALLOWANCES:
            raise ReconcilerError(_unknown_permission(kind))
    return allowed


def _unknown_permission(kind: str) -> Diagnostic:
    import difflib

    near = difflib.get_close_matches(kind, ALLOWANCES, n=1)
    fix = f'Did you mean "{near[0]}"?' if near else f"Give one of {', '.join(ALLOWANCES)}."
    return run_diagnostic("RUN027", f"{kind!r} is not among them.", fix=fix)
