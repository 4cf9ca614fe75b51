"""docs/reference/errors.md: every code that a diagnostic may have, with its paragraph."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping

import reconciler.core
from reconciler.core.diagnostics import Explained

CODE = re.compile(r"(?:SPEC|LOCK|API|PLAN|RUN|GATE|BUG)\d{3}")
_FAMILIES = {
    "SPEC": "your files",
    "LOCK": "the lock",
    "API": "the services, and the way to them",
    "PLAN": "what a plan reports or refuses",
    "RUN": "what happens while a plan is carried out",
    "GATE": "the gate",
    "BUG": "tuneform itself",
}
_BUG = (
    "A bug in tuneform",
    "Something happened that tuneform does not expect. The exit code is 70 and the trace is in a file that the message "
    "names. Read it before you send it: it may quote your specs. The lock is as the last save left it, so that running "
    "the same command again is harmless.",
)

_DATA_RULES = {
    "SPEC090": (
        "Unknown data rule",
        "There is no such rule over training data. The rules are in [data-rules.md](data-rules.md).",
    ),
    "SPEC091": (
        "Unknown severity",
        "A rule over training data takes `error`, `warning`, `note` or `off`.",
    ),
}


def explained() -> dict[str, tuple[str, str]]:
    """Summary and paragraph by code, from the tables beside the code that raises them."""
    found = {"BUG001": _BUG, **_DATA_RULES}
    for table in _tables():
        found |= {code: (entry.summary, entry.paragraph) for code, entry in table.items()}
    return dict(sorted(found.items()))


def errors() -> str:
    """A heading for each family and each code."""
    codes = explained()
    pieces = []
    for family, about in _FAMILIES.items():
        pieces.append(f"## {family}: {about}\n")
        for code, (summary, paragraph) in codes.items():
            if code.startswith(family):
                pieces.append(f"### {code}\n\n**{summary}.** {paragraph}\n")
    return "\n".join(pieces)


def _tables() -> Iterator[Mapping[str, Explained]]:
    for module in pkgutil.iter_modules(reconciler.core.__path__):
        if not module.name.startswith("codes_"):
            continue
        for value in vars(importlib.import_module(f"reconciler.core.{module.name}")).values():
            if isinstance(value, Mapping) and value and all(CODE.fullmatch(str(key)) for key in value):
                yield value
