"""Compiled, decoded in blocks, or rule by rule: the same file gets the same verdict, whatever is in it.

`TUNEFORM_FUZZ` is how many files are made; the part in `make test` is small, the whole is for the night.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.datasets import Checked, RuleSet, Source, check, native
from reconciler.datasets import scan as scan_module
from reconciler.datasets.native import PURE, library
from reconciler.datasets.native.build import compiler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILES = int(os.environ.get("TUNEFORM_FUZZ", "900"))
SEEDS = 6
SANITIZED = "TUNEFORM_SANITIZED"
"""Another library than the installed one: `make fuzz` names one with sanitizers."""

pytestmark = pytest.mark.timeout(0)  # millions of files take a night

_TEXTS = (
    *("q", "", " ", "ok", "yes", "é", "数", "🙂", "\u2028", "\x85", "\0", "\ud800", '"', "\\", "\\u2028", "\\\u2028"),
    *(
        "a\nb",
        "\t",
        "\u00a0",
        "x" * 64,
        "é" * 65,
        "AKIAIOSFODNN7EXAMPLE",
        "a@b.co",
        "4111 1111 1111 1111",
        "+49 30 123456",
    ),
    *(
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk",
        "ghp_" + "a" * 36,
        "DE89370400440532013000",
        "078-05-1120",
    ),
)
_ROLES = (
    "user",
    "model",
    "assistant",
    "system",
    "function",
    "USER",
    "us\u2028er",
    "a\\b",
    "",
    "AKIAIOSFODNN7EXAMPLE",
    7,
    None,
    ["user"],
    {"user": 1},
)
_OTHERS: tuple[Any, ...] = (None, True, 1, 1.5, [], {}, "x", [1], {"a": 1})


class _Maker:
    """Rows that are mostly good, with any kind of doubt now and then."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def text(self) -> str:
        few = 1 if self._chance.random() < 0.8 else 3
        return "".join(self._chance.choice(_TEXTS) for _ in range(few))

    def rarely(self, usual: Any, others: tuple[Any, ...], share: float = 0.04) -> Any:
        return self._chance.choice(others) if self._chance.random() < share else usual

    def part(self) -> Any:
        part: dict[str, Any] = {"text": self.rarely(self.text(), _OTHERS)}
        if self._chance.random() < 0.03:
            part[self._chance.choice(("thought", "inlineData", "extra", "functionCall"))] = self._chance.choice(_OTHERS)
        if self._chance.random() < 0.03:
            kind = self._chance.choice(("functionCall", "functionResponse"))
            part = {kind: {"name": self.rarely("f", _OTHERS), "args": self.rarely({}, _OTHERS)}}
        return self.rarely(part, _OTHERS, 0.02)

    def turn(self, role: str) -> Any:
        turn: dict[str, Any] = {
            "role": self.rarely(role, _ROLES),
            "parts": self.rarely([self.part() for _ in range(self.rarely(1, (0, 2, 3)))], _OTHERS, 0.02),
        }
        if self._chance.random() < 0.3:
            turn = dict(reversed(turn.items()))
        if self._chance.random() < 0.03:
            turn.pop(self._chance.choice(list(turn)))
        return self.rarely(turn, _OTHERS, 0.02)

    def schema(self, depth: int) -> Any:
        kind = self.rarely("OBJECT" if depth else "STRING", ("ARRAY", "object", "STR", 5, None, ["string"]), 0.2)
        schema: dict[str, Any] = {"type": kind, "description": self.text()}
        if depth:
            schema["properties"] = self.rarely({self.text(): self.schema(depth - 1)}, _OTHERS)
        if self._chance.random() < 0.2:
            schema[self._chance.choice(("items", "required", "enum", "const", "$ref", "any_of"))] = self._chance.choice(
                (*_OTHERS, {"type": "STRING"}, ["a"])
            )
        return self.rarely(schema, _OTHERS)

    def declaration(self) -> Any:
        declaration = {"name": self.rarely("f", (*_OTHERS, self.text())), "parameters": self.schema(2)}
        return self.rarely(declaration, _OTHERS)

    def row(self) -> Any:
        turns = self.rarely(2, (1, 3, 4, 4, 6, 0), 0.2)
        row: dict[str, Any] = {"contents": [self.turn(("user", "model")[i % 2]) for i in range(turns)]}
        if self._chance.random() < 0.3:
            row["systemInstruction"] = self.turn("system")
            if isinstance(row["systemInstruction"], dict) and self._chance.random() < 0.5:
                row["systemInstruction"]["role"] = self._chance.choice((*_ROLES, "a\nb", 'say "x"'))
        if self._chance.random() < 0.1:
            row["tools"] = self.rarely([{"functionDeclarations": [self.declaration()]}], _OTHERS)
        if self._chance.random() < 0.3:
            row = dict(reversed(row.items()))
        if self._chance.random() < 0.05:
            row[self._chance.choice(("id", "tools", "generationConfig", "system_instruction"))] = self._chance.choice(
                _OTHERS
            )
        return self.rarely(row, _OTHERS, 0.02)

    def line(self) -> bytes:
        written = json.dumps(
            self.row(),
            ensure_ascii=self._chance.random() < 0.5,
            separators=self.rarely((",", ":"), ((", ", ": "),), 0.5),
        )
        line = bytearray(written.encode(errors="surrogatepass"))
        for _ in range(self.rarely(0, (1, 1, 2), 0.15)):
            line[self._chance.randrange(len(line))] = self._chance.choice(b'"\\{}[]:,\x00 \xff\xc3aA0\r')
        end: bytes = self.rarely(b"\n", (b"\r\n", b"\n\n", b" \n", b""), 0.05)
        return bytes(line) + end

    def file(self) -> bytes:
        lines = [self.line() for _ in range(self._chance.choice((1, 1, 2, 5)))]
        lines += self._chance.choices(lines, k=self._chance.choice((0, 0, 1, 3)))
        mark: bytes = self.rarely(b"", (b"\xef\xbb\xbf",))
        return mark + b"".join(lines)


