"""google-cloud-aiplatform: the generated client of v1beta1 for the ways to tune that it knows; and optimizing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.served import LOCATION, PROJECT, Served, fake_credentials
from tests.conformance.test_cloud_aiplatform_generated import Generated
from tests.conformance.test_genai_methods import OPEN_BASE, messages, prompts

CLIENT = "google-cloud-aiplatform"


@pytest.fixture
def generated(served: Served) -> Generated:
    served.empty(catalog="historic")
    found = Generated(served, "v1beta1")
    if not hasattr(found.types, "DistillationSpec"):
        pytest.skip("this release knows supervised tuning alone")
    return found


def ended(generated: Generated, **fields: Any) -> Any:
    """The job of these fields, read again after its end."""
    jobs, types = generated.GenAiTuningServiceClient, generated.types
    made = jobs.create_tuning_job(parent=generated.parent, tuning_job=types.TuningJob(**fields))
    (listed,) = jobs.list_tuning_jobs(parent=generated.parent)
    found = jobs.get_tuning_job(name=made.name)
    assert listed.name == found.name
    assert found.state.name == "JOB_STATE_SUCCEEDED"
    return found


def test_a_distillation(generated: Generated, served: Served) -> None:
    types = generated.types
    # This client knows the deprecated field of the data alone.
    spec = types.DistillationSpec(
        base_teacher_model="gemini-3.1-pro",
        training_dataset_uri=served.upload("prompts.jsonl", prompts()),
        hyper_parameters=types.DistillationHyperParameters(epoch_count=2, adapter_size="ADAPTER_SIZE_FOUR"),
    )

    job = ended(generated, base_model="gemini-2.5-flash", distillation_spec=spec)

    stats = job.tuning_data_stats.distillation_data_stats.training_dataset_stats
    assert job.distillation_spec.hyper_parameters.adapter_size.name == "ADAPTER_SIZE_FOUR"
    assert stats.tuning_dataset_example_count == 40
    assert stats.user_input_token_distribution.buckets[0].count > 0
    assert job.tuned_model.endpoint


@pytest.mark.parametrize("field", ["veo_tuning_spec", "veo_lora_tuning_spec"])
def test_a_tuning_of_veo(generated: Generated, served: Served, field: str) -> None:
    types = generated.types
    kind = {"veo_tuning_spec": "VeoTuningSpec", "veo_lora_tuning_spec": "VeoLoraTuningSpec"}[field]
    if not hasattr(types, kind):
        pytest.skip("this release does not know it")
    # Numbers of Veo's adapter sizes are the sizes, as those of other models' are not.
    wanted: dict[str, Any] = {"adapter_size": "ADAPTER_SIZE_SIXTEEN", "tuning_speed": "REGULAR"}
    hyper = types.VeoHyperParameters(epoch_count=2, tuning_task="TUNING_TASK_T2V", veo_data_mixture_ratio=0.2, **wanted)
    rows = (json.dumps({"prompt": "A harbour"}) + "\n").encode() * 10
    spec = getattr(types, kind)(training_dataset_uri=served.upload("videos.jsonl", rows), hyper_parameters=hyper)

    job = ended(generated, base_model="veo-3.0-generate-001", **{field: spec})

    found = getattr(job, field).hyper_parameters
    assert found.veo_data_mixture_ratio == 0.2
    assert found.tuning_task.name == "TUNING_TASK_T2V"
    assert (found.adapter_size.name, found.tuning_speed.name) == ("ADAPTER_SIZE_SIXTEEN", "REGULAR")


def test_a_tuning_of_a_partners_model(generated: Generated, served: Served) -> None:
    types = generated.types
    spec = types.PartnerModelTuningSpec(
        training_dataset_uri=served.upload("partner.jsonl", messages()),
        hyper_parameters={"epochs": 3, "rate": 0.5, "names": ["a", "b"]},
    )

    job = ended(generated, base_model="mistralai/mistral-small@2503", partner_model_tuning_spec=spec)

    found = job.partner_model_tuning_spec.hyper_parameters
    assert (found["epochs"], found["rate"], list(found["names"])) == (3.0, 0.5, ["a", "b"])


def test_an_open_model(generated: Generated, served: Served) -> None:
    types = generated.types
    uri = served.upload("messages.jsonl", messages())
    spec = types.SupervisedTuningSpec(training_dataset_uri=uri, tuning_mode="TUNING_MODE_FULL")

    job = ended(generated, base_model=OPEN_BASE, output_uri="gs://acme-data/out", supervised_tuning_spec=spec)

    assert job.supervised_tuning_spec.tuning_mode.name == "TUNING_MODE_FULL"
    assert job.pipeline_job.startswith("projects/")
    assert not job.tuned_model.model


def test_a_job_of_another_method_is_cancelled(generated: Generated, served: Served) -> None:
    served.empty(speed="manual", catalog="historic")
    jobs, types = generated.GenAiTuningServiceClient, generated.types
    uri = served.upload("prompts.jsonl", prompts())
    spec = types.DistillationSpec(base_teacher_model="gemini-3.1-pro", training_dataset_uri=uri)
    wanted = types.TuningJob(base_model="gemini-2.5-flash", distillation_spec=spec)
    made = jobs.create_tuning_job(parent=generated.parent, tuning_job=wanted)

    jobs.cancel_tuning_job(name=made.name)
    served.advance(60)

    assert jobs.get_tuning_job(name=made.name).state.name == "JOB_STATE_CANCELLED"


def test_a_rebase_takes_over_the_endpoint(generated: Generated, served: Served) -> None:
    types = generated.types
    spec = types.SupervisedTuningSpec(training_dataset_uri=served.upload(), export_last_checkpoint_only=True)
    old = ended(generated, base_model="gemini-2.0-flash-001", supervised_tuning_spec=spec)
    request = types.RebaseTunedModelRequest(
        parent=generated.parent,
        tuned_model_ref=types.TunedModelRef(tuning_job=old.name),
        deploy_to_same_endpoint=True,
        artifact_destination=types.GcsDestination(output_uri_prefix="gs://acme-data/rebased"),
    )

    made = generated.GenAiTuningServiceClient.rebase_tuned_model(request).result(timeout=20)

    job = generated.GenAiTuningServiceClient.get_tuning_job(name=made.name)
    assert job.tuned_model.endpoint == old.tuned_model.endpoint
    (deployed,) = generated.EndpointServiceClient.get_endpoint(name=job.tuned_model.endpoint).deployed_models
    assert job.tuned_model.model.startswith(deployed.model)


@pytest.mark.filterwarnings("ignore")  # of what is experimental, and of what has a new name
def test_a_prompt_is_optimized(served: Served) -> None:
    vertexai = pytest.importorskip("vertexai")
    if not hasattr(vertexai, "Client"):
        pytest.skip("this release has no prompt optimizer")
    client = vertexai.Client(
        project=PROJECT,
        location=LOCATION,
        credentials=fake_credentials(),
        http_options={"base_url": served.url},
    )

    found = client.prompts.optimize(prompt="Say where it is.")

    assert "Say where it is." in found.raw_text_response
