"""What may refuse a plan. Every refusal names the flag, or the dated line, that overrides it once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from reconciler.core.artifacts import files_left
from reconciler.core.base_models import base_field, check_base_model
from reconciler.core.catalog import Catalog
from reconciler.core.change import Change, Cost, Plan
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.copying import is_copy
from reconciler.core.cost import bases_of, epochs_of
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.dialect import labels_of
from reconciler.core.dialects import dialect_of, is_open_model
from reconciler.core.gate_settings import check_gate_settings
from reconciler.core.lock import Lock
from reconciler.core.markers import WORKSPACE_LABEL, label_value
from reconciler.core.model import NAMED, Action, Address, Data, Declared, Live, Warned
from reconciler.core.plurals import counted
from reconciler.core.rewards import preview_note
from reconciler.core.settings import Budget, Workspace
from reconciler.core.suggest import SuggestedCommand, suggest

ALLOWANCES = ("delete", "cancel", "protected", "empty", "unread", "foreign", "cost", "retired", "limits", "promote")
"""Kinds of override. `--allow-KIND` on the command line, `- {KIND: ADDRESS, until: …}` under `allow:`."""

_PERCENT_FLOOR = 10
"""maxDisposePercent counts from this many ready models on: a share of three says nothing."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """Overrides in force: `flags` from the command line, and the workspace's lines that are not over."""

    flags: frozenset[str] = frozenset()
    lines: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, flags: frozenset[str], workspace: Workspace, today: date) -> Permissions:
        """Dated lines count up to and including their last day."""
        lines = frozenset((a.kind, a.address) for a in workspace.allow if today <= a.until)
        return cls(flags, lines)

    def has(self, kind: str, address: Address | None = None) -> bool:
        """Whether this is allowed, for this address or for all."""
        named = {"", "*"} | ({str(address)} if address else set())
        return kind in self.flags or any((kind, name) in self.lines for name in named)


NO_PERMISSIONS = Permissions()
"""Nothing is overridden."""


def check_plan(
    plan: Plan, lock: Lock, workspace: Workspace, permissions: Permissions, catalog: Catalog, today: date
) -> list[Diagnostic]:
    """Refusals, which are errors, and warnings."""
    found = [*_emptied(plan, permissions), *_doubtful(plan, permissions)]
    found += [*_of_another_set(plan, lock, permissions), *_left_alone(plan), *_left_out(plan)]
    found += _limits(plan, workspace, permissions)
    bases = bases_of(plan, lock)
    for change in plan.changes:
        found += check_protection(change, lock, permissions)
        found += _cancels(change, lock, permissions)
        if workspace.catalog != "historic":
            allowed = permissions.has("retired", change.address)
            found += check_base_model(change, bases.get(change.address, ""), catalog, today, allowed=allowed)
        found += check_gate_settings(change, bases.get(change.address, ""), catalog)
        found += files_left(change, lock)
        note = preview_note(change)
        found += [note] if note else []
        if change.trains:
            found += _job_cost(change, workspace.budget, permissions)
            found += _warned_data(change)
    return found + list(_plan_cost(plan, workspace.budget, permissions))


def check_owners(plan: Plan, lock: Lock, live: Live, workspace: str, permissions: Permissions) -> Iterator[Diagnostic]:
    """Refuse what would patch, serve or delete a resource that carries another workspace's marker."""
    for change in plan.changes:
        if not change.does_something or permissions.has("foreign", change.address):
            continue
        for name in _touched(change, lock):
            seen = live.trainings.get(name)
            for carrier in seen.carriers if seen else ():
                owner = labels_of(carrier.fields).get(WORKSPACE_LABEL, "")
                if owner not in ("", label_value(workspace)):
                    detail = f"{carrier.resource_name} is workspace {owner}'s by its labels."
                    fix = "Remove it there first, or give --allow-foreign once."
                    yield _refuse("PLAN104", detail, fix, change)


