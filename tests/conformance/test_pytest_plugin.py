"""The pytest plugin in a project of somebody who never tunes: their tests, with Google's clients unmodified."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., pytest.RunResult]

GENAI = """
import asyncio

import pytest
from google import genai
from google.genai import errors, types
from pydantic import BaseModel

MODES = pytest.mark.parametrize("mode", [{}, {"vertexai": True}, {"vertexai": True, "project": "p", "location": "us"},
                                         {"vertexai": True, "api_key": "express"}], ids=str)
RATING = {"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH", "blocked": True}


@MODES
def test_an_answer_a_stream_and_a_count(vertex_emulator, mode):
    vertex_emulator.answer("Sunny.", contains="weather", model="gemini-99")
    vertex_emulator.answer(chunks=["Sun", "ny"], usage={"totalTokenCount": 12})
    vertex_emulator.answer(total_tokens=77)
    client = genai.Client(**mode)

    answer = client.models.generate_content(model="gemini-99", contents="How is the weather?")
    parts = list(client.models.generate_content_stream(model="gemini-99", contents="And now?"))
    count = client.models.count_tokens(model="gemini-99", contents="And now?")

    assert (answer.text, answer.candidates[0].finish_reason) == ("Sunny.", "STOP")
    assert [part.text for part in parts] == ["Sun", "ny"]
    assert parts[-1].usage_metadata.total_token_count == 12
    assert count.total_tokens == 77
    assert [(c.model, c.prompt, c.status) for c in vertex_emulator.prompts] == [
        ("gemini-99", "How is the weather?", 200), ("gemini-99", "And now?", 200), ("gemini-99", "And now?", 200)]
    assert vertex_emulator.unused == []


@MODES
def test_the_same_without_blocking(vertex_emulator, mode):
    vertex_emulator.answer(chunks=["Sun", "ny"], times=2)

    async def ask():
        async with genai.Client(**mode).aio as client:
            whole = await client.models.generate_content(model="gemini-99", contents="x")
            stream = await client.models.generate_content_stream(model="gemini-99", contents="x")
            return whole.text, [part.text async for part in stream]

    assert asyncio.run(ask()) == ("Sunny", ["Sun", "ny"])


@MODES
def test_a_quota_and_a_client_that_tries_again(vertex_emulator, mode):
    vertex_emulator.refuse(429, retry_delay=2)
    vertex_emulator.refuse(503, times=2)
    vertex_emulator.answer("at last")
    patient = types.HttpRetryOptions(attempts=3, initial_delay=0.01, max_delay=0.02)
    client = genai.Client(**mode)

    with pytest.raises(errors.ClientError) as refused:
        client.models.generate_content(model="gemini-99", contents="x")
    retrying = genai.Client(http_options=types.HttpOptions(retry_options=patient), **mode)
    answer = retrying.models.generate_content(model="gemini-99", contents="x")

    assert refused.value.details["error"]["details"][0]["retryDelay"] == "2s"
    assert answer.text == "at last"
    assert [c.status for c in vertex_emulator.calls] == [429, 503, 503, 200]


@MODES
def test_functions_are_called_by_the_client(vertex_emulator, mode):
    vertex_emulator.answer(function_calls=[{"name": "get_weather", "args": {"city": "Nairobi"}}])
    vertex_emulator.answer("Sunny.", contains="25 degrees")
    client, asked = genai.Client(**mode), []

    def get_weather(city: str) -> str:
        "The weather of a city."
        asked.append(city)
        return "25 degrees"

    config = types.GenerateContentConfig(tools=[get_weather])
    answer = client.models.generate_content(model="gemini-99", contents="Nairobi?", config=config)

    assert (answer.text, asked) == ("Sunny.", ["Nairobi"])


@MODES
def test_filters(vertex_emulator, mode):
    vertex_emulator.answer(blocked="SAFETY")
    vertex_emulator.answer(finish_reason="SAFETY", ratings=[RATING])
    vertex_emulator.answer("Sun", finish_reason="MAX_TOKENS")
    client = genai.Client(**mode)

    prompt, answer, cut = (client.models.generate_content(model="gemini-99", contents="x") for _ in range(3))

    assert (prompt.text, prompt.prompt_feedback.block_reason) == (None, "SAFETY")
    assert (answer.text, answer.candidates[0].safety_ratings[0].blocked) == (None, True)
    assert (cut.text, cut.candidates[0].finish_reason) == ("Sun", "MAX_TOKENS")


