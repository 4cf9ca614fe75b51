from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.datasets import Converted, Format, NotConverted, RuleSet, Source, check, convert
from tests.datasets.rows import SHARED, WHY_SKIPPED, checked, example, lines, preference, rules_broken, turn

if TYPE_CHECKING:
    from pathlib import Path

QUESTION, ANSWER = "What is 2+2?", "4"
SFT = {"contents": [turn("user", QUESTION), turn("model", ANSWER)]}
WITH_SYSTEM = {"systemInstruction": turn("system", "Be brief."), **SFT}


def converted(row: object, to: Format = Format.VERTEX_SFT, name: str = "old.jsonl") -> Any:
    data = row if isinstance(row, bytes) else json.dumps(row).encode()
    (result,) = convert(Source.stream([data], name), to)
    return json.loads(result.text) if isinstance(result, Converted) else result.reason


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"input_text": QUESTION, "output_text": ANSWER}, SFT),
        ({"context": "Be brief.", "input_text": QUESTION, "output_text": ANSWER}, WITH_SYSTEM),
        (
            {
                "context": "Be brief.",
                "messages": [{"author": "user", "content": QUESTION}, {"author": "bot", "content": ANSWER}],
            },
            WITH_SYSTEM,
        ),
        (
            {
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": QUESTION},
                    {"role": "model", "content": ANSWER},
                ]
            },
            WITH_SYSTEM,
        ),
        (
            {
                "messages": [
                    {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
                    {"role": "user", "content": QUESTION},
                    {"role": "assistant", "content": ANSWER, "weight": 0},
                ]
            },
            WITH_SYSTEM,
        ),
        (
            {
                "system": [{"text": "Be brief."}],
                "messages": [
                    {"role": "user", "content": [{"text": QUESTION}]},
                    {"role": "assistant", "content": [{"text": ANSWER}]},
                ],
            },
            WITH_SYSTEM,
        ),
        ({"prompt": QUESTION, "completion": ANSWER}, SFT),
        ({"text_input": QUESTION, "output": ANSWER}, SFT),
        (preference(QUESTION, ANSWER, "5"), SFT),
        ({"system_instruction": turn("system", "Be brief."), **SFT}, WITH_SYSTEM),
        ({"contents": [{"role": "USER", "parts": {"text": QUESTION}}, turn("model", ANSWER)]}, SFT),
    ],
    ids=lambda value: next(iter(value)),
)
def test_older_and_foreign_examples_become_conversations(row: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert converted(row) == wanted


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"contents": [turn("system", "Be brief."), turn("user", QUESTION), turn("assistant", ANSWER)]}, WITH_SYSTEM),
        ({"systemInstruction": "Be brief.", **SFT}, WITH_SYSTEM),
        ({"contents": [{"role": "user", "content": QUESTION}, {"role": "model", "content": ANSWER}]}, SFT),
        ({"contents": [{"role": "user", "parts": [QUESTION]}, turn("model", ANSWER)]}, SFT),
    ],
    ids=["roles", "plain system", "content", "plain parts"],
)
def test_habits_of_other_services_in_the_apis_own_form_are_mended(row: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert converted(row) == wanted


def notes(row: object, to: Format = Format.VERTEX_SFT) -> tuple[str, ...]:
    data = row if isinstance(row, bytes) else json.dumps(row).encode()
    (result,) = convert(Source.stream([data], "old.jsonl"), to)
    assert isinstance(result, Converted), result
    return result.notes


USER, ASSISTANT = {"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}


@pytest.mark.parametrize(
    ("row", "lost"),
    [
        ({"text_input": QUESTION, "output": ANSWER, "id": 7}, "id of the example"),
        ({"input_text": QUESTION, "output_text": ANSWER, "source": "web"}, "source of the example"),
        ({"prompt": QUESTION, "completion": ANSWER, "weight": 2}, "weight of the example"),
        (
            {"messages": [{"author": "user", "content": "q"}, {"author": "b", "content": "a"}], "examples": [1]},
            "examples",
        ),
        ({"messages": [USER, {"role": "model", "content": ANSWER, "rating": 5}]}, "rating of a message"),
        ({"messages": [{**USER, "name": "Ann"}, ASSISTANT]}, "name of a message"),
        ({"messages": [USER, {**ASSISTANT, "weight": 0}]}, "every model turn is learnt"),
        ({"messages": [USER, ASSISTANT], "metadata": {"a": 1}}, "metadata of the example"),
        ({"messages": [USER, ASSISTANT], "tools": [{"type": "web_search"}]}, "a tool that is no function"),
        ({"system": "s", "messages": [USER, ASSISTANT], "id": "x"}, "id of the example"),
        ({**SFT, "labels": {"a": "b"}}, "labels of the example"),
        ({**SFT, "tools": [{"webSearch": {"a": 1}}]}, "webSearch of a tool"),
        ({"contents": [{**turn("user", QUESTION), "weight": 1}, turn("model", ANSWER)]}, "weight of a turn"),
        ({**preference(QUESTION, ANSWER, "5"), "id": 3}, "id of the example"),
        (b'{"prompt": "lost", "prompt": "kept", "completion": "4"}', "a key stood twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_lost_on_the_way_is_told(row: object, lost: str) -> None:
    assert lost in " ".join(notes(row))


@pytest.mark.parametrize(
    "row",
    [
        SFT,
        WITH_SYSTEM,
        {"text_input": QUESTION, "output": ANSWER},
        {"messages": [{**USER, "name": None}, {**ASSISTANT, "refusal": None, "tool_calls": None}], "tools": []},
    ],
)
def test_where_nothing_is_lost_nothing_is_told(row: dict[str, Any]) -> None:
    assert notes(row) == ()


@pytest.mark.parametrize(
    ("to", "row", "lost"),
    [
        (Format.PREFERENCE, {**preference(QUESTION, "4", "5"), "generationConfig": {"topK": 1}}, "generationConfig"),
        (
            Format.PREFERENCE,
            {"system_instruction": turn("system", "s"), **preference(QUESTION, "4", "5")},
            "user's turn",
        ),
        (Format.PAIRS, {**SFT, "generationConfig": {"topK": 1}}, "generationConfig"),
        (Format.PAIRS, {"contents": [turn("user", "a", "b"), turn("model", "c")]}, "were joined"),
        (Format.MESSAGES, {**SFT, "generationConfig": {"topK": 1}}, "generationConfig"),
        (Format.VERTEX_SFT, preference(QUESTION, "4", "5"), "only the preferred completion"),
    ],
)
def test_what_the_wanted_format_has_no_place_for_is_told(to: Format, row: dict[str, Any], lost: str) -> None:
    assert lost in " ".join(notes(row, to))


def parameters(schema: dict[str, Any]) -> Any:
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    result = converted({"messages": [USER, ASSISTANT], "tools": [tool]})
    return result["tools"][0]["functionDeclarations"][0]["parameters"] if isinstance(result, dict) else result


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
        ({"type": "string", "const": "a"}, {"type": "STRING", "enum": ["a"]}),
        ({"oneOf": [{"type": "string"}]}, {"anyOf": [{"type": "STRING"}]}),
        (
            {"type": "object", "properties": {"to": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "number"}}},
            {"type": "OBJECT", "properties": {"to": {"type": "NUMBER"}}},
        ),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}}, "contains itself"),
        ({"$ref": "#/elsewhere"}, "refers to what is not in it"),
    ],
)
def test_json_schema_becomes_the_schema_of_the_api(schema: dict[str, Any], wanted: Any) -> None:
    found = parameters(schema)

    assert wanted in found if isinstance(found, str) else found == wanted


