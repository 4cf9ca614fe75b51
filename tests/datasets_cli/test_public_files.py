"""Other people's files through the command line: a verdict by a documented rule, a conversion that trains."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.datasets.rows import SHARED, WHY_SKIPPED
from tests.datasets_cli.conftest import Project

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason=WHY_SKIPPED)

RULES = Path(__file__).parents[2] / "docs/reference/data-rules.md"
FILES = sorted(path.name for path in SHARED.glob("*.json*")) if SHARED.exists() else []
NOT_CONVERTIBLE = {
    "allspark.ddldmloracletopostgresql.empty.jsonl": "0 converted, 0 not.",
    "litellm.openai_batch_completions.jsonl": "0 converted, 2 not.",
}
"""An empty file, and requests without answers."""

EXPECTED = {
    "allspark.ddldmlmssqltopostgresql.jsonl": 1,
    "allspark.ddldmloracletopostgresql.empty.jsonl": 1,
    "allspark.javamysqltospanner.jsonl": 1,
    "allspark.pythonmssqltopostgresql.jsonl": 1,
    "bedrock.train_ft.jsonl": 1,
    "cookbook.increment_tuning_data.json": 0,
    "ex_llm.training.jsonl": 1,
    "gcp-genai.patient_1_glucose_examples.jsonl": 0,
    "gcp-genai.training_data_wrong.jsonl": 1,
    "gemini_ex.guide.multiturn.pretty.jsonl": 1,
    "gemini_ex.guide.train.jsonl": 0,
    "google-docs.function-calling.text.json": 1,
    "google-docs.image.json": 1,
    "google-docs.pdf.json": 1,
    "google-docs.preference.json": 1,
    "google-docs.text-bison.jsonl": 1,
    "google-docs.text.json": 1,
    "kiln.vertex_gemini.plain.jsonl": 0,
    "laa.tuning_data.jsonl": 1,
    "litellm.openai_batch_completions.jsonl": 1,
    "litellm.vertex_ai.lf.jsonl": 1,
    "mistral.test_data.jsonl": 1,
    "nodejs-docs.headline_classification.jsonl": 1,
    "openai-cookbook.toy_chat_fine_tuning.jsonl": 1,
    "proving-grounds.gemini_training.jsonl": 0,
    "proving-grounds.jatmo_ecommerce.jsonl": 1,
    "proving-grounds.test_training.jsonl": 1,
}
"""File → exit code of `dataset check`."""


@pytest.mark.parametrize("name", FILES)
def test_every_file_has_a_verdict_that_documented_rules_explain(project: Project, name: str) -> None:
    shown = project.run(f"dataset check {SHARED / name} --format json")

    (file,) = json.loads(shown.out)["files"]
    errors = {f["rule"] for f in file["findings"] if f["severity"] == "error"}
    assert (shown.code, shown.err) == (EXPECTED[name], "")
    assert bool(errors) is (shown.code == 1)
    assert errors <= set(re.findall(r"DATA\d{3}", RULES.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", FILES)
def test_the_text_form_tells_a_place_and_quotes_little(project: Project, name: str) -> None:
    shown = project.run(f"dataset check {SHARED / name}")

    excerpts = [line.strip() for line in shown.out.splitlines() if line.startswith("    ")]
    assert shown.code == EXPECTED[name]
    assert all(len(excerpt) <= 80 for excerpt in excerpts)
    assert name in shown.out


def test_conversions_of_everything_convertible_pass_the_check_and_train(project: Project) -> None:
    project.workspace("  catalog: historic\n  limits: {concurrentJobs: 100}")
    methods = {}
    for number, name in enumerate(FILES):
        out = f"specs/data/c{number}.jsonl"
        converted = project.run(f"dataset convert {SHARED / name} --out {out}")
        if name in NOT_CONVERTIBLE:
            assert converted.err.splitlines()[-1] == NOT_CONVERTIBLE[name]
            continue
        assert (name, converted.code) == (name, 0)
        methods[f"c{number}"] = _checked(project, out)
    for name, method in methods.items():
        _declare(project, name, method)

    applied = project.run("apply --yes")

    assert applied.code == 0, applied.text
    assert f"Done: {len(methods)} created" in applied.text
    assert len(methods) == len(FILES) - len(NOT_CONVERTIBLE)


def _checked(project: Project, path: str) -> str:
    """The method that a converted file is for; it has no error."""
    shown = project.run(f"dataset check {path} --format json")
    (file,) = json.loads(shown.out)["files"]
    assert shown.code == 0, file["findings"]
    return "preferenceOptimizationSpec" if "preference" in file["format"] else "supervisedTuningSpec"


def _declare(project: Project, name: str, method: str) -> None:
    spec: dict[str, Any] = {"baseModel": "gemini-2.5-flash", method: {"trainingDatasetUri": f"data/{name}.jsonl"}}
    document = {
        "apiVersion": "tuneform.dev/v1",
        "kind": "VertexTunedModel",
        "metadata": {"name": name},
        "spec": spec,
    }
    project.write(f"specs/{name}.yaml", json.dumps(document))
