"""What the gate found: a verdict per address, with the checks that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reconciler.core import exits
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.model import Address, Json
from reconciler.core.suggest import SuggestedCommand


class Verdict(Enum):
    """Whether a deployment may go on."""

    PASSED = "passed"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"


_EXIT_CODES = {
    Verdict.PASSED: exits.OK,
    Verdict.FAILED: exits.REFUSED,
    Verdict.IN_PROGRESS: exits.STILL_RUNNING,
}


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One thing that must hold. `wanted` and `got` are for people; `why` is set where it does not hold.

    Never a training example, and of a model's answer no more than an excerpt.
    """

    name: str
    passed: bool
    wanted: Json = None
    got: Json = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class AddressGate:
    """The verdict on one address; `model` and `endpoint` are what was checked."""

    address: Address
    verdict: Verdict
    checks: tuple[GateCheck, ...] = ()
    model: str = ""
    endpoint: str = ""
    command: SuggestedCommand | str = ""
    warnings: tuple[Diagnostic, ...] = ()
    """What the plan says of a model that passes: its data changed behind its URI, for instance."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """All verdicts, in address order."""

    addresses: tuple[AddressGate, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst there is; a gate over nothing does not pass."""
        verdicts = {a.verdict for a in self.addresses}
        if not verdicts or Verdict.FAILED in verdicts:
            return Verdict.FAILED
        return Verdict.IN_PROGRESS if Verdict.IN_PROGRESS in verdicts else Verdict.PASSED

    @property
    def exit_code(self) -> int:
        """0 passed, 3 failed, 4 a training is in progress."""
        return _EXIT_CODES[self.verdict]
