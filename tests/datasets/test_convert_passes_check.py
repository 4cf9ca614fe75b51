"""Whatever `convert` writes is strict JSON and passes `check`; all else is named with its line, and not counted."""

from __future__ import annotations

import copy
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.diagnostics import Severity
from reconciler.datasets import Converted, Format, Method, NotConverted, RuleSet, Source, check, convert
from tests.datasets.rows import example, preference, turn

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
_ASKED = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
_TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {}}}}}
_FILE = {"fileData": {"mimeType": "image/png", "fileUri": "gs://bucket/o.png"}}
GOOD: dict[str, dict[str, Any]] = {
    "contents": example(generationConfig={"mediaResolution": "MEDIA_RESOLUTION_LOW"}),
    "system": example(systemInstruction=turn("system", "Be brief.")),
    "media": {"contents": [turn("user", "q", _FILE), turn("model", "a")]},
    "calls": {
        "contents": [
            turn("user", "q"),
            turn("model", {"functionCall": {"name": "f", "args": {"a": 1}}}),
            turn("user", {"functionResponse": {"name": "f", "response": {"b": 2}}}),
            turn("model", "a"),
        ],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {}}}]}],
    },
    "preference": preference("q", "a", "b"),
    "pairs": {"text_input": "q", "output": "a"},
    "openai": {"messages": [{"role": "system", "content": "s"}, *_ASKED]},
    "tools": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "q"}]},
            {"role": "assistant", "tool_calls": [_CALL]},
            {"role": "tool", "tool_call_id": "1", "content": '{"b": 2}'},
            {"role": "assistant", "content": "a"},
        ],
        "tools": [_TOOL],
    },
    "text-bison": {"input_text": "q", "output_text": "a", "context": "c"},
    "chat-bison": {"messages": [{"author": "user", "content": "q"}, {"author": "bot", "content": "a"}]},
    "gemini-1.0": {"messages": [{"role": "user", "content": "q"}, {"role": "model", "content": "a"}]},
    "bedrock": {
        "system": [{"text": "s"}],
        "messages": [{"role": m["role"], "content": [{"text": "t"}]} for m in _ASKED],
    },
    "chosen": {"prompt": "q", "chosen": "a", "rejected": "b"},
    "openai-preference": {
        "input": {"messages": _ASKED[:1]},
        "preferred_output": _ASKED[1:],
        "non_preferred_output": [{"role": "assistant", "content": "b"}],
    },
    "prompt": {"prompt": "q", "completion": "a"},
    "alpaca": {"instruction": "q", "input": "i", "output": "a", "history": [["q", "a"]], "system": "s"},
    "pair under other names": {"Question": "q", "response": "a", "system_prompt": "s"},
    "sharegpt": {
        "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
        "system": "s",
    },
    "sharegpt with calls": {
        "conversations": [
            {"from": "human", "value": "q"},
            {"from": "function_call", "value": '{"name": "f", "arguments": {"a": 1}}'},
            {"from": "observation", "value": '{"b": 2}'},
            {"from": "gpt", "value": "a"},
        ],
        "tools": '[{"name": "f", "parameters": {"type": "object", "properties": {"a": {}}}}]',
    },
    "orca": {"system": "s", "question": "q", "chosen": "a", "rejected": "b"},
    "transcripts": {
        "chosen": "\n\nHuman: q\n\nAssistant: a\n\nHuman: r\n\nAssistant: b",
        "rejected": "\n\nHuman: q\n\nAssistant: a\n\nHuman: r\n\nAssistant: c",
    },
    "messages of a preference": {
        "prompt": _ASKED[:1],
        "chosen": _ASKED[1:],
        "rejected": [{"role": "assistant", "content": "b"}],
    },
    "turns of a preference": {
        "conversations": [{"from": "human", "value": "q"}],
        "chosen": {"from": "gpt", "value": "a"},
        "rejected": {"from": "gpt", "value": "b"},
    },
    "reinforcement": {"messages": _ASKED[:1], "reference_answer": "4", "more": {"a": [1, None]}, "tools": [_TOOL]},
    "reinforcement with a prompt": {"prompt": _ASKED[:1], "ground_truth": 4, "data_source": "gsm8k"},
    "vertex reinforcement": {"contents": [turn("user", "q")], "references": {"answer": 4}},
    "prediction": {
        "status": "",
        "processed_time": "2026-11-01T10:00:00Z",
        "request": {"contents": [turn("user", "q")], "generationConfig": {"temperature": 0}},
        "response": {"candidates": [{"content": turn("model", "a"), "finishReason": "STOP"}], "usageMetadata": {}},
    },
}
"""A good row of each format that convert reads."""