def test_openai_preferences_become_preferences() -> None:
    row = {
        "input": {"messages": [USER], "tools": [], "parallel_tool_calls": True},
        "preferred_output": [ASSISTANT],
        "non_preferred_output": [{"role": "assistant", "content": "5"}],
    }

    assert converted(row, Format.PREFERENCE) == preference(QUESTION, ANSWER, "5")
    assert notes(row, Format.PREFERENCE) == ("parallel_tool_calls of the example was dropped",)


def test_calls_of_functions_keep_their_names_arguments_and_answers() -> None:
    tool = {
        "type": "function",
        "function": {
            "name": "add",
            "parameters": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"type": {"type": "string"}, "xs": {"type": "array", "items": {"type": "number"}}},
            },
        },
    }
    twice_encoded = json.dumps(json.dumps({"xs": [2, 2]}))
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": twice_encoded}}
    row = {
        "messages": [
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "4"},
            {"role": "assistant", "content": ANSWER},
        ],
        "tools": [tool],
        "parallel_tool_calls": False,
    }

    result = converted(row)

    assert result["contents"][1:3] == [
        turn("model", {"functionCall": {"name": "add", "args": {"xs": [2, 2]}}}),
        turn("user", {"functionResponse": {"name": "add", "response": {"result": 4}}}),
    ]
    assert result["tools"][0]["functionDeclarations"] == [
        {
            "name": "add",
            "parameters": {
                "type": "OBJECT",
                "additionalProperties": False,
                "properties": {"type": {"type": "STRING"}, "xs": {"type": "ARRAY", "items": {"type": "NUMBER"}}},
            },
        }
    ]
    assert rules_broken(checked(json.dumps(result).encode())) == set()


