"""Rewards of answers as people read them."""

from __future__ import annotations

from reconciler.core.diagnostics import Location
from reconciler.core.model import Address, RewardSample
from reconciler.core.rewards import RewardedAnswer, TriedReward
from reconciler.render.style import Style
from reconciler.render.terminal.rewards import render_rewards
from reconciler.render.values import Banner

TUTOR = Address("vertex", "tutor")


def shown(*found: RewardedAnswer, style: Style | None = None) -> str:
    text = render_rewards(TUTOR, found, Banner(workspace="acme"), style or Style(width=80))
    return text.partition("vertex/tutor\n")[2]


def test_right_wrong_and_unjudged_answers_are_told_apart() -> None:
    text = shown(
        RewardedAnswer(RewardSample("4", 2, least=1), TriedReward(1.0)),
        RewardedAnswer(RewardSample("5", most=-1), TriedReward(-0.25, {"right": -1.0, "form": 0.5}), Location("a", 3)),
        RewardedAnswer(RewardSample("6"), TriedReward(0.0)),
        RewardedAnswer(RewardSample("7"), TriedReward(error="evaluate raised KeyError")),
        RewardedAnswer(RewardSample("8"), TriedReward()),
    )

    assert text.splitlines() == [
        "  ✓     1  '4' to example 2",
        "  ✗ -0.25  '5' to example 1",
        "    parts     form 0.5, right -1",
        "    expected  at most -1",
        "    at        a:3",
        "  ·     0  '6' to example 1",
        "  ✗  none  '7' to example 1",
        "    why       evaluate raised KeyError",
        "  ✗  none  '8' to example 1",
        "    why       the service says no reason",
        "",
        "5 answers tried: 1 out of bounds, 2 without a reward. Nothing was trained.",
    ]


def test_foreign_texts_move_no_cursor_and_long_ones_wrap() -> None:
    tried = TriedReward(0.5, {"a\x1b[2J": 0.5, "b": 0.5}, "")
    failed = TriedReward(error="evaluate \x1b[31mraised " + "KeyError " * 30)

    text = shown(
        RewardedAnswer(RewardSample("x\x1b[2J\n" + "word " * 50), tried),
        RewardedAnswer(RewardSample("y"), failed),
        style=Style(width=40, unicode=False),
    )

    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 40
    assert text.startswith("  - ")
