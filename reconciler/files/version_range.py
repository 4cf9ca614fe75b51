"""Ranges of versions such as `>=0.1,<1`, as requiredVersion has them."""

from __future__ import annotations

import operator
import re
from typing import Final

_COMPARE: Final = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def is_in_range(version: str, allowed: str) -> bool:
    """Whether `version` meets every clause; of a pre-release (`0.2.0rc1`) the release numbers count."""
    return all(_meets(_numbers(version), clause.strip()) for clause in allowed.split(","))


def _meets(version: tuple[int, ...], clause: str) -> bool:
    bound = clause.lstrip("<>=!~")
    sign, bound = clause.removesuffix(bound), bound.strip()
    if sign == "~=":
        parts = bound.split(".")
        return version >= _numbers(bound) and version[: len(parts) - 1] == _numbers(bound)[: len(parts) - 1]
    return bool(_COMPARE[sign](version, _numbers(bound)))


def _numbers(version: str) -> tuple[int, ...]:
    """Three numbers at least, so that 0.1 and 0.1.0 are one version."""
    release = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    parts = [int(n) for n in release[0].split(".")] if release else []
    return tuple(parts + [0] * (4 - len(parts)))