@pytest.mark.parametrize(("how", "ending"), [("cut", "RemoteProtocolError"), ("malformed", "UnknownApiResponseError"),
                                             ("error", "ServerError"), ("end", "")])
@MODES
def test_streams_that_break(vertex_emulator, mode, how, ending):
    vertex_emulator.answer(chunks=["a", "b", "c"], breaks={"how": how, "after": 1})
    client, arrived, ended = genai.Client(**mode), [], ""

    try:
        for part in client.models.generate_content_stream(model="gemini-99", contents="x"):
            arrived.append(part.text)
    except Exception as exc:
        ended = type(exc).__name__

    assert (arrived, ended) == (["a"], ending)


@MODES
def test_what_nobody_scripted(vertex_emulator, mode):
    class Place(BaseModel):
        name: str
        rivers: list[int]

    client = genai.Client(**mode)
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Place)

    plain = client.models.generate_content(model="gemini-99", contents="Who are you?")
    formed = client.models.generate_content(model="gemini-99", contents="Where?", config=config)

    assert plain.text == "(simulated answer of gemini-99 to: Who are you?)"
    assert formed.parsed == Place(name="(simulated)", rivers=[0])


def test_a_tuned_endpoint_that_was_never_tuned(vertex_emulator):
    vertex_emulator.answer("Sunny.", model="endpoints/4711")
    client = genai.Client(vertexai=True)
    endpoint = "projects/emulated-project/locations/us-central1/endpoints/4711"

    assert client.models.generate_content(model=endpoint, contents="x").text == "Sunny."


@pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")
def test_a_training(vertex_emulator):
    client = genai.Client(vertexai=True)
    data = types.TuningDataset(gcs_uri="gs://cloud-samples-data/ai-platform/generative_ai/gemini/text/sft_train.jsonl")

    job = client.tunings.tune(base_model="gemini-2.5-flash", training_dataset=data)

    assert client.tunings.get(name=job.name).state == "JOB_STATE_SUCCEEDED"


@pytest.mark.vertex_emulator(project="acme", unscripted="refuse")
class TestSettings:
    def test_of_a_class(self, vertex_emulator):
        client = genai.Client(vertexai=True)
        with pytest.raises(errors.ServerError, match="No script of the emulator"):
            client.models.generate_content(model="gemini-99", contents="x")
        assert "/projects/acme/" in vertex_emulator.calls[0].path

    @pytest.mark.vertex_emulator(unscripted="answer")
    def test_of_one_test(self, vertex_emulator):
        client = genai.Client(vertexai=True)
        assert client.models.generate_content(model="gemini-99", contents="x").text.startswith("(simulated")


def test_nothing_is_left_of_the_test_before(vertex_emulator):
    assert (vertex_emulator.calls, vertex_emulator.scripts) == ([], [])
"""

OTHERS = """
from google.cloud import storage


def test_storage(vertex_emulator):
    bucket = storage.Client().bucket("acme-data")

    bucket.blob("train.jsonl").upload_from_string("hello")

    assert bucket.blob("train.jsonl").download_as_text() == "hello"
    assert "storage.objects.insert" in [call.api for call in vertex_emulator.calls]


def test_storage_is_empty_again(vertex_emulator):
    assert list(storage.Client().list_blobs("acme-data")) == []


def test_registry(vertex_emulator):
    from google.cloud import aiplatform

    aiplatform.init(project=vertex_emulator.project, api_endpoint=vertex_emulator.url, api_transport="rest")

    assert aiplatform.Model.list() == []
    assert vertex_emulator.calls[-1].api == "vertex.models.list"


def test_the_generated_client(vertex_emulator):
    import pytest
    from google.api_core.client_options import ClientOptions
    from google.api_core.exceptions import TooManyRequests
    from google.cloud import aiplatform_v1

    vertex_emulator.answer(chunks=["Sun", "ny"], times=2)
    vertex_emulator.refuse(429, retry_delay=7)
    options = ClientOptions(api_endpoint=vertex_emulator.url)
    client = aiplatform_v1.PredictionServiceClient(transport="rest", client_options=options)
    model = "projects/emulated-project/locations/us-central1/publishers/google/models/gemini-99"
    asked = {"model": model, "contents": [{"role": "user", "parts": [{"text": "Weather?"}]}]}

    answer = client.generate_content(asked)
    stream = list(client.stream_generate_content(asked))
    with pytest.raises(TooManyRequests) as refused:
        client.generate_content(asked)

    assert answer.candidates[0].content.parts[0].text == "Sunny"
    assert answer.candidates[0].finish_reason.name == "STOP"
    assert [part.candidates[0].content.parts[0].text for part in stream] == ["Sun", "ny"]
    assert refused.value.details[0]["retryDelay"] == "7s"
