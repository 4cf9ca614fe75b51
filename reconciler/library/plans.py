"""A plan, as a program reads it and carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.core.change import Change, Cost, Plan
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.model import Action, Address
from reconciler.library.results import PLAIN, Result
from reconciler.render.values import Banner

if TYPE_CHECKING:
    from reconciler.library.sessions import Opened
    from reconciler.render.plan_records import MadeWithRecord
    from reconciler.session.settings import Settings
    from reconciler.workflow.planning import Planned


class FieldDifference(NamedTuple):
    """One field that differs, by the API's camelCase path; what is absent is None."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One address and what happens to it. `deposed`: it is about a model that was replaced.

    `cost` is of the training, None where nothing is trained; `attempt` is what is made, waited for or let serve.
    """

    address: Address
    action: Action
    reason: str
    fields: tuple[FieldDifference, ...] = ()
    cost: Cost | None = None
    attempt: str = ""
    deposed: bool = False
    notes: tuple[Diagnostic, ...] = ()

    @classmethod
    def of(cls, change: Change) -> PlannedChange:
        """What of it is for others."""
        fields = tuple(FieldDifference(f.field, f.old, f.new) for f in change.fields)
        return cls(
            change.address,
            change.action,
            change.reason.text,
            fields,
            change.cost,
            change.attempt,
            change.deposed,
            change.notes,
        )

    def __repr__(self) -> str:
        deposed = " (deposed)" if self.deposed else ""
        return f"<{self.address}{deposed} {self.action.glyph} {self.action.word}: {self.reason}>"


@dataclass(frozen=True, slots=True)
class Carrying:
    """How a plan is made anew when it is carried out: in which session, and by whom, with these permissions."""

    settings: Settings
    opened: Opened[Any]
    derive: Callable[[Any, frozenset[str]], Planned]
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class WorkspacePlan(Result):
    """What would be done, why, and what it would cost. `apply` carries out exactly this, or nothing."""

    _plan: Plan
    _banner: Banner
    _made_with: MadeWithRecord | None = field(default=None, compare=False)
    _carrying: Carrying | None = field(default=None, compare=False)

    @property
    def is_empty(self) -> bool:
        """Nothing pending: what is unchanged or in progress alone."""
        return self._plan.is_empty

    @property
    def changes(self) -> tuple[PlannedChange, ...]:
        """In address order, unchanged ones included."""
        return tuple(map(PlannedChange.of, self._plan.changes))

    @property
    def checksum(self) -> str:
        """Covers what will be done: apply the same, here or with `tuneform apply --checksum CHECKSUM`."""
        return self._plan.checksum

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Refusals and warnings."""
        return self._plan.diagnostics

    @property
    def refusals(self) -> tuple[Diagnostic, ...]:
        """Why apply would stop before the first change."""
        return tuple(self._plan.refusals)

    def to_json(self) -> str:
        """What `tuneform plan --format json` writes, and `tuneform apply FILE` reads."""
        from reconciler.render.json_plan import plan_to_json

        return plan_to_json(self._plan, self._banner, self._made_with)

    def to_markdown(self) -> str:
        """For a pull request."""
        from reconciler.render.markdown.plan import render_plan

        return render_plan(self._plan, self._banner)

    def __str__(self) -> str:
        from reconciler.render.terminal.plan import render_plan

        return render_plan(self._plan, self._banner, PLAIN)

    def _in_short(self) -> str:
        from reconciler.render.totals import summary

        refused = "refused, " if self.refusals else ""
        return f"{refused}{summary(self._plan) or 'nothing is declared'}"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import plan_piece

        return plan_piece(self._plan, self._banner)


def blocked_by(plan: Plan) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """What apply cannot touch, and which of it a gate could not tell of."""
    blocked = plan.by_action(Action.BLOCKED)
    return tuple(c.address for c in blocked), tuple(c.address for c in blocked if c.undecided)