def _touched(change: Change, lock: Lock) -> list[str]:
    """The jobs of what a change patches, lets serve, takes over or takes away."""
    entry = lock.entry(change.renamed_from or change.address) or lock.entry(change.address)
    attempts = (*change.disposes, *change.cancels, change.attempt)
    locked = [entry.trainings[a].job for a in attempts if entry and a in entry.trainings]
    return list(dict.fromkeys([*locked, *(a.resource_name for a in change.adopts)]))


def _refuse(code: str, detail: str, fix: str, change: Change | None = None, field: str = "") -> Diagnostic:
    address = str(change.address) if change else None
    where = None
    if change and change.declared:
        where = change.declared.at(field) if field else change.declared.where
    return plan_diagnostic(code, Severity.ERROR, detail, fix=fix, address=address, where=where)


def _emptied(plan: Plan, permissions: Permissions) -> Iterator[Diagnostic]:
    if plan.emptied and not permissions.has("empty"):
        count = len({c.address for c in plan.changes if c.removes_entry})
        models = counted(count, "model")
        if plan.declared:
            found = counted(plan.declared, "spec that was found", "specs that were found")
            none = f"none of the {found} declares one of them" if plan.declared > 1 else _THE_ONLY_ONE
            detail = f"The lock has {models}, and {none}."
        else:
            detail = f"The lock has {models} and not one spec was found."
        yield _refuse("PLAN102", detail, "Check the folder (-C, specs/), or give --allow-empty once.")


_THE_ONLY_ONE = "the only spec that was found declares another one"
_NAMED_DOUBTS = 5


def _doubtful(plan: Plan, permissions: Permissions) -> Iterator[Diagnostic]:
    """A spec that was not read is not a spec that was removed."""
    guessed = [c.address for c in plan.changes if c.removes_entry and not c.stated]
    removed = [address for address in guessed if not permissions.has("unread", address)]
    if not (removed and plan.doubts):
        return
    named = [str(place) for place in plan.doubts[:_NAMED_DOUBTS]]
    more = len(plan.doubts) - len(named)
    places = ", ".join(named) + (f" and {more} more" if more else "")
    detail = f"The plan removes {_first_of(removed)}, and what may be a spec was not read: {places}."
    fix = "Render, rename or delete what is named, or give --allow-unread once."
    yield _refuse("PLAN123", detail, fix)


def _declared_by(origin: str) -> str:
    return "specs named with -f or piped in" if origin == NAMED else origin


def _read_as(origin: str) -> str:
    return "what is named with -f or piped in" if origin == NAMED else origin


def _of_another_set(plan: Plan, lock: Lock, permissions: Permissions) -> Iterator[Diagnostic]:
    """A set that lacks what it never declared says nothing about it. Where nobody knows who did, it may go."""
    if plan.emptied or not plan.origins:
        return
    removed: dict[str, list[Address]] = {}
    for c in plan.changes:
        entry = lock.entry(c.address) if c.removes_entry and not c.stated else None
        if entry and entry.origin and entry.origin not in plan.origins and not permissions.has("unread", c.address):
            removed.setdefault(entry.origin, []).append(c.address)
    for origin, addresses in sorted(removed.items()):
        read, which = " and ".join(map(_read_as, plan.origins)), f"which {_declared_by(origin)} declared last"
        detail = f"The plan removes {_first_of(addresses)}, {which}; this run reads {read}."
        yield _refuse("PLAN123", detail, "Plan with the specs that declared it, or give --allow-unread once.")


def _first_of(addresses: Sequence[Address]) -> str:
    more = len(addresses) - 1
    return f"{addresses[0]} and {more} more" if more else str(addresses[0])


def _left_alone(plan: Plan) -> Iterator[Diagnostic]:
    """Named, so that nobody wonders; no change, so that nobody is stopped."""
    if plan.left_alone:
        names = ", ".join(map(str, plan.left_alone))
        verb = "is" if len(plan.left_alone) == 1 else "are"
        detail = f"{names} {verb} in the lock, and no specs that were applied have declared {_THEM[verb]} yet."
        address = names if verb == "is" else None
        yield plan_diagnostic("PLAN017", Severity.NOTE, detail, address=address)


