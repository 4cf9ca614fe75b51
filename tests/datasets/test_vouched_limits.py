"""The table beside scan.c says what is vouched for: each of its lines goes to the scan and to the rules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.datasets import RuleSet, Source, check, native, sizes
from reconciler.datasets.native.build import SOURCE, compiler
from reconciler.datasets.rows.measure import LABEL_CHARACTERS
from tests.datasets.rows import example, lines

TABLE = SOURCE.with_name("vouches.md").read_text(encoding="utf-8")
TURNS = {
    "U": '{"role":"user","parts":[{"text":"q"}]}',
    "M": '{"role":"model","parts":[{"text":"a"}]}',
}
ROWS = re.findall(r"^\| ([^|]+) \| `(.+?)` \| `(.*?)` \|$", TABLE, re.MULTILINE)

pytestmark = pytest.mark.skipif(not compiler(), reason="There is no C compiler here.")


def _line(short: str) -> bytes:
    """`U` and `M` written out, wherever they stand for a turn."""
    written = re.sub(r"(?<=[\[, ])([UM])(?=[\],  ])", lambda found: TURNS[found[1]], short)
    return written.encode() + b"\n"


def _vouched(line: bytes, *, watches: bool = False, most_bytes: int = 1_000_000) -> bool:
    library = native.library()
    assert library is not None
    found = native.NativeReader(library, most_bytes, watches=watches).vouch(line, 0, len(line), wants_labels=False)
    assert found.stop in (0, len(line))
    return found.examples == 1


def test_the_table_is_read() -> None:
    assert len(ROWS) >= 22
    assert len({what for what, _, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("what", "good", "doubtful"), ROWS, ids=[what for what, _, _ in ROWS])
def test_the_scan_vouches_for_the_one_and_passes_the_other_on(what: str, good: str, doubtful: str) -> None:
    assert _vouched(_line(good)), what
    assert not _vouched(_line(doubtful)), what


@pytest.mark.parametrize(("what", "good"), [(what, good) for what, good, _ in ROWS], ids=[what for what, _, _ in ROWS])
def test_the_rules_have_nothing_to_say_about_what_is_vouched_for(
    what: str, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(native.PURE, "1")
    native.library.cache_clear()
    silent = {"DATA904": "off", "DATA905": "off"}
    data = _line(good), _line('{"contents":[M,U]}')
    found, other = (check(Source.stream([d], "train.jsonl"), RuleSet.of(severities=silent), sha256=False) for d in data)
    monkeypatch.undo()
    native.library.cache_clear()

    assert {finding.rule for finding in found.findings if finding.line} == set(), what
    assert {finding.rule for finding in other.findings if finding.line} != set()


def test_the_text_of_an_example_has_the_limit_that_the_caller_gives() -> None:
    line = lines(example("x" * 99, "y"))

    assert _vouched(line, most_bytes=100)
    assert not _vouched(line, most_bytes=99)


def test_one_call_takes_so_many_lines() -> None:
    assert "`ROOM`, 4096" in TABLE
    library = native.library()
    assert library is not None
    data = lines(*[example("q", "a")] * (native.ROOM + 5))
    reader = native.NativeReader(library, 1_000_000)

    first = reader.vouch(data, 0, len(data), wants_labels=False)
    rest = reader.vouch(data, first.stop, len(data), wants_labels=False)

    assert (first.examples, rest.examples, rest.stop) == (4096, 5, len(data))


def test_a_line_may_have_any_number_of_turns() -> None:
    turns = ",".join([TURNS["U"], TURNS["M"]] * 20_000)

    assert _vouched(f'{{"contents":[{turns}]}}\n'.encode())


@pytest.mark.parametrize(("length", "is_label"), [(64, True), (65, False)])
@pytest.mark.parametrize("letter", ["x", "é", "🙂"])
def test_the_name_of_a_class_has_so_many_characters(letter: str, length: int, is_label: bool) -> None:
    assert f"{LABEL_CHARACTERS} characters" in TABLE
    library = native.library()
    assert library is not None
    data = lines(example("q", letter * length))

    found = native.NativeReader(library, 1_000_000).vouch(data, 0, len(data), wants_labels=True)

    assert found.labels == [letter * length if is_label else ""]


def test_sizes_are_exact_below_the_limit_that_it_names() -> None:
    assert f"exact below {sizes.EXACT} bytes" in TABLE
    assert all(sizes.rounded(size) == size for size in range(sizes.EXACT))
    assert all(abs(sizes.rounded(size) - size) * 128 <= size for size in range(sizes.EXACT, 1 << 16, 7))


@pytest.mark.parametrize(
    "bad", [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8", b"\xe2\x82", b"\x80", b"\xff"]
)
def test_what_is_no_utf_8_is_passed_on(bad: bytes) -> None:
    line = _line('{"contents":[U,M]}').replace(b'"q"', b'"q' + bad + b'"')

    assert not _vouched(line)


@pytest.mark.parametrize(
    "good", ["\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"]
)
def test_the_first_and_last_of_each_length_are_vouched_for(good: str) -> None:
    assert _vouched(_line('{"contents":[U,M]}').replace(b'"q"', f'"q{good}"'.encode()))


def test_a_line_without_recursion_needs_no_more_stack_however_deep_another_is() -> None:
    deep = b'{"contents":' + b"[" * 1_000_000 + b"\n"

    assert not _vouched(deep)


@pytest.mark.parametrize("text", ["a@b.co", "AKIAIOSFODNN7EXAMPLE", "4111 1111 1111 1111", "+49 30 123456"])
def test_what_may_be_a_secret_is_passed_on_where_it_is_watched(text: str) -> None:
    line = _line(json.dumps({"contents": "?"}).replace('"?"', "[U,M]")).replace(b'"q"', json.dumps(text).encode())

    assert _vouched(line)
    assert not _vouched(line, watches=True)


def test_nothing_in_the_scan_calls_itself() -> None:
    source = Path(SOURCE).read_text(encoding="utf-8")
    bodies = re.findall(r"^(?:static |EXPORT )[^;{]*?(\w+)\([^;{]*\) \{\n(.*?)^\}", source, re.MULTILINE | re.DOTALL)

    assert len(bodies) > 20
    assert [name for name, body in bodies if re.search(rf"\b{name}\(", body)] == []