_HUGE = "@1e999@"
HOSTILE: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 5, 0.5, 10**400, _HUGE, f"-{_HUGE}", math.nan, math.inf),
    *("", " ", "x", "\ud800", "\u2028", "\0", "image/jpg", "jpeg", "gs://bucket", "USER", "system", "a b", "$ref"),
    *('{"a": 1e999}', '{"a": NaN}', '{"a": "\\ud800"}', "[1]", "{", "[" * 300 + "]" * 300, '{"a": 1, "a": 2}'),
    *(
        [],
        [5],
        ["x"],
        [None],
        [[]],
        {},
        {"text": 5},
        {"text": ""},
        {"a": {"type": 3}},
        [{"text": "x"}],
        [{"role": "x"}],
    ),
    *({"args": "x"}, {"name": 5}, [{"functionCall": {}}], [{"text": "x", "functionCall": {"name": "f"}}]),
    *("MEDIA_RESOLUTION_HIGH", {"mediaResolution": "MEDIA_RESOLUTION_HIGH"}, {"responseSchema": {}}),
    *("https://console.cloud.google.com/storage/browser/bucket/o.png", "http://localhost/x.png", "s3://b/o"),
)
_KEYS = ("weight", "text", "role", "parts", "content", "thought", "args", "name", "videoMetadata", "mimeType", "score")
TARGETS = (Format.VERTEX_SFT, Format.PREFERENCE, Format.PAIRS, Format.MESSAGES, Format.JUDGED_PROMPTS)
_METHODS = {Format.MESSAGES: Method.OPEN_MODEL, Format.JUDGED_PROMPTS: Method.REINFORCEMENT}
"""Of formats that shape alone does not show."""


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield (*path, step)
        yield from _places(below, (*path, step))


@st.composite
def _rows(draw: st.DrawFn) -> str:
    row = copy.deepcopy(GOOD[draw(st.sampled_from(sorted(GOOD)))])
    for _ in range(draw(st.integers(0, 2))):
        *above, step = draw(st.sampled_from(list(_places(row)) or [("x",)]))
        holder = row
        for at in above:
            holder = holder[at]
        match draw(st.integers(0, 3)):
            case 0 if isinstance(holder, dict):
                holder.pop(step, None)
            case 1 if isinstance(holder, dict):
                holder[draw(st.sampled_from(_KEYS))] = copy.deepcopy(draw(st.sampled_from(HOSTILE)))
            case _:
                holder[step] = copy.deepcopy(draw(st.sampled_from(HOSTILE)))
    return _spelt(row) + draw(st.sampled_from(["", "", "", ",", _spelt(GOOD["pairs"]), " ,"]))


def _spelt(row: object) -> str:
    return json.dumps(row).replace(f'"{_HUGE}"', "1e999").replace(f'"-{_HUGE}"', "-1e999")


def _strict(text: str) -> Any:
    def number(digits: str) -> float:
        assert math.isfinite(float(digits)), digits
        return float(digits)

    def constant(name: str) -> None:
        raise AssertionError(name)

    text.encode()
    return json.loads(text, parse_float=number, parse_constant=constant)


def _results(rows: list[str], to: Format) -> list[Converted | NotConverted]:
    return list(convert(Source.stream(["\n".join(rows).encode("utf-8", "surrogatepass")], "x.jsonl"), to))


