"""docs/reference/python.md: what `reconciler` exports, from its signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import reconciler
from tests.docs.sections import table

_FIRST = ("Workspace", "Datasets", "WorkspaceRun", "WorkspacePlan")
_LATER = ("Action", "Address", "Severity", "Verdict")
"""Values that others have as well: a sentence is enough."""
_TYPES = re.compile(r"\b(?:reconciler(?:\.\w+)+|collections\.abc|typing)\.")


def workspace() -> str:
    """What is asked and what is changed."""
    return "\n".join(_class(name) for name in _FIRST)


def values() -> str:
    """What calls return."""
    names = [n for n in reconciler.__all__ if n not in (*_FIRST, *_LATER) and inspect.isclass(getattr(reconciler, n))]
    return "\n".join(_class(name) for name in names)


def others() -> str:
    """Everything else that is exported."""
    rows = [(f"`{name}`", _first(getattr(reconciler, name))) for name in (*_LATER, "load")]
    return table(["Name", "What it is"], [*rows, ("`__version__`", "The version of tuneform.")])


def _class(name: str) -> str:
    found = getattr(reconciler, name)
    rows = list(_members(found))
    said = inspect.getdoc(found) or ""
    own = said if found.__doc__ and not said.startswith(f"{name}(") else ""
    begins = f"```text\n{name}{_signature(found.__init__)}\n```\n\n" if name == "Workspace" else ""
    return f"### {name}\n\n{begins}{own}\n" + (f"\n{table(['Member', 'What it is'], rows)}" if rows else "")


def _members(found: Any) -> Iterator[tuple[str, str]]:
    for member in _names(found):
        value = inspect.getattr_static(found, member)
        if isinstance(value, property):
            yield f"`{member}`", _said(value)
        elif isinstance(value, classmethod | staticmethod):
            continue
        elif callable(value):
            yield f"`{member}{_signature(value)}`", _said(value)
        elif member in getattr(found, "__dataclass_fields__", {}) or member in getattr(found, "_fields", ()):
            yield f"`{member}`", ""


def _names(found: Any) -> list[str]:
    """In the order in which they are written, those of bases first."""
    named: dict[str, None] = {}
    for base in reversed(found.__mro__):
        if base.__module__.startswith("reconciler"):
            named |= dict.fromkeys(getattr(base, "_fields", ()))
            named |= dict.fromkeys(getattr(base, "__dataclass_fields__", ()))
            named |= dict.fromkeys(vars(base))
    return [name for name in named if not name.startswith("_")]


def _signature(value: Any) -> str:
    """Without types, which an editor shows, and without `self`."""
    own = [p for p in inspect.signature(value).parameters.values() if p.name != "self"]
    return str(inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in own]))


def _said(value: Any) -> str:
    return " ".join((inspect.getdoc(value) or "").split())


def _first(value: Any) -> str:
    return " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())
