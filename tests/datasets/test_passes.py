"""The fast way, the slow way, workers and chunks: whichever way a file is read, the answer is the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import Format, RuleSet, Source, check
from reconciler.datasets.examine import Examiner
from reconciler.datasets.native import ROOM
from reconciler.datasets.ranges import scan_file
from reconciler.datasets.rows.measure import LABEL_CHARACTERS
from reconciler.datasets.scan import fast_reader
from reconciler.datasets.tally import Tally
from reconciler.datasets.vouched import FastPath
from tests.datasets.rows import checked, example, examples, lines, turn

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("fast_way")

_LF = ord("\n")
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

    assert _fast_way_agrees(line) in {True, None}


@given(rows(), st.booleans(), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3))
def test_a_broken_line_is_not_taken_by_the_fast_way(
    row: dict[str, Any], is_ascii: bool, changes: list[tuple[int, int]]
) -> None:
    """Any bytes changed for any others: what is taken all the same is as good as before, and measured as it is."""
    line = bytearray(json.dumps(row, ensure_ascii=is_ascii).encode())
    for at, byte in changes:
        line[at % len(line)] = byte if byte != _LF else 0

    assert _fast_way_agrees(bytes(line) + b"\n") in {True, None}


@given(
    st.lists(
        st.sampled_from(["\\", "/", '"', "u", "d83d", "de00", "0", "0041", "\\u00e9", "\\ud83d\\ude00", "n", "x"]),
        max_size=12,
    ).map("".join)
)
def test_escapes_mean_what_they_mean_to_json(written: str) -> None:
    line = f'{{"contents":[{{"role":"user","parts":[{{"text":"q{written}"}}]}},'
    line += f'{{"role":"model","parts":[{{"text":"a{written}"}}]}}]}}\n'

    assert _fast_way_agrees(line.encode()) in {True, None}


@pytest.mark.parametrize("character", ["x", "é", "🙂", "\\"])
@pytest.mark.parametrize("length", [LABEL_CHARACTERS, LABEL_CHARACTERS + 1])
def test_an_answer_is_the_name_of_a_class_up_to_the_same_length(character: str, length: int) -> None:
    row = example("q", character * length)

    assert _fast_way_agrees(json.dumps(row).encode() + b"\n")
    assert _fast_way_agrees(json.dumps(row, ensure_ascii=False).encode() + b"\n")


INVISIBLE = "\0\x85\u2028\u2029"


@pytest.mark.parametrize("is_ascii", [True, False])
def test_every_character_is_read_as_it_is(is_ascii: bool) -> None:
    """Each of the million there are, written as itself, and many as an escape, with its bytes counted."""
    codes = [*range(0x3100), *range(0x3100, 0x110000, 61)] if is_ascii else range(0x110000)
    taken = [chr(code) for code in codes if not 0xD800 <= code < 0xE000 and chr(code) not in INVISIBLE]
    for start in range(0, len(taken), 50_000):
        line = json.dumps(example("q" + "".join(taken[start : start + 50_000])), ensure_ascii=is_ascii).encode() + b"\n"
        assert _fast_way_agrees(line)


@pytest.mark.parametrize("is_ascii", [True, False])
def test_a_text_in_which_nothing_is_to_be_seen_is_left_to_the_slow_way(is_ascii: bool) -> None:
    spaces = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    rows = [
        example(text)
        for text in ("", *spaces, *(" " + space for space in spaces), *INVISIBLE, *("q" + i for i in INVISIBLE))
    ]

    assert [row for row in rows if _fast_way_agrees(json.dumps(row, ensure_ascii=is_ascii).encode() + b"\n")] == []


USER, MODEL = '{"role":"user","parts":[{"text":"q"}]}', '{"role":"model","parts":[{"text":"a"}]}'
CONTENTS = f'"contents":[{USER},{MODEL}]'
SYSTEM = '"systemInstruction":{"parts":[{"text":"s"}]}'


@pytest.mark.parametrize(
    "line",
    [
        *(f'{{"contents":[{",".join(two)}]}}' for two in ((USER, USER), (MODEL, USER), (MODEL, MODEL))),
        f'{{"contents":[{USER},{MODEL},{USER}]}}',
        f'{{"contents":[{USER},{MODEL},{MODEL},{MODEL}]}}',
        f"{{{CONTENTS},{CONTENTS}}}",
        f"{{{SYSTEM},{CONTENTS},{SYSTEM}}}",
        f"{{{SYSTEM}}}",
        f'{{{CONTENTS},"id":1}}',
        f'{{"contents\\u0073":[{USER},{MODEL}],{CONTENTS}}}',
        f"{{{CONTENTS},}}",
        f"{{{CONTENTS} {SYSTEM}}}",
        f"{{{CONTENTS}}}}}",
        f" {{{CONTENTS}}}",
        f"{{{CONTENTS}",
        *(
            f'{{"contents":[{turn},{MODEL}]}}'
            for turn in (
                '{"role":"user","role":"user","parts":[{"text":"q"}]}',
                '{"role":"user","parts":[{"text":"q"}],"parts":[{"text":"q"}]}',
                '{"role":"user","parts":[{"text":"p","text":"q"}]}',
                '{"role":"user","parts":[{"text":"q"},{"text":"r"}]}',
                '{"role":"user","parts":[{"text":"q","thought":true}]}',
                '{"role":"user","parts":[{"text":1}]}',
                '{"role":"user","parts":[{"text":null}]}',
                '{"role":"user","parts":[]}',
                '{"role":"user"}',
                '{"parts":[{"text":"q"}]}',
                '{"role":"User","parts":[{"text":"q"}]}',
                '{"role":"user","parts":[{"text":"q}]}',
                '{"role":"user","parts":[{"text":"q\tr"}]}',
                *(
                    f'{{"role":"user","parts":[{{"text":"{text}"}}]}}'
                    for text in (
                        r"\ud83d",
                        r"\ud83dx",
                        r"\ud83d\u0041",
                        r"\ud83d\n",
                        r"\ude00",
                        r"\ud83d\ud83d",
                        r"\u12g4",
                        r"\u12",
                        r"\x",
                    )
                ),
            )
        ),
    ],
)
def test_a_line_in_doubt_is_left_to_the_slow_way(line: str) -> None:
    assert vouched_for(line.encode() + b"\n") == 0


@pytest.mark.parametrize(
    "text",
    [
        *(
            b"\xc0\x80",
            b"\xc1\xbf",
            b"\xe0\x80\x80",
            b"\xe0\x9f\xbf",
            b"\xed\xa0\x80",
            b"\xed\xbf\xbf",
            b"\xf0\x80\x80\x80",
        ),
        *(
            b"\xf0\x8f\xbf\xbf",
            b"\xf4\x90\x80\x80",
            b"\xf5\x80\x80\x80",
            b"\x80",
            b"\xc3",
            b"\xe2\x82",
            b"\xf0\x9f\x99",
            b"\xff",
        ),
    ],
)
def test_bytes_that_are_no_utf_8_are_left_to_the_slow_way(text: bytes) -> None:
    assert vouched_for(lines(example()).replace(b"2+2", text)) == 0
    assert vouched_for(lines(example()).replace(b"2+2", text + b"2+2")) == 0


def reader_of_blocks() -> FastPath:
    reader = fast_reader(1_000_000)
    assert reader is not None
    return reader


def _fast_way_agrees(line: bytes) -> bool | None:
    """Whether the slow way has nothing to say and the same measures; None where it is left to the slow way."""
    reader, fast, slow = reader_of_blocks(), Tally(), Tally()
    block = reader.vouch(line, 0, len(line), wants_labels=True)
    if not block.examples:
        assert block.stop == 0
        return None
    fast.add_vouched(block, 1)
    fast.add_sizes(*reader.sizes())
    measure = Examiner(RuleSet(), Format.VERTEX_SFT).line(slow, line, 1, 0)
    assert measure is not None
    assert (measure.prompt, measure.whole) == (block.prompts[0], block.wholes[0])
    assert block.stop == len(line)
    assert fast == slow
    return not slow.findings


@given(st.lists(rows(), max_size=8))
def test_a_plain_conversation_is_taken_by_the_fast_way(more: list[dict[str, Any]]) -> None:
    system = turn("system", "Be brief.")
    plain = [example(f"q{n}", f"é{n}\n") for n, _ in enumerate(more)]
    data = lines(*plain, example(), example(systemInstruction=system), {"contents": [*turns(2), *turns(2)]})

    assert vouched_for(data) == len(plain) + 3


def test_a_long_conversation_with_a_system_instruction_is_measured_as_in_the_slow_way() -> None:
    row = {"contents": [*turns(2), *turns(4)], "systemInstruction": turn("system", "Be brief.")}

    assert _fast_way_agrees(lines(row))


def turns(count: int) -> list[dict[str, Any]]:
    return [turn(("user", "model")[n % 2], f"{n}") for n in range(count)]


def vouched_for(data: bytes, start: int = 0) -> int:
    """How many of the lines from there on the fast way takes before it comes to one in doubt."""
    reader, found = reader_of_blocks(), 0
    while start < len(data):
        block = reader.vouch(data, start, len(data), wants_labels=False)
        if not block.examples:
            break
        start, found = block.stop, found + block.examples
    return found


def test_lines_behind_one_in_doubt_are_vouched_for_again() -> None:
    data = lines(example("a"), {"contents": []}, example("b"), example("c"))
    second = data.index(b"\n") + 1
    third = data.index(b"\n", second) + 1

    assert [vouched_for(data, start) for start in (0, second, third)] == [1, 0, 2]


def test_more_lines_than_there_is_room_for_are_taken_in_pieces() -> None:
    assert vouched_for(examples(ROOM + 10)) == ROOM + 10


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
    assert found.detail.startswith("1 further answer to")


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


@pytest.mark.parametrize(
    "text",
    [
        b'{"contents": []}\n\n',
        b'{"a": 1}{"a": 2}\n\n',
        b'\n{"a": 1}\n',
        b'{"a":\n 1}\n',
    ],
)
def test_what_is_not_one_value_a_line_is_left_to_the_slow_way(text: bytes) -> None:
    assert vouched_for(lines(example()) + text) <= 1


@pytest.mark.parametrize("between", [b"", b" "])
def test_two_examples_on_one_line_and_a_blank_line_do_not_make_up_for_each_other(between: bytes) -> None:
    good = lines(example()).rstrip(b"\n")

    assert vouched_for(good + between + good + b"\n\n") == 0
    assert vouched_for(b"\n" + good + between + good + b"\n") == 0
