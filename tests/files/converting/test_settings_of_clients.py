"""Every parameter of google-genai's tune() has a field in the spec of its method, or a reason why it has none."""

from __future__ import annotations

import pytest
from google.genai import types

from reconciler.files.converting.scripts import _HANDLED
from reconciler.files.converting.tuning_settings import METHODS, TOP

WITHOUT = {
    "batch_size": "of other methods than reinforcement it is for open models, which specs do not have",
    "learning_rate": "it is for open models, which specs do not have",
    "custom_base_model": "it is for open models, which specs do not have",
    "output_uri": "it is for open models, which specs do not have",
    "sft_loss_weight_multiplier": "the published definitions do not have it",
}


def test_every_parameter_of_the_client_has_a_field_or_a_reason() -> None:
    known = {*TOP, *_HANDLED, *(name for m in METHODS.values() for name in (*m.inside, *m.parameters))}

    assert set(types.CreateTuningJobConfig.model_fields) - known - set(WITHOUT) == set()
    assert set(WITHOUT) - set(types.CreateTuningJobConfig.model_fields) == set()


@pytest.mark.parametrize("method", types.TuningMethod)
def test_every_method_of_the_client_is_known(method: types.TuningMethod) -> None:
    assert method.value in METHODS
