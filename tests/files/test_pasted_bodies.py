"""Request bodies as the services' documentation prints them, pasted under `spec:`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.core.model import Address, Declared
from reconciler.files.specs import load
from reconciler.files.yaml_spelling import camel, snake
from tests.files.cases import DEFAULTS

# Of the documentation on supervised tuning: a mixture of spellings, and a comma before a brace.
MIXED = """\
{
    "baseModel": "gemini-1.0-pro-002",
    "supervisedTuningSpec" : {
        "training_dataset_uri": "gs://cloud-samples-data/ai-platform/generative_ai/sft_train_data.jsonl",
        "validation_dataset_uri": "gs://cloud-samples-data/ai-platform/generative_ai/sft_validation_data.jsonl"
    },
    "tunedModelDisplayName": "tuned_gemini_pro"
}
"""
UNINDENTED = """\
{
"baseModel": "gemini-1.5-pro-002",
"supervisedTuningSpec" : {
"training_dataset_uri": "gs://cloud-samples-data/ai-platform/generative_ai/sft_train_data.jsonl",
"validation_dataset_uri": "gs://cloud-samples-data/ai-platform/generative_ai/sft_validation_data.jsonl"
},
"tunedModelDisplayName": "tuned_gemini_pro"
}
"""
TEMPLATE = """\
{
  "baseModel": "gemini-1.5-flash-002",
  "supervisedTuningSpec" : {
      "trainingDatasetUri": "gs://bucket/train.jsonl",
      "validationDatasetUri": "gs://bucket/validation.jsonl",
      "hyperParameters": {
          "epochCount": 4,
          "adapterSize": "ADAPTER_SIZE_FOUR",
          "learningRateMultiplier": 1
      },
  },
  "tunedModelDisplayName": "a tuned model",
}
"""
BARE_ADAPTER_SIZE = TEMPLATE.replace('"ADAPTER_SIZE_FOUR"', "4")
NUMBER_AS_TEXT = TEMPLATE.replace('"epochCount": 4', '"epochCount": "4"')
# The template as printed: a quote is missing, and words stand where values belong.
BROKEN_TEMPLATE = """\
{
  "baseModel": "BASE_MODEL",
  "supervisedTuningSpec" : {
      "training_dataset_uri": "TRAINING_DATASET_URI",
      "hyper_parameters": {
          "epoch_count": EPOCH_COUNT,
      },
  },
  "tunedModelDisplayName": "TUNED_MODEL_DISPLAYNAME,
}
"""
NUMBER_GENERATOR = """\
{
"display_name": "number generator model",
"base_model": "models/gemini-1.5-flash-001-tuning",
"tuning_task": {
"hyperparameters": {
"batch_size": 2,
"learning_rate": 0.001,
"epoch_count":5,
},
"training_data": {
"examples": {
"examples": [
{
"text_input": "1",
"output": "2",
},{
"text_input": "3",
"output": "4",
},{
"text_input": "-3",
"output": "-2",
},{
"text_input": "twenty two",
"output": "twenty three",
},{
"text_input": "1,000",
"output": "1,001",
},{
"text_input": "seven",
"output": "eight",
}
]
}
}
}
}
"""


def respelt(body: str, spelling: str) -> str:
    """Every key in one spelling."""
    changes: dict[str, Callable[[str], str]] = {"camelCase": camel, "snake_case": snake}
    change = changes.get(spelling, str)
    return re.sub(r'"(\w+)"(?=\s*:)', lambda key: f'"{change(key[1])}"', body)


def declared(kind: str, body: str, folder: Path) -> Declared:
    (folder / "specs").mkdir(exist_ok=True)
    head = f"apiVersion: tuneform.dev/v1\nkind: {kind}\nmetadata: {{name: pasted}}\nspec:\n"
    (folder / "specs" / "pasted.yaml").write_text(head + textwrap.indent(body, "  "), encoding="utf-8")
    loaded = load(folder, defaults=DEFAULTS)
    assert loaded.diagnostics == []
    assert loaded.desired is not None
    (spec,) = loaded.desired.models.values()
    return spec


@pytest.mark.parametrize("spelling", ["as printed", "camelCase", "snake_case"])
@pytest.mark.parametrize("body", [MIXED, UNINDENTED], ids=["indented", "not indented"])
def test_a_body_of_a_tuning_job_is_a_spec(body: str, spelling: str, tmp_path: Path) -> None:
    spec = declared("VertexTunedModel", respelt(body, spelling), tmp_path)

    assert spec.address == Address("vertex", "pasted")
    assert list(spec.training) == ["baseModel", "supervisedTuningSpec"]
    assert spec.in_place == {"tunedModelDisplayName": "tuned_gemini_pro"}
    assert [d.field for d in spec.data] == [
        "supervisedTuningSpec.trainingDatasetUri",
        "supervisedTuningSpec.validationDatasetUri",
    ]
    assert spec.training_data.uri.endswith("/sft_train_data.jsonl")
    assert not any(d.is_local for d in spec.data)


@pytest.mark.parametrize("spelling", ["as printed", "camelCase", "snake_case"])
@pytest.mark.parametrize("body", [TEMPLATE, BARE_ADAPTER_SIZE, NUMBER_AS_TEXT], ids=["names", "size", "text"])
def test_hyperparameters_mean_the_same_however_they_are_written(body: str, spelling: str, tmp_path: Path) -> None:
    spec = declared("VertexTunedModel", respelt(body, spelling), tmp_path)

    assert spec.training["supervisedTuningSpec"] == {
        "hyperParameters": {"epochCount": 4, "adapterSize": "ADAPTER_SIZE_FOUR", "learningRateMultiplier": 1.0}
    }
    assert isinstance(spec.training["supervisedTuningSpec"]["hyperParameters"]["learningRateMultiplier"], float)


@pytest.mark.parametrize("spelling", ["as printed", "camelCase"])
def test_a_body_of_a_tuned_model_is_a_spec(spelling: str, tmp_path: Path) -> None:
    spec = declared("GeminiTunedModel", respelt(NUMBER_GENERATOR, spelling), tmp_path)

    assert spec.training == {
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"hyperparameters": {"batchSize": 2, "learningRate": 0.001, "epochCount": 5}},
    }
    assert spec.in_place == {"displayName": "number generator model"}
    assert spec.examples[2:4] == (("-3", "-2"), ("twenty two", "twenty three"))
    assert spec.training_data.field == "tuningTask.trainingData"
    assert spec.training_data.is_local


def test_the_template_with_its_missing_quote_is_refused_at_that_quote(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    head = "apiVersion: tuneform.dev/v1\nkind: VertexTunedModel\nmetadata: {name: pasted}\nspec:\n"
    text = head + textwrap.indent(BROKEN_TEMPLATE, "  ")
    (tmp_path / "specs" / "pasted.yaml").write_text(text, encoding="utf-8")

    (mistake,) = load(tmp_path, defaults=DEFAULTS).diagnostics

    assert mistake.code == "SPEC003"
    assert mistake.where is not None
    assert (mistake.where.line, mistake.where.column) == (13, 30)
