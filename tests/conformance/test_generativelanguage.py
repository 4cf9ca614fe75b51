"""google-ai-generativelanguage, the generated client of the Gemini API: v1beta, enums as numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.served import Served, generative_options

CLIENT = "google-ai-generativelanguage"

BASE = "models/gemini-1.5-flash-001-tuning"


def a_training(glm: Any, display_name: str = "next number", **fields: Any) -> Any:
    pairs = [glm.TuningExample(text_input=str(n), output=str(n + 1)) for n in range(15)]
    task = glm.TuningTask(
        hyperparameters=glm.Hyperparameters(epoch_count=5, batch_size=2, learning_rate=0.001),
        training_data=glm.Dataset(examples=glm.TuningExamples(examples=pairs)),
    )
    return glm.TunedModel(display_name=display_name, base_model=BASE, tuning_task=task, **fields)


def created(glm: Any, models: Any, name: str = "", **fields: Any) -> Any:
    request = glm.CreateTunedModelRequest(tuned_model=a_training(glm, **fields))
    if name:
        request.tuned_model_id = name
    return models.create_tuned_model(request)


def test_a_training_is_started_and_its_result_waited_for(glm: Any, models: Any) -> None:
    operation = created(glm, models, "numbers")

    model = operation.result(timeout=20)

    assert operation.metadata.total_steps == 38
    assert model.name == "tunedModels/numbers"
    assert model.state == glm.TunedModel.State.ACTIVE
    assert model.tuning_task.snapshots[-1].step == 38
    assert model.tuning_task.hyperparameters.learning_rate == pytest.approx(0.001)
    assert not model.tuning_task.training_data.examples.examples


def test_progress_is_told_while_it_trains(glm: Any, models: Any, served: Served) -> None:
    served.empty(catalog="historic", speed="manual")
    operation = created(glm, models)
    served.advance(12)

    assert not operation.done()

    told = operation.metadata
    assert 0 < told.completed_steps < told.total_steps == 38
    assert told.completed_percent == pytest.approx(100 * told.completed_steps / 38, rel=0.01)
    assert told.snapshots[0].step == 1
    assert models.get_tuned_model(name=told.tuned_model).state == glm.TunedModel.State.CREATING


def test_a_failed_training_raises_what_the_service_says(glm: Any, models: Any, served: Served) -> None:
    from google.api_core import exceptions

    served.fault("gemini.tunedModels.run", "fail:13;message=Out of luck.")

    with pytest.raises(exceptions.GoogleAPICallError, match="Out of luck"):
        created(glm, models).result(timeout=20)


def test_operations_are_read_and_listed(glm: Any, models: Any) -> None:
    operation = created(glm, models, "numbers")
    operation.result(timeout=20)

    read = models.get_operation({"name": operation.operation.name})
    listed = models.list_operations({"name": "tunedModels/numbers"})

    assert read.done
    assert [o.name for o in listed.operations] == [operation.operation.name]


def test_only_v1_cancels_an_operation(glm: Any, models: Any, served: Served) -> None:
    from google.ai import generativelanguage_v1

    served.empty(catalog="historic", speed="manual")
    name = created(glm, models).operation.name

    generativelanguage_v1.ModelServiceClient(**generative_options(served)).cancel_operation({"name": name})

    assert models.get_operation({"name": name}).error.code == 1
    # The newer version's client has no path for it, so it asks nobody.
    with pytest.raises(ValueError, match="HTTP binding"):
        models.cancel_operation({"name": name})


def test_v1_reads_operations_too(glm: Any, models: Any, served: Served) -> None:
    from google.ai import generativelanguage_v1

    name = created(glm, models).operation.name

    read = generativelanguage_v1.ModelServiceClient(**generative_options(served)).get_operation({"name": name})

    assert read.name == name


def test_tuned_models_are_listed_over_several_pages(glm: Any, models: Any, served: Served) -> None:
    for n in range(5):
        created(glm, models, f"numbers-{n}").result(timeout=20)

    found = models.list_tuned_models(glm.ListTunedModelsRequest(page_size=2))

    assert sorted(m.name for m in found) == [f"tunedModels/numbers-{n}" for n in range(5)]
    assert sum(r == "GET /v1beta/tunedModels" for r in served.requests) == 3


def test_tuned_models_are_filtered(glm: Any, models: Any) -> None:
    created(glm, models, "numbers", display_name="next number").result(timeout=20)
    created(glm, models, "letters", display_name="next letter").result(timeout=20)

    mine = models.list_tuned_models(glm.ListTunedModelsRequest(filter="owner:me"))
    by_text = models.list_tuned_models(glm.ListTunedModelsRequest(filter="letter"))
    everyones = models.list_tuned_models(glm.ListTunedModelsRequest(filter="readers:everyone"))

    assert len(list(mine)) == 2
    assert [m.name for m in by_text] == ["tunedModels/letters"]
    assert list(everyones) == []


def test_a_tuned_model_is_changed_field_by_field(glm: Any, models: Any) -> None:
    created(glm, models, "numbers").result(timeout=20)
    wanted = glm.TunedModel(name="tunedModels/numbers", description="Counts.", temperature=0.25, top_k=7)

    changed = models.update_tuned_model(
        tuned_model=wanted, update_mask={"paths": ["description", "temperature", "top_k"]}
    )

    assert (changed.description, changed.temperature, changed.top_k) == ("Counts.", 0.25, 7)
    assert changed.display_name == "next number"


def test_what_cannot_change_is_left_alone(glm: Any, models: Any) -> None:
    model = created(glm, models, "numbers").result(timeout=20)
    # The older client reads the model, and sends all of it back with a mask of what it means.
    model.base_model, model.display_name = "models/gemini-1.0-pro-001", "counter"

    changed = models.update_tuned_model(tuned_model=model, update_mask={"paths": ["display_name"]})

    assert (changed.base_model, changed.display_name) == (BASE, "counter")


def test_a_deleted_model_is_gone_in_the_recorded_words(glm: Any, models: Any) -> None:
    from google.api_core import exceptions

    created(glm, models, "numbers").result(timeout=20)

    models.delete_tuned_model(name="tunedModels/numbers")

    with pytest.raises(exceptions.NotFound, match=r"Tuned model tunedModels/numbers does not exist\."):
        models.get_tuned_model(name="tunedModels/numbers")


def test_the_text_0_is_a_text(glm: Any, models: Any) -> None:
    training = a_training(glm, display_name="0", description="0")
    training.tuning_task.training_data.examples.examples.append(glm.TuningExample(text_input="0", output="0"))

    model = models.create_tuned_model(tuned_model=training).result(timeout=20)

    assert (model.display_name, model.description) == ("0", "0")


def test_a_tuned_model_is_tuned_further(glm: Any, models: Any) -> None:
    created(glm, models, "first").result(timeout=20)
    training = a_training(glm)
    training.tuned_model_source = glm.TunedModelSource(tuned_model="tunedModels/first")

    model = models.create_tuned_model(tuned_model=training).result(timeout=20)

    assert model.tuned_model_source.tuned_model == "tunedModels/first"
    assert model.tuned_model_source.base_model == BASE


def test_an_id_that_is_taken_is_a_conflict(glm: Any, models: Any) -> None:
    from google.api_core import exceptions

    created(glm, models, "numbers")

    with pytest.raises(exceptions.Conflict):
        created(glm, models, "numbers")


@pytest.mark.parametrize("name", ["Numbers", "1numbers", "numbers-", "n" * 41])
def test_an_id_of_another_form_is_refused(glm: Any, models: Any, name: str) -> None:
    from google.api_core import exceptions

    with pytest.raises(exceptions.BadRequest):
        created(glm, models, name)


def test_a_display_name_too_long_is_refused(glm: Any, models: Any) -> None:
    from google.api_core import exceptions

    with pytest.raises(exceptions.BadRequest):
        created(glm, models, display_name="n" * 41)


@pytest.mark.parametrize(
    ("status", "wanted"),
    [(429, "TooManyRequests"), (403, "Forbidden"), (500, "InternalServerError"), (409, "Conflict")],
)
def test_faults_are_the_exceptions_of_this_client(models: Any, served: Served, status: int, wanted: str) -> None:
    from google.api_core import exceptions

    served.fault("gemini.tunedModels.get", f"status:{status}")

    with pytest.raises(getattr(exceptions, wanted)):
        models.get_tuned_model(name="tunedModels/numbers", retry=None)

    assert served.faults_left() == 0


def test_a_token_that_is_refused_is_renewed_which_a_bare_token_cannot_be(models: Any, served: Served) -> None:
    from google.auth import exceptions

    served.call("POST", "/_emulator/faults", {"method": "gemini.tunedModels.get", "fault": "status:401"})

    with pytest.raises(exceptions.RefreshError):
        models.get_tuned_model(name="tunedModels/numbers", retry=None)

    assert served.faults_left() == 0


def test_an_unavailable_service_is_asked_again(glm: Any, models: Any, served: Served) -> None:
    created(glm, models, "numbers").result(timeout=20)
    served.fault("gemini.tunedModels.get", "status:503")

    assert models.get_tuned_model(name="tunedModels/numbers").name == "tunedModels/numbers"
    assert served.faults_left() == 0


def test_base_models_say_what_they_can_do(glm: Any, models: Any) -> None:
    found = {m.name: m for m in models.list_models(glm.ListModelsRequest(page_size=2))}
    tunable = models.get_model(name=BASE)

    assert "createTunedModel" in tunable.supported_generation_methods
    assert found[BASE] == tunable
    assert (tunable.version, tunable.input_token_limit, tunable.top_k) == ("001", 16384, 64)


def test_the_tuned_model_answers_as_it_was_taught(glm: Any, models: Any, generator: Any) -> None:
    created(glm, models, "numbers").result(timeout=20)

    answer = generator.generate_content(model="tunedModels/numbers", contents=[{"parts": [{"text": "7"}]}])

    assert answer.candidates[0].content.parts[0].text == "8"
    assert answer.candidates[0].finish_reason == glm.Candidate.FinishReason.STOP
    assert len(answer.candidates[0].safety_ratings) == 4


def test_the_answer_streams(glm: Any, models: Any, generator: Any) -> None:
    created(glm, models, "numbers").result(timeout=20)

    parts = generator.stream_generate_content(model="tunedModels/numbers", contents=[{"parts": [{"text": "12"}]}])

    assert "".join(part.candidates[0].content.parts[0].text for part in parts) == "13"


def test_tokens_are_counted(generator: Any) -> None:
    answer = generator.count_tokens(model="models/gemini-1.5-flash-001", contents=[{"parts": [{"text": "Good day"}]}])

    assert answer.total_tokens > 0


def test_a_model_that_trains_does_not_answer_yet(glm: Any, models: Any, generator: Any, served: Served) -> None:
    from google.api_core import exceptions

    served.empty(catalog="historic", speed="manual")
    created(glm, models, "numbers")

    with pytest.raises((exceptions.BadRequest, exceptions.NotFound)):
        generator.generate_content(model="tunedModels/numbers", contents=[{"parts": [{"text": "7"}]}])


def test_a_key_is_sent_as_a_header_and_does_where_oauth_is_not_required(glm: Any, served: Served) -> None:
    models = glm.ModelServiceClient(**generative_options(served, key="fake-key"))

    assert list(models.list_tuned_models()) == []

    headers = served.recorder.published[-1].request.headers
    assert headers["x-goog-api-key"] == "fake-key"
    assert "authorization" not in headers
