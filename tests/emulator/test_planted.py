"""Planted answers: how well a model answers is what somebody said, reproducibly, and everything else stays as it is."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.emulator import Emulator, SettingError
from tests.emulator.conftest import Client, Wall, example, jsonl

if TYPE_CHECKING:
    from pathlib import Path

MANY = 400
LABELS = ("billing", "shipping", "refund")
ITEMS = [{"prompt": f"Ticket {n}: where does it go?", "reference": LABELS[n % 3]} for n in range(MANY)]
BASE = "/v1/projects/acme/locations/us-central1/publishers/google/models"


def asking(text: str, **config: object) -> dict[str, object]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], "generationConfig": config}


def text_of(answer: Any) -> str:
    return "".join(part["text"] for part in answer["candidates"][0]["content"].get("parts", []))


@dataclass
class Asked:
    """What a model says to every item, and on which it is right."""

    texts: list[str]

    @property
    def right(self) -> set[int]:
        return {n for n, text in enumerate(self.texts) if text == ITEMS[n]["reference"]}


def ask_all(client: Client, target: str, **config: object) -> Asked:
    return Asked(
        [text_of(client.post(f"{target}:generateContent", asking(item["prompt"], **config))) for item in ITEMS]
    )


@pytest.fixture
def planted(client: Client) -> Client:
    client.emulator.items(ITEMS)
    return client


def a_client(seed: int) -> Client:
    client = Client(Emulator.open(None, speed="manual", seed=seed, now=Wall()))
    client.emulator.items(ITEMS)
    return client


def test_a_model_is_right_as_often_as_planted_and_says_another_label_otherwise(planted: Client) -> None:
    planted.emulator.plant(model="publishers/google/models/gemini-3.5-flash", right=0.9)

    asked = ask_all(planted, f"{BASE}/gemini-3.5-flash")

    assert 0.86 <= len(asked.right) / MANY <= 0.94
    assert set(asked.texts) == set(LABELS)


def test_the_same_seed_gives_the_same_answers_and_another_one_others() -> None:
    rights = []
    for seed in (5, 5, 6):
        client = a_client(seed)
        client.emulator.plant(right=0.7)
        rights.append(ask_all(client, f"{BASE}/gemini-3.5-flash").right)

    assert rights[0] == rights[1]
    assert rights[0] != rights[2]


def test_a_planting_can_have_a_seed_of_its_own() -> None:
    rights = []
    for seed in (5, 6):
        client = a_client(seed)
        client.emulator.plant(right=0.7, seed=1)
        rights.append(ask_all(client, f"{BASE}/gemini-3.5-flash").right)

    assert rights[0] == rights[1]


def test_what_a_worse_model_has_right_a_better_one_has_too(planted: Client) -> None:
    planted.emulator.plant(model="*3.5-flash", right=0.8)
    planted.emulator.plant(model="*3.1-flash-lite", right=0.9)

    worse, better = (ask_all(planted, f"{BASE}/{name}") for name in ("gemini-3.5-flash", "gemini-3.1-flash-lite"))

    assert worse.right < better.right


def test_two_models_differ_on_as_many_items_as_planted(planted: Client) -> None:
    planted.emulator.plant(model="*3.5-flash", right=0.9)
    planted.emulator.plant(model="*3.1-flash-lite", right=0.85, beside={"right": 0.9, "discordance": 0.15})

    old, new = (ask_all(planted, f"{BASE}/{name}") for name in ("gemini-3.5-flash", "gemini-3.1-flash-lite"))

    assert 0.11 <= len(old.right ^ new.right) / MANY <= 0.19
    assert 0.06 <= len(old.right - new.right) / MANY <= 0.14
    assert 0.02 <= len(new.right - old.right) / MANY <= 0.08


def test_flips_stay_as_they_are_and_noise_does_not(planted: Client) -> None:
    planted.emulator.plant(model="*3.5-flash", right=1.0, flips=0.2)
    planted.emulator.plant(model="*3.1-flash-lite", right=1.0, noise=0.2)

    flipped = [ask_all(planted, f"{BASE}/gemini-3.5-flash").right for _ in range(2)]
    noisy = [ask_all(planted, f"{BASE}/gemini-3.1-flash-lite").right for _ in range(2)]

    assert flipped[0] == flipped[1]
    assert noisy[0] != noisy[1]
    assert all(0.74 <= len(right) / MANY <= 0.86 for right in (*flipped, *noisy))


@pytest.mark.parametrize("config", [{"temperature": 0}, {"topK": 1}])
@pytest.mark.parametrize(("base", "heeds"), [("gemini-3.5-flash", True), ("gemini-3.5-flash-lite", False)])
def test_temperature_0_keeps_an_answer_only_where_the_base_model_heeds_it(
    planted: Client, base: str, heeds: bool, config: dict[str, object]
) -> None:
    planted.emulator.plant(right=1.0, noise=0.2)

    asked = ask_all(planted, f"{BASE}/{base}", **config)

    assert (len(asked.right) == MANY) is heeds


def test_a_seed_makes_answers_repeat_themselves(planted: Client) -> None:
    planted.emulator.plant(right=1.0, noise=0.2)

    first, again = (ask_all(planted, f"{BASE}/gemini-3.5-flash-lite", seed=3) for _ in range(2))

    assert first == again
    assert len(first.right) < MANY


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("garbled", "gnippihs"), ("text:I cannot say.", "I cannot say."), ("label", "billing"), ("field", "gnippihs")],
)
def test_a_wrong_answer_looks_as_planted(client: Client, wrong: str, said: str) -> None:
    client.emulator.items([{"prompt": "a", "reference": "shipping"}, {"prompt": "b", "reference": "billing"}])
    client.emulator.plant(right=0.0, wrong=wrong)

    assert text_of(client.post(f"{BASE}/gemini-3.5-flash:generateContent", asking("a"))) == said


def test_one_field_of_an_object_can_be_wrong(client: Client) -> None:
    objects = [{"team": "billing", "urgent": True}, {"team": "shipping", "urgent": True}]
    client.emulator.items([{"prompt": str(n), "reference": json.dumps(o)} for n, o in enumerate(objects)])
    client.emulator.plant(right=0.0, wrong="field")

    said = json.loads(text_of(client.post(f"{BASE}/gemini-3.5-flash:generateContent", asking("0"))))

    assert said == {"team": "shipping", "urgent": True}


def test_each_version_and_checkpoint_has_its_own(client: Client, data: str) -> None:
    client.emulator.items(ITEMS)
    job = client.trained(data, labels={"attempt": "a2"}, tunedModelDisplayName="Tickets")["tunedModel"]
    client.emulator.plant(base="gemini-3.5-flash", labels={"attempt": "a2"}, right=0.5)
    client.emulator.plant(model=job["model"], checkpoint="1", displayName="Tick*", right=1.0)
    first, last = (f"/v1/{c['endpoint']}" for c in job["checkpoints"])

    best, served = ask_all(client, first), ask_all(client, last)

    assert len(best.right) == MANY
    assert 0.4 <= len(served.right) / MANY <= 0.6
    assert [(a["asked"], a["answeredRightly"]) for a in client.emulator.planted()] == [
        (MANY, len(served.right)),
        (MANY, MANY),
    ]


def test_a_planting_for_what_was_tuned_from_a_base_is_not_for_the_base_itself(client: Client, data: str) -> None:
    client.emulator.items(ITEMS)
    endpoint = client.trained(data)["tunedModel"]["endpoint"]
    client.emulator.plant(base="gemini-3.5-flash", right=1.0)

    tuned = client.post(f"/v1/{endpoint}:generateContent", asking(ITEMS[0]["prompt"]))
    base = client.post(f"{BASE}/gemini-3.5-flash:generateContent", asking(ITEMS[0]["prompt"]))

    assert text_of(tuned) == "billing"
    assert text_of(base).startswith("(simulated answer of gemini-3.5-flash")


def test_an_endpoint_is_named_with_the_projects_id_or_its_number(client: Client, data: str) -> None:
    client.emulator.items(ITEMS)
    endpoint = client.trained(data)["tunedModel"]["endpoint"]
    by_id = re.sub("projects/[0-9]+", "projects/acme", endpoint)
    client.emulator.plant(endpoint=by_id, right=1.0)

    assert len(ask_all(client, f"/v1/{endpoint}").right) == MANY


def test_a_base_model_of_the_gemini_api_and_a_tuned_one_can_be_planted() -> None:
    client = Client(Emulator.open(None, speed="instant", seed=7, catalog="historic", now=Wall()))
    client.emulator.items(ITEMS)
    client.tune_numbers("numbers")
    client.get("/v1beta/tunedModels/numbers")
    client.emulator.plant(model="models/gemini-3.5-flash", right=0.0, wrong="text:no")
    client.emulator.plant(model="tunedModels/numbers", right=1.0)

    base, tuned = (
        client.post(f"/v1beta/{name}:generateContent", asking(ITEMS[1]["prompt"]))
        for name in ("models/gemini-3.5-flash", "tunedModels/numbers")
    )

    assert (text_of(base), text_of(tuned)) == ("no", "shipping")
    assert tuned["usageMetadata"]["candidatesTokenCount"] == 2


def test_a_prompt_that_is_no_item_is_answered_as_ever(client: Client, data: str) -> None:
    client.emulator.items(ITEMS)
    endpoint = client.trained(data)["tunedModel"]["endpoint"]
    client.emulator.plant(right=0.0, troubles=[{"error": "status:503", "share": 1}])

    answer = client.post(f"/v1/{endpoint}:generateContent", asking("What is the capital of Spain?"))

    assert text_of(answer) == "Madrid"


def test_a_conversation_is_an_item_by_all_its_turns(client: Client) -> None:
    turns = [("user", "Hello"), ("model", "Hi!"), ("user", "Where to?"), ("model", "shipping")]
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    client.post("/_emulator/items", jsonl([{"contents": contents}]))
    client.emulator.plant(right=1.0)
    target = f"{BASE}/gemini-3.5-flash:generateContent"

    assert text_of(client.post(target, {"contents": contents[:3]})) == "shipping"
    assert text_of(client.post(target, {"contents": contents[2:3]})) != "shipping"


@pytest.mark.parametrize(
    ("error", "status", "retry_after"), [("status:503", 503, None), ("status:429;retry-after=2", 429, "2")]
)
def test_an_item_can_meet_a_refusal_first_and_its_answer_then(
    planted: Client, error: str, status: int, retry_after: str | None
) -> None:
    planted.emulator.plant(right=1.0, troubles=[{"error": error, "share": 1.0, "times": 1}])
    target = f"{BASE}/gemini-3.5-flash:streamGenerateContent?alt=sse"

    first, second = (planted.call("POST", target, asking(ITEMS[0]["prompt"])) for _ in range(2))

    assert (first.status, first.headers.get("retry-after"), second.status) == (status, retry_after, 200)
    assert planted.emulator.planted()[0]["troubled"] == 1


def test_a_share_of_the_items_meets_trouble_every_time(planted: Client) -> None:
    planted.emulator.plant(right=1.0, troubles=[{"error": "status:503", "share": 0.1}])

    statuses = [
        [planted.call("POST", f"{BASE}/gemini-3.5-flash:generateContent", asking(i["prompt"])).status for i in ITEMS]
        for _ in range(2)
    ]

    assert statuses[0] == statuses[1]
    assert 0.06 <= statuses[0].count(503) / MANY <= 0.14


@pytest.mark.parametrize("target", [f"{BASE}/gemini-3.5-flash", "/v1beta/models/gemini-3.5-flash"])
@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent"])
@pytest.mark.parametrize("error", ["blocked", "safety", "empty"])
def test_an_answer_can_be_blocked_or_empty(planted: Client, target: str, method: str, error: str) -> None:
    planted.emulator.plant(right=1.0, troubles=[{"error": error, "share": 1.0}])

    answer = planted.post(f"{target}:{method}", asking(ITEMS[0]["prompt"]))

    (answer,) = answer if isinstance(answer, list) else (answer,)
    reasons = [c["finishReason"] for c in answer.get("candidates", [])]
    assert reasons == {"blocked": [], "safety": ["SAFETY"], "empty": ["STOP"]}[error]
    assert answer.get("promptFeedback", {}).get("blockReason") == ("SAFETY" if error == "blocked" else None)
    assert "text" not in json.dumps(answer.get("candidates"))
    assert "candidatesTokenCount" not in answer["usageMetadata"]


def test_a_latency_is_told_and_nobody_waits_for_it(planted: Client) -> None:
    begun = time.monotonic()
    planted.emulator.plant(right=1.0, latency={"median": 2.0, "p95": 6.0})

    told = [
        planted.call("POST", f"{BASE}/gemini-3.5-flash:generateContent", asking(i["prompt"])).headers["server-timing"]
        for i in ITEMS
    ]

    seconds = sorted(int(text.removeprefix("gfet4t7; dur=")) / 1000 for text in told)
    assert 1.6 <= seconds[MANY // 2] <= 2.4
    assert 4.5 <= seconds[MANY * 95 // 100] <= 8.0
    assert time.monotonic() - begun < sum(seconds) / 4


def test_an_answer_comes_late_where_that_is_planted(planted: Client) -> None:
    planted.emulator.plant(latency={"median": 0.4, "p95": 0.4, "sleep": True})
    begun = time.monotonic()

    answer = planted.post(f"{BASE}/gemini-3.5-flash:generateContent", asking(ITEMS[0]["prompt"]))

    assert 0.4 <= time.monotonic() - begun < 10
    assert text_of(answer).startswith("(simulated answer")


@pytest.mark.parametrize(
    ("planting", "problem"),
    [
        ({"right": 1.5}, "Expected `float` <= 1.0 - at `$.right`"),
        ({"rihgt": 0.5}, "unknown field `rihgt`"),
        ({"flips": 0.5}, "need a `right`"),
        ({"right": 0.5, "beside": {"right": 0.9, "discordance": 0.1}}, "cannot differ on 0.1 of the items"),
        ({"right": 0.5, "wrong": "nonsense"}, "$.wrong"),
        ({"latency": {"median": 3, "p95": 1}}, "a p95 that is no less"),
        ({"troubles": [{"error": "status:200", "share": 0.1}]}, "'status:200' is no trouble"),
        ({"troubles": [{"error": "empty", "share": 0.6}, {"error": "safety", "share": 0.6}]}, "more than 1"),
    ],
)
def test_what_cannot_be_planted_is_refused_with_its_reason(
    client: Client, planting: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SettingError, match=re.escape(problem)):
        client.emulator.plant(**planting)

    assert client.emulator.planted() == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"prompt": "a", "reference": "b"}\n{"prompt"', "line 2 of the items is not JSON"),
        (b'{"prompt": "a"}', "item 1 is neither"),
        (b'{"contents": [{"role": "user", "parts": [{"text": "a"}]}]}', "item 1 is neither"),
    ],
)
def test_items_that_are_none_are_refused_with_their_place(client: Client, content: bytes, problem: str) -> None:
    with pytest.raises(SettingError, match=problem):
        client.emulator.items(content)

    assert client.get("/_emulator/items") == {"items": 0, "references": 0}


def test_items_come_from_an_object_too_and_are_given_once(client: Client) -> None:
    uri = client.upload("eval.jsonl", jsonl([example("a", "b"), example(" A ", "c"), example("d", "c")]))

    assert client.post("/_emulator/items", {"uri": uri}) == {"items": 2, "references": 1}
    assert client.call("DELETE", "/_emulator/items").json == {"items": 0, "references": 0}


def test_what_was_planted_last_counts_until_it_is_taken_out(planted: Client) -> None:
    target = f"{BASE}/gemini-3.5-flash:generateContent"
    planted.emulator.plant(right=1.0)
    planted.emulator.plant(right=0.0, wrong="text:no")
    last = planted.emulator.planted()[-1]["id"]

    said = [text_of(planted.post(target, asking(ITEMS[0]["prompt"])))]
    planted.call("DELETE", f"/_emulator/answers?id={last}")
    said.append(text_of(planted.post(target, asking(ITEMS[0]["prompt"]))))

    assert said == ["no", "billing"]
    assert planted.call("DELETE", "/_emulator/answers").json == {"answers": []}


def test_a_state_of_before_takes_plantings_too(tmp_path: Path) -> None:
    state = tmp_path / "emulator.db"
    Emulator.open(state).close()
    with sqlite3.connect(state) as old:
        for table in ("items", "plantings", "asked"):
            old.execute(f"DROP TABLE {table}")
    old.close()

    emulator = Emulator.open(state)
    emulator.items(ITEMS)
    emulator.plant(right=1.0)

    assert len(emulator.planted()) == 1
    emulator.close()
