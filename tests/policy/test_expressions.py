"""What expressions come to, what is wrong with them, and that nothing in one goes on without end."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

import celpy
import pytest
from celpy.adapter import json_to_cel
from celpy.evaluation import CELEvalError
from hypothesis import given
from hypothesis import strategies as st

from reconciler.policy.evaluating import RuleScope, StepPurse, compiled
from reconciler.policy.lexical import DEEPEST, LONGEST
from reconciler.policy.parsing import parse
from reconciler.policy.terms import ExpressionError

NAMES: dict[str, Any] = {
    "n": 7, "m": -3, "s": "vertex/a", "l": [1, 2, 3], "t": ["a", "b"], "yes": True,
    "change": {
        "action": "create", "cost": {"high": "12.50"}, "fields": [{"old": None}], "labels": {"cost-center": "1"},
    },
    "today": datetime(2026, 12, 4, tzinfo=UTC),
}  # fmt: skip


def value_of(text: str, purse: StepPurse | None = None, **names: Any) -> Any:
    return compiled(parse(text))(RuleScope({**NAMES, **names}, purse or StepPurse()))


def mistake_in(text: str, **names: Any) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value_of(text, **names)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n + 1 == 8 && !(m > 0)", True),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7.0 / 0.0 > 1000000.0", True),
        ("1 == 1.0 && 2 < 2.5", True),
        ("'1' == 1", False),
        ("9223372036854775807 - 1", 9223372036854775806),
        ("has(change.cost.high)", True),
        ("has(change.forecast.answers)", False),
        ("has(change.fields)", True),
        ("change.fields[0].old == null", True),
        ("has(change.fields[0].old)", True),
        ("has(change.fields[0].old.x)", False),
        ('"cost-center" in change.labels && change.labels["cost-center"] == "1"', True),
        ("double(change.cost.high) <= 200", True),
        ("int('12') + int(3.9)", 15),
        ("string(1.5) + string(true) + string(-2)", "1.5true-2"),
        ("l.map(x, x * 2)", [2, 4, 6]),
        ("l.map(x, x > 1, x * 2)", [4, 6]),
        ("l.filter(x, x % 2 == 1).size()", 2),
        ("l.exists_one(x, x == 2)", True),
        ("l.all(x, l.exists(y, y == x))", True),
        ('{"a": [1, 2]}.a[1]', 2),
        ("change.labels.all(k, k.startsWith('cost'))", True),
        ("s.matches('^vertex/[a-z]$') && !s.matches('b')", True),
        (r"s.matches(r'\w+/\w')", True),
        ("\"a\\tb\\u00e9\\x41\\101\" == 'a\tbéAA'", True),
        ("today.getDayOfWeek()", 5),
        ("[today.getFullYear(), today.getMonth(), today.getDate(), today.getDayOfYear()]", [2026, 11, 4, 337]),
        ('today + duration("72h") == timestamp("2026-12-07T00:00:00Z")', True),
        ('(timestamp("2026-12-07T01:00:00+01:00") - today).getHours()', 72),
        ("1 / 0 == 1 || yes", True),
        ("!(yes && false) || 1 / 0 == 1", True),
        ("[0, 1].exists(x, 1 / x == 1)", True),
        ("yes ? 1 : 1 / 0", 1),
        ("size('né') + 'é'.size()", 3),
        ("(n == 7) // a comment with a ' in it\n && true", True),
    ],
)
def test_an_expression_has_the_value_that_the_language_gives_it(text: str, value: Any) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "detail", "fix"),
    [
        ("change.cots == 1", "change.cots is not there.", "Ask first: has(change.cots)."),
        ('change.labels["team"]', 'change.labels["team"] is not there.', 'Ask first: "team" in change.labels.'),
        ("l[3]", "l[3] is not there.", "Ask first: size(l) > 3."),
        ("1 / (n - 7)", "Something is divided by zero.", "Ask first whether it is zero."),
        ("9223372036854775807 + n", "The result is beyond the whole numbers of CEL.", "Use double(…)."),
        ("s < n", "< is not for a text and a whole number.", "Convert one of them: double(…), int(…) or string(…)."),
        ("n + 1.5", "+ is not for a whole number and a number with decimals.",
         "Convert one of them: double(…), int(…) or string(…)."),
        ("n.x", "x is asked of a whole number, which has no fields.", ""),
        ("has(n.x)", "x is asked of a whole number, which has no fields.", ""),
        ("double(s)", 'double cannot read "vertex/a".', ""),
        ("double('nan')", 'double cannot read "nan".', ""),
        ("timestamp('2026-12-24')", 'timestamp cannot read "2026-12-24".', 'Write it like "2026-12-24T00:00:00Z".'),
        ("s && yes", "Here is a text, where true or false is needed.", ""),
        ("l.all(x, x)", "Here is a whole number, where true or false is needed.", ""),
        ("s.matches(s + '(')", "It is no regular expression of RE2: missing ): vertex/a(.", "Correct the pattern."),
        ("yes && l[9] == 1", "l[9] is not there.", "Ask first: size(l) > 9."),
        ("'a' in s", "in is not for a text and a text.", "Convert one of them: double(…), int(…) or string(…)."),
        ("timestamp('9999-12-31T00:00:00Z') + duration('9999h')", "The result is beyond all times.", ""),
    ],
)  # fmt: skip
def test_what_has_no_value_says_why_and_how_to_ask_first(text: str, detail: str, fix: str) -> None:
    mistake = mistake_in(text)

    assert (mistake.detail, mistake.fix) == (detail, fix)


@pytest.mark.parametrize(
    "text",
    [
        "l.all(a, l.all(b, l.all(c, l.all(d, a + b + c + d >= 0))))",
        "l.map(a, l.map(b, l.map(c, [a, b, c, a, b, c]))).size() > 0",
        "l.all(a, l.filter(b, l == l.map(x, x)).size() >= 0)",
        "l.map(a, t.map(b, b + b + b + b).size()).size() > 0 && l.all(a, l.all(b, b in l.map(x, -x - 1)) == false)",
    ],
)
def test_an_expression_ends_at_its_steps_whatever_it_says(text: str) -> None:
    before = time.process_time()

    mistake = mistake_in(text, l=list(range(400)), t=["x" * 100_000] * 400)

    assert mistake.detail == "It takes more than 1,000,000 steps over this plan."
    assert time.process_time() - before < 60


def test_a_text_does_not_grow_without_end() -> None:
    doubled = "['" + "x" * 1_000 + "']" + "".join(f".map(v{n}, v{n} + v{n})" for n in range(12))

    assert mistake_in(doubled).detail == "A text grows beyond 1,000,000 characters."


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*b", "(.*)*x", "(a{1,99}){1,99}"])
def test_a_hostile_pattern_takes_no_longer_than_its_text(pattern: str) -> None:
    before = time.process_time()

    with suppress(ExpressionError):  # RE2 may refuse it for its size
        value_of(f"s.matches('{pattern}')", s="a" * 100_000)

    assert time.process_time() - before < 5


@pytest.mark.parametrize(
    "text",
    [
        '"' + "\\a" * 200,
        '"""' + "\\a" * 200 + '""',
        "(" * 500 + "n" + ")" * 500,
        "!" * 3_000 + "yes",
        "n" + ".x" * 1_500,
        "n" + "[0]" * 1_000,
        "1" + " + 1" * 900,
        "yes ? n : " * 390 + "n",
        "[" * 3_000,
        "x" * (LONGEST + 1),
        "n =" * 1_000,
        "\x00",
        "",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_hostile_text_is_refused_at_once(text: str) -> None:
    before = time.process_time()

    with pytest.raises(ExpressionError):
        compiled(parse(text))(RuleScope({}, StepPurse()))

    assert time.process_time() - before < 5


