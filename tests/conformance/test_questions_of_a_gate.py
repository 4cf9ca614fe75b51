"""What a gate sends is what Google's own client sends of the same question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from reconciler.backends.base import Backend
from reconciler.backends.gemini import Gemini
from reconciler.backends.vertex import Vertex
from reconciler.core.questions import Question
from tests.backends.fakes import a_gemini_submission, a_training, a_vertex_submission, wired
from tests.conformance.served import fake_credentials

ANSWER = json.dumps({"candidates": [{"content": {"role": "model", "parts": [{"text": "4"}]}, "finishReason": "STOP"}]})
ENDPOINT = "projects/acme-ml/locations/us-central1/endpoints/7"
TURNS = (
    {"role": "user", "parts": [{"text": "2 + 2?"}]},
    {"role": "model", "parts": [{"text": "In which base?"}]},
    {"role": "user", "parts": [{"text": "Ten."}]},
)
LOOK_UP = {
    "name": "look_up",
    "description": "Looks up.",
    "parameters": {"type": "OBJECT", "properties": {"of": {"type": "STRING"}}},
}
SCHEMA = {"type": "OBJECT", "properties": {"sum": {"type": "INTEGER"}}, "required": ["sum"]}
SETTINGS: dict[str, Any] = {
    "maxOutputTokens": 200,
    "temperature": 0.5,
    "topP": 0.25,
    "seed": 7,
    "responseSchema": SCHEMA,
}


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """The address of a service that answers every question with 4, and what it heard: paths and bodies."""
    heard: list[tuple[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append((self.path, json.loads(body)))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("service", ["vertex", "gemini"])
@pytest.mark.parametrize("thinking", ["low", 128, None])
def test_a_question_is_what_googles_client_sends(service: str, thinking: str | int | None) -> None:
    settings = {**SETTINGS, **({} if thinking is None else {"thinking": thinking})}
    question = Question(TURNS, "Be brief.", ({"functionDeclarations": [LOOK_UP]},), settings)

    theirs = _sent_by_google(service, thinking)
    ours = _sent_by_us(service, question)

    assert ours == theirs


def _sent_by_us(service: str, question: Question) -> tuple[str, Any]:
    w = wired(httpx.Response(200, content=ANSWER))
    vertex: Backend = Vertex(w.http)
    if service == "vertex":
        vertex.ask(a_training(a_vertex_submission(), endpoint=ENDPOINT), question)
    else:
        Gemini(w.http).ask(a_training(a_gemini_submission(), job="tunedModels/sums-1"), question)
    (request,) = w.script.requests
    return request.url.path, json.loads(request.content)


def _sent_by_google(service: str, thinking: str | int | None) -> tuple[str, Any]:
    from google import genai

    given: dict[str, Any] = {"thinking_level": thinking} if isinstance(thinking, str) else {"thinking_budget": thinking}
    config = genai.types.GenerateContentConfig(
        system_instruction="Be brief.",
        max_output_tokens=200,
        temperature=0.5,
        top_p=0.25,
        seed=7,
        response_schema=SCHEMA,
        response_mime_type="application/json",
        thinking_config=None if thinking is None else genai.types.ThinkingConfig(**given),
        tools=[genai.types.Tool(function_declarations=[LOOK_UP])],
    )
    with listening() as (url, heard):
        client = _client(service, url)
        model = ENDPOINT if service == "vertex" else "tunedModels/sums-1"
        client.models.generate_content(model=model, contents=list(TURNS), config=config)
        client.close()
    ((path, body),) = heard
    return path, _without_habits(body)


def _client(service: str, url: str) -> Any:
    from google import genai

    if service == "gemini":
        options = genai.types.HttpOptions(base_url=url, api_version="v1beta")
        return genai.Client(api_key="fake-key", http_options=options)
    options = genai.types.HttpOptions(base_url=url, api_version="v1")
    return genai.Client(
        vertexai=True, project="acme-ml", location="us-central1", credentials=fake_credentials(), http_options=options
    )


def _without_habits(body: dict[str, Any]) -> dict[str, Any]:
    """The client gives the system instruction a role, and writes one message in the other spelling: read alike."""
    body["systemInstruction"].pop("role", None)
    thinking = body["generationConfig"].get("thinkingConfig")
    if thinking:
        spelt = {"thinking_level": "thinkingLevel", "thinking_budget": "thinkingBudget"}
        body["generationConfig"]["thinkingConfig"] = {spelt.get(key, key): value for key, value in thinking.items()}
    return body
