"""What a report is made of: the plan, or why there is none; and what lock, cloud and catalogue know of each address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.bills import Bill
from reconciler.core.catalog import BaseModel
from reconciler.core.change import Plan
from reconciler.core.curves import Curves
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.lock import Entry
from reconciler.core.model import Address, Declared, LiveTraining
from reconciler.core.training_curves import TrainingCurves
from reconciler.render.values import Banner


@dataclass(frozen=True, slots=True)
class AttemptCurves:
    """The curves of one training with what is read off them, or why there are none."""

    attempt: str
    known: TrainingCurves | None = None
    trouble: Diagnostic | None = None

    @property
    def drawn(self) -> Curves:
        """Those that the service has: of what the lock recorded there are single values."""
        return {} if self.known is None or self.known.is_recorded else self.known.curves


@dataclass(frozen=True, slots=True)
class ReportedModel:
    """One address. `live` is by job, `bills` by attempt; `curves` are those of the newest training first.

    `asked_curves` says whether its service was asked for them.
    """

    address: Address
    entry: Entry | None = None
    declared: Declared | None = None
    live: Mapping[str, LiveTraining] = field(default_factory=dict)
    base: str = ""
    known_base: BaseModel | None = None
    bills: Mapping[str, Bill] = field(default_factory=dict)
    curves: tuple[AttemptCurves, ...] = ()
    asked_curves: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says.

    `plan` is None where none could be made, and `trouble` says why. `saw_lock` and `saw_cloud` say what was read. `at`
    is when (RFC 3339), `today` the day in UTC; `hidden` counts the addresses that nobody asked for.
    """

    banner: Banner
    at: str
    today: date
    version: str
    models: tuple[ReportedModel, ...] = ()
    plan: Plan | None = None
    trouble: tuple[Diagnostic, ...] = ()
    saw_lock: bool = True
    saw_cloud: bool = True
    hidden: int = 0
    commit: str = ""
    catalog_as_of: str = ""