def test_a_long_chain_is_no_deep_one() -> None:
    assert value_of(" && ".join(["n == 7"] * 300)) is True
    assert value_of("(" * (DEEPEST - 1) + "n" + ")" * (DEEPEST - 1)) == 7


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_says_why_not(text: str) -> None:
    said = None
    try:
        parse(text)
    except ExpressionError as mistake:
        said = mistake

    assert said is None or (bool(said.detail) and 0 <= said.at <= len(text))


# -- the same expressions by cel-python's own evaluator --------------------------------------------

WORDS = st.sampled_from(["''", "'a'", "'b'", "'vertex/a'", "s"])
COMPARISONS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def numbers(levels: int) -> st.SearchStrategy[str]:
    plain = st.integers(0, 9).map(str) | st.sampled_from(["n", "m", "9223372036854775807"])
    if not levels:
        return plain
    below, truth = numbers(levels - 1), truths(levels - 1)
    return st.one_of(
        plain, _joined(below, st.sampled_from("+-*/%"), below), texts(levels - 1).map("size({})".format),
        below.map("l[{}]".format), _joined(truth, st.just("?"), below, st.just(":"), below),
        truth.map("l.filter(x, {}).size()".format), below.map("l.map(x, {}).size()".format),
    )  # fmt: skip


