"""A number with its noun, in English."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 model`, `1,204 models`. `plural` where the noun takes more than an s: `1 spec is`, `2 specs are`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