def test_images_at_addresses_that_the_service_reads_become_file_data() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png?w=2"}}
    row = {
        "messages": [
            {"role": "user", "content": [image, {"type": "text", "text": "what?"}]},
            {"role": "assistant", "content": "a cat"},
        ]
    }

    parts = converted(row)["contents"][0]["parts"]

    assert parts == [
        {"fileData": {"mimeType": "image/png", "fileUri": "https://example.com/cat.png?w=2"}},
        {"text": "what?"},
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "only text"}, "A text corpus: texts without a question and an answer."),
        ({"messages": [{"role": "user", "content": "q"}]}, "nothing to learn"),
        ({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": ""}]}, "is empty"),
        ({"messages": [{"role": "human", "content": "q"}]}, "role that is not known"),
        ({"messages": [5]}, "no object"),
        ({"prompt": "q", "completion": " "}, "is empty"),
        ({"input_text": "q"}, "is no text"),
        ({"request": {"contents": []}}, "no answer"),
        ({}, "The object is empty."),
        (b"{oops}", "Not JSON"),
        (b'["q", "a"]', "It is a list of texts"),
        (b'{"text_input": "\\ud800", "output": "x"}', "surrogate"),
        (b'{"text_input": NaN, "output": "x"}', "NaN or Infinity is not JSON"),
        (b'{"text_input": "' + b"x" * (9 << 20) + b'", "output": "x"}', "Line too long"),
        (
            {"messages": [{"role": "system", "content": [{"type": "image_url", "image_url": "gs://a/b.png"}]}]},
            "more than",
        ),
        ({"contents": [{"role": "system", "parts": [{"fileData": {}}]}]}, "more than text"),
        ({"contents": [{"role": "user"}]}, "no parts"),
        ({"contents": [5]}, "no object"),
        ({"system": [{"image": 1}], "messages": [{"role": "user", "content": "q"}]}, "more than text"),
        ({"prompt": "q", "chosen": [{"role": "user", "content": "other"}, "a"], "rejected": "b"}, "not those of"),
        ({"prompt": "q", "chosen": "", "rejected": []}, "is empty"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"\xff\xfe{\0", "Not UTF-8"),
    ],
)
def test_what_cannot_be_converted_says_why(row: object, reason: str) -> None:
    assert reason in converted(row)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (SFT, {"text_input": QUESTION, "output": ANSWER}),
        (WITH_SYSTEM, "Pairs have no system instruction."),
        ({"contents": SFT["contents"] * 2}, "Pairs are one question and one answer."),
    ],
)
def test_conversations_become_pairs_where_nothing_is_lost(row: dict[str, Any], wanted: object) -> None:
    assert converted(row, Format.PAIRS) == wanted