def _errors(texts: list[str], to: Format) -> list[str]:
    rules = RuleSet(_METHODS.get(to))
    found = check(Source.stream(["".join(f"{text}\n" for text in texts).encode()], "o.jsonl"), rules)
    return [f"{f.rule} {f.line} {f.detail} {f.json_path}" for f in found.findings if f.severity is Severity.ERROR]


@given(st.lists(_rows(), min_size=1, max_size=8), st.sampled_from(TARGETS))
def test_what_is_converted_is_strict_json_that_passes_the_check(rows: list[str], to: Format) -> None:
    results = _results(rows, to)

    texts = [result.text for result in results if isinstance(result, Converted)]
    for text in texts:
        assert "\n" not in text
        _strict(text)
    assert _errors(texts, to) == [] or not texts
    assert {result.line for result in results} - {0} <= set(range(1, len(rows) + 1))
    assert len({result.line for result in results} - {0}) == len(rows)


@pytest.mark.parametrize("name", GOOD)
def test_each_format_has_a_good_row(name: str) -> None:
    """Or the property would hold for want of anything converted."""
    found = [_results([_spelt(GOOD[name])], to) for to in TARGETS]

    assert any(isinstance(result, Converted) for results in found for result in results), found


_CONFIG = {"generationConfig": {"mediaResolution": "MEDIA_RESOLUTION_LOW"}}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"contents": [turn("user", "q"), turn("model", {"functionCall": {"name": "f", "args": {"a": _HUGE}}})]},
         "number"),
        ({"messages": [_ASKED[0], {"role": "assistant", "tool_calls": [
            {"function": {"name": "f", "arguments": '{"a": 1e999}'}}]}]}, "number"),
        ({"messages": [_ASKED[0], {"role": "assistant", "tool_calls": [
            {"function": {"name": "f", "arguments": '{"a": "\\ud800"}'}}]}]}, "surrogate"),
        ({"contents": [turn("user", {"text": 5}), turn("model", "a")]}, "DATA305"),
        ({"contents": [turn("user", "q"), turn("model", {"functionCall": {"name": "f", "args": "x"}})]}, "JSON"),
        ({"contents": [turn("user", "q"), turn("model", "")]}, "DATA319"),
        ({"contents": [{"role": "narrator", "parts": [{"text": "q"}]}, turn("model", "a")]}, "DATA312"),
        ({"contents": [turn("user", "q")], "completions": [
            {"score": 1, "completion": turn("model", "a")}, {"score": 1, "completion": turn("model", "b")}]}, "alike"),
        ({"contents": [turn("user", "q")], "completions": [
            {"score": 10**400, "completion": turn("model", "a")}, {"score": 1, "completion": turn("model", "b")}]},
         "1 or 0"),
        ({"contents": [turn("user", "q")], "completions": [{"score": 0, "completion": turn("model", "a")}]}, "only"),
    ],
)  # fmt: skip
def test_what_the_check_would_refuse_is_not_converted(row: dict[str, Any], why: str) -> None:
    good = _spelt(GOOD["pairs"])

    first, second, third = _results([good, _spelt(row), good], Format.VERTEX_SFT)

    assert isinstance(second, NotConverted)
    assert (second.line, why in second.reason) == (2, True), second
    assert isinstance(first, Converted)
    assert isinstance(third, Converted)


def test_rows_that_pass_alone_and_not_together_are_named() -> None:
    rows = [
        _spelt(example(generationConfig={"mediaResolution": f"MEDIA_RESOLUTION_{n}"})) for n in ("LOW", "HIGH", "LOW")
    ]

    results = _results(rows, Format.VERTEX_SFT)

    assert [isinstance(result, Converted) for result in results] == [True, False, True]
    assert isinstance(results[1], NotConverted)
    assert "DATA507" in results[1].reason


def test_too_many_for_one_training_are_told_of_the_whole() -> None:
    pair = _spelt({"text_input": "q" * 1000, "output": "a" * 1000})

    *rows, last = _results([pair] * 2500, Format.PAIRS)

    assert {type(row) for row in rows} == {Converted}
    assert isinstance(last, NotConverted)
    assert (last.line, "DATA705" in last.reason) == (0, True)


