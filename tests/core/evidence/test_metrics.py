"""What one answer is worth: exact, contains, ROUGE-L, JSON by fields, labels."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence.fields import compare_json, total
from reconciler.core.evidence.labels import is_label, score_labels
from reconciler.core.evidence.metrics import common_length, contains, is_exact, rouge_l


def test_exact_looks_at_letters_and_not_at_space_or_composition() -> None:
    assert is_exact(" billing\n", "billing")
    assert is_exact("two  words", "two\nwords")
    assert is_exact("cafe\u0301", "caf\u00e9")
    assert not is_exact("Billing", "billing")
    assert not is_exact("billing.", "billing")


def test_contains_looks_for_the_same_letters_in_a_row() -> None:
    assert contains("Route: two \n words.", "two words")
    assert not contains("billing", "Billing")
    assert not contains("anything", " ")
    assert not contains("caf\u00e9", "cafe")


@pytest.mark.parametrize(
    ("answer", "score"),
    [("police kill the gunman", 0.75), ("the gunman kill police", 0.5), ("the gunman police killed", 0.5)],
)
def test_rouge_l_is_that_of_lins_examples(answer: str, score: float) -> None:
    """Lin 2004, section 3.1, with the reference of the paper."""
    assert rouge_l(answer, "police killed the gunman").f1 == score


def test_rouge_l_is_that_of_the_usual_implementation() -> None:
    """The example of the page of rouge_score."""
    found = rouge_l("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog")

    assert (found.precision, found.recall) == pytest.approx((5 / 8, 5 / 9))
    assert found.f1 == pytest.approx(10 / 17)


def test_rouge_l_reads_every_script_and_no_marks() -> None:
    assert rouge_l("Привет, мир!", "привет мир").f1 == 1
    assert rouge_l("数据模型", "数据").recall == 1
    assert rouge_l("数据模型", "数据").precision == 0.5
    assert rouge_l("", "word").f1 == 0
    assert rouge_l("…", "!").f1 == 1
    assert rouge_l("one", "two").f1 == 0


@given(st.lists(st.sampled_from("abcd"), max_size=80), st.lists(st.sampled_from("abcd"), max_size=80))
def test_the_common_length_is_that_of_the_table(one: list[str], other: list[str]) -> None:
    row = [0] * (len(other) + 1)
    for token in one:
        above = row
        row = [0]
        for place, got in enumerate(other):
            row.append(above[place] + 1 if token == got else max(above[place + 1], row[place]))

    assert common_length(one, other) == row[-1] == common_length(other, one)


def test_json_is_compared_field_by_field() -> None:
    reference = '{"id": 7, "customer": {"city": "Ulm", "vip": true}, "lines": [{"amount": 1}, {"amount": 2}]}'
    answer = '{"customer": {"vip": 1, "city": "Ulm"}, "id": 7.0, "lines": [{"amount": 1}, {"amount": 3}], "note": ""}'

    found = compare_json(answer, reference)

    assert found.right == Counter({"id": 1, "customer.city": 1, "lines[].amount": 1})
    assert found.wrong == Counter({"customer.vip": 1, "lines[].amount": 1})
    assert found.missing == Counter()
    assert found.extra == Counter({"note": 1})
    assert not found.passed
    assert found.score == 0.5


def test_json_in_another_order_and_spacing_passes() -> None:
    assert compare_json('{ "b": [], "a": 1.0 }', '{"a": 1, "b": []}').passed
    assert compare_json("{}", "{}").score == 1
    assert not compare_json("[]", "{}").passed
    assert not compare_json("{}", '{"b": []}').passed
    assert compare_json('{"a": []}', '{"a": [1]}').extra == Counter({"a": 1})
    assert not compare_json('{"a": {}}', '{"a": {"b": 1}}').passed


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Sure!",
        '```json\n{"a": 1}\n```',
        '{"a": 1, "a": 1}',
        '{"a": NaN}',
        "[" * 100000,
        "[" * 300 + "]" * 300,
        "1" * 10000,
    ],
)
def test_an_answer_that_no_program_could_read_misses_every_field(answer: str) -> None:
    found = compare_json(answer, '{"a": 1, "b": [true, null]}')

    assert found.why
    assert found.missing == Counter({"b[]": 2, "a": 1})
    assert (found.passed, found.score) == (False, 0)


def test_counts_of_fields_add_up_over_items() -> None:
    both = total([compare_json('{"a": 1}', '{"a": 1}'), compare_json('{"a": 2}', '{"a": 1, "b": 1}')])

    assert (both.right["a"], both.wrong["a"], both.missing["b"]) == (1, 1, 1)


def test_a_label_is_the_whole_answer_without_regard_to_case() -> None:
    assert is_label(" Billing\n", "billing")
    assert not is_label("It is billing", "billing")


def test_labels_score_as_scikit_learns_example() -> None:
    """The example of sklearn.metrics.f1_score: macro F1 0.26…, accuracy a third."""
    found = score_labels(zip("021001", "012012", strict=True))

    assert round(found.macro_f1, 4) == 0.2667
    assert found.accuracy == pytest.approx(1 / 3)
    assert [found.classes[c].recall for c in "012"] == [1, 0, 0]
    assert found.classes["0"].precision == pytest.approx(2 / 3)


def test_an_answer_that_is_no_label_is_wrong_and_no_class() -> None:
    found = score_labels([("billing", "billing"), ("I cannot say", "billing"), ("billing", "other")])

    assert list(found.classes) == ["billing", "other"]
    assert (found.classes["billing"].items, found.classes["billing"].answered, found.classes["billing"].right) == (
        2,
        2,
        1,
    )
    assert found.classes["other"].precision == 0
    assert found.macro_f1 == 0.25
    assert (score_labels([]).accuracy, score_labels([]).macro_f1) == (0, 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=40))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(answers: list[tuple[str, str]]) -> None:
    for of in score_labels(answers).classes.values():
        both = of.precision + of.recall
        assert of.f1 == pytest.approx(2 * of.precision * of.recall / both if both else 0.0)


def test_every_metric_is_whole_where_answer_and_reference_are_the_same() -> None:
    for text, other in itertools.product(("a b", "ß", "数据"), ("x",)):
        assert is_exact(text, text)
        assert rouge_l(text, text).f1 == 1
        assert not is_exact(text, other)