"""

SESSION = """
import os
import pytest
import urllib.request


def ready():
    with urllib.request.urlopen(os.environ["GOOGLE_GEMINI_BASE_URL"] + "/_emulator/ready") as answer:
        return answer.status


@pytest.fixture(scope="session", autouse=True)
def trained(vertex_emulator_session):
    vertex_emulator_session.answer("kept", times=None)
    return vertex_emulator_session


def test_one(trained):
    assert ready() == 200
    assert len(trained.scripts) == 1


def test_own(trained, vertex_emulator):
    assert os.environ["GOOGLE_GEMINI_BASE_URL"] == vertex_emulator.url != trained.url
    assert vertex_emulator.scripts == []


def test_again(trained):
    assert os.environ["GOOGLE_GEMINI_BASE_URL"] == trained.url
    assert len(trained.scripts) == 1
"""

QUIET = """
import os
import sys
import pytest

BEFORE = {"GOOGLE_API_KEY": "mine", "GOOGLE_CLOUD_PROJECT": "mine", "HTTP_PROXY": "http://proxy.invalid:3128"}


def test_without_the_fixture_nothing_is_loaded_and_nothing_set():
    ours = {name for name in sys.modules if name.startswith("reconciler")}
    assert not ours & {"reconciler.emulator.server", "reconciler.emulator.app", "reconciler.cli", "reconciler.core"}
    assert not {"click", "pydantic", "uvicorn", "msgspec"} & sys.modules.keys()
    assert {name: os.environ[name] for name in BEFORE} == BEFORE
    assert "STORAGE_EMULATOR_HOST" not in os.environ


def test_with_it_no_key_and_no_project_of_the_user_is_met(vertex_emulator):
    assert os.environ["GOOGLE_API_KEY"] == "emulated-api-key"
    assert os.environ["GOOGLE_CLOUD_PROJECT"] == vertex_emulator.project == "emulated-project"
    assert "127.0.0.1" in os.environ["NO_PROXY"]
    from reconciler.emulator import running_emulator
    assert vertex_emulator.calls == []


def test_after_it_all_is_as_before():
    assert {name: os.environ[name] for name in BEFORE} == BEFORE
    assert "STORAGE_EMULATOR_HOST" not in os.environ


@pytest.mark.vertex_emulator("manual")
def test_a_marker_with_a_setting_without_a_name(vertex_emulator):
    pass


@pytest.mark.vertex_emulator(sped="manual")
def test_a_marker_with_an_unknown_setting(vertex_emulator):
    pass
"""


@pytest.fixture
def users_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a file of somebody's tests; warnings fail them, and only this plugin is there."""
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_GENAI_USE_VERTEXAI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))

    def run(text: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(text)
        plugin = ("-p", "reconciler.emulator.pytest_plugin", "--strict-markers")
        return pytester.runpytest_subprocess(*plugin, "-q", *options)

    return run


@pytest.mark.slow
def test_code_that_generates_is_tested_with_google_genai(users_tests: Run) -> None:
    ended = users_tests(GENAI, "-W", "error")

    ended.assert_outcomes(passed=45)


@pytest.mark.slow
def test_cloud_storage_and_the_registry_are_found(users_tests: Run) -> None:
    ended = users_tests(OTHERS)

    ended.assert_outcomes(passed=4)


def test_one_emulator_lasts_for_a_session_and_a_test_may_have_its_own(users_tests: Run) -> None:
    ended = users_tests(SESSION, "-W", "error")

    ended.assert_outcomes(passed=3)


def test_a_test_without_the_fixture_meets_nothing_of_it(users_tests: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "mine")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "mine")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")

    ended = users_tests(QUIET, "-W", "error")

    ended.assert_outcomes(passed=3, errors=2)
    ended.stdout.fnmatch_lines_random(["*takes settings by name, not 'manual'*", "*unknown setting 'sped'*"])


def test_the_marker_is_explained(users_tests: Run) -> None:
    ended = users_tests("", "--markers")

    ended.stdout.fnmatch_lines(["@pytest.mark.vertex_emulator(**settings): settings of the emulator*"])
