from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import RuleSet
from reconciler.datasets.patterns import _KINDS, pattern_problems
from reconciler.datasets.scan import fast_reader
from tests.datasets.rows import checked, example, lines, place, rules_broken, turn

pytestmark = pytest.mark.usefixtures("fast_way")

ON = RuleSet.of("sft", severities={"DATA930": "warning", "DATA931": "warning"})


@pytest.mark.parametrize(
    ("words", "rule", "kind"),
    [
        ("key AKIA" + "ABCDEFGHIJKLMNOP", "DATA930", "an AWS access key id"),
        ("key ASIA" + "ABCDEFGHIJKLMNOP", "DATA930", "an AWS access key id"),
        ("ya29." + "x" * 20, "DATA930", "a Google OAuth token"),
        ("github_pat_" + "x" * 22, "DATA930", "a GitHub token"),
        ("sk-" + "x" * 32, "DATA930", "an OpenAI key"),
        ("xoxb-" + "x" * 10, "DATA930", "a Slack token"),
        (".".join(("eyJ" + "x" * 10, "eyJ" + "x" * 10, "x" * 10)), "DATA930", "a JSON web token"),
        ("IBAN XX12" + "ABCDEFGHIJKLMNOP", "DATA931", "an IBAN"),
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


PIECES = st.one_of(
    *(st.from_regex(pattern) for _rule, _kind, pattern in _KINDS),
    st.sampled_from(["4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "+49 30 1234567", "sk-" + "a" * 32]),
    st.text(max_size=8),
)


@given(st.lists(PIECES, max_size=3).map("".join), st.sampled_from(["question", "answer", "system"]), st.booleans())
def test_no_text_with_the_form_of_a_secret_is_passed_by_the_fast_way(text: str, where: str, is_ascii: bool) -> None:
    row = {
        "question": example(f"q{text}", "ok"),
        "answer": example("q", f"a{text}"),
        "system": example("q", "ok", systemInstruction=turn("system", f"s{text}")),
    }[where]
    reader = fast_reader(1_000_000, watches=True)
    line = json.dumps(row, ensure_ascii=is_ascii).encode() + b"\n"

    taken = reader is not None and reader.vouch(line, 0, len(line), wants_labels=False).examples > 0

    assert not (taken and any(pattern_problems(row)))


def test_plain_texts_are_passed_by_the_compiled_way(fast_way: str) -> None:
    reader = fast_reader(1_000_000, watches=True)
    data = lines(example("What costs 12 apples at 3.50?", "42 euros, sky-blue, ghosts."))

    assert (reader is not None) == (fast_way == "compiled")
    assert reader is None or reader.vouch(data, 0, len(data), wants_labels=False).examples == 1
