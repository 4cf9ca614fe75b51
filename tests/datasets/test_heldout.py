"""A held-out set: what is asked, what is right, and everything that is wrong with it, before anybody is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.backends.base import BackendError
from reconciler.core.diagnostics import Severity
from reconciler.core.faults import Fault
from reconciler.core.model import Identity
from reconciler.core.questions import HeldoutItem
from reconciler.datasets import Format, Source, heldout
from reconciler.datasets.heldout import HeldoutSet, read_heldout
from tests.backends.fakes import Cloud


def turn(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text} for text in texts]}


def example(question: str = "q", answer: str = "a", **more: Any) -> dict[str, Any]:
    return {"contents": [turn("user", question), turn("model", answer)], **more}


def lines(*rows: dict[str, Any] | str) -> bytes:
    return b"".join((row if isinstance(row, str) else json.dumps(row)).encode() + b"\n" for row in rows)


def read(*rows: dict[str, Any] | str, name: str = "eval.jsonl", format_: Format | None = None) -> HeldoutSet:
    return read_heldout(Source.stream([lines(*rows)], name, format_))


def told(found: HeldoutSet) -> list[tuple[str, str, str]]:
    return [(d.code, str(d.where), d.detail) for d in found.diagnostics]


def test_the_last_turn_of_the_model_is_the_reference_and_the_rest_is_asked() -> None:
    tools = [{"functionDeclarations": [{"name": "f"}]}]
    turns = [turn("user", "2 + 2?"), turn("model", "Which base?"), turn("user", "Ten."), turn("model", "4", "!")]

    found = read({"systemInstruction": turn("system", "Be", "brief."), "contents": turns, "tools": tools})

    assert found.items == (HeldoutItem(1, tuple(turns[:-1]), "4!", "Be\n\nbrief.", tuple(tools)),)
    assert (found.diagnostics, found.is_usable) == ((), True)


QUESTION = (turn("user", "q"),)


@pytest.mark.parametrize(
    ("row", "format_"),
    [
        (example(), None),
        ({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}, Format.OPENAI),
        ({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}, None),
        ({"textInput": "q", "output": "a"}, None),
        ({"input_text": "q", "output_text": "a"}, None),
        ({"prompt": "q", "completion": "a"}, None),
        (
            {
                "contents": [turn("user", "q")],
                "completions": [
                    {"score": 0, "completion": turn("model", "bad")},
                    {"score": 1, "completion": turn("model", "a")},
                ],
            },
            None,
        ),
        ({"prompt": "q", "chosen": "a", "rejected": "b"}, None),
    ],
)
def test_every_format_that_can_be_converted_can_be_asked(row: dict[str, Any], format_: Format | None) -> None:
    found = read(row, format_=format_)

    assert [(item.contents, item.reference) for item in found.items] == [(QUESTION, "a")]


def test_a_table_can_be_asked() -> None:
    found = read_heldout(Source.stream([b"text_input,output\nq,a\nr,b\n"], "eval.csv"))

    assert [(item.line, item.contents[-1]["parts"][0]["text"], item.reference) for item in found.items] == [
        (2, "q", "a"),
        (3, "r", "b"),
    ]


def test_what_the_model_only_thought_is_no_part_of_the_reference() -> None:
    thought = {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "a"}]}

    (item,) = read({"contents": [turn("user", "q"), thought]}).items

    assert item.reference == "a"


CALL = {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]}
TOOLS = [{"functionDeclarations": [{"name": "f", "description": "d"}]}]
THOUGHT = {"role": "model", "parts": [{"text": "hm", "thought": True}]}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("{oops", "Not JSON."),
        ('["a list"]', "The line is a list"),
        ({"contents": [turn("user", "q")]}, "It does not end with the model's turn"),
        (example(answer=" "), "Answer is empty"),
        ({"contents": [turn("user", "q"), THOUGHT]}, "The model's last turn is empty."),
        ({"contents": [turn("model", "a")]}, "Nothing is asked before the model's last turn."),
        ({"contents": [turn("user", "q"), turn("model", "a"), turn("model", "b")]}, "Nothing is asked before"),
        ({"contents": [turn("user", "q"), CALL], "tools": TOOLS}, "The model's last turn calls a function"),
        ({"request": {"contents": [turn("user", "q")]}}, "A batch request has no answer"),
        ({"question": "q", "label": "a"}, "No format that can be tuned on."),
    ],
)
def test_a_line_that_cannot_be_asked_is_told_with_its_place(row: dict[str, Any] | str, why: str) -> None:
    found = read(example(), row, example("r"))

    ((code, where, detail),) = told(found)
    assert (code, where) == ("GATE011", "eval.jsonl:2")
    assert why in detail
    assert not found.is_usable
    assert [item.line for item in found.items] == [1, 3]


def test_all_mistakes_are_told_at_once() -> None:
    found = read("{oops", example(), "{oops", example("q", "b"), example(answer=""))

    assert [(code, where) for code, where, _ in told(found)] == [
        ("GATE011", "eval.jsonl:1"),
        ("GATE011", "eval.jsonl:3"),
        ("GATE013", "eval.jsonl:4"),
        ("GATE011", "eval.jsonl:5"),
    ]


def test_a_thousand_broken_lines_are_counted_and_a_hundred_of_them_told() -> None:
    found = read(*["{oops"] * 1000)

    assert (len(found.diagnostics), found.diagnostics[-1].more) == (100, 900)


def test_a_question_that_stands_twice_is_asked_once() -> None:
    found = read(example("q", "a"), example("r"), example("q", " a\n"))

    assert [item.line for item in found.items] == [1, 2]
    assert told(found) == [("GATE012", "eval.jsonl:3", "It asks the same as line 1.")]
    assert (found.diagnostics[0].severity, found.is_usable) == (Severity.WARNING, True)


def test_a_question_with_two_references_is_an_error() -> None:
    found = read(example("q", "a"), example("q", "b"))

    assert [(code, where) for code, where, _ in told(found)] == [("GATE013", "eval.jsonl:2")]
    assert not found.is_usable


@pytest.mark.parametrize("other", [{"systemInstruction": turn("system", "s")}, {"tools": TOOLS}])
def test_the_same_words_under_another_instruction_are_another_question(other: dict[str, Any]) -> None:
    found = read(example(), example(**other))

    assert (len(found.items), found.diagnostics) == (2, ())


def test_messages_quote_no_example() -> None:
    secret = "the customer's own words"

    found = read(f'{{"contents": "{secret}', {secret: secret}, example(secret), example(secret, "b"), example(secret))

    assert secret not in " ".join(f"{d.detail} {d.fix}" for d in found.diagnostics if d.where and d.where.line != 2)


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_set_proves_nothing(content: bytes) -> None:
    found = read_heldout(Source.stream([content], "gs://bucket/eval.jsonl"))

    assert [code for code, _, _ in told(found)] == ["GATE014"]


def test_a_set_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "eval.jsonl"
    path.write_bytes(lines(example()))

    found = read_heldout(Source.file(path, "eval.jsonl"))

    assert found.identity is not None
    assert found.identity.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.identity.size == path.stat().st_size
    assert found.identity.crc32c


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    found = read_heldout(Source.file(tmp_path / "none.jsonl", "none.jsonl"))

    assert told(found) == [("GATE010", "none.jsonl", "No such file or directory.")]
    assert (found.items, found.identity) == ((), None)


def test_a_set_that_is_too_large_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heldout, "MOST_BYTES", 3 * 1024 * 1024)
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield lines(example(str(taken), "x" * 1_000_000))

    found = read_heldout(Source.stream(endless(), "gs://bucket/eval.jsonl"))

    assert told(found) == [("GATE010", "gs://bucket/eval.jsonl", "It is larger than 3 MiB.")]
    assert taken < 6


def test_a_set_in_cloud_storage_is_asked_as_a_local_one(tmp_path: Path) -> None:
    cloud = Cloud.open()
    path = tmp_path / "eval.jsonl"
    path.write_bytes(lines(*(example(f"question {n}") for n in range(500)), "{oops"))
    cloud.storage.upload(str(path), "gs://bucket/eval.jsonl", Identity())

    found = read_heldout(Source.stream(cloud.storage.chunks("gs://bucket/eval.jsonl"), "gs://bucket/eval.jsonl"))

    assert found.items == read_heldout(Source.file(path)).items
    assert [where for _, where, _ in told(found)] == ["gs://bucket/eval.jsonl:501"]
    assert found.identity is not None
    assert found.identity.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_set_that_is_not_there_is_the_services_word() -> None:
    with pytest.raises(BackendError) as error:
        read_heldout(Source.stream(Cloud.open().storage.chunks("gs://bucket/none.jsonl"), "gs://bucket/none.jsonl"))

    assert error.value.fault is Fault.NOT_FOUND


def test_what_the_download_raises_passes() -> None:
    def broken() -> Iterator[bytes]:
        yield lines(example())
        raise ConnectionError("away")

    with pytest.raises(ConnectionError):
        read_heldout(Source.stream(broken(), "gs://bucket/eval.jsonl"))
