from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Client


@pytest.fixture
def client(client: Client) -> Client:
    client.settings(catalog="historic")
    return client


def test_create_answers_an_operation_with_its_steps_alone(client: Client) -> None:
    operation = client.tune_numbers()

    assert operation.keys() == {"name", "metadata"}
    assert operation["metadata"] == {
        "@type": "type.googleapis.com/google.ai.generativelanguage.v1beta.CreateTunedModelMetadata",
        "totalSteps": 38,
        "tunedModel": operation["name"].rpartition("/operations/")[0],
    }
    assert operation["metadata"]["tunedModel"].startswith("tunedModels/number-generator-")


@pytest.mark.parametrize(("epochs", "batch", "steps"), [(100, 4, 375), (10, 4, 38), (5, 4, 19), (3, 4, 12), (3, 2, 23)])
def test_steps_are_those_of_the_recorded_trainings(client: Client, epochs: int, batch: int, steps: int) -> None:
    examples = [{"textInput": str(n), "output": str(n + 1)} for n in range(15)]
    task = {
        "hyperparameters": {"epoch_count": epochs, "batch_size": batch},
        "trainingData": {"examples": {"examples": examples}},
    }

    operation = client.tune_numbers(tuningTask=task)

    assert operation["metadata"]["totalSteps"] == steps


def test_a_model_being_created_answers_as_recorded(client: Client) -> None:
    client.tune_numbers("increment")

    model = client.get("/v1beta/tunedModels/increment")

    assert list(model) == [
        "name",
        "baseModel",
        "displayName",
        "state",
        "createTime",
        "updateTime",
        "tuningTask",
        "temperature",
        "topP",
        "topK",
    ]
    assert model["state"] == "CREATING"
    assert model["tuningTask"].keys() == {"startTime", "hyperparameters"}
    assert len(model["tuningTask"]["startTime"]) == len("2023-09-19T19:56:26.297862545Z")


def test_snapshots_grow_while_it_trains(client: Client) -> None:
    operation = client.tune_numbers("increment")

    client.advance(4 + 8 * 0.6 + 0.01)
    metadata = client.get(f"/v1/{operation['name']}")["metadata"]

    assert (metadata["completedSteps"], round(metadata["completedPercent"], 3)) == (8, 21.053)
    assert "epoch" not in metadata["snapshots"][0]
    assert metadata["snapshots"][-1]["epoch"] == 1
    assert client.get("/v1beta/tunedModels/increment")["tuningTask"]["snapshots"] == metadata["snapshots"]


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha"])
def test_a_finished_operation_answers_the_model(client: Client, version: str) -> None:
    operation = client.tune_numbers("increment")
    client.advance(100)

    done = client.get(f"/{version}/{operation['name']}")

    assert done["done"] is True
    assert done["response"]["@type"] == "type.googleapis.com/google.ai.generativelanguage.v1beta.TunedModel"
    assert done["response"]["state"] == "ACTIVE"
    assert done["response"]["updateTime"] == done["response"]["tuningTask"]["completeTime"]
    assert done["metadata"]["snapshots"][-1]["epoch"] == 5
    assert "trainingData" not in done["response"]["tuningTask"]


def test_a_tuned_model_continues_its_examples(client: Client) -> None:
    client.tune_numbers("increment")
    client.advance(100)

    answer = client.post("/v1beta/tunedModels/increment:generateContent", {"contents": [{"parts": [{"text": "7"}]}]})

    assert answer["candidates"][0]["content"] == {"parts": [{"text": "8"}], "role": "model"}
    assert [r["category"] for r in answer["promptFeedback"]["safetyRatings"]] == [
        "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_HATE_SPEECH",
        "HARM_CATEGORY_HARASSMENT",
        "HARM_CATEGORY_DANGEROUS_CONTENT",
    ]


def test_a_model_being_created_does_not_answer_prompts(client: Client) -> None:
    client.tune_numbers("increment")

    assert (
        client.call(
            "POST", "/v1beta/tunedModels/increment:generateContent", {"contents": [{"parts": [{"text": "7"}]}]}
        ).status
        == 400
    )


