"""Durations as people write them: `90s`, `10m`, `1h30m`, `2d`. The one reading of them."""

from __future__ import annotations

import re
from typing import Final

FORM: Final = r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?[smhd]){1,8}"
"""A regular expression of a whole duration; also what the schema of the workspace says."""
ADVICE: Final = "Write it like 90s, 10m or 1h30m."

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration_s(text: str) -> float | None:
    """`1h30m` → 5400.0; None for what is no duration."""
    if not re.fullmatch(FORM, text, re.ASCII):
        return None
    return float(sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9.]+)([smhd])", text)))
