"""What the emulator makes of training files: formats, counts and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.emulator.catalog import VERTEX_MODELS
from reconciler.emulator.dataset import DatasetError, read_dataset
from reconciler.emulator.filters import parse
from tests.emulator.conftest import example, jsonl

CURRENT, FIRST = VERTEX_MODELS["gemini-3.5-flash"], VERTEX_MODELS["gemini-1.0-pro-002"]


def one(row: Any) -> Any:
    (found,) = read_dataset(jsonl([row]), CURRENT, "supervised").examples
    return found


def test_the_first_format_holds_messages() -> None:
    turns = (("system", "Be kind."), ("user", "Hi"), ("model", "Hello"))
    rows = [{"messages": [{"role": role, "content": text} for role, text in turns]}] * 16

    found = read_dataset(jsonl(rows), FIRST, "supervised").examples[0]

    assert (found.lessons, found.input_tokens, found.messages) == ([("Hi", "Hello")], 3, 2)


def test_every_turn_of_the_model_is_a_lesson() -> None:
    texts = (("user", "a"), ("model", "b"), ("user", "c"), ("model", "d"))

    found = one({"contents": [{"role": role, "parts": [{"text": text}]} for role, text in texts]})

    assert found.lessons == [("a", "b"), ("c", "d")]


def test_media_counts_as_an_image() -> None:
    media = {"file_data": {"mime_type": "image/png", "file_uri": "gs://b/x.png"}}
    row = {"contents": [{"parts": [media, {"text": "what?"}]}, {"role": "model", "parts": [{"text": "a cat"}]}]}

    found = one(row)

    assert (found.input_tokens, found.lessons) == (258 + 2, [("<media0>what?", "a cat")])


def test_crlf_empty_lines_and_a_missing_last_newline_do_no_harm() -> None:
    line = json.dumps(example("a", "b")).encode()

    assert len(read_dataset(b"\xef\xbb\xbf" + line + b"\r\n\r\n\n" + line, CURRENT, "supervised").examples) == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([1], "must be a JSON object"),
        ({"contents": [{"parts": [{"text": "a", "functionCall": {}}]}]}, "exactly one data field"),
        ({"contents": [{"parts": [{"text": 5}]}]}, "must be a string"),
        ({"contents": [{"parts": []}]}, "`parts`"),
        ({"contents": [5]}, "Role must be"),
        ({"contents": [{"role": "user", "parts": [{"text": "a"}]}], "systemInstruction": 1}, "`parts`"),
    ],
)
def test_a_bad_row_is_named(row: Any, words: str) -> None:
    with pytest.raises(DatasetError, match=r"^Row: 0\. ") as caught:
        one(row)

    assert words in str(caught.value)


def test_a_text_model_takes_no_media() -> None:
    media = {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/x.png"}}
    rows = [{"contents": [{"parts": [media]}, {"role": "model", "parts": [{"text": "a"}]}]}]

    with pytest.raises(DatasetError, match="unsupported modality"):
        read_dataset(jsonl(rows), FIRST, "supervised")


@pytest.mark.parametrize("scores", [(1, 1), (0, 0), (0.5, 1), ("1", 0), (1,)])
def test_of_two_completions_one_is_preferred(scores: tuple[Any, ...]) -> None:
    completions = [{"score": s, "completion": {"role": "model", "parts": [{"text": "x"}]}} for s in scores]
    rows = [{"contents": [{"role": "user", "parts": [{"text": "q"}]}], "completions": completions}]

    with pytest.raises(DatasetError, match="completion"):
        read_dataset(jsonl(rows), CURRENT, "preference")


DOC = {"displayName": "a b", "labels": {"x-y": "1"}, "count": "5", "createTime": "2026-01-01T00:00:00Z", "on": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('display_name="a b"', True),
        ('display_name:"A"', True),
        ("labels.x-y=1 count=5", True),
        ("count>4 AND count<=5 AND count>=5 AND NOT count<5", True),
        ("createTime>2025-12-31T00:00:00Z", True),
        ("on=true OR nothing=1", True),
        ("(nothing:* OR on=false) AND count=5", False),
        ("-count=5", False),
        ("displayName=a*", True),
        ("labels:z", False),
    ],
)
def test_filters_describe_documents(text: str, expected: bool) -> None:
    assert parse(text, id_field="name")(DOC) is expected