def _left_out(plan: Plan) -> Iterator[Diagnostic]:
    """All of them, those included that nobody named and that depend on what somebody did."""
    if plan.left_out:
        names, verb = ", ".join(map(str, plan.left_out)), "is" if len(plan.left_out) == 1 else "are"
        yield plan_diagnostic("PLAN132", Severity.NOTE, f"{names} {verb} not touched, whatever the specs say.")


_THEM = {"is": "it", "are": "them"}


def _limits(plan: Plan, workspace: Workspace, permissions: Permissions) -> Iterator[Diagnostic]:
    """Each address counts once. What was left over from before is no decision of this plan's."""
    if permissions.has("limits"):
        return
    limits, fix = workspace.limits, "Give --allow-limits once, or a dated line under allow."
    losing = [c for c in plan.changes if c.disposes_ready and not permissions.has("delete", c.address)]
    served, older = [c for c in losing if not c.surplus], [c for c in losing if c.surplus]
    if len(losing) > limits.max_deletes:
        losses = _and([_models(served, "ready"), _models(older, "deposed")])
        yield _refuse("PLAN101", f"{losses} would be deleted; limits.maxDeletes is {limits.max_deletes}.", fix)
    replaced = plan.by_action(Action.REPLACE)
    share = 100 * (len(served) + len(replaced)) / plan.ready if plan.ready else 0
    if plan.ready >= _PERCENT_FLOOR and share > limits.max_dispose_percent:
        words = "replaced" if not served else "deleted" if not replaced else "deleted or replaced"
        losses = f"{len(served) + len(replaced)} of {counted(plan.ready, 'ready model')} would be {words}"
        losses += f" ({len(served)} deleted, {len(replaced)} replaced)" if served and replaced else ""
        yield _refuse("PLAN101", f"{losses}; limits.maxDisposePercent is {limits.max_dispose_percent}.", fix)


def _models(changes: Sequence[Change], kind: str) -> str:
    """`2 deposed models (vertex/a, vertex/b)`, "" for none."""
    count = len(changes) if kind == "ready" else sum(c.disposes_ready for c in changes)
    names = ", ".join(str(c.address) for c in changes)
    return f"{counted(count, f'{kind} model')} ({names})" if changes else ""


def _and(parts: Iterable[str]) -> str:
    return " and ".join(part for part in parts if part)


def check_protection(change: Change, lock: Lock, permissions: Permissions) -> Iterator[Diagnostic]:
    """Refuse what would take something from a protected address: what serves, and what `keep` keeps."""
    entry = lock.entry(change.renamed_from or change.address) or lock.entry(change.address)
    was_protected = entry is not None and entry.lifecycle.protect
    is_removal = change.action in (Action.DELETE, Action.CANCEL)
    takes = bool(change.cancels) or is_removal
    if not takes or change.is_housekeeping or permissions.has("protected", change.address):
        return
    if was_protected or (change.declared is not None and change.lifecycle.protect):
        what = "cancels a training of" if change.cancels and not (is_removal and change.disposes) else "deletes"
        detail = f"The plan {what} {change.address}, which is protected."
        fix = "Set lifecycle.protect to false and apply that first, or give --allow-protected once."
        yield _refuse("PLAN103", detail, fix, change)


def _cancels(change: Change, lock: Lock, permissions: Permissions) -> Iterator[Diagnostic]:
    """What was trained so far is paid for; nothing is lost with a copy."""
    entry = lock.entry(change.renamed_from or change.address) or lock.entry(change.address)
    copies = {a for a, t in entry.trainings.items() if is_copy(t.submission)} if entry else set()
    is_running = not copies.issuperset(change.cancels) and change.progress is not None
    if not is_running or change.is_housekeeping or permissions.has("cancel", change.address):
        return
    percent = change.progress.percent if change.progress else None
    so_far = f" at {percent:.0f} %" if percent is not None else ""
    detail = f"{change.address} is training ({change.state}{so_far}) and would be cancelled."
    yield _refuse("PLAN108", detail, "Wait for it, or give --allow-cancel once.", change)


