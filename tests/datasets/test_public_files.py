"""Real files of other people, good and bad: each has a verdict, and a rule that explains it."""

from __future__ import annotations

import pytest

from reconciler.core.diagnostics import Severity
from reconciler.datasets import Format, Source, check
from tests.datasets.rows import SHARED, WHY_SKIPPED

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason=WHY_SKIPPED)

VERDICTS: dict[str, tuple[Format, set[str]]] = {
    "allspark.ddldmlmssqltopostgresql.jsonl": (Format.TEXT_BISON, {"DATA301"}),
    "allspark.ddldmloracletopostgresql.empty.jsonl": (Format.VERTEX_SFT, {"DATA103"}),
    "allspark.javamysqltospanner.jsonl": (Format.TEXT_BISON, {"DATA301"}),
    "allspark.pythonmssqltopostgresql.jsonl": (Format.TEXT_BISON, {"DATA301"}),
    "bedrock.train_ft.jsonl": (Format.BEDROCK, {"DATA301"}),
    "cookbook.increment_tuning_data.json": (Format.PAIRS, set()),
    "ex_llm.training.jsonl": (Format.OPENAI, {"DATA301"}),
    "gcp-genai.patient_1_glucose_examples.jsonl": (Format.VERTEX_SFT, set()),
    "gcp-genai.training_data_wrong.jsonl": (Format.GEMINI_1_0, {"DATA301"}),
    "gemini_ex.guide.multiturn.pretty.jsonl": (Format.VERTEX_SFT, {"DATA113"}),
    "gemini_ex.guide.train.jsonl": (Format.VERTEX_SFT, set()),
    "google-docs.function-calling.text.json": (Format.VERTEX_SFT, {"DATA113"}),
    "google-docs.image.json": (Format.VERTEX_SFT, {"DATA113"}),
    "google-docs.pdf.json": (Format.VERTEX_SFT, {"DATA113"}),
    "google-docs.preference.json": (Format.PREFERENCE, {"DATA113"}),
    "google-docs.text-bison.jsonl": (Format.TEXT_BISON, {"DATA301"}),
    "google-docs.text.json": (Format.VERTEX_SFT, {"DATA113"}),
    "kiln.vertex_gemini.plain.jsonl": (Format.VERTEX_SFT, set()),
    "laa.tuning_data.jsonl": (Format.PROMPT_COMPLETION, {"DATA301"}),
    "litellm.openai_batch_completions.jsonl": (Format.BATCH_REQUEST, {"DATA300"}),
    "litellm.vertex_ai.lf.jsonl": (Format.GEMINI_1_0, {"DATA113", "DATA301"}),
    "mistral.test_data.jsonl": (Format.OPENAI, {"DATA301"}),
    "nodejs-docs.headline_classification.jsonl": (Format.TEXT_BISON, {"DATA301"}),
    "openai-cookbook.toy_chat_fine_tuning.jsonl": (Format.OPENAI, {"DATA301"}),
    "proving-grounds.gemini_training.jsonl": (Format.PAIRS, set()),
    "proving-grounds.jatmo_ecommerce.jsonl": (Format.OPENAI, {"DATA301"}),
    "proving-grounds.test_training.jsonl": (Format.OPENAI, {"DATA301"}),
}


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items(), ids=VERDICTS)
def test_a_public_file_has_the_verdict_that_a_rule_explains(name: str, verdict: tuple[Format, set[str]]) -> None:
    result = check(Source.file(SHARED / name, name))

    errors = {finding.rule for finding in result.findings if finding.severity is Severity.ERROR}
    assert (result.format, errors) == verdict
    assert result.ok is (not errors)


def test_every_public_file_is_in_the_table() -> None:
    assert {path.name for path in SHARED.iterdir()} - {"ORIGIN.md"} == set(VERDICTS)
