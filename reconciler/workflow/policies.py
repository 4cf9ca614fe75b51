"""The workspace's own rules, judged on a plan: what they see of it, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.policies import UnmetRule, breach_diagnostics
from reconciler.policy.rules import About
from reconciler.workflow.world import World

if TYPE_CHECKING:
    from reconciler.policy.judging import RuleJudge


def policy_findings(world: World, plan: Plan) -> list[Diagnostic]:
    """What they refuse and warn of. They see what was found before them, and not what each other say."""
    if not world.policies.rules:
        return []
    return list(breach_diagnostics(_breaches(world, plan), world.workspace.allow, world.today))


def _breaches(world: World, plan: Plan) -> Iterator[UnmetRule]:
    """Rules are judged in their order; the document is made once for all of them."""
    from reconciler.policy.judging import RuleJudge

    document = plan_document(plan, world)
    names = {"plan": document, "workspace": world.workspace.name, "today": start_of(world.today)}
    pairs = list(zip(plan.changes, document["changes"], strict=True))
    for rule in world.policies.rules:
        judge = RuleJudge(rule)
        match rule.about:
            case About.PLAN:
                yield from _breach(judge, names, None)
            case About.CHANGE:
                for change, seen in pairs:
                    yield from _breach(judge, {**names, "change": seen}, change)
            case About.SPEC:
                for change, seen in pairs:
                    if change.declared is not None and change.declared.written is not None:
                        spec = change.declared.written
                        yield from _breach(judge, {**names, "change": seen, "spec": spec}, change)


def _breach(judge: RuleJudge, names: Mapping[str, Any], change: Change | None) -> Iterator[UnmetRule]:
    from reconciler.policy.judging import RuleVerdict

    ruling, rule = judge.judge(names), judge.rule
    if ruling.verdict in (RuleVerdict.NOT_MET, RuleVerdict.UNDECIDED):
        yield UnmetRule(
            rule=rule.name,
            rule_at=rule.where,
            said=ruling.said,
            address=change.address if change else None,
            refuses=rule.refuses,
            is_undecided=ruling.verdict is RuleVerdict.UNDECIDED,
            fix=ruling.fix,
            where=change.declared.where if change and change.declared else None,
        )


def plan_document(plan: Plan, world: World) -> dict[str, Any]:
    """As `plan --format json` prints it, with every default, and without the options of a command line."""
    from reconciler.render.json_plan import plan_record
    from reconciler.render.whole_records import whole

    made: dict[str, Any] = whole(plan_record(plan, world.banner))
    del made["made_with"]
    return made


def start_of(day: date) -> datetime:
    """`today`: its first moment, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