def test_chosen_and_rejected_answers_become_preferences() -> None:
    with_prompt = {"prompt": QUESTION, "chosen": ANSWER, "rejected": "5"}
    both_whole = {
        side: [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": answer}]
        for side, answer in (("chosen", ANSWER), ("rejected", "5"))
    }

    assert converted(with_prompt, Format.PREFERENCE) == preference(QUESTION, ANSWER, "5")
    assert converted(both_whole, Format.PREFERENCE) == preference(QUESTION, ANSWER, "5")
    assert converted(SFT, Format.PREFERENCE) == "It has one answer; a preference needs two."


def test_a_conversation_becomes_messages_of_an_open_model() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": ANSWER},
    ]

    assert converted(WITH_SYSTEM, Format.MESSAGES) == {"messages": messages}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rows.csv", b'input_text,output_text\nq1,a1\n\n"q\n2",a2\n'),
        ("rows.json", b'[\n{"prompt": "q1", "completion": "a1"},\n\n\n{"prompt": "q\\n2", "completion": "a2"}]'),
        (
            "rows.jsonl",
            b'\xef\xbb\xbf{\n "prompt": "q1",\n "completion": "a1"}\n{"prompt": "q\\n2", "completion": "a2"}',
        ),
    ],
)
def test_tables_lists_and_pretty_objects_become_lines(name: str, data: bytes) -> None:
    results = list(convert(Source.stream([data], name), Format.PAIRS))

    assert [json.loads(r.text) for r in results if isinstance(r, Converted)] == [
        {"text_input": "q1", "output": "a1"},
        {"text_input": "q\n2", "output": "a2"},
    ]
    assert [r.line for r in results] == {"rows.csv": [2, 4], "rows.json": [2, 5], "rows.jsonl": [1, 4]}[name]


def test_a_bad_line_does_not_stop_the_others() -> None:
    data = lines(example()) + b"oops\n\n" + lines(example("3+3", "6"))

    results = list(convert(Source.stream([data], "x.jsonl"), Format.VERTEX_SFT))

    assert [(type(r), r.line) for r in results] == [(Converted, 1), (NotConverted, 2), (Converted, 4)]


def test_no_converted_line_can_be_cut_in_two() -> None:
    (result,) = convert(Source.stream([lines(example("a\u2028b\x85c\nd"))], "x.jsonl"), Format.VERTEX_SFT)

    assert isinstance(result, Converted)
    assert len(result.text.splitlines()) == 1
    assert json.loads(result.text) == example("a\u2028b\x85c\nd")


CONVERTIBLE = {
    "litellm.openai_batch_completions.jsonl": 0,
    "allspark.ddldmloracletopostgresql.empty.jsonl": 0,
    "openai-cookbook.toy_chat_fine_tuning.jsonl": 5,
    "bedrock.train_ft.jsonl": 560,
    "laa.tuning_data.jsonl": 94,
    "litellm.vertex_ai.lf.jsonl": 2,
    "gcp-genai.training_data_wrong.jsonl": 36,
    "proving-grounds.jatmo_ecommerce.jsonl": 724,
    "gemini_ex.guide.multiturn.pretty.jsonl": 1,
    "cookbook.increment_tuning_data.json": 15,
}


@pytest.mark.skipif(not SHARED.exists(), reason=WHY_SKIPPED)
@pytest.mark.parametrize(("name", "count"), CONVERTIBLE.items())
def test_public_data_converts_to_data_that_passes_the_check(tmp_path: Path, name: str, count: int) -> None:
    path = tmp_path / "train.jsonl"

    results = list(convert(Source.file(SHARED / name), Format.VERTEX_SFT))
    path.write_text("".join(r.text + "\n" for r in results if isinstance(r, Converted)), encoding="utf-8")
    result = check(Source.file(path), RuleSet.of("sft"))

    assert result.examples == count
    assert result.ok is (count > 0)
