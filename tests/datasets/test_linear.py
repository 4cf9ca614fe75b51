"""The cost of a check grows with the size of what is checked, whatever its shape: counted, not timed."""

from __future__ import annotations

import re
import tracemalloc
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from reconciler.datasets import RuleSet, Source, check
from tests.bounds.work import steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

_SECRETS = RuleSet.of(severities={"DATA930": "warning", "DATA931": "warning"})

_QUESTION, _ANSWER = '{"role":"user","parts":[{"text":"q"}]}', '{"role":"model","parts":[{"text":"a"}]}'


def _contents(inner: str) -> str:
    return f'{{"contents":[{inner}]}}'


def _of_text(text: str) -> str:
    return _contents(f'{{"role":"user","parts":[{{"text":{text}}}]}},{_ANSWER}')


def _nested(count: int) -> str:
    """As deep as a line may be, and again beside it."""
    deep = '{"a":' * 60 + "1" + "}" * 60
    return _contents(f"{_QUESTION},{_ANSWER},{','.join([deep] * max(1, count // 60))}")


LINES: dict[str, Callable[[int], str]] = {
    "turns of an unknown role": lambda n: _contents(",".join(['{"role":"assistant","parts":[{"text":"x"}]}'] * n)),
    "turns without anything": lambda n: _contents(",".join(["{}"] * n)),
    "turns that are texts": lambda n: _contents(",".join(['"x"'] * n)),
    "turns that alternate": lambda n: _contents(",".join([_QUESTION, _ANSWER] * n)),
    "unknown keys": lambda n: '{"contents":[],' + ",".join(f'"key{i}":1' for i in range(n)) + "}",
    "unknown long keys": lambda n: '{"contents":[],"' + "k" * 10 * n + '":1}',
    "keys that are nearly right": lambda n: '{"contents":[],' + ",".join(f'"content{i}":1' for i in range(n)) + "}",
    "one key again and again": lambda n: "{" + ",".join(['"contents":[]'] * n) + "}",
    "parts without data": lambda n: _contents('{"role":"user","parts":[' + ",".join(["{}"] * n) + "]}"),
    "parts of two kinds": lambda n: _contents(
        '{"role":"user","parts":[' + ",".join(['{"text":"a","functionCall":{"name":"f"}}'] * n) + "]}"
    ),
    "calls of what nobody declares": lambda n: _contents(
        '{"role":"model","parts":[' + ",".join(f'{{"functionCall":{{"name":"f{i}"}}}}' for i in range(n)) + "]}"
    ),
    "declarations": lambda n: (
        '{"contents":[],"tools":[{"functionDeclarations":['
        + ",".join(f'{{"name":"f{i}","parameters":{{"type":"object"}}}}' for i in range(n))
        + "]}]}"
    ),
    "properties of a schema": lambda n: (
        '{"contents":[],"tools":[{"functionDeclarations":[{"name":"f","parameters":'
        '{"type":"OBJECT","properties":{' + ",".join(f'"p{i}":{{"type":"string"}}' for i in range(n)) + "}}}]}]}"
    ),
    "schemas in schemas": lambda n: (
        '{"contents":[],"tools":[{"functionDeclarations":['
        + ",".join(['{"name":"g","parameters":' + '{"items":' * 40 + '{"const":1}' + "}" * 41] * max(1, n // 40))
        + "]}]}"
    ),
    "keywords of JSON Schema": lambda n: (
        '{"contents":[],"tools":[{"functionDeclarations":[{"name":"f","parameters":{'
        + ",".join(f'"$schema{i}":1' for i in range(n))
        + "}}]}]}"
    ),
    "required names": lambda n: (
        '{"contents":[],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","required":['
        + ",".join(f'"r{i}"' for i in range(n))
        + "]}}]}]}"
    ),
    "required names and branches": lambda n: (
        '{"contents":[],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"anyOf":['
        + ",".join(f'{{"properties":{{"r{i}":{{}}}}}}' for i in range(n))
        + '],"required":['
        + ",".join(f'"s{i}"' for i in range(n))
        + "]}}]}]}"
    ),
    "tools": lambda n: '{"contents":[],"tools":[' + ",".join(['{"functionDeclarations":{"name":"f"}}'] * n) + "]}",
    "arguments": lambda n: _contents(
        '{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":[' + ",".join(["1"] * n) + "]}}}]}"
    ),
    "arguments in arguments": lambda n: _contents(
        '{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":['
        + ",".join(["[" * 50 + "1e999" + "]" * 50] * max(1, n // 50))
        + "]}}}]}"
    ),
    "calls and answers": lambda n: _contents(
        ",".join(
            '{"role":"model","parts":[{"functionCall":{"name":"f"}}]},'
            '{"role":"user","parts":[{"functionResponse":{"name":"g"}}]}'
            for _ in range(n)
        )
    ),
    "media": lambda n: _contents(
        '{"role":"user","parts":['
        + ",".join(f'{{"fileData":{{"fileUri":"gs://acme/{i}.png","mimeType":"image/gif"}}}}' for i in range(n))
        + "]}"
    ),
    "depth": _nested,
    "opening brackets": lambda n: "[" * n,
    "numbers": lambda n: _contents(",".join(["1"] * n)),
    "long numbers": lambda n: _contents(",".join(["1" * 400] * (n // 40 + 1))),
    "constants": lambda n: _contents(",".join(["NaN"] * n)),
    "escapes": lambda n: _of_text('"' + "\\u0041" * n + '"'),
    "lone surrogates": lambda n: _of_text('"' + "\\ud800" * n + '"'),
    "backslashes": lambda n: _of_text('"' + "\\\\" * n + '\\u2028"'),
    "quotes": lambda n: '"' * n,
    "a text without an end": lambda n: '{"contents":"' + "x" * 10 * n,
    "spaces": lambda n: _contents(" " * 10 * n),
    "spaces between members": lambda n: "{" + " " * 10 * n + '"contents"' + " " * 10 * n + ":[]}",
    "both spellings": lambda n: _contents(
        '{"role":"user","parts":[' + ",".join(['{"fileData":{},"file_data":{}}'] * n) + "]}"
    ),
    "commas": lambda n: _contents("," * n),
    "half e-mail addresses": lambda n: _of_text('"' + "a" * 10 * n + '"'),
    "e-mail addresses": lambda n: _of_text('"' + "a@b." * 2 * n + '"'),
    "half web tokens": lambda n: _of_text('"' + "eyJ" * 3 * n + '"'),
    "digits": lambda n: _of_text('"' + "1 " * 5 * n + '"'),
    "begun keys": lambda n: _of_text('"' + "-----BEGIN A " * n + '"'),
}

FILES: dict[str, Callable[[int], str]] = {
    "blank lines": lambda n: "\n" * n,
    "lines that end in CR": lambda n: "x\r" * n,
    "broken lines": lambda n: "{\n" * n,
    "a list of one line": lambda n: "[" + ",".join([_contents(f"{_QUESTION},{_ANSWER}")] * n) + "]",
    "a list of many lines": lambda n: "[\n" + ",\n".join([_contents(f"{_QUESTION},{_ANSWER}")] * n) + "]",
    "a document of spaces": lambda n: "[" + " " * 10 * n + "]",
    "a document of empty objects": lambda n: "[" + "{},\n" * n + "{}]",
    "a list without commas": lambda n: "[" + "{} " * n,
    "the same example": lambda n: (_contents(f"{_QUESTION},{_ANSWER}") + "\n") * n,
    "different answers": lambda n: "".join(_of_text(f'"{i}"') + "\n" for i in range(n)),
}

TABLES: dict[str, Callable[[int], str]] = {
    "records": lambda n: "text_input,output\n" + "a,b\n" * n,
    "short records": lambda n: "text_input,output\n" + "a\n" * n,
    "one long cell": lambda n: "text_input,output\n" + "a" * 10 * n + ",b\n",
    "one quoted cell of many lines": lambda n: 'text_input,output\n"' + "a\n" * n + '",b\n',
    "a quote without an end": lambda n: 'text_input,output\n"' + "a,\n" * n,
    "columns": lambda n: ",".join(f"c{i}" for i in range(n)) + "\n",
    "quotes": lambda n: "text_input,output\n" + '"",""\n' * n,
    "commas": lambda n: "text_input,output\n" + "," * n + "\n",
}

SHAPES = [
    *((f"line of {name}", "train.jsonl", make) for name, make in LINES.items()),
    *((f"file of {name}", "train.jsonl", make) for name, make in FILES.items()),
    *((f"table of {name}", "train.csv", make) for name, make in TABLES.items()),
]
_IDS = [name for name, _, _ in SHAPES]

FEW, MANY = 150, 1_500


def _look_at(name: str, text: str) -> None:
    data = text.encode()
    blocks = [data[at : at + (1 << 16)] for at in range(0, len(data), 1 << 16)] or [b""]
    check(Source.stream(blocks, name), _SECRETS, sha256=False)


@pytest.mark.parametrize(("name", "make"), [(file, make) for _, file, make in SHAPES], ids=_IDS)
def test_ten_times_as_much_takes_at_most_some_ten_times_the_steps(name: str, make: Callable[[int], str]) -> None:
    _look_at(name, make(10))

    few, many = (steps_of(lambda: _look_at(name, make(count))) for count in (FEW, MANY))  # noqa: B023

    assert many < 12 * few + 2_000, f"{few} for {FEW}, {many} for {MANY}"


MOST_MEMORY = 40
"""Bytes for each byte of one line, beside what every check takes."""
EVERY_CHECK = 8 << 20


@pytest.mark.parametrize(("name", "make"), [(file, make) for _, file, make in SHAPES], ids=_IDS)
def test_memory_is_bounded_by_the_size(name: str, make: Callable[[int], str]) -> None:
    text = make(3_000)

    tracemalloc.start()
    try:
        _look_at(name, text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < MOST_MEMORY * len(text) + EVERY_CHECK, f"{peak:,} for {len(text):,}"


def test_a_hostile_line_is_looked_at_once_however_much_is_wrong_with_it() -> None:
    """Findings beyond the hundred that are kept cost no look for their place, and are counted."""
    line = LINES["turns of an unknown role"](5_000)

    result = check(Source.stream([line.encode()], "train.jsonl"))

    assert result.counts["DATA312"] == 5_000
    assert sum(f.rule == "DATA312" for f in result.findings) == 100
    columns = [f.column for f in result.findings if f.rule == "DATA312"]
    assert columns == [found.start() + 1 for found in islice(re.finditer('"assistant"', line), 100)]


def test_more_objects_than_an_example_can_hold_are_counted_and_not_parsed() -> None:
    result = check(Source.stream([LINES["turns without anything"](1 << 18).encode()], "train.jsonl"))

    assert result.counts["DATA210"] == 1
    assert result.identity.size == len('{"contents":[]}') + 3 * (1 << 18) - 1