@pytest.mark.parametrize("between", ["", ",", " , ", "\r", "\\n", "\r\r"])
@pytest.mark.parametrize("end", ["", ",", " ,  "])
def test_examples_that_share_a_line_are_taken_apart(between: str, end: str) -> None:
    pair = _spelt(GOOD["pairs"])

    results = _results([between.join([pair] * 3) + end, pair + ","], Format.PAIRS)

    assert [result.line for result in results] == [1, 1, 1, 2]
    assert {type(result) for result in results} == {Converted}


@pytest.mark.parametrize("line", ["{},5", "{}{", "5{}", "{}]", "{} x {}", "{'a': 1},", '{"a" 1}{}'])
def test_a_line_that_holds_anything_else_is_refused_whole(line: str) -> None:
    (result,) = _results([line], Format.PAIRS)

    assert isinstance(result, NotConverted)


@pytest.mark.parametrize(
    ("mime", "wanted"),
    [
        ("image/jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        (".JPG", "image/jpeg"),
        ("Image/PNG", "image/png"),
        ("pdf", "application/pdf"),
    ],
)
def test_types_under_other_names_are_mended(mime: str, wanted: str) -> None:
    row = {
        "contents": [turn("user", "q", {"fileData": {"mimeType": mime, "fileUri": "gs://acme/o"}}), turn("model", "a")]
    }

    (result,) = _results([_spelt(row)], Format.VERTEX_SFT)

    assert isinstance(result, Converted), result
    assert _strict(result.text)["contents"][0]["parts"][1]["fileData"]["mimeType"] == wanted


_PAGES = [
    "https://console.cloud.google.com/storage/browser/_details/b-1/a%20b/o.png;tab=live_object?project=x",
    "https://console.cloud.google.com/storage/browser/b-1/a%20b/o.png",
    "https://storage.cloud.google.com/b-1/a%20b/o.png?authuser=1",
]


@pytest.mark.parametrize("uri", _PAGES)
def test_a_page_of_the_console_is_refused_with_the_address_of_its_object(uri: str) -> None:
    row = _spelt(
        {"contents": [turn("user", {"fileData": {"mimeType": "image/png", "fileUri": uri}}), turn("model", "a")]}
    )

    (converted,) = _results([row], Format.VERTEX_SFT)

    assert any("DATA501" in e and "gs://b-1/a b/o.png" in e for e in _errors([row], Format.VERTEX_SFT))
    assert isinstance(converted, Converted)
    assert '"gs://b-1/a b/o.png"' in converted.text


@pytest.mark.parametrize(
    "uri", ["https://drive.google.com/file/d/1/view", "https://console.cloud.google.com/storage/browser/b-1"]
)
def test_a_page_without_an_object_is_refused(uri: str) -> None:
    row = _spelt(
        {"contents": [turn("user", {"fileData": {"mimeType": "image/png", "fileUri": uri}}), turn("model", "a")]}
    )

    assert any("DATA501" in error and "log-in" in error for error in _errors([row], Format.VERTEX_SFT))
    assert isinstance(_results([row], Format.VERTEX_SFT)[0], NotConverted)


_OF_EACH_TYPE: tuple[Any, ...] = (None, True, 5, 0.5, 10**400, "", "x", [], ["x"], [[]], {}, {"x": 5}, [{}])


@pytest.mark.parametrize("name", GOOD)
def test_no_value_of_any_type_at_any_place_is_more_than_a_finding(name: str) -> None:
    """Neither the check nor the conversion ends in an exception; and what is converted passes."""
    for *above, step in list(_places(GOOD[name])):
        for value in _OF_EACH_TYPE:
            row = copy.deepcopy(GOOD[name])
            holder = row
            for at in above:
                holder = holder[at]
            holder[step] = value

            for method in (None, *Method):
                check(Source.stream([_spelt(row).encode()], "x.jsonl"), RuleSet(method))
            for to in TARGETS:
                texts = [r.text for r in _results([_spelt(row)], to) if isinstance(r, Converted)]
                assert not texts or _errors(texts, to) == [], (above, step, value)
