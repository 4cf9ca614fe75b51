"""What counts as a refusal, and that every way through the check says the same of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import Method, RuleSet, Source, check, native
from reconciler.datasets.fast import PythonReader
from reconciler.datasets.refusals import _REFUSAL, HEADS, may_refuse, refuses
from tests.datasets.rows import example, lines, preference

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I can\u2019t assist with that request.",
    "  I am really sorry, I cannot provide medical advice.",
    "Sorry, I can't answer that.",
    "I apologize, but I am unable to fulfill this request.",
    "My apologies, but I won't write that.",
    "Unfortunately, I'm not able to share personal data.",
    "I cannot help you with this.",
    "I CAN'T DISCUSS THAT.",
    "I must decline to answer.",
    "As an AI language model, I do not have feelings.",
    "As a large language model, I have no opinion.",
    "I'm sorry, as an AI model, I can't really provide that.",
    "im sorry but i cant help",
]
ANSWERS = [
    "I'm sorry to hear that your parcel is late. Let me look.",
    "Sorry for the delay: your order is on its way.",
    "Unfortunately, the train was cancelled.",
    "I can help you with that.",
    "I can't find an order of that number.",
    "I cannot stress enough how useful tests are.",
    "As a result, prices rose.",
    "As an aim, it is a good one.",
    "As an airline, we can help.",
    "The answer is: I'm sorry, but I can't help with that.",
    "Sorrel is a plant.",
    "I",
    "4",
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_is_told(answer: str) -> None:
    assert refuses(answer)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_none(answer: str) -> None:
    assert not refuses(answer)


_FROM_THE_START = re.compile(rf"\A(?:{_REFUSAL.pattern})", _REFUSAL.flags)


@given(st.from_regex(_FROM_THE_START).filter(lambda text: len(text) < 250))
def test_whatever_the_pattern_takes_begins_like_one_of_the_heads(text: str) -> None:
    assert may_refuse(text)


def _vouched(answer: str, *, is_pure: bool) -> bool:
    library = native.library()
    if is_pure or library is None:
        reader: Any = PythonReader(1_000_000)
    else:
        reader = native.NativeReader(library, 1_000_000)
    line = lines(example("q", answer))
    return bool(reader.vouch(line, 0, len(line), wants_labels=False).examples)


@pytest.mark.parametrize("is_pure", [True, False])
@pytest.mark.parametrize("head", HEADS)
def test_no_fast_way_vouches_for_what_begins_so(head: str, is_pure: bool) -> None:
    for text in (f"{head} x", f" \t\n{head.upper()}", f"{head[:1].upper()}{head[1:]}"):
        assert not _vouched(text, is_pure=is_pure), text


@given(st.sampled_from(HEADS), st.integers(0, 3), st.text(max_size=5), st.booleans(), st.booleans())
def test_both_fast_ways_pass_the_same_answers_on(head: str, cut: int, after: str, upper: bool, space: bool) -> None:
    text = head[: len(head) - cut] + after
    text = (" " if space else "") + (text.upper() if upper and text.isascii() else text)
    if not text.strip() or any(c in text for c in "\0\u2028\u2029\x85"):
        return

    assert _vouched(text, is_pure=False) == _vouched(text, is_pure=True) == (not may_refuse(text))


@pytest.mark.parametrize("is_pure", [True, False])
def test_refusals_are_notes_with_their_places_and_counted(monkeypatch: pytest.MonkeyPatch, is_pure: bool) -> None:
    if is_pure:
        monkeypatch.setenv(native.PURE, "1")
    native.library.cache_clear()
    rows = [example(f"q {n}", REFUSALS[0] if n % 2 else ANSWERS[n % len(ANSWERS)]) for n in range(300)]

    result = check(Source.stream([lines(*rows)], "x.jsonl"))
    native.library.cache_clear()

    assert result.ok
    assert result.counts["DATA932"] == 150
    found = [finding for finding in result.findings if finding.rule == "DATA932"]
    assert [finding.line for finding in found[:3]] == [2, 4, 6]
    assert {finding.json_path for finding in found} == {"contents[1].parts[0]"}
    assert all(not finding.detail for finding in found)


@given(
    st.lists(st.sampled_from([*REFUSALS, *ANSWERS, 'Unfortunately \u00e9\\" no']), min_size=1, max_size=30),
    st.sampled_from(["note", "error", "off"]),
)
def test_refusals_change_nothing_else_whichever_way_a_line_goes(answers: list[str], severity: str) -> None:
    """Beside the refusals themselves, a file is what it is where nobody looks for them."""
    data = lines(*[example(f"q {n % 7}", answer) for n, answer in enumerate(answers)])
    rules = RuleSet.of(severities={"DATA932": severity, "DATA904": "off"})

    found = check(Source.stream([data], "x.jsonl"), rules)

    told = [] if severity == "off" else [n for n, answer in enumerate(answers, 1) if refuses(answer)]
    assert [f.line for f in found.findings if f.rule == "DATA932"] == told
    assert found.examples == found.lines == len(answers)
    assert found.output_bytes.total == found.output_total == sum(len(answer.encode()) for answer in answers)
    assert found.output_bytes.examples == len(answers)
    assert sum((found.labels or {}).values()) + found.long_answers == len(answers)


@pytest.mark.parametrize("is_pure", [True, False])
@pytest.mark.parametrize("end", ["x" * 900, "\u00e9" * 400, "\U0001f642" * 200, '"\\' * 300])
def test_only_the_beginning_of_a_long_answer_is_looked_at(end: str, is_pure: bool) -> None:
    library = native.library()
    reader: Any = PythonReader(1_000_000) if is_pure or library is None else native.NativeReader(library, 1_000_000)
    for answer in (REFUSALS[1] + end, ANSWERS[0] + end):
        line = lines(example("q", answer))

        vouched, begun = reader.vouch_refusing(line, 0, len(line), wants_labels=False)

        assert vouched.examples == 1
        assert refuses(begun) == refuses(answer)


@pytest.mark.parametrize(
    ("row", "method", "count"),
    [
        ({"text_input": "q", "output": REFUSALS[0]}, Method.PAIRS, 1),
        (
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": REFUSALS[0]}]},
            Method.OPEN_MODEL,
            1,
        ),
        ({"prompt": "q", "completion": REFUSALS[0]}, Method.OPEN_MODEL, 1),
        (preference("q", REFUSALS[0], "b"), Method.PREFERENCE, 0),
        (example(REFUSALS[0], "4"), Method.SFT, 0),
    ],
)
def test_only_what_is_learnt_as_an_answer_counts(row: dict[str, Any], method: Method, count: int) -> None:
    result = check(Source.stream([lines(row)], "x.jsonl"), RuleSet(method))

    assert result.counts.get("DATA932", 0) == count