def texts(levels: int) -> st.SearchStrategy[str]:
    if not levels:
        return WORDS
    return (
        WORDS
        | _joined(texts(levels - 1), st.just("+"), texts(levels - 1))
        | numbers(levels - 1).map("string({})".format)
    )


def truths(levels: int) -> st.SearchStrategy[str]:
    plain = st.sampled_from(["true", "false", "yes"])
    if not levels:
        return plain
    number, text, truth = numbers(levels - 1), texts(levels - 1), truths(levels - 1)
    return st.one_of(
        plain, _joined(number, COMPARISONS, number), _joined(text, COMPARISONS, text), truth.map("!({})".format),
        _joined(truth, st.sampled_from(["&&", "||"]), truth), text.map("({} in t)".format),
        st.builds("({}).{}({})".format, text, st.sampled_from(["startsWith", "endsWith"]), text),
        # what cel-python joins from texts is none of its texts any more, and contains nothing
        st.builds("{}.contains({})".format, WORDS, text),
        st.builds("l.{}(x, x {} {})".format, st.sampled_from(["all", "exists", "exists_one"]), COMPARISONS, number),
    )  # fmt: skip


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join).map("({})".format)


@cache
def _environment() -> celpy.Environment:
    """One: each sets the recursion limit of the whole process."""
    before = sys.getrecursionlimit()
    made = celpy.Environment()
    sys.setrecursionlimit(before)
    return made


_environment()


@given(st.one_of(numbers(2), texts(2), truths(2)))
def test_an_expression_has_the_value_that_cel_python_gives_it(text: str) -> None:
    names = {name: NAMES[name] for name in ("n", "m", "s", "l", "t", "yes")}
    try:
        parse(text)
    except ExpressionError:
        return  # beyond our bounds

    assert _ours(text) == _theirs(text, names)


_NO_VALUE = "no value"


def _ours(text: str) -> Any:
    try:
        return value_of(text)
    except ExpressionError:
        return _NO_VALUE


class _FromTheStart(celpy.celtypes.ListType):
    """CEL has no index from the end; theirs takes that of Python."""

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int) and index < 0:
            raise IndexError(index)
        return super().__getitem__(index)


def _known(value: Any) -> Any:
    return _FromTheStart(map(json_to_cel, value)) if isinstance(value, list) else json_to_cel(value)


def _theirs(text: str, names: dict[str, Any]) -> Any:
    environment = _environment()
    try:
        found = environment.program(environment.compile(text)).evaluate({n: _known(v) for n, v in names.items()})
    except (CELEvalError, ValueError):  # an overflow in a sum of theirs comes as the latter
        return _NO_VALUE
    return bool(found) if isinstance(found, celpy.celtypes.BoolType) else found