def test_the_text_0_is_a_text(client: Client) -> None:
    pairs = {"examples": {"examples": [{"textInput": "0", "output": "0"}]}}
    client.tune_numbers("zero", displayName="0", tuningTask={"trainingData": pairs})
    client.advance(100)

    answer = client.post("/v1beta/tunedModels/zero:generateContent", {"contents": [{"parts": [{"text": "0"}]}]})

    assert answer["candidates"][0]["content"]["parts"] == [{"text": "0"}]
    assert client.get("/v1beta/tunedModels/zero")["displayName"] == "0"


def test_the_samples_trailing_commas_are_taken(client: Client) -> None:
    body = b"""{"display_name": "number generator model", "base_model": "models/gemini-1.5-flash-001-tuning",
      "tuning_task": {"hyperparameters": {"batch_size": 2, "learning_rate": 0.001, "epoch_count":5,},
        "training_data": {"examples": {"examples": [{"text_input": "1", "output": "2",},
            {"text_input": "3", "output": "4",}]}}}}"""

    assert client.post("/v1beta/tunedModels", body)["metadata"]["totalSteps"] == 5


def test_patch_changes_what_the_mask_names(client: Client) -> None:
    client.tune_numbers("increment")

    body = {
        "displayName": "up by one",
        "description": "counts",
        "temperature": 0.2,
        "state": 2,
        "baseModel": "models/x",
    }
    answer = client.call("PATCH", "/v1beta/tunedModels/increment?updateMask=display_name,temperature", body)

    assert (answer.json["displayName"], answer.json["temperature"]) == ("up by one", 0.2)
    assert "description" not in answer.json
    assert answer.json["baseModel"] == "models/gemini-1.5-flash-001-tuning"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [(0.123456789, 0.12345679), (0.9, 0.9), (0.1, 0.1), (1 / 3, 0.33333334), (0.0000123456789, 1.2345679e-05), (1, 1)],
)
def test_a_float_is_answered_as_32_bits_hold_it(client: Client, sent: float, answered: float) -> None:
    client.tune_numbers("increment", temperature=sent)

    assert client.get("/v1beta/tunedModels/increment")["temperature"] == answered


def test_a_temperature_of_zero_is_a_value(client: Client) -> None:
    client.tune_numbers("increment", temperature=0)

    assert client.get("/v1beta/tunedModels/increment")["temperature"] == 0


def test_delete_is_final_and_its_error_is_the_recorded_one(client: Client) -> None:
    client.tune_numbers("increment")

    answers = [client.call("DELETE", "/v1beta/tunedModels/increment") for _ in range(2)]

    assert [a.status for a in answers] == [200, 404]
    assert answers[1].json == {
        "error": {"code": 404, "message": "Tuned model tunedModels/increment does not exist.", "status": "NOT_FOUND"}
    }


def test_an_id_can_be_used_once(client: Client) -> None:
    client.tune_numbers("increment")

    answer = client.call(
        "POST",
        "/v1beta/tunedModels?tunedModelId=increment",
        {
            "baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "a", "output": "b"}]}}},
        },
    )

    assert (answer.status, answer.json["error"]["status"]) == (409, "ALREADY_EXISTS")


@pytest.mark.parametrize("name", ["A", "9a", "a" * 41, "a-", "a_b"])
def test_an_id_has_its_form(client: Client, name: str) -> None:
    assert client.call("POST", f"/v1beta/tunedModels?tunedModelId={name}", {}).status == 400


def test_lists_are_oldest_first_ten_a_page(client: Client) -> None:
    for n in range(12):
        client.tune_numbers(f"increment-{n:02d}")

    first = client.get("/v1beta/tunedModels")
    second = client.get(f"/v1beta/tunedModels?page_token={first['nextPageToken']}")

    names = [m["name"] for page in (first, second) for m in page["tunedModels"]]
    assert names == [f"tunedModels/increment-{n:02d}" for n in range(12)]
    assert len(first["tunedModels"]) == 10


@pytest.mark.parametrize("state", ["FAILED", "ACTIVE"])
def test_a_cancelled_training_leaves_a_model_in_the_chosen_state(client: Client, state: str) -> None:
    client.settings(cancelled_tuned_model=state)
    operation = client.tune_numbers("increment")
    client.advance(10)

    assert client.post(f"/v1/{operation['name']}:cancel", {}) == {}

    done = client.get(f"/v1/{operation['name']}")
    assert (done["done"], done["error"]["code"]) == (True, 1)
    assert client.get("/v1beta/tunedModels/increment")["state"] == state


