"""google-genai in its Vertex AI mode: v1beta1 for everything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.served import LOCATION, PARENT, PROJECT, Served, fake_credentials

CLIENT = "google-genai"
MODE = " (Vertex AI)"
pytestmark = pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")


@pytest.fixture
def client(served: Served) -> Any:
    # Project, location and URL as arguments: from the environment alone this client would ask Google.
    from google import genai

    return genai.Client(
        vertexai=True,
        project=PROJECT,
        location=LOCATION,
        credentials=fake_credentials(),
        http_options=genai.types.HttpOptions(base_url=served.url),
    )


def tuned(client: Any, served: Served, **config: Any) -> Any:
    from google.genai import types

    return client.tunings.tune(
        base_model="gemini-3.5-flash",
        training_dataset=types.TuningDataset(gcs_uri=served.upload()),
        config=types.CreateTuningJobConfig(epoch_count=2, **config),
    )


def test_a_training_is_started_and_followed_to_its_end(client: Any, served: Served) -> None:
    served.empty(speed="manual")

    started = tuned(client, served, tuned_model_display_name="Capitals", adapter_size="ADAPTER_SIZE_FOUR")
    states = []
    for seconds in (30, 20, 300):
        served.advance(seconds)
        states.append(client.tunings.get(name=started.name))

    assert started.state.name == "JOB_STATE_PENDING"
    assert [job.state.name for job in states] == ["JOB_STATE_RUNNING", "JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED"]
    assert states[-1].has_succeeded
    assert states[-1].tuned_model.endpoint.startswith("projects/")
    assert states[-1].end_time > states[-1].start_time > states[-1].create_time


def test_what_was_asked_for_is_what_is_trained(client: Any, served: Served) -> None:
    job = tuned(
        client,
        served,
        tuned_model_display_name="Capitals",
        learning_rate_multiplier=0.5,
        adapter_size="ADAPTER_SIZE_EIGHT",
        validation_dataset={"gcs_uri": served.upload("validation.jsonl")},
    )

    parameters = client.tunings.get(name=job.name).supervised_tuning_spec.hyper_parameters
    assert parameters.epoch_count == 2
    assert parameters.learning_rate_multiplier == 0.5
    assert parameters.adapter_size.name == "ADAPTER_SIZE_EIGHT"


def test_the_answer_of_a_finished_job_tells_about_its_data(client: Any, served: Served) -> None:
    job = client.tunings.get(name=tuned(client, served).name)

    statistics = job.tuning_data_stats.supervised_tuning_data_stats
    assert statistics.tuning_dataset_example_count == 40
    assert statistics.user_input_token_distribution.sum > 0
    assert statistics.user_message_per_example_distribution.mean == 2.0


def test_a_short_name_means_a_job_of_this_project(client: Any, served: Served) -> None:
    job = tuned(client, served)

    found = client.tunings.get(name=f"tuningJobs/{job.name.rpartition('/')[2]}")

    assert found.name == job.name


def test_a_model_that_was_tuned_is_tuned_further(client: Any, served: Served) -> None:
    from google.genai import types

    first = client.tunings.get(name=tuned(client, served, tuned_model_display_name="First").name)

    second = client.tunings.tune(
        base_model=first.tuned_model.model,
        training_dataset=types.TuningDataset(gcs_uri=served.upload("more.jsonl")),
        config=types.CreateTuningJobConfig(epoch_count=1, tuned_model_display_name="First"),
    )

    ended = client.tunings.get(name=second.name)
    # This client writes tuned_model_name in snake_case inside preTunedModel.
    assert ended.pre_tuned_model.tuned_model_name == first.tuned_model.model
    assert ended.pre_tuned_model.base_model == "gemini-3.5-flash"
    assert ended.tuned_model.model == first.tuned_model.model.replace("@1", "@2")


def test_preference_tuning_is_one_more_method(client: Any, served: Served) -> None:
    from google.genai import types

    served.empty(catalog="historic")

    job = client.tunings.tune(
        base_model="gemini-2.5-flash",
        training_dataset=types.TuningDataset(gcs_uri=served.upload("pairs.jsonl", preferences())),
        config=types.CreateTuningJobConfig(method="PREFERENCE_TUNING", epoch_count=1, beta=0.2),
    )

    ended = client.tunings.get(name=job.name)
    assert ended.state.name == "JOB_STATE_SUCCEEDED"
    assert ended.preference_optimization_spec.hyper_parameters.beta == 0.2


def test_jobs_are_listed_over_several_pages(client: Any, served: Served) -> None:
    names = [tuned(client, served).name for _ in range(5)]

    pages = client.tunings.list(config={"page_size": 2})
    sizes = [len(pages.page)]
    while sizes[-1] == 2:
        pages.next_page()
        sizes.append(len(pages.page))

    assert sizes == [2, 2, 1]
    assert {job.name for job in client.tunings.list(config={"page_size": 3})} == set(names)


def test_jobs_are_filtered(client: Any, served: Served) -> None:
    labelled = tuned(client, served, labels={"team": "support"})
    tuned(client, served)
    client.tunings.get(name=labelled.name)

    by_label = client.tunings.list(config={"filter": 'labels.team="support"'})
    by_state = client.tunings.list(config={"filter": 'state="JOB_STATE_FAILED"'})

    assert [job.name for job in by_label] == [labelled.name]
    assert list(by_state) == []


def test_a_running_job_is_cancelled(client: Any, served: Served) -> None:
    served.empty(speed="manual")
    job = tuned(client, served)
    served.advance(30)

    client.tunings.cancel(name=job.name)

    assert client.tunings.get(name=job.name).state.name == "JOB_STATE_CANCELLING"
    served.advance(60)
    ended = client.tunings.get(name=job.name)
    assert (ended.state.name, ended.error.code) == ("JOB_STATE_CANCELLED", 1)


def test_the_tuned_model_answers_as_it_was_taught(client: Any, served: Served) -> None:
    endpoint = client.tunings.get(name=tuned(client, served).name).tuned_model.endpoint

    answer = client.models.generate_content(
        model=endpoint,
        contents="What is the capital of Kenya?",
        config={"temperature": 0.2, "top_k": 3, "max_output_tokens": 16},
    )

    assert answer.text == "Nairobi"
    assert answer.candidates[0].finish_reason.name == "STOP"
    assert answer.usage_metadata.total_token_count > 0


def test_the_answer_streams(client: Any, served: Served) -> None:
    endpoint = client.tunings.get(name=tuned(client, served).name).tuned_model.endpoint

    parts = list(client.models.generate_content_stream(model=endpoint, contents="What is the capital of Japan?"))

    assert "".join(part.text for part in parts) == "Tokyo"
    assert parts[-1].candidates[0].finish_reason.name == "STOP"


def test_a_base_model_answers_and_streams(client: Any) -> None:
    answer = client.models.generate_content(model="gemini-3.5-flash", contents="Good morning")
    parts = list(client.models.generate_content_stream(model="gemini-3.5-flash", contents="Good morning"))

    assert answer.text
    assert "".join(part.text or "" for part in parts) == answer.text


def test_tokens_are_counted(client: Any, served: Served) -> None:
    few = client.models.count_tokens(model="gemini-3.5-flash", contents="Good morning")
    many = client.models.count_tokens(model="gemini-3.5-flash", contents="Good morning, how are you today? " * 10)

    assert 0 < few.total_tokens < many.total_tokens


def test_tuned_models_are_listed_read_changed_and_deleted(client: Any, served: Served) -> None:
    job = client.tunings.get(name=tuned(client, served, tuned_model_display_name="Capitals").name)
    model = job.tuned_model.model.partition("@")[0]

    (listed,) = client.models.list(config={"query_base": False})
    # This client sends no updateMask.
    changed = client.models.update(model=model, config={"display_name": "Cities", "description": "Where to live"})
    served.undeploy_all()
    client.models.delete(model=model)

    assert listed.display_name == "Capitals"
    assert (changed.display_name, changed.description) == ("Cities", "Where to live")
    assert list(client.models.list(config={"query_base": False})) == []


def test_models_are_listed_over_several_pages(client: Any, served: Served) -> None:
    for n in range(3):
        tuned(client, served, tuned_model_display_name=f"Capitals {n}")
    list(client.tunings.list())

    found = [m.display_name for m in client.models.list(config={"query_base": False, "page_size": 2})]

    assert sorted(found) == ["Capitals 0", "Capitals 1", "Capitals 2"]
    assert sum(r.endswith("/models") for r in served.requests) == 2


def refused(attempt: Any, *arguments: Any, **named: Any) -> Any:
    from google.genai import errors

    with pytest.raises(errors.APIError) as caught:
        attempt(*arguments, **named)
    return caught.value


def test_a_job_that_does_not_exist_is_a_client_error(client: Any) -> None:
    from google.genai import errors

    error = refused(client.tunings.get, name=f"{PARENT}/tuningJobs/1")

    assert isinstance(error, errors.ClientError)
    assert (error.code, error.status) == (404, "NOT_FOUND")


def test_a_dataset_of_the_wrong_kind_is_refused_in_the_recorded_words(client: Any, served: Served) -> None:
    from google.genai import types

    error = refused(
        client.tunings.tune,
        base_model="gemini-3.5-flash",
        training_dataset=types.TuningDataset(gcs_uri=served.upload("train.txt")),
    )

    assert (error.code, error.status) == (400, "INVALID_ARGUMENT")
    assert "should be a GCS object of type JSONL" in error.message


def test_a_model_is_not_asked_itself_but_its_endpoint(client: Any, served: Served) -> None:
    model = client.tunings.get(name=tuned(client, served).name).tuned_model.model

    error = refused(client.models.generate_content, model=model, contents="What is the capital of Kenya?")

    assert (error.code, error.status) == (400, "INVALID_ARGUMENT")
    assert "is malformed and it should be in form of" in error.message


def test_a_spent_quota_is_a_client_error(client: Any, served: Served) -> None:
    served.empty(speed="manual", on_quota="refuse")
    tuned(client, served)

    error = refused(tuned, client, served)

    assert (error.code, error.status) == (429, "RESOURCE_EXHAUSTED")


def test_an_unavailable_service_is_a_server_error(client: Any, served: Served) -> None:
    from google.genai import errors

    served.fault("vertex.tuningJobs.list", "status:503", times=None)

    error = refused(list, lazily(client))

    assert isinstance(error, errors.ServerError)
    assert error.code == 503


def test_its_own_enumeration_of_ends_lacks_one_that_the_service_has(client: Any, served: Served) -> None:
    served.fault("vertex.tuningJobs.run", "partial")

    job = client.tunings.get(name=tuned(client, served).name)

    # A known failure of this client: whoever polls with it until has_ended polls this job for ever.
    assert job.state.name == "JOB_STATE_PARTIALLY_SUCCEEDED"
    assert not job.has_ended


def lazily(client: Any) -> Any:
    """The list asks for its first page when it is called, which must happen where the error is expected."""

    class Lazy:
        def __iter__(self) -> Any:
            return iter(client.tunings.list())

    return Lazy()


def preferences() -> bytes:
    import json

    def completion(score: float, text: str) -> dict[str, Any]:
        return {"score": score, "completion": {"role": "model", "parts": [{"text": text}]}}

    rows = [
        {
            "contents": [{"role": "user", "parts": [{"text": f"Greet guest number {n}."}]}],
            "completions": [completion(1.0, "Good morning!"), completion(0.0, "What?")],
        }
        for n in range(20)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()
