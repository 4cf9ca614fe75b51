"""Times are compared as moments, whatever their text."""

from __future__ import annotations

import pytest

from reconciler.core.times import latest_of, moment, seconds_of

NOON = 1_790_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-09-21T14:13:20Z", NOON),
        ("2026-09-21T14:13:20.000Z", NOON),
        ("2026-09-21T14:13:20+00:00", NOON),
        ("2026-09-21T16:13:20+02:00", NOON),
        ("2026-09-21T14:13:20.500000000Z", NOON + 0.5),
        ("2026-09-21T14:13:20.123456789Z", NOON + 0.123456),
        ("2026-09-21T14:13:20", NOON),
        ("", 0.0),
        ("yesterday", 0.0),
        ("9999-99-99T00:00:00Z", 0.0),
    ],
)
def test_a_time_is_a_moment_whatever_its_offset_and_digits(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds, abs=1e-6)


def test_half_a_second_after_the_full_one_is_later_though_its_text_sorts_before() -> None:
    half, full = "2026-09-21T14:13:20.5Z", "2026-09-21T14:13:20Z"

    assert half < full
    assert moment(half) > moment(full)
    assert latest_of([half, full, ""]) == half
    assert latest_of([]) == ""
