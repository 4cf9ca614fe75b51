"""How large an answer of a service may be, and the variable that raises this limit and every other one."""

from __future__ import annotations

from typing import Final

MIB: Final = 2**20
RAISED_BY: Final = "TUNEFORM_MAX_MIB"
ANSWER_MIB: Final = 32
"""Of one answer, unpacked. A page of a thousand jobs with all their statistics has 5."""
