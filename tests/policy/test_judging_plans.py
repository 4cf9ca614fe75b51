"""A plan is judged by every rule on everything that the rule is about, in the order of both, and soon."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.findings import Findings
from reconciler.core.model import Action, Address
from reconciler.files.policies import read_policy_texts, rules_of
from reconciler.policy.rules import Policies
from reconciler.workflow.policies import policy_findings
from tests.fakes.specs import a_spec
from tests.fakes.stage import Stage
from tests.render.builders import a_change

HEAD = "apiVersion: tuneform.dev/v1\nkind: Policy\nmetadata: {name: a}\nspec:\n  rules:\n"


def rules(folder: Path, *texts: str) -> Policies:
    """Rules r0, r1, … of these lines of YAML."""
    file = folder / "policies.yaml"
    file.write_text(HEAD + "".join(f"    - {{name: r{n}, {text}}}\n" for n, text in enumerate(texts)), encoding="utf-8")
    findings = Findings()
    world = Stage(folder).world()
    found = rules_of(read_policy_texts([str(file)], findings), world.workspace, findings)
    assert findings.all() == []
    return found


def judged(folder: Path, plan: Plan, *texts: str) -> list[Diagnostic]:
    return policy_findings(replace(Stage(folder).world(), policies=rules(folder, *texts)), plan)


def said(found: Sequence[Diagnostic]) -> list[tuple[str, str | None, str]]:
    return [(d.code, d.address, d.detail.splitlines()[0]) for d in found]


def a_declared_change(name: str, action: Action = Action.CREATE, *, protect: bool = False) -> Change:
    written = {"labels": {"team": name}, "tuneform": {"lifecycle": {"protect": protect}}}
    spec = replace(a_spec(name), written=written)
    return replace(a_change(f"vertex/{name}", action), declared=spec)


def test_each_rule_is_judged_on_what_it_is_about(tmp_path: Path) -> None:
    gone = replace(a_change("vertex/c", Action.DELETE), deposed=True)
    plan = Plan(changes=(a_declared_change("a"), a_declared_change("b", Action.NOOP), gone))

    found = judged(
        tmp_path,
        plan,
        'require: change.action == "noop", messageExpression: \'"it is " + change.action\'',
        'about: spec, require: spec.labels.team == "a"',
        "about: plan, require: plan.changes.size() == 2 && plan.summary.create == 2, severity: warn, message: Two.",
        "when: change.deposed, require: change.cost.high == '1', message: never said",
        "when: change.deposed && has(change.cost), require: 'false'",
    )

    assert said(found) == [
        ("PLAN136", "vertex/a", "it is create"),
        ("PLAN136", "vertex/c", "it is delete"),
        ("PLAN136", "vertex/b", 'It requires spec.labels.team == "a"'),
        ("PLAN137", None, "Two."),
        ("PLAN139", "vertex/c", "change.cost is not there."),
    ]


def test_a_rule_knows_workspace_day_and_whose_cloud_it_is(tmp_path: Path) -> None:
    plan = Plan(changes=(a_declared_change("a"),), workspace="acme", target="google")

    found = judged(
        tmp_path,
        plan,
        'require: workspace == "acme" && plan.workspace == workspace',
        'require: plan.target.id == "google" && plan.target.identity == ""',
        "require: today.getHours() == 0 && today.getFullYear() >= 2020",
        "about: plan, require: plan.diagnostics.size() == 0 && !plan.refused",
    )

    assert found == []


def test_a_message_that_cannot_be_made_does_not_hide_the_refusal(tmp_path: Path) -> None:
    (found,) = judged(
        tmp_path, Plan(changes=(a_declared_change("a"),)), "require: 'false', messageExpression: change.cost.high"
    )

    assert found.detail.startswith(
        "It requires false (Its messageExpression could not be evaluated: change.cost is not there.)"
    )


@given(protected=st.lists(st.booleans(), max_size=6))
@pytest.mark.usefixtures("tmp_path")
def test_a_plan_passes_only_where_every_spec_meets_the_rule(
    protected: list[bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    plan = Plan(changes=tuple(a_declared_change(f"m{n}", protect=p) for n, p in enumerate(protected)))

    found = judged(tmp_path_factory.mktemp("room"), plan, "about: spec, require: spec.tuneform.lifecycle.protect")

    assert [d.address for d in found] == [f"vertex/m{n}" for n, p in enumerate(protected) if not p]


def test_two_thousand_changes_and_twenty_rules_are_judged_within_seconds(tmp_path: Path) -> None:
    plan = Plan(changes=tuple(a_declared_change(f"m{n}") for n in range(2_000)))
    texts = [
        *["about: spec, require: 'has(spec.labels.team) && spec.labels.team.matches(\"^m[0-9]+$\")'"] * 9,
        *['require: \'change.action in ["create", "noop"] && change.fields.all(f, f.field != "location")\''] * 9,
        "about: plan, require: \"plan.changes.filter(c, c.action == 'delete').size() <= 2\"",
        "about: plan, require: plan.summary.create <= 2000",
    ]
    before = time.process_time()

    found = judged(tmp_path, plan, *texts)

    assert found == []
    assert time.process_time() - before < 6


@pytest.mark.slow
def test_one_rule_that_goes_on_and_on_is_cut_off_for_the_whole_plan(tmp_path: Path) -> None:
    plan = Plan(changes=tuple(a_declared_change(f"m{n}") for n in range(2_000)))
    before = time.process_time()

    found = judged(tmp_path, plan, "require: \"plan.changes.all(c, c.address != '')\"", "require: change.address != ''")

    assert {d.code for d in found} == {"PLAN139"}
    assert len(found) == 1_500
    assert "takes more than 1,000,000 steps over this plan" in found[0].detail
    assert time.process_time() - before < 30


def test_addresses_are_those_of_the_changes() -> None:
    assert a_declared_change("a").address == Address("vertex", "a")
