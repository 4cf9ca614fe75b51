"""An open model by a spec of ours and by google-genai: the same body on the wire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google import genai
from google.genai import types

from reconciler.backends.vertex_wire import to_wire
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.markers import to_labels
from reconciler.core.model import Markers
from reconciler.core.settings import Workspace
from reconciler.core.submission import submission_of
from reconciler.files.specs import load
from tests.conformance.served import fake_credentials
from tests.conformance.test_bodies_of_methods import TRAIN, VALIDATE, Listener, listener, plain

__all__ = ["listener"]
BASE = "meta/llama3_1@llama-3.1-8b-instruct"
MARKERS = Markers(workspace="acme", name="tutor", training="v1-1", data="rows1-1", attempt="3")


@pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")
def test_the_body_of_an_open_model_is_that_of_google_genai(listener: Listener, tmp_path: Path) -> None:
    client = genai.Client(
        vertexai=True,
        project="acme-ml",
        location="us-central1",
        credentials=fake_credentials(),
        http_options=types.HttpOptions(base_url=listener.url),
    )
    client.tunings.tune(
        base_model=BASE,
        training_dataset=types.TuningDataset(gcs_uri=TRAIN),
        config=types.CreateTuningJobConfig(
            tuned_model_display_name="tutor",
            output_uri="gs://acme-out/open/acme/tutor/3",
            custom_base_model="gs://acme-out/weights",
            validation_dataset=types.TuningValidationDataset(gcs_uri=VALIDATE),
            tuning_mode=types.TuningMode.TUNING_MODE_PEFT_ADAPTER,
            epoch_count=3,
            adapter_size=types.AdapterSize.ADAPTER_SIZE_SIXTEEN,
            batch_size=8,
            learning_rate=0.0002,
            labels=to_labels(MARKERS),
        ),
    )
    (real,) = listener.sent
    spec = {
        "project": "acme-ml",
        "location": "us-central1",
        "baseModel": BASE,
        "customBaseModel": "gs://acme-out/weights",
        "outputUri": "gs://acme-out/open",
        "supervisedTuningSpec": {
            "trainingDatasetUri": TRAIN,
            "validationDatasetUri": VALIDATE,
            "tuningMode": "TUNING_MODE_PEFT_ADAPTER",
            "hyperParameters": {"epochCount": 3, "adapterSize": 16, "batchSize": 8, "learningRate": 0.0002},
        },
    }
    metadata = {"apiVersion": "tuneform.dev/v1", "kind": "VertexTunedModel", "metadata": {"name": "tutor"}}
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.yaml").write_text(json.dumps({**metadata, "spec": spec}), encoding="utf-8")
    loaded = load(str(tmp_path), defaults=Workspace())
    assert loaded.desired is not None, loaded.diagnostics
    (declared,) = loaded.desired.models.values()

    made = to_wire(submission_of(declared, {}, ""), MARKERS)

    assert plain(made) == plain(real.body)
    assert real.path.startswith(f"/{VERTEX.version_for(made)}/")
    assert VERTEX.version_for(made) == "v1beta1"
