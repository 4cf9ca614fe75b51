from __future__ import annotations

import pytest

from reconciler.datasets import RuleSet
from tests.datasets.rows import checked, example, lines, place, rules_broken

ON = RuleSet.of("sft", severities={"DATA930": "warning", "DATA931": "warning"})


@pytest.mark.parametrize(
    ("words", "rule", "kind"),
    [
        ("key AKIA" + "ABCDEFGHIJKLMNOP", "DATA930", "an AWS access key id"),
        ("AIza" + "x" * 35, "DATA930", "a Google API key"),
        ("ghp_" + "a1" * 18, "DATA930", "a GitHub token"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "DATA930", "a private key"),
        ("write to ann@acme.io.", "DATA931", "an e-mail address"),
        ("card 4111 1111 1111 1111", "DATA931", "a payment card"),
        ("IBAN DE89 3704 0044 0532 0130 00", "DATA931", "an IBAN"),
        ("call +49 30 1234567", "DATA931", "a telephone number"),
        ("ssn 123-45-6789", "DATA931", "a US social security number"),
    ],
)
def test_forms_of_secrets_and_personal_data_are_named_with_their_place(words: str, rule: str, kind: str) -> None:
    result = checked(lines(example(words, "ok")), ON)

    assert place(result, rule) == (1, 51, "contents[0].parts[0].text")
    assert [f.detail for f in result.findings if f.rule == rule] == [f"It has the form of {kind}."]


@pytest.mark.parametrize(
    "words", ["ann@example.com", "4111 1111 1111 1112", "1 + 1 = 2", "0000 0000 0000 0000", "version 1.2.3-4"]
)
def test_what_only_looks_alike_is_left_alone(words: str) -> None:
    assert rules_broken(checked(lines(example(words, "ok")), ON)) == set()


def test_they_are_off_unless_switched_on() -> None:
    assert rules_broken(checked(lines(example("ann@acme.io", "ok")))) == set()
