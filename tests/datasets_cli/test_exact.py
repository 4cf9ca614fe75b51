"""`dataset stats --exact`: the service's own count, what is remembered of it, and who may be asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.datasets_cli.conftest import Project, row, rows
from tests.datasets_cli.test_estimates import _preference

PRICED = "  catalog: historic\n  prices: {gemini-2.5-flash: {train: 1000 USD/1M, asOf: 2026-11-01}}\n"
TOOL = {"functionDeclarations": [{"name": "add", "parameters": {"type": "OBJECT"}}]}


def _cost(project: Project) -> dict[str, Any]:
    (change,) = json.loads(project.run("plan --format json").out)["changes"]
    cost: dict[str, Any] = change["cost"]
    return cost


def _rich(count: int) -> str:
    """Examples with systems, tools, calls and images."""
    lines = []
    for n in range(count):
        call = {"functionCall": {"name": "add", "args": {"n": n}}}
        image = {"fileData": {"mimeType": "image/png", "fileUri": f"gs://acme/{n}.png"}}
        example: dict[str, Any] = {
            "contents": [
                {"role": "user", "parts": [image, {"text": f"How many are {n}?"}]},
                {"role": "model", "parts": [call]},
            ]
        }
        if n % 2:
            example["systemInstruction"] = {"parts": [{"text": "Be brief."}]}
        if n % 3:
            example["tools"] = [TOOL]
        lines.append(json.dumps(example) + "\n")
    return "".join(lines)


@pytest.mark.parametrize(
    "text", [rows(60, first="é, 日本語, question"), _rich(25)], ids=["text in scripts", "tools and media"]
)
def test_the_count_is_what_the_training_is_billed(project: Project, text: str) -> None:
    project.workspace(PRICED)
    project.write("specs/data/train.jsonl", text)
    project.model(epochs=3)

    shown = project.run("dataset stats specs/data/train.jsonl --exact --base-model gemini-2.5-flash")
    before = _cost(project)
    project.run("apply --yes")

    billed = project.trainings()["1"]["billableTokens"]
    assert shown.code == 0, shown.text
    assert f"Training, {billed:,} tokens an epoch as the service counts" in shown.out
    assert float(before["low"]) == float(before["high"]) == pytest.approx(billed * 3 / 1000)
    assert before["method"].startswith(f"{billed:,} tokens (counted by countTokens of gemini-2.5-flash on ")


def test_a_preference_is_counted_with_its_prompt_twice(project: Project) -> None:
    prompt, better, worse = 4 * 11, 4 * 3, 4 * 5
    turn = {"role": "model", "parts": [{"text": "a" * better}]}
    other = {"role": "model", "parts": [{"text": "b" * worse}]}
    line = {
        "contents": [{"role": "user", "parts": [{"text": "q" * prompt}]}],
        "completions": [{"score": 1, "completion": turn}, {"score": 0, "completion": other}],
    }
    project.write("pairs.jsonl", json.dumps(line) + "\n")

    shown = project.run("dataset stats pairs.jsonl --exact --base-model gemini-2.5-flash")

    assert f"Training, {11 + 11 + 3 + 5} tokens an epoch as the service counts" in shown.out
    assert project.write("more.jsonl", _preference(3)).exists()


def test_pairs_are_counted_by_the_gemini_api(project: Project) -> None:
    project.write("pairs.jsonl", "".join(json.dumps({"text_input": "q" * 8, "output": "a" * 4}) + "\n" for _ in "abc"))

    shown = project.run("dataset stats pairs.jsonl --exact --base-model models/gemini-1.5-flash-001")

    assert f"Training, {3 * (2 + 1)} tokens an epoch as the service counts" in shown.out


def test_a_large_file_takes_a_request_a_quarter_of_a_megabyte(project: Project) -> None:
    project.write("large.jsonl", rows(80, first="x" * 10_000))

    shown = project.run("dataset stats large.jsonl --exact --base-model gemini-2.5-flash")

    assert "(4 requests; the estimate above is off by " in shown.out


def test_the_count_of_an_object_prices_the_plan_that_names_it(project: Project) -> None:
    project.workspace(PRICED)
    uri = project.upload("acme-tuning/train.jsonl", rows(30))
    project.model(data=uri)

    project.run(f"dataset stats {uri} --exact --base-model gemini-2.5-flash")

    assert "counted by countTokens" in _cost(project)["method"]


@pytest.mark.parametrize("change", ["bytes", "base model", "damage"])
def test_a_count_is_of_these_bytes_and_this_base_model_alone(project: Project, change: str) -> None:
    project.workspace(
        f"{PRICED}".replace(
            "{gemini-2.5-flash:", "{gemini-2.5-pro: {train: 1 USD/1M, asOf: 2026-11-01}, gemini-2.5-flash:"
        )
    )
    project.model()
    project.run("dataset stats specs/data/train.jsonl --exact --base-model gemini-2.5-flash")
    known = _cost(project)["method"]

    if change == "bytes":
        project.write("specs/data/train.jsonl", rows(21))
    elif change == "base model":
        project.model(base="gemini-2.5-pro")
    else:
        for place in (project.folder / ".tuneform/cache").glob("tokens*/*.json"):
            place.write_text("{", encoding="utf-8")

    assert "counted by countTokens" in known
    assert "UTF-8 bytes / 4" in _cost(project)["method"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", "Add --base-model NAME."),
        ("--base-model meta/llama3_1@llama-3.1-8b", "is an open model"),
        ("--base-model models/gemini-1.5-flash-001", "spec.gemini.project"),
    ],
)
def test_who_cannot_be_asked_is_said_before_anything_is_read(project: Project, options: str, words: str) -> None:
    document = "apiVersion: tuneform.dev/v1\nkind: Workspace\nmetadata: {name: acme}\n"
    project.write("tuneform.yaml", f"{document}spec: {{vertex: {{project: p, location: us-central1}}}}\n")

    shown = project.run(f"dataset stats specs/data/train.jsonl --exact {options}")

    assert (shown.code, shown.out) == (1, "")
    assert "RUN023" in shown.err
    assert words in " ".join(shown.err.split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (row("q", ""), "tuneform dataset check bad.jsonl"),
        (json.dumps({"prompt": "q", "completion": "a"}) + "\n", "has errors"),
    ],
)
def test_data_with_errors_is_not_counted(project: Project, text: str, words: str) -> None:
    project.write("bad.jsonl", text)

    shown = project.run("dataset stats bad.jsonl --exact --base-model gemini-2.5-flash")

    assert shown.code == 1
    assert "RUN023" in shown.err
    assert words in " ".join(shown.text.split())


def test_a_refusal_of_the_service_is_told_and_quotes_no_example(project: Project) -> None:
    project.write("a.jsonl", rows(3, first="a very private question"))

    shown = project.run("dataset stats a.jsonl --exact --base-model models/gemini-9")

    assert shown.code == 1
    assert "API" in shown.err
    assert "private question" not in shown.err
