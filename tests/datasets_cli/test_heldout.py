"""The held-out items of a gate: counted, compared with the training data, and told by the plan, all before paying."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.datasets_cli.conftest import Project, rows
from tests.datasets_cli.shown import Shown

PRICES = """\
  catalog: historic
  prices: {gemini-2.5-flash: {generate: {input: 0.3 USD/1M, output: 2.5 USD/1M}, asOf: 2026-11-01}}"""


def told(shown: Shown) -> str:
    """On one line, however wide the terminal is."""
    return " ".join(shown.text.split())


def gated(project: Project, items: int = 60, **gate: Any) -> None:
    """A spec that holds out so many items which are in no training data."""
    project.write("specs/data/eval.jsonl", rows(items, first="held out"))
    project.model(gate={"heldout": "data/eval.jsonl", **gate})


def test_a_first_model_needs_something_to_reach_before_it_is_paid_for(project: Project) -> None:
    gated(project, against="incumbent", margin="5%")

    planned = project.run("plan")
    applied = project.run("apply --yes")

    assert (planned.code, applied.code) == (3, 3)
    assert "PLAN130" in told(planned)
    assert "specs/router.yaml:1:" in told(planned)
    assert "Add atLeast" in told(planned)


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_what_so_few_items_cannot_prove_is_refused_with_what_they_can(project: Project, command: str) -> None:
    gated(project, items=40, against="incumbent", margin="5%", atLeast="95%")

    shown = project.run(command)

    assert shown.code == 1
    assert "margin: 5% at a confidence of 95% needs 52 items, and data/eval.jsonl has 40." in told(shown)
    assert told(shown).count("GATE020") == 2
    assert "Add 12 items, or use margin: 7%." in told(shown)
    assert "atLeast: 95% at a confidence of 95% needs 59 items, and data/eval.jsonl has 40." in told(shown)


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_an_item_that_is_trained_on_is_named_by_both_lines(project: Project, command: str) -> None:
    gated(project, atLeast="80%")
    trained = project.train.read_text(encoding="utf-8").splitlines(keepends=True)
    project.write("specs/data/eval.jsonl", rows(60, first="held out") + trained[6])

    shown = project.run(command)
    again = project.run(command)

    assert (shown.code, again.code) == (1, 1)
    assert "specs/data/eval.jsonl:61" in told(shown)
    assert "DATA917" in told(shown)
    assert "Also line 7 of specs/data/train.jsonl, with the same answer." in told(shown)
    assert again.text == shown.text


def test_a_broken_line_is_told_with_its_place(project: Project) -> None:
    gated(project, atLeast="80%")
    project.write("specs/data/eval.jsonl", rows(60, first="held out") + "{broken\n")

    shown = project.run("plan")

    assert shown.code == 1
    assert "specs/data/eval.jsonl:61: error GATE011" in told(shown)


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_references_that_the_metric_cannot_compare_are_told_before_a_training_is_paid_for(
    project: Project, command: str
) -> None:
    references = rows(18, first="held out", answer='"billing"') + rows(2, first="other", answer="17")
    gated(project, atLeast="80%", metric="json", jsonSchema={"type": "string"})
    project.write("specs/data/eval.jsonl", references)
    wrong = project.run(command)
    wider = {"type": ["string", "integer"]}
    project.model(gate={"heldout": "data/eval.jsonl", "atLeast": "80%", "metric": "json", "jsonSchema": wider})

    mended = project.run(command)

    assert wrong.code == 1
    assert "specs/data/eval.jsonl:19: error GATE021" in told(wrong)
    assert 'It does not follow jsonSchema: it is not of type "string".' in told(wrong)
    assert (told(wrong).count("GATE021"), mended.code, "GATE021" in told(mended)) == (2, 0, False)


def test_an_item_of_another_services_format_is_compared_as_well(project: Project) -> None:
    gated(project, atLeast="80%")
    question = "question 3"
    chat = [{"role": "user", "content": question}, {"role": "assistant", "content": "billing"}]
    others = [[{"role": "user", "content": f"new {n}"}, chat[1]] for n in range(20)]
    project.write("specs/data/eval.jsonl", "".join(json.dumps({"messages": m}) + "\n" for m in [*others, chat]))

    shown = project.run("plan")

    assert shown.code == 1
    assert "specs/data/eval.jsonl:21: error DATA917" in told(shown)
    assert "Also line 4 of specs/data/train.jsonl, with the same answer." in told(shown)


def test_items_that_ask_the_same_count_once(project: Project) -> None:
    gated(project, atLeast="80%")
    project.write("specs/data/eval.jsonl", rows(13, first="held out") * 2)

    shown = project.run("plan")

    assert shown.code == 1
    assert "needs 14 items, and data/eval.jsonl has 13." in told(shown)


def test_a_plan_says_what_the_gate_asks_and_costs(project: Project) -> None:
    project.workspace(PRICES)
    gated(
        project, atLeast="80%", samples=3, settings={"maxOutputTokens": 100}, prompts=[{"text": "a", "contains": "b"}]
    )

    shown = project.run("plan")
    plan = json.loads(project.run("plan --format json").out)
    markdown = project.run("plan --format markdown")

    (change,) = plan["changes"]
    assert change["forecast"]["answers"] == 60 * 3 + 1
    assert 0 < float(change["forecast"]["cost"]["low"]) < float(change["forecast"]["cost"]["high"])
    assert "finds" not in change["forecast"]
    for text in map(told, (shown, markdown)):
        assert "181 answers (60 items x 3 samples + 1 to prompts)" in text


def test_against_an_incumbent_a_plan_says_what_loss_is_found(project: Project) -> None:
    project.model()
    project.run("apply --yes")
    gated(project, items=200, against="incumbent", margin="5%")
    project.model(epochs=3, gate={"heldout": "data/eval.jsonl", "against": "incumbent", "margin": "5%"})

    shown = project.run("plan")
    (change,) = json.loads(project.run("plan --format json").out)["changes"]

    assert change["action"] == "replace"
    assert change["forecast"]["answers"] == 400
    assert change["forecast"]["finds"] == pytest.approx(0.096, abs=0.001)
    assert "400 answers (200 items x 2 models), cost unknown: no price of answers is known for" in told(shown)
    assert "finds a loss of 9.6 % (80 % power, 10 % of the answers flip)" in told(shown)


def test_a_limit_of_cost_needs_a_price(project: Project) -> None:
    gated(project, atLeast="80%", maxCost="3 USD")
    without = project.run("plan")

    project.workspace(PRICES)
    priced = project.run("plan")

    assert (without.code, priced.code) == (1, 0)
    assert "SPEC073" in told(without)


def test_objects_that_are_held_out_are_looked_up_and_counted(project: Project) -> None:
    uri = "gs://acme-tuning/eval.jsonl"
    project.model(gate={"heldout": uri, "atLeast": "80%"})

    missing = project.run("plan")
    project.upload("acme-tuning/eval.jsonl", rows(5))
    too_few = project.run("plan")
    project.upload("acme-tuning/eval.jsonl", rows(60))
    found = project.run("plan")

    assert (missing.code, too_few.code, found.code) == (1, 1, 0)
    assert f"{uri} does not exist" in told(missing)
    assert f"{uri} has 5" in told(too_few)
    assert "60 answers (60 items)" in told(found)