def _verdict(data: bytes, *, watches: bool) -> dict[str, Any]:
    rules = RuleSet.of(severities={"DATA930": "warning", "DATA931": "warning"}) if watches else RuleSet()
    checked = check(Source.stream([data], "train.jsonl"), rules, sha256=False)
    return {f.name: getattr(checked, f.name) for f in fields(Checked) if f.name not in {"columns", "limits"}}


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Callable[[], None]]]:
    """What to do before a check for it to go that way."""

    def compiled() -> None:
        monkeypatch.undo()
        if os.environ.get(SANITIZED):
            monkeypatch.setattr(native, "LIBRARY", Path(os.environ[SANITIZED]))
        library.cache_clear()
        assert library() is not None

    def in_blocks() -> None:
        monkeypatch.setenv(PURE, "1")
        library.cache_clear()

    def by_rules() -> None:
        in_blocks()
        monkeypatch.setattr(scan_module, "fast_reader", lambda *_, **__: None)

    ways = {"by rules": by_rules, "in blocks": in_blocks}
    yield ways | {"compiled": compiled} if compiler() else ways
    monkeypatch.undo()
    library.cache_clear()


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("watches", [False, True], ids=["", "with secrets"])
def test_every_way_gives_the_same_verdict(ways: dict[str, Callable[[], None]], seed: int, watches: bool) -> None:
    maker = _Maker(random.Random(f"{seed} {watches}"))
    files = [maker.file() for _ in range(FILES // (2 * SEEDS))]

    verdicts = {}
    for way, take in ways.items():
        take()
        verdicts[way] = [_verdict(data, watches=watches) for data in files]

    wanted = verdicts.pop("by rules")
    for way, found in verdicts.items():
        differ = [(way, data, a, b) for data, a, b in zip(files, wanted, found, strict=True) if a != b]
        assert not differ, differ[0]


def test_the_variable_takes_the_way_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PURE, "1")
    library.cache_clear()

    assert library() is None

    monkeypatch.delenv(PURE)
    library.cache_clear()


_TURNS = '"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"text":"a"}]}]'


def _with_system(text: str, role: str) -> bytes:
    return f'{{{_TURNS},"systemInstruction":{{"parts":[{{"text":"{text}"}}],"role":"{role}"}}}}\n'.encode()


@pytest.mark.usefixtures("fast_way")
def test_the_role_of_a_system_instruction_hides_no_secret_in_its_text() -> None:
    assert _verdict(_with_system("\\u0041KIAIOSFODNN7EXAMPLE", "a\\nb"), watches=True)["counts"]["DATA930"] == 1


@pytest.mark.usefixtures("fast_way")
def test_a_secret_in_the_role_of_a_system_instruction_is_seen() -> None:
    assert _verdict(_with_system("be kind", "AKIAIOSFODNN7EXAMPLE"), watches=True)["counts"]["DATA930"] == 1


@pytest.mark.usefixtures("fast_way")
def test_an_invisible_character_in_the_role_of_a_system_instruction_is_seen() -> None:
    assert _verdict(_with_system("be kind", "sys\u2028tem"), watches=False)["counts"]["DATA206"] == 1


@pytest.mark.usefixtures("fast_way")
def test_system_instructions_that_differ_are_no_repeats_whatever_their_role() -> None:
    file = _with_system("one\\n", "a\\nb") + _with_system("two\\n", "a\\nb")

    assert _verdict(file, watches=False)["duplicates"] == 0


@pytest.mark.usefixtures("fast_way")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"role":"user","parts":[{"text":"a"},{"text":"b"},{"text":"c"}]}', "ua mb uc"),
        ('{"role":"user","parts":[{"text":"a"},{"text":"b"}]},{"role":"model","parts":[{"text":"c"}]}', "ua mb uc"),
        ('{"role":"model","parts":[{"text":"a"}]},{"role":"user","parts":[{"text":"b"}]}', "ua mb"),
        ('{"role":"user","parts":[{"functionCall":{"name":"f"}}]}', 'u{"functionCall": {"name": "f"}}'),
        ('{"role":"user","parts":[{"text":"a"}]}', "ua mb uc"),
    ],
)
def test_turns_that_are_cut_or_spoken_otherwise_are_no_repeats(one: str, other: str) -> None:
    roles = {"u": "user", "m": "model"}
    words = other.split() if other[1] != "{" else [other]
    turns = [{"role": roles[w[0]], "parts": [{"text": w[1:]}]} for w in words]
    answer = {"role": "model", "parts": [{"text": "d"}]}
    rows = [{"contents": [*json.loads(f"[{one}]"), answer]}, {"contents": [*turns, answer]}]

    assert _verdict("".join(json.dumps(row) + "\n" for row in rows).encode(), watches=False)["duplicates"] == 0


@pytest.mark.usefixtures("fast_way")
def test_an_empty_question_is_no_second_answer_to_another_one() -> None:
    rows = [
        {"contents": [{"role": "user", "parts": [{"text": t}]}, {"role": "model", "parts": [{"text": "d"}]}]}
        for t in ("", "q")
    ]

    assert "DATA907" not in _verdict("".join(json.dumps(row) + "\n" for row in rows).encode(), watches=False)["counts"]
