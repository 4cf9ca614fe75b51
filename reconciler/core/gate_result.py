"""What the gate found: a verdict per address, with the checks that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reconciler.core import exits
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.lock import Evidence, Judgement, JudgingCost
from reconciler.core.model import Address, Json
from reconciler.core.suggest import SuggestedCommand


class Verdict(Enum):
    """Whether a deployment may go on."""

    PASSED = "passed"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"
    INCONCLUSIVE = "inconclusive"
    """More items or answers are needed, or the service could not answer. What serves goes on serving."""


_EXIT_CODES = {
    Verdict.FAILED: exits.REFUSED,
    Verdict.IN_PROGRESS: exits.STILL_RUNNING,
    Verdict.INCONCLUSIVE: exits.INCONCLUSIVE,
    Verdict.PASSED: exits.OK,
}
"""The worst first."""


def verdict_of(conclusion: Conclusion) -> Verdict:
    """The same of what has been trained."""
    return Verdict(conclusion.value)


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
    is_open: bool = False
    """It neither holds nor is refuted: nobody could tell."""

    @property
    def conclusion(self) -> Conclusion:
        """In one word."""
        if self.is_open:
            return Conclusion.INCONCLUSIVE
        return Conclusion.PASSED if self.passed else Conclusion.FAILED


@dataclass(frozen=True, slots=True)
class FlippedItem:
    """A held-out item that only one of the two models has right, and what each answered: data of the user's.

    `line` is where it stands in the set. `why_new` and `why_old` say what is wrong with an answer, where more is known
    than that it differs.
    """

    line: int
    is_better: bool
    reference: str
    new: str
    old: str
    why_new: str = ""
    why_old: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One class of labels by its F1, or one field of JSON by the share that is right; `items` have it."""

    name: str
    items: int
    new: float
    old: float | None = None


@dataclass(frozen=True, slots=True)
class FreshVerdict:
    """A verdict for which items were asked or answers compared anew, as the lock may have it.

    `attempt` at `home` is whose it is: a rename that is not applied yet leaves its entry where it was. `refused` says
    why it must not serve, of one that does not serve.
    """

    home: Address
    attempt: str
    judged: Judgement
    refused: str = ""


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
    evidence: tuple[Evidence, ...] = ()
    flips: tuple[FlippedItem, ...] = ()
    breakdown: tuple[Breakdown, ...] = ()
    looks: int = 0
    """How often this version was judged, by whichever gate."""
    answers: int = 0
    """How many were asked for this verdict: those that were known are free."""
    spent: JudgingCost | None = None
    """What judging it came to, by this look or by that of the lock; None where nobody was asked for it."""
    is_recorded: bool = False
    """The verdict is that of the lock: nothing was asked."""
    fresh: FreshVerdict | None = None
    has_answers: bool = True
    """What stands behind a recorded verdict is here to be shown: flipped items, classes, fields."""
    is_counted: bool = False
    """The lock counts this look: it was recorded."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """All verdicts, in address order."""

    addresses: tuple[AddressGate, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst there is; a gate over nothing does not pass."""
        verdicts = {a.verdict for a in self.addresses}
        return next((verdict for verdict in _EXIT_CODES if verdict in verdicts), Verdict.FAILED)

    @property
    def exit_code(self) -> int:
        """0 passed, 3 failed, 4 a training is in progress, 5 inconclusive."""
        return _EXIT_CODES[self.verdict]
