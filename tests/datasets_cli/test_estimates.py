"""Estimates hold what is billed afterwards; budgets judge them before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.datasets_cli.conftest import Project, row, rows

PRICED = "  catalog: historic\n  prices: {gemini-2.5-flash: {train: 1000 USD/1M, asOf: 2026-11-01}}\n"


def _plan(project: Project) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(project.run("plan --format json").out)
    return plan


def _preference(count: int) -> str:
    lines = []
    for n in range(count):
        answers = [("good answer", 1.0), ("another bad answer", 0.0)]
        completions = [
            {"score": score, "completion": {"role": "model", "parts": [{"text": text}]}} for text, score in answers
        ]
        prompt = [{"role": "user", "parts": [{"text": f"a rather long question, the number {n} of many"}]}]
        lines.append(json.dumps({"contents": prompt, "completions": completions}) + "\n")
    return "".join(lines)


def _declare_preference(project: Project) -> None:
    document = {
        "apiVersion": "tuneform.dev/v1",
        "kind": "VertexTunedModel",
        "metadata": {"name": "router"},
        "spec": {
            "baseModel": "gemini-2.5-flash",
            "preferenceOptimizationSpec": {
                "trainingDatasetUri": "data/train.jsonl",
                "hyperParameters": {"epochCount": 2},
            },
        },
    }
    project.write("specs/router.yaml", json.dumps(document))


@pytest.mark.parametrize("method", ["supervised", "preference"])
def test_the_range_of_a_plan_holds_what_is_billed(project: Project, method: str) -> None:
    project.workspace(PRICED)
    if method == "supervised":
        project.write("specs/data/train.jsonl", rows(40, first="a question of some length, number"))
        project.model()
    else:
        project.write("specs/data/train.jsonl", _preference(40))
        _declare_preference(project)
    (change,) = _plan(project)["changes"]

    project.run("apply --yes")

    billed = project.trainings()["1"]["billableTokens"] * 2 * 1000 / 1_000_000
    assert float(change["cost"]["low"]) <= billed <= float(change["cost"]["high"])


def test_the_next_training_on_the_same_bytes_is_priced_exactly(project: Project) -> None:
    project.workspace(PRICED)
    project.model()
    project.run("apply --yes")
    project.model(epochs=3)

    (change,) = _plan(project)["changes"]

    billed = project.trainings()["1"]["billableTokens"]
    assert change["cost"]["low"] == change["cost"]["high"]
    assert float(change["cost"]["low"]) == pytest.approx(billed * 3 / 1000)
    assert change["cost"]["method"].startswith(f"{billed:,} tokens billed last time")


def test_the_next_training_on_other_bytes_is_calibrated(project: Project) -> None:
    project.workspace(PRICED)
    project.model()
    project.run("apply --yes")
    before = float(_spread(_replanned(project, "plan --format json --replace vertex/router")))
    project.write("specs/data/train.jsonl", rows(25))

    after = _replanned(project, "plan --format json")

    assert before == 1.0
    assert "by what was billed for a byte last time" in after["method"]
    assert _spread(after) < 5.2 / 2.8


def _replanned(project: Project, command: str) -> dict[str, Any]:
    (change,) = json.loads(project.run(command).out)["changes"]
    cost: dict[str, Any] = change["cost"]
    return cost


def _spread(cost: dict[str, Any]) -> float:
    return float(cost["high"]) / float(cost["low"])


@pytest.mark.parametrize(
    ("form", "amounts"),
    [("text", "0.12 to 0.22 USD"), ("markdown", "0.12 to 0.22 USD"), ("json", '"low": "0.12", "high": "0.222"')],
)
def test_every_form_of_a_plan_has_range_method_and_date(project: Project, form: str, amounts: str) -> None:
    project.workspace(PRICED)
    project.model()
    project.model("second", epochs=None)

    shown = " ".join(project.run(f"plan --format {form}").out.split())

    assert "UTF-8 bytes / 4" in shown
    assert "2026-11-01" in shown
    assert "2 epochs" in shown
    assert "epochCount is not set" in shown
    assert shown.count(amounts) == 2, "of the change, and in total"


# Budgets


def _budgeted(project: Project, budget: str) -> None:
    project.workspace(f"{PRICED}  budget: {{{budget}}}")


@pytest.mark.parametrize(
    ("budget", "code", "words"),
    [
        ("perJob: 100 USD", 0, ""),
        ("perJob: 0.01 USD", 3, "PLAN105"),
        ("perPlan: 0.01 USD", 3, "PLAN105"),
        ("perJob: 100 EUR", 3, "PLAN106"),
        ("perJob: 100 EUR, whenUnknown: allow", 0, ""),
    ],
)
def test_a_budget_refuses_before_the_first_change(project: Project, budget: str, code: int, words: str) -> None:
    _budgeted(project, budget)
    project.model()

    plan, applied = project.run("plan"), project.run("apply --yes")

    assert (plan.code, applied.code) == (code, code)
    assert words in plan.text
    assert (project.folder / ".tuneform/emulator.lock").exists() is (code == 0)


def test_a_plan_of_several_may_be_over_where_each_is_under(project: Project) -> None:
    _budgeted(project, "perJob: 0.3 USD, perPlan: 0.4 USD")
    project.model("a")
    project.model("b")

    shown = project.run("plan")

    assert shown.code == 3
    assert shown.out.count("PLAN105") == 1
    assert project.run("plan --target vertex/a").code == 0


def test_an_unknown_cost_says_what_would_make_it_known(project: Project) -> None:
    project.workspace("  catalog: historic\n  budget: {perJob: 5 USD}")
    project.model(base="gemini-1.5-flash-002", epochs=None)

    refused = project.run("plan")
    project.workspace(
        "  catalog: historic\n  budget: {perJob: 5 USD}\n"
        "  prices: {gemini-1.5-flash-002: {train: 8 USD/1M, asOf: 2026-11-01}}"
    )
    project.model(base="gemini-1.5-flash-002", epochs=2)

    assert refused.code == 3
    fix = " ".join(refused.text.split())
    assert "a price of gemini-1.5-flash-002 under prices and an explicit epochCount" in fix
    assert project.run("plan").code == 0


@pytest.mark.parametrize("override", ["--allow-cost", "line"])
def test_a_refused_cost_can_be_allowed(project: Project, override: str) -> None:
    allow = "  allow: [{cost: vertex/router, until: 2199-01-01, reason: once}]" if override == "line" else ""
    project.workspace(f"{PRICED}  budget: {{perJob: 0.01 USD}}\n{allow}")
    project.model()

    assert project.run(f"plan {'' if override == 'line' else override}").code == 0


def test_a_large_object_is_over_a_budget_by_its_size_alone(project: Project) -> None:
    _budgeted(project, "perJob: 1 USD")
    project.model(data=project.upload("acme-tuning/large.jsonl", row("x" * 100_000, "y")))

    shown = project.run("plan")

    assert shown.code == 3
    assert "PLAN105" in shown.text
