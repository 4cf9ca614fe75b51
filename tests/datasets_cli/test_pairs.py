"""The Gemini API's pairs meet the same rules, whether they stand in the spec or in a file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.datasets_cli.conftest import Project


def _declare(project: Project, **data: Any) -> None:
    tuning: dict[str, Any] = {"hyperparameters": {"epochCount": 5}}
    spec: dict[str, Any] = {"baseModel": "models/gemini-1.5-flash-001-tuning", "tuningTask": tuning}
    if "inline" in data:
        examples = [{"textInput": given, "output": output} for given, output in data["inline"]]
        tuning["trainingData"] = {"examples": {"examples": examples}}
    else:
        spec["tuneform"] = {"dataFile": data["file"]}
    document = {
        "apiVersion": "tuneform.dev/v1",
        "kind": "GeminiTunedModel",
        "metadata": {"name": "numbers"},
        "spec": spec,
    }
    project.write("specs/numbers.yaml", json.dumps(document))


def _file(project: Project, pairs: list[tuple[str, str]]) -> None:
    lines = [json.dumps({"text_input": given, "output": output}) + "\n" for given, output in pairs]
    project.write("specs/data/pairs.jsonl", "".join(lines))
    _declare(project, file="data/pairs.jsonl")


def _pairs(count: int, output: str = "2") -> list[tuple[str, str]]:
    return [(str(n), output) for n in range(count)]


@pytest.mark.parametrize("place", ["inline", "file"])
def test_an_output_over_the_limit_ends_the_run(project: Project, place: str) -> None:
    pairs = _pairs(20, "x" * 5_001)
    if place == "inline":
        _declare(project, inline=pairs)
    else:
        _file(project, pairs)

    shown = project.run("plan")

    assert shown.code == 1
    assert "error DATA703" in shown.text
    assert "xxxx" not in shown.text
    assert ("specs/numbers.yaml" if place == "inline" else "specs/data/pairs.jsonl") in shown.text


@pytest.mark.parametrize("place", ["inline", "file"])
def test_too_few_pairs_are_only_warned_of(project: Project, place: str) -> None:
    if place == "inline":
        _declare(project, inline=_pairs(3))
    else:
        _file(project, _pairs(3))

    validated, planned = project.run("validate"), project.run("plan")

    assert (validated.code, planned.code) == (0, 0)
    assert "warning DATA704" in validated.out
    assert ("PLAN119" in planned.out) is (place == "file")


def test_the_same_pairs_in_a_file_or_in_the_spec_are_the_same_data(project: Project) -> None:
    _declare(project, inline=_pairs(25))
    project.run("apply --yes")
    _file(project, _pairs(25))

    shown = project.run("plan --detailed-exitcode")

    assert "±" not in shown.out
    assert shown.code in (0, 2)