def _job_cost(change: Change, budget: Budget | None, permissions: Permissions) -> Iterator[Diagnostic]:
    if budget is None or permissions.has("cost", change.address):
        return
    cost = _in_currency(change.cost, budget)
    if cost.high is None:
        if budget.refuse_unknown:
            detail = f"The cost of {change.address} is unknown: {cost.method}."
            fix = f"It becomes known with {cost.needs}; or give --allow-cost once."
            yield _refuse("PLAN106", detail, fix, change, _base_field(change))
    elif budget.per_job is not None and cost.high > budget.per_job:
        detail = (
            f"{change.address} may cost up to {cost.high:.2f} {cost.currency}; "
            f"budget.perJob is {budget.per_job:.2f} {budget.currency}."
        )
        yield _refuse(
            "PLAN105",
            detail,
            "Lower the epochs, raise the budget, or give --allow-cost once.",
            change,
            _base_field(change),
        )


def _base_field(change: Change) -> str:
    return base_field(change.declared) if change.declared else ""


def _warned_data(change: Change) -> Iterator[Diagnostic]:
    """A file, and one line for each rule; the rest `dataset check` says, asked as the plan asked."""
    declared = change.declared
    for data in declared.data if declared else ():
        if data.warnings and data.path:
            count = counted(data.warnings, "warning")
            by_rule = (f"{w.code} {w.title}: {w.times:,}{_first_at(w)}." for w in data.warned)
            yield plan_diagnostic(
                "PLAN119",
                Severity.WARNING,
                "\n".join([f"{data.path}: {count}.", *by_rule]),
                where=declared.at_data(data) if declared else None,
                address=str(change.address),
                command=_check_command(declared, data) if declared else "",
            )


def _first_at(warned: Warned) -> str:
    line = warned.where.line if warned.where else 0
    return f", {'first ' if warned.times > 1 else ''}at line {line:,}" if line else ""


def _check_command(declared: Declared, data: Data) -> SuggestedCommand:
    """The command that shows these findings: many are about both files, the task or the base model."""
    training, *others = declared.data
    files = [data] if training.path is None else [training]
    words = ["dataset", "check", *(file.path or "" for file in files)]
    validation = next((other.path for other in others if other.path and training.path), None)
    base = dialect_of(declared.address).base_of(declared.training)
    epochs = epochs_of(declared.training)
    options = {
        "--validation": validation,
        "--task": declared.task or None,
        "--epochs": None if epochs is None else str(epochs),
        "--base-model": base or None,
        "--method": "open-model" if is_open_model(base) else None,
    }
    words += [word for name, value in options.items() if value for word in (name, value)]
    return suggest(*words)


def _in_currency(cost: Cost | None, budget: Budget) -> Cost:
    """The cost as the budget can judge it: an amount in another currency is unknown to it, save nothing at all."""
    if cost is None:
        return Cost(method="nothing was counted", needs="training data that can be read")
    if cost.high is None or cost.currency == budget.currency or cost.high == 0:
        return cost
    method = f"it is in {cost.currency} and the budget in {budget.currency}"
    return Cost(method=method, needs=f"prices: and budget: in one currency, {cost.currency} or {budget.currency}")


def _plan_cost(plan: Plan, budget: Budget | None, permissions: Permissions) -> Iterator[Diagnostic]:
    if budget is None or budget.per_plan is None or permissions.has("cost"):
        return
    counted = (c for c in plan.changes if c.trains and not permissions.has("cost", c.address))
    costs = [_in_currency(c.cost, budget) for c in counted]
    total = sum(cost.high for cost in costs if cost.high is not None)
    if total > budget.per_plan:
        detail = f"All of it may cost up to {total:.2f} {budget.currency}; budget.perPlan is {budget.per_plan:.2f}."
        yield _refuse("PLAN105", detail, "Apply in parts with --target, or give --allow-cost once.")
