"""google-cloud-aiplatform's generated clients of both versions: REST, enums as numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.served import LOCATION, PROJECT, Served, fake_credentials
from tests.conformance.test_cloud_aiplatform import trained

CLIENT = "google-cloud-aiplatform"


class Generated:
    """The generated clients of one API version."""

    def __init__(self, served: Served, version: str) -> None:
        import importlib

        from google.api_core.client_options import ClientOptions

        self.types = importlib.import_module(f"google.cloud.aiplatform_{version}")
        credentials, options = fake_credentials(), ClientOptions(api_endpoint=served.url)
        self._where = {"credentials": credentials, "client_options": options, "transport": "rest"}
        self.parent = f"projects/{PROJECT}/locations/{LOCATION}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.types, name)(**self._where)


@pytest.fixture(params=["v1", "v1beta1"])
def generated(served: Served, request: pytest.FixtureRequest) -> Generated:
    served.empty(catalog="historic")
    return Generated(served, request.param)


def test_a_training_is_started_read_listed_and_cancelled(generated: Generated, served: Served) -> None:
    served.empty(speed="manual", catalog="historic", concurrent_jobs=3)
    jobs, types = generated.GenAiTuningServiceClient, generated.types
    # Numbers of this enum are no sizes: FOUR is 2.
    parameters = types.SupervisedHyperParameters(epoch_count=2, adapter_size="ADAPTER_SIZE_FOUR")
    spec = types.SupervisedTuningSpec(training_dataset_uri=served.upload(), hyper_parameters=parameters)
    wanted = types.TuningJob(base_model="gemini-2.5-flash", supervised_tuning_spec=spec, labels={"team": "support"})

    made = [jobs.create_tuning_job(parent=generated.parent, tuning_job=wanted) for _ in range(3)]
    listed = list(jobs.list_tuning_jobs(types.ListTuningJobsRequest(parent=generated.parent, page_size=2)))
    jobs.cancel_tuning_job(name=made[0].name)
    served.advance(1000)
    ended = [jobs.get_tuning_job(name=job.name) for job in made]

    assert {job.name for job in listed} == {job.name for job in made}
    assert made[0].supervised_tuning_spec.hyper_parameters.adapter_size.name == "ADAPTER_SIZE_FOUR"
    assert [job.state.name for job in ended] == ["JOB_STATE_CANCELLED", "JOB_STATE_SUCCEEDED", "JOB_STATE_SUCCEEDED"]
    assert ended[1].tuning_data_stats.supervised_tuning_data_stats.tuning_dataset_example_count == 40


def test_operations_are_read_listed_and_forgotten(generated: Generated, served: Served) -> None:
    from google.api_core import exceptions

    made = trained(served)
    endpoints = generated.EndpointServiceClient
    deployed = endpoints.get_endpoint(name=made["endpoint"]).deployed_models[0].id

    operation = endpoints.undeploy_model(endpoint=made["endpoint"], deployed_model_id=deployed)
    answer = operation.result(timeout=20)
    name = operation.operation.name

    assert isinstance(answer, generated.types.UndeployModelResponse)
    assert isinstance(operation.metadata, generated.types.UndeployModelOperationMetadata)
    assert operation.metadata.generic_metadata.create_time is not None
    assert endpoints.get_operation({"name": name}).done
    assert endpoints.wait_operation({"name": name}).done
    with pytest.raises(exceptions.BadRequest, match="not cancellable"):
        endpoints.cancel_operation({"name": name})
    endpoints.delete_operation({"name": name})
    with pytest.raises(exceptions.NotFound):
        endpoints.get_operation({"name": name})


def test_the_tuned_model_answers_streams_and_counts(generated: Generated, served: Served) -> None:
    endpoint = trained(served)["endpoint"]
    answers = generated.PredictionServiceClient
    contents = [{"role": "user", "parts": [{"text": "What is the capital of Kenya?"}]}]

    answer = answers.generate_content(model=endpoint, contents=contents)
    parts = list(answers.stream_generate_content(model=endpoint, contents=contents))

    assert answer.candidates[0].content.parts[0].text == "Nairobi"
    assert "".join(p.candidates[0].content.parts[0].text for p in parts) == "Nairobi"
    request = generated.types.CountTokensRequest(endpoint=endpoint, contents=contents)
    counter = answers if hasattr(answers, "count_tokens") else generated.LlmUtilityServiceClient
    assert counter.count_tokens(request).total_tokens > 0


def test_checkpoints_are_listed(generated: Generated, served: Served) -> None:
    spec = {"trainingDatasetUri": served.upload(), "hyperParameters": {"epochCount": 3}}
    made = trained(served, supervisedTuningSpec=spec)

    found = list(generated.ModelServiceClient.list_model_version_checkpoints(name=made["model"]))

    assert [c.epoch for c in found] == [1, 2, 3]
    assert [c.checkpoint_id for c in found] == [c["checkpointId"] for c in made["checkpoints"]]


def test_a_model_that_was_undeployed_is_deployed_again(generated: Generated, served: Served) -> None:
    made, types = trained(served), generated.types
    endpoints = generated.EndpointServiceClient
    served.undeploy_all()
    model = types.DeployedModel(model=made["model"], display_name="Again")

    answer = endpoints.deploy_model(endpoint=made["endpoint"], deployed_model=model).result(timeout=20)

    (deployed,) = endpoints.get_endpoint(name=made["endpoint"]).deployed_models
    assert (deployed.id, deployed.display_name) == (answer.deployed_model.id, "Again")
    contents = [{"role": "user", "parts": [{"text": "What is the capital of Kenya?"}]}]
    spoken = generated.PredictionServiceClient.generate_content(model=made["endpoint"], contents=contents)
    assert spoken.candidates[0].content.parts[0].text == "Nairobi"


def test_a_tuned_model_is_tuned_again_on_a_newer_base(generated: Generated, served: Served) -> None:
    made, types = trained(served), generated.types
    request = types.RebaseTunedModelRequest(
        parent=generated.parent,
        tuned_model_ref=types.TunedModelRef(tuned_model=made["model"]),
        tuning_job=types.TuningJob(base_model="gemini-3.5-flash"),
    )

    job = generated.GenAiTuningServiceClient.rebase_tuned_model(request).result(timeout=20)

    assert isinstance(job, types.TuningJob)
    found = generated.GenAiTuningServiceClient.get_tuning_job(name=job.name)
    assert found.state.name == "JOB_STATE_SUCCEEDED"
