"""tuneform: a declarative reconciler for tuned Gemini models.

The names below are the library's promise; everything else may change without notice. They are
imported on first use, because a command line that only prints its version should not pay for them.
"""

from __future__ import annotations

from reconciler.version import __version__

# As typing.TYPE_CHECKING; importing typing would triple the time of `tuneform --version`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from reconciler.core.diagnostics import Diagnostic, ReconcilerError
    from reconciler.core.gate_result import GateResult, Verdict
    from reconciler.core.model import Action, Address
    from reconciler.files.specs import Loaded, load
    from reconciler.library import Connection, connect
    from reconciler.workflow.planning import Planned

__all__ = [
    "Action",
    "Address",
    "Connection",
    "Diagnostic",
    "GateResult",
    "Loaded",
    "Planned",
    "ReconcilerError",
    "Verdict",
    "__version__",
    "connect",
    "load",
]

_HOMES = {
    "Action": "reconciler.core.model",
    "Address": "reconciler.core.model",
    "Connection": "reconciler.library",
    "Diagnostic": "reconciler.core.diagnostics",
    "GateResult": "reconciler.core.gate_result",
    "Loaded": "reconciler.files.specs",
    "Planned": "reconciler.workflow.planning",
    "ReconcilerError": "reconciler.core.diagnostics",
    "Verdict": "reconciler.core.gate_result",
    "connect": "reconciler.library",
    "load": "reconciler.files.specs",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
