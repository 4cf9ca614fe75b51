"""What of a prompt's settings reaches a service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from reconciler.backends.base import Backend
from reconciler.core.generation import AnswerSettings
from reconciler.core.lock import Training
from reconciler.files.catalog import shipped_catalog
from reconciler.workflow.prompt import AskedModel, answer, remarks
from tests.fakes.specs import a_spec, a_training
from tests.fakes.stage import Stage


@dataclass(slots=True)
class _Answers:
    """The part of a backend that answers prompts."""

    asked: list[AnswerSettings] = field(default_factory=list)

    def generate(self, _training: Training, _text: str, settings: AnswerSettings) -> Iterator[str]:
        self.asked.append(settings)
        yield "billing"


@pytest.mark.parametrize(
    ("base", "sent"),
    [
        ("gemini-3.5-flash-lite", {"maxOutputTokens": 5}),
        ("publishers/google/models/gemini-3.5-flash-lite", {"maxOutputTokens": 5}),
        ("gemini-3.5-flash", {"maxOutputTokens": 5, "temperature": 0.0, "topP": 0.9, "topK": 3}),
        ("nobody-knows", {"maxOutputTokens": 5, "temperature": 0.0, "topP": 0.9, "topK": 3}),
    ],
)
def test_no_sampling_parameter_is_sent_to_a_base_model_that_ignores_it(
    tmp_path: Path, base: str, sent: dict[str, float]
) -> None:
    spec, service = a_spec(base=base), _Answers()
    stage = Stage(tmp_path, [spec])
    stage.catalog = shipped_catalog()
    world = replace(stage.world(), backends={"vertex": cast("Backend", service)})
    settings = AnswerSettings(temperature=0.0, top_p=0.9, top_k=3, max_output_tokens=5)
    asked, training = AskedModel(spec.address), a_training(spec)

    warned = remarks(world, asked, training, settings)
    said = list(answer(world, asked, training, "I was charged twice", settings))

    assert said == ["billing"]
    assert [s.config for s in service.asked] == [sent]
    assert len(warned) == 4 - len(sent)
    assert {w.code for w in warned} <= {"RUN071"}
