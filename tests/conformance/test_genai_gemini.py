"""google-genai in its Gemini API mode, which keeps tunedModels that no model trains any more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.served import Served

CLIENT = "google-genai"
MODE = " (Gemini API)"
pytestmark = pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")

BASE = "models/gemini-1.5-flash-001-tuning"


@pytest.fixture
def client(served: Served) -> Any:
    from google import genai

    served.empty(catalog="historic")
    options = genai.types.HttpOptions(base_url=served.url, api_version="v1beta")
    return genai.Client(api_key="fake-key", http_options=options)


def a_tuned_model(served: Served, name: str = "capitals", **fields: Any) -> str:
    """Made without this client, which drops the examples."""
    pairs = [{"textInput": str(n), "output": str(n + 1)} for n in range(15)]
    task = {
        "hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001},
        "trainingData": {"examples": {"examples": pairs}},
    }
    body = {"displayName": "next number", "baseModel": BASE, "tuningTask": task, **fields}
    served.call("POST", f"/v1beta/tunedModels?tunedModelId={name}", body)
    return f"tunedModels/{name}"


def refused(attempt: Any, *arguments: Any, **named: Any) -> Any:
    from google.genai import errors

    with pytest.raises(errors.APIError) as caught:
        attempt(*arguments, **named)
    return caught.value


def test_it_drops_the_training_examples_so_nothing_can_be_trained_with_it(client: Any, served: Served) -> None:
    from google.genai import types

    examples = [types.TuningExample(text_input="1", output="2")] * 15

    error = refused(
        client.tunings.tune,
        base_model=BASE,
        training_dataset=types.TuningDataset(examples=examples),
        config=types.CreateTuningJobConfig(tuned_model_display_name="numbers", epoch_count=5, batch_size=2),
    )

    # A known failure of this client: it sends no tuningTask.trainingData, and a training without data is refused.
    assert error.code == 400
    assert b"trainingData" not in served.recorder.published[-1].request.body


def test_a_training_is_followed_to_its_end(client: Any, served: Served) -> None:
    served.empty(catalog="historic", speed="manual")
    name = a_tuned_model(served)

    before = client.tunings.get(name=name)
    served.advance(600)
    after = client.tunings.get(name=name)

    assert (before.state.name, after.state.name) == ("JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED")
    assert after.tuned_model.model == name
    assert after.base_model == BASE
    assert after.end_time > after.start_time


def test_a_failed_training_says_so(client: Any, served: Served) -> None:
    served.fault("gemini.tunedModels.run", "fail:13;message=Out of luck.")

    job = client.tunings.get(name=a_tuned_model(served))

    assert job.state.name == "JOB_STATE_FAILED"


def test_listing_trainings_is_not_possible_with_it(client: Any, served: Served) -> None:
    asked = len(served.requests)

    with pytest.raises(ValueError, match=r"(?i)gemini"):
        list(client.tunings.list())

    assert len(served.requests) == asked


def test_its_cancel_is_a_method_that_the_service_does_not_have(client: Any, served: Served) -> None:
    served.empty(catalog="historic", speed="manual")
    name = a_tuned_model(served)

    error = refused(client.tunings.cancel, name=name)

    assert error.code == 404
    assert served.requests[-1] == f"POST /v1beta/{name}:cancel"


def test_tuned_models_are_listed_over_several_pages(client: Any, served: Served) -> None:
    names = [a_tuned_model(served, f"capitals-{n}") for n in range(5)]

    found = [m.name for m in client.models.list(config={"query_base": False, "page_size": 2})]

    assert sorted(found) == names
    assert sum(r == "GET /v1beta/tunedModels" for r in served.requests) == 3


def test_base_models_are_listed_with_what_can_be_done_with_them(client: Any) -> None:
    models = {m.name: m for m in client.models.list(config={"page_size": 3})}

    assert "createTunedModel" in models[BASE].supported_actions
    assert models[BASE].input_token_limit == 16384
    assert client.models.get(model=BASE).display_name == models[BASE].display_name


def test_a_tuned_model_is_read_changed_and_deleted(client: Any, served: Served) -> None:
    name = a_tuned_model(served)

    before = client.models.get(model=name)
    changed = client.models.update(model=name, config={"display_name": "numbers", "description": "Counts."})
    client.models.delete(model=name)

    assert before.display_name == "next number"
    assert (changed.display_name, changed.description) == ("numbers", "Counts.")
    assert refused(client.models.get, model=name).code == 404


def test_the_tuned_model_answers_as_it_was_taught(client: Any, served: Served) -> None:
    name = a_tuned_model(served)

    answer = client.models.generate_content(model=name, contents="7")

    assert answer.text == "8"


def test_the_answer_streams(client: Any, served: Served) -> None:
    name = a_tuned_model(served)

    parts = list(client.models.generate_content_stream(model=name, contents="12"))

    assert "".join(part.text or "" for part in parts) == "13"


def test_tokens_are_counted(client: Any) -> None:
    model = "models/gemini-1.5-flash-001"

    few = client.models.count_tokens(model=model, contents="Good morning")
    many = client.models.count_tokens(model=model, contents="Good morning, how are you today? " * 10)

    assert 0 < few.total_tokens < many.total_tokens


def test_a_deleted_model_is_gone_in_the_recorded_words(client: Any, served: Served) -> None:
    error = refused(client.tunings.get, name="tunedModels/generatenum392")

    message = "Tuned model tunedModels/generatenum392 does not exist."
    assert error.details == {"error": {"code": 404, "message": message, "status": "NOT_FOUND"}}


def test_without_retired_models_nothing_answers_any_more(client: Any, served: Served) -> None:
    name = a_tuned_model(served)
    served.call("POST", "/_emulator/settings", {"gemini_retired": True})

    error = refused(client.models.generate_content, model=name, contents="7")

    assert error.code == 404
    assert client.models.get(model=name).name == name


def test_a_spent_quota_is_a_client_error_and_an_unavailable_service_a_server_error(client: Any, served: Served) -> None:
    from google.genai import errors

    name = a_tuned_model(served)
    served.fault("gemini.tunedModels.get", "status:429")
    served.fault("gemini.tunedModels.delete", "status:503", times=None)

    assert isinstance(refused(client.models.get, model=name), errors.ClientError)
    assert isinstance(refused(client.models.delete, model=name), errors.ServerError)


def test_a_key_alone_does_not_do_where_oauth_is_required(client: Any, served: Served) -> None:
    name = a_tuned_model(served)
    served.call("POST", "/_emulator/settings", {"require_oauth": True})

    error = refused(client.models.delete, model=name)

    assert (error.code, error.status) == (403, "PERMISSION_DENIED")
    assert "insufficient authentication scopes" in error.message
