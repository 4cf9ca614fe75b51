from __future__ import annotations

import pytest

from reconciler.datasets import Checked, Finding, RuleSet, advise, compare
from tests.datasets.rows import checked, example, examples, lines, preference, turn


def classes(counts: dict[str, int], *, start: int = 0) -> Checked:
    labels = [label for label, count in counts.items() for _ in range(count)]
    return checked(lines(*(example(f"text {start + n}", label) for n, label in enumerate(labels))))


def told(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {finding.rule: finding.detail for finding in findings}


def test_two_files_that_go_together_have_no_finding() -> None:
    findings = compare(checked(examples(500)), checked(examples(50, start=500)))

    assert findings == ()


def test_examples_in_both_files_are_counted() -> None:
    findings = compare(checked(examples(100)), checked(examples(20, start=90)))

    assert told(findings) == {"DATA910": "10 of 20 validation examples."}


def test_more_validation_than_training_looks_swapped() -> None:
    findings = compare(checked(examples(3)), checked(examples(50, start=3)))

    assert set(told(findings)) == {"DATA913"}


@pytest.mark.parametrize(
    ("train", "validation", "rules"),
    [
        (20_000, 5_000, set()),
        (20_000, 5_001, {"DATA911"}),
        (3_334, 1_000, set()),
        (3_336, 1_001, {"DATA912"} if 1_001 > 0.3 * 3_336 else set()),
        (3_337, 1_001, {"DATA912"} if 1_001 > 0.3 * 3_337 else set()),
        (2_000, 1_001, {"DATA912"}),
    ],
)
def test_validation_is_bounded_by_count_and_share(train: int, validation: int, rules: set[str]) -> None:
    findings = compare(checked(examples(train)), checked(examples(validation, start=train)))

    assert set(told(findings)) == rules


def test_older_models_take_256_validation_examples() -> None:
    rules = RuleSet.of("sft", "gemini-1.5-flash-002")

    findings = compare(checked(examples(900)), checked(examples(257, start=900)), rules)

    assert told(findings) == {"DATA911": "257 examples; at most 256 are allowed."}


@pytest.mark.parametrize(("validation", "rules"), [(25, set()), (26, {"DATA915"})])
def test_open_models_take_a_quarter(validation: int, rules: set[str]) -> None:
    of_open_model = RuleSet.of("open-model")
    train, more = (
        checked(lines(*({"prompt": f"{side} {n}", "completion": "c"} for n in range(count))), of_open_model)
        for side, count in (("t", 100), ("v", validation))
    )

    findings = compare(train, more, of_open_model)

    assert set(told(findings)) == rules


def test_another_media_resolution_in_the_validation_data_is_an_error_before_gemini_3() -> None:
    train, validation = (
        checked(lines(example(side, "a", generationConfig={"mediaResolution": f"MEDIA_RESOLUTION_{level}"})))
        for side, level in (("t", "LOW"), ("v", "HIGH"))
    )

    before = compare(train, validation, RuleSet.of("sft", "gemini-2.5-flash"))
    since = compare(train, validation, RuleSet.of("sft", "gemini-3.5-flash"))

    assert told(before) == {"DATA914": "MEDIA_RESOLUTION_LOW for training, MEDIA_RESOLUTION_HIGH for validation."}
    assert since == ()


def test_both_files_have_one_format() -> None:
    findings = compare(checked(examples(2)), checked(lines(preference("q", "a", "b"))))

    assert "DATA916" in told(findings)


def test_a_class_that_training_never_saw_is_named() -> None:
    findings = compare(classes({"yes": 5, "no": 5}), classes({"yes": 2, "perhaps": 2}, start=10))

    assert told(findings) == {"DATA923": '"perhaps"'}


@pytest.mark.parametrize(
    ("counts", "rules"),
    [
        ({"yes": 300, "no": 300}, set()),
        ({"yes": 600, "no": 60}, {"DATA922"}),
        ({"sports": 300, "Sports ": 300}, {"DATA924"}),
        ({f"label {n}": 1 for n in range(600)}, {"DATA925"}),
        ({"a long answer " * 10: 600}, {"DATA925"}),
    ],
)
def test_answers_are_held_against_a_classification(counts: dict[str, int], rules: set[str]) -> None:
    findings = advise(classes(counts), "classification", epochs=3)

    assert set(told(findings)) == rules


@pytest.mark.parametrize(
    ("count", "epochs", "rules"),
    [
        (999, 3, {"DATA920"}),
        (1_000, 4, set()),
        (1_000, 5, {"DATA921"}),
        (1_000, 1, {"DATA921"}),
        (999, 9, {"DATA920"}),
        (1_000, None, set()),
    ],
)
def test_sizes_and_epochs_are_held_against_the_advice(count: int, epochs: int | None, rules: set[str]) -> None:
    findings = advise(checked(examples(count)), "chat", epochs)

    assert set(told(findings)) == rules


def test_media_are_counted_by_kind() -> None:
    image = {"fileData": {"mimeType": "image/png", "fileUri": "gs://acme/1.png"}}
    result = checked(lines({"contents": [turn("user", image, image, "what?"), turn("model", "cats")]}))

    assert result.media == {"image": 2}
    assert result.with_media == 1


def test_examples_without_a_resolution_have_the_default_one() -> None:
    """High is documented as the default: saying so on some lines makes no difference to the service."""
    rules = RuleSet.of("sft", "gemini-2.5-flash")
    plain = example("a")
    high, low = (
        example(size, generationConfig={"mediaResolution": f"MEDIA_RESOLUTION_{size}"}) for size in ("HIGH", "LOW")
    )

    assert "DATA507" not in checked(lines(plain, high), rules).counts
    found = [f.line for f in checked(lines(plain, high, low), rules).findings if f.rule == "DATA507"]
    assert found == [3]
    assert "DATA914" not in told(compare(checked(lines(plain), rules), checked(lines(high), rules), rules))
