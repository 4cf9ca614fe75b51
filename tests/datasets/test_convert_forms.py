"""Forms that data sets of other people have, and what becomes of each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.datasets import Converted, Format, NotConverted, Source, check, convert
from tests.datasets.rows import lines, preference, turn

QUESTION, ANSWER = "What is 2+2?", "4"
SFT = {"contents": [turn("user", QUESTION), turn("model", ANSWER)]}
WITH_SYSTEM = {"systemInstruction": turn("system", "Be brief."), **SFT}
CALLED = [
    turn("user", QUESTION),
    turn("model", {"functionCall": {"name": "add", "args": {"xs": [2, 2]}}}),
    turn("user", {"functionResponse": {"name": "add", "response": {"result": 4}}}),
    turn("model", ANSWER),
]


def _results(data: bytes, to: Format = Format.VERTEX_SFT, name: str = "rows.jsonl") -> list[Converted | NotConverted]:
    return list(convert(Source.stream([data], name), to))


def _one(row: object, to: Format = Format.VERTEX_SFT) -> Any:
    (result,) = _results(json.dumps(row).encode(), to)
    return json.loads(result.text) if isinstance(result, Converted) else result.reason


def _notes(row: object) -> str:
    (result,) = _results(json.dumps(row).encode())
    assert isinstance(result, Converted), result
    return "; ".join(result.notes)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"instruction": QUESTION, "input": "", "output": ANSWER}, SFT),
        ({"instruction": QUESTION, "output": ANSWER, "system": "Be brief."}, WITH_SYSTEM),
        ({"instruction": "", "input": QUESTION, "output": ANSWER}, SFT),
        (
            {"instruction": "Add.", "input": "2 and 2", "output": ANSWER},
            {"contents": [turn("user", "Add.\n\n2 and 2"), turn("model", ANSWER)]},
        ),
        (
            {"instruction": QUESTION, "output": ANSWER, "history": [["1+1?", "2"]]},
            {"contents": [turn("user", "1+1?"), turn("model", "2"), *SFT["contents"]]},
        ),
        ({"question": QUESTION, "answer": ANSWER}, SFT),
        ({"Prompt": QUESTION, "Response": ANSWER}, SFT),
        ({"query": QUESTION, "response": ANSWER, "system_prompt": "Be brief."}, WITH_SYSTEM),
        ({"input": QUESTION, "output": ANSWER}, SFT),
        ({"conversations": [{"from": "human", "value": QUESTION}, {"from": "gpt", "value": ANSWER}]}, SFT),
        (
            {
                "conversations": [
                    {"from": "system", "value": "Be brief."},
                    {"from": "user", "value": QUESTION},
                    {"from": "chatgpt", "value": ANSWER},
                ]
            },
            WITH_SYSTEM,
        ),
        (
            {
                "system": "Be brief.",
                "messages": [{"from": "human", "value": QUESTION}, {"from": "gpt", "value": ANSWER}],
            },
            WITH_SYSTEM,
        ),
        ({"items": [{"role": "user", "text": QUESTION}, {"role": "assistant", "text": ANSWER}]}, SFT),
        ({"conversation": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}]}, SFT),
    ],
    ids="-".join,
)
def test_instructions_pairs_and_conversations_become_examples(row: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert _one(row) == wanted


def test_calls_in_conversations_of_sharegpt_stay_calls() -> None:
    row = {
        "conversations": [
            {"from": "human", "value": QUESTION},
            {"from": "function_call", "value": json.dumps({"name": "add", "arguments": {"xs": [2, 2]}})},
            {"from": "observation", "value": "4"},
            {"from": "gpt", "value": ANSWER},
        ],
        "tools": json.dumps([{"name": "add", "description": "Adds.", "parameters": {"type": "object"}}]),
    }

    found = _one(row)

    assert found["contents"] == CALLED
    assert [f["name"] for f in found["tools"][0]["functionDeclarations"]] == ["add"]


@pytest.mark.parametrize(
    ("row", "system"),
    [
        ({"system": "Be brief.", "question": QUESTION, "chosen": ANSWER, "rejected": "5"}, "Be brief."),
        ({"question": QUESTION, "chosen": ANSWER, "rejected": "5"}, ""),
        ({"instruction": QUESTION, "input": "", "chosen": ANSWER, "rejected": "5"}, ""),
        (
            {
                "chosen": f"\n\nHuman: {QUESTION}\n\nAssistant: {ANSWER}",
                "rejected": f"\n\nHuman: {QUESTION}\n\nAssistant: 5",
            },
            "",
        ),
        (
            {
                "prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}],
                "chosen": [{"role": "assistant", "content": ANSWER}],
                "rejected": [{"role": "assistant", "content": "5"}],
            },
            "Be brief.",
        ),
        (
            {
                "prompt": QUESTION,
                "chosen": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}],
                "rejected": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "5"}],
            },
            "",
        ),
        (
            {
                "conversations": [{"from": "human", "value": QUESTION}],
                "chosen": {"from": "gpt", "value": ANSWER},
                "rejected": {"from": "gpt", "value": "5"},
            },
            "",
        ),
    ],
    ids=["orca", "orca without a system", "instructions", "transcripts", "messages", "whole conversations", "sharegpt"],
)
def test_pairs_of_answers_become_preferences(row: dict[str, Any], system: str) -> None:
    found = _one(row, Format.PREFERENCE)

    wanted = preference(QUESTION, ANSWER, "5")
    if system:
        wanted["contents"][0]["parts"].insert(0, {"text": system})
    assert found == wanted


def test_transcripts_keep_their_turns_and_what_looks_like_a_turn_inside_of_one() -> None:
    before = "\n\nHuman: Who says Human: first?\n\nAssistant: I do.\nHuman: no.\n\nHuman: And now?"
    row = {"chosen": f"{before}\n\nAssistant: yes", "rejected": f"{before}\n\nAssistant: no"}

    found = _one(row, Format.PREFERENCE)

    said = [content["parts"][0]["text"] for content in found["contents"]]
    assert said == ["Who says Human: first?", "I do.\nHuman: no.", "And now?"]
    assert [c["completion"]["parts"][0]["text"] for c in found["completions"]] == ["yes", "no"]


def _prediction(answer: object, **more: Any) -> dict[str, Any]:
    candidate = {"content": answer, "finishReason": "STOP", "avgLogprobs": -0.1}
    request = {"contents": [turn("user", QUESTION)], "system_instruction": {"parts": [{"text": "Be brief."}]}}
    return {
        "status": "",
        "processed_time": "2026-11-01T10:00:00.000+00:00",
        "request": request,
        "response": {"candidates": [candidate], "usageMetadata": {"totalTokenCount": 9}, "modelVersion": "m"},
        **more,
    }


def test_a_batch_prediction_is_its_request_with_its_answer() -> None:
    row = _prediction(turn("model", ANSWER))
    as_in_a_table = {**row, "request": json.dumps(row["request"]), "response": json.dumps(row["response"])}

    assert _one(row) == WITH_SYSTEM
    assert _one(as_in_a_table) == WITH_SYSTEM


def test_what_a_prediction_was_asked_with_is_told_where_it_is_lost() -> None:
    row = _prediction(turn("model", {"text": "hm", "thought": True}, {"text": ANSWER, "thoughtSignature": "x"}))
    row["request"] |= {"generationConfig": {"temperature": 0.1, "topK": 3}, "safetySettings": [{}]}

    told = _notes(row)

    assert _one(row) == WITH_SYSTEM
    for lost in ("temperature of generationConfig", "topK", "safetySettings", "thought was", "thoughtSignature"):
        assert lost in told


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (_prediction(turn("model", ANSWER), status="Internal error"), "answered it with an error"),
        (_prediction(turn("model", ANSWER), response={}), "holds no answer"),
        (_prediction(turn("model")), "no parts"),
        (
            _prediction(None, response={"candidates": [{"content": turn("model", "4"), "finishReason": "MAX_TOKENS"}]}),
            "not finished (MAX_TOKENS)",
        ),
        ({"key": "1", "response": {"candidates": []}}, "without its request"),
        ({"custom_id": "1", "response": {"status_code": 200, "body": {"choices": []}}}, "without its request"),
        ({"question": QUESTION, "answer": ANSWER, "context": "c"}, "--map system=context"),
        ({"question": QUESTION, "prompt": "p", "answer": ANSWER}, "--map question="),
        ({"text": "t", "label": "l"}, "--map question=… and --map answer=…"),
        ({"conversations": [{"from": "narrator", "value": "x"}]}, 'by "narrator"'),
        ({"conversations": [{"from": "human", "value": QUESTION}]}, "nothing to learn"),
        ({"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: c\n\nAssistant: b"}, "differ in more"),
        ({"chosen": "\n\nHuman: a", "rejected": "\n\nHuman: a"}, "has no answer"),
        ({"instruction": "q", "input": 5, "output": "a"}, '"input" is no text'),
        ({"instruction": "q", "output": "a", "history": ["x"]}, "list of pairs"),
    ],
)
def test_what_is_not_beyond_doubt_is_refused_with_the_reason(row: dict[str, Any], why: str) -> None:
    assert why in _one(row)


def test_every_form_is_told_by_the_check_with_what_converts_it() -> None:
    for row in (
        {"instruction": "q", "output": "a"},
        {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
        {"question": "q", "answer": "a"},
        {"question": "q", "chosen": "a", "rejected": "b"},
        {"chosen": "\n\nHuman: q\n\nAssistant: a", "rejected": "\n\nHuman: q\n\nAssistant: b"},
        _prediction(turn("model", "a")),
    ):
        (found,) = check(Source.stream([lines(row)], "x.jsonl")).findings

        assert found.rule == "DATA301"
        assert "dataset convert" in found.fix


def test_it_is_known_what_each_row_was_taken_for() -> None:
    data = lines({"question": "q", "answer": "a"}, {"instruction": "q", "output": "a"}, {"request": {}}, {"x": 1})

    assert [result.kind for result in _results(data)] == [
        "questions and answers",
        "Alpaca instructions",
        "batch requests",
        "",
    ]