def test_operations_are_cancelled_in_v1_alone(client: Client) -> None:
    operation = client.tune_numbers("increment")

    assert client.call("POST", f"/v1beta/{operation['name']}:cancel", {}).status == 404


def test_a_training_goes_on_from_a_tuned_model(client: Client) -> None:
    client.tune_numbers("parent")
    client.advance(100)

    client.tune_numbers("child", baseModel=None, tunedModelSource={"tunedModel": "tunedModels/parent"})

    model = client.get("/v1beta/tunedModels/child")
    assert model["tunedModelSource"] == {
        "tunedModel": "tunedModels/parent",
        "baseModel": "models/gemini-1.5-flash-001-tuning",
    }
    assert "baseModel" not in model


def test_permissions_are_given_changed_and_taken(client: Client) -> None:
    client.tune_numbers("increment")
    path = "/v1beta/tunedModels/increment/permissions"

    given = client.post(path, {"granteeType": 1, "emailAddress": "a@example.com", "role": 3})
    changed = client.call("PATCH", f"/v1beta/{given['name']}?updateMask=role", {"role": "WRITER"}).json
    roles = [p["role"] for p in client.get(path)["permissions"]]
    client.post("/v1beta/tunedModels/increment:transferOwnership", {"emailAddress": "a@example.com"})

    assert (given["role"], changed["role"], roles) == ("READER", "WRITER", ["OWNER", "WRITER"])
    assert [p["role"] for p in client.get(path)["permissions"]] == ["WRITER", "OWNER"]
    assert client.call("DELETE", f"/v1beta/{given['name']}").status == 400
    assert client.get("/v1beta/tunedModels?filter=owner:me") == {}
    assert len(client.get("/v1beta/tunedModels?filter=writers:me")["tunedModels"]) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"displayName": "x" * 41},
        {"temperature": 2.5},
        {"topP": -0.1},
        {"tuningTask": {}},
        {
            "tuningTask": {
                "hyperparameters": {"epochCount": 0},
                "trainingData": {"examples": {"examples": [{"textInput": "a"}]}},
            }
        },
        {"baseModel": None},
        {"nonsense": 1},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(client: Client, changes: dict[str, Any]) -> None:
    examples = {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}
    body = {"baseModel": "models/gemini-1.5-flash-001-tuning", "tuningTask": {"trainingData": examples}, **changes}

    assert client.call("POST", "/v1beta/tunedModels", body).status == 400


def test_after_the_retirement_lists_go_on_and_prompts_end(client: Client) -> None:
    client.tune_numbers("increment")
    client.advance(100)
    client.settings(catalog="current")

    prompt = client.call(
        "POST", "/v1beta/tunedModels/increment:generateContent", {"contents": [{"parts": [{"text": "7"}]}]}
    )
    models = client.get("/v1beta/models")["models"]

    assert len(client.get("/v1beta/tunedModels")["tunedModels"]) == 1
    assert (prompt.status, prompt.message) == (
        404,
        "models/gemini-1.5-flash-001-tuning is not found for API version v1beta, or is not supported for "
        "generateContent. Call ListModels to see the list of available models and their supported methods.",
    )
    assert not any("createTunedModel" in m["supportedGenerationMethods"] for m in models)


def test_a_key_alone_does_not_tune_where_oauth_is_required(client: Client) -> None:
    client.settings(require_oauth=True)

    with_key = client.call("GET", "/v1beta/tunedModels?key=abc")
    without = client.call("GET", "/v1beta/tunedModels")
    with_token = client.call("GET", "/v1beta/tunedModels", authorization="Bearer abc")

    assert (with_key.status, with_key.message) == (403, "Request had insufficient authentication scopes.")
    assert with_key.json["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert (without.status, with_token.status) == (401, 200)


def test_enums_are_numbers_where_a_client_asks_for_them(client: Client) -> None:
    client.tune_numbers("increment")

    model = client.get("/v1beta/tunedModels/increment?%24alt=json%3Benum-encoding%3Dint")

    assert model["state"] == 1
