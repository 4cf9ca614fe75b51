"""The fast way, the slow way, workers and chunks: whichever way a file is read, the answer is the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import Checked, Distribution, Format, RuleSet, Source, check
from reconciler.datasets.comparison import overlap
from reconciler.datasets.examine import Examiner
from reconciler.datasets.fast import read_block, skim_block
from reconciler.datasets.ranges import scan_file
from reconciler.datasets.tally import Tally
from tests.datasets.rows import checked, example, examples, lines, turn

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \n\0\u2028é数🙂"), max_size=12)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Mostly good examples, with every kind of doubt now and then."""
    roles = draw(st.sampled_from([["user", "model"]] * 4 + [["user", "model"] * 2, ["model"], ["user"], []]))
    row: dict[str, Any] = {"contents": [turn(role, draw(TEXTS)) for role in roles]}
    if draw(st.booleans()):
        row["systemInstruction"] = turn("system", draw(TEXTS))
    if draw(st.integers(0, 9)) == 0:
        row["id"] = 7
    return row


@given(rows(), st.booleans())
def test_what_the_fast_way_takes_has_no_finding_and_the_same_measures(row: dict[str, Any], is_ascii: bool) -> None:
    line = json.dumps(row, ensure_ascii=is_ascii).encode() + b"\n"
    fast, slow = Tally(), Tally()

    block = read_block(line, 1_000_000)

    if block is not None:
        fast.add_fast(block, 1)
        measure = Examiner(RuleSet(), Format.VERTEX_SFT).line(slow, line, 1, 0)
        assert measure is not None
        assert (measure.prompt, measure.whole) == (block.prompts[0], block.wholes[0])
        assert fast == slow
        assert slow.findings == []


@given(st.lists(rows(), max_size=8))
def test_a_plain_conversation_is_taken_by_the_fast_way(more: list[dict[str, Any]]) -> None:
    plain = lines(*(example(f"q{n}", f"a{n}") for n, _ in enumerate(more)), example())

    assert read_block(plain, 1_000_000) is not None


@given(st.lists(rows() | st.just({}), max_size=12), st.integers(1, 200), st.booleans(), st.booleans())
def test_chunks_of_any_size_give_the_same_answer(
    some: list[dict[str, Any]], size: int, has_last_line_end: bool, is_windows: bool
) -> None:
    data = lines(*some).replace(b"\n", b"\r\n" if is_windows else b"\n")
    data = data if has_last_line_end else data.rstrip(b"\n")
    pieces = [data[start : start + size] for start in range(0, len(data), size)]

    whole = checked(data)
    in_pieces = check(Source.stream(pieces, "train.jsonl"))

    assert in_pieces == whole


def _without_hashes(result: Checked) -> Checked:
    return replace(result, columns=None)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_any_number_of_workers_gives_the_same_answer(tmp_path: Path, workers: int, mark: bytes) -> None:
    path = tmp_path / "train.jsonl"
    good = lines(*(example(f"{n}+{n}", f"{n} " * 250) for n in range(5_000)))
    odd = b"\r\n" + lines({"contents": []}, example(id=1), example("é\u2028", "ü")) + b"\n{\n"
    repeated = good[: good.index(b"\n", len(good) // 2) + 1]
    path.write_bytes(mark + good + odd + repeated + odd.rstrip(b"\n"))
    assert path.stat().st_size > 8 << 20

    parallel = check(Source.file(path, "train.jsonl"), workers=workers)
    alone = checked(path.read_bytes())

    assert parallel == alone
    assert parallel.duplicates == len(repeated.splitlines()) + 2
    assert [f.line for f in parallel.findings if f.rule == "DATA310"] == [5_002, 5_008 + len(repeated.splitlines())]


def test_a_worker_that_dies_leaves_the_file_to_one_process(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(examples(10))
    closed = path.open("rb")
    examiner = Examiner(RuleSet(), Format.VERTEX_SFT)

    class Dying(Examiner):
        def line(self, *_: object, **_named: object) -> None:
            raise MemoryError

    with closed:
        size = path.stat().st_size
        result = scan_file(closed.fileno(), size, examiner, workers=2, sha256=False, has_bom=False)
        path.write_bytes(examples(9) + b'{"contents": 0}\n')
        dying = Dying(RuleSet(), Format.VERTEX_SFT)
        died = scan_file(closed.fileno(), path.stat().st_size, dying, workers=2, sha256=False, has_bom=False)

    assert result is not None
    assert result.tally.examples == 10
    assert died is None


def test_the_longest_examples_are_named_by_line() -> None:
    data = examples(50) + lines(example("x" * 1_000)) + examples(50) + lines(example("x" * 900, ""))

    result = checked(data)

    assert result.longest[:2] == ((51, 1_001), (102, 900))


def test_the_same_example_in_another_order_of_keys_is_a_duplicate() -> None:
    turned = (
        b'{"contents": [{"parts": [{"text": "0+0"}], "role": "user"}, {"parts": [{"text": "0"}], "role": "model"}]}'
    )

    result = checked(examples(3) + turned + b"\n" + examples(1))

    assert [(f.line, f.detail) for f in result.findings if f.rule == "DATA906"] == [
        (4, "As in line 1."),
        (5, "As in line 1."),
    ]
    assert result.duplicates == 2


def test_more_answers_to_one_prompt_are_counted() -> None:
    data = lines(example("q", "1"), example("q", "2"), example("q", "2"), example("r", "1"))

    result = checked(data)

    (found,) = (f for f in result.findings if f.rule == "DATA907")
    assert found.detail.startswith("1 further answers")


def test_findings_of_one_rule_are_counted_in_full_and_kept_up_to_a_bound() -> None:
    result = checked(lines(*(example(f"{n}", "a", id=n) for n in range(250))))

    assert result.counts["DATA306"] == 250
    assert sum(f.rule == "DATA306" for f in result.findings) == 100


def test_an_example_over_the_limit_of_tokens_is_told_by_the_fast_way_too() -> None:
    sure = lines(example("word " * 200_000))
    doubtful = lines(example("word " * 100_000))

    result = checked(examples(30) + sure + doubtful)

    assert [(f.rule, f.line) for f in result.findings if f.rule in {"DATA901", "DATA902"}] == [
        ("DATA901", 31),
        ("DATA902", 32),
    ]


def test_a_tenth_of_dropped_examples_fails_the_file() -> None:
    local = {"fileData": {"mimeType": "image/png", "fileUri": "images/1.png"}}
    bad = {"contents": [turn("user", local), turn("model", "a cat")]}

    few = checked(examples(30) + lines(bad))
    many = checked(examples(8) + lines(bad))

    assert "DATA905" not in few.counts
    assert "DATA905" in many.counts


def _sampled(path: Path, *, workers: int = 1, is_sampled: bool = True) -> Checked:
    return check(Source.file(path, "train.jsonl"), workers=workers, is_sampled=is_sampled)


def _large(path: Path) -> None:
    """More than 8 MiB of conversations of every kind that the fast way takes, and a few that it does not."""
    system = turn("system", "Be brief.")
    plain = (example(f"{n}+{n}", f"{n} " * 250) for n in range(10_000))
    other = (example("é" * (n % 40 + 1), f"ü\n{n} ", systemInstruction=system) for n in range(5_000))
    longer = ({"contents": [turn("user", f"q{n}"), turn("model", "a")] * (2 + n % 3)} for n in range(300))
    empty: dict[str, Any] = {"contents": []}
    odd = lines(empty, example(id=1), example("é\u2028", "ü"), example("\0", "b"), example(" ", "b"))
    path.write_bytes(lines(*plain, *other, *longer) + b"\r\n" + odd + examples(50, start=20_000) * 2)


def _without_the_sampled(result: Checked) -> Checked:
    nothing = Distribution(())
    return replace(result, input_bytes=nothing, output_bytes=nothing, is_sampled=False, findings=(), counts={})


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sampled_file_has_the_findings_and_sums_of_one_that_is_not(tmp_path: Path, workers: int) -> None:
    path = tmp_path / "train.jsonl"
    _large(path)

    sampled = _sampled(path, workers=workers)
    whole = _sampled(path, is_sampled=False)

    assert _without_the_sampled(sampled) == _without_the_sampled(whole)
    assert [f for f in sampled.findings if f.rule != "DATA907"] == [f for f in whole.findings if f.rule != "DATA907"]
    assert sampled.duplicates == 50
    assert sampled.is_sampled
    assert 0 < sampled.input_bytes.examples < whole.input_bytes.examples == whole.examples


def test_further_answers_in_a_sampled_file_are_an_estimate_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(lines(*(example(f"question {n // 2:023}", f"{n} " * 400) for n in range(6_000))))

    sampled = _sampled(path)

    (found,) = (f for f in sampled.findings if f.rule == "DATA907")
    assert found.detail.startswith("about 3,000 further answers")


def test_a_sampled_training_file_is_compared_with_a_small_one_as_lines_are_written(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    _large(path)
    copied = b"".join(path.read_bytes().splitlines(keepends=True)[100:110])

    shared = overlap(_sampled(path), checked(copied + examples(3, start=90_000)))

    assert shared == 10


@pytest.mark.parametrize(
    "text",
    [
        b'{"contents": []}\n\n',
        b'{"a": 1}{"a": 2}\n\n',
        b'\n{"a": 1}\n',
        b'{"a":\n 1}\n',
    ],
)
def test_what_is_not_one_value_a_line_is_no_block_for_the_fast_way(text: bytes) -> None:
    assert skim_block(lines(example()) + text, 1_000_000) is None
    assert read_block(lines(example()) + text, 1_000_000) is None


@pytest.mark.parametrize("between", [b"", b" "])
def test_two_examples_on_one_line_and_a_blank_line_do_not_make_up_for_each_other(between: bytes) -> None:
    good = lines(example()).rstrip(b"\n")

    assert skim_block(good + between + good + b"\n\n", 1_000_000) is None
    assert read_block(b"\n" + good + between + good + b"\n", 1_000_000) is None
