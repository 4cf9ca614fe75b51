"""tuneform: a declarative reconciler for tuned Gemini models.

The names below are the library's promise; everything else may change without notice. They are
imported on first use, because a command line that only prints its version should not pay for them.
"""

from __future__ import annotations

from reconciler.version import __version__

# As typing.TYPE_CHECKING; importing typing would triple the time of `tuneform --version`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
    from reconciler.core.gate_result import AddressGate, Verdict
    from reconciler.core.model import Action, Address
    from reconciler.files.specs import Loaded, load
    from reconciler.library.curves import Metrics, MetricSeries, TrainingMetrics
    from reconciler.library.datasets import CheckedData, CheckedFile, ConvertedData, DataFigures, Datasets, SplitData
    from reconciler.library.gathering import Garbage
    from reconciler.library.happened import RunEvent, RunResult
    from reconciler.library.importing import ImportableModel
    from reconciler.library.looks import AddressHistory, GateReport, LockedEntry, Outputs, ServiceDetails, StatusTable
    from reconciler.library.notices import Deliveries
    from reconciler.library.pages import PromptAnswer, ReportPage
    from reconciler.library.plans import PlannedChange, WorkspacePlan
    from reconciler.library.results import Diagnostics
    from reconciler.library.rewards import TriedRewards
    from reconciler.library.runs import WorkspaceRun
    from reconciler.library.workspace import Workspace
    from reconciler.render.values import Output, StatusRow

__all__ = [
    "Action",
    "Address",
    "AddressGate",
    "AddressHistory",
    "CheckedData",
    "CheckedFile",
    "ConvertedData",
    "DataFigures",
    "Datasets",
    "Deliveries",
    "Diagnostic",
    "Diagnostics",
    "Garbage",
    "GateReport",
    "ImportableModel",
    "Loaded",
    "LockedEntry",
    "MetricSeries",
    "Metrics",
    "Output",
    "Outputs",
    "PlannedChange",
    "PromptAnswer",
    "ReconcilerError",
    "ReportPage",
    "RunEvent",
    "RunResult",
    "ServiceDetails",
    "Severity",
    "SplitData",
    "StatusRow",
    "StatusTable",
    "TrainingMetrics",
    "TriedRewards",
    "Verdict",
    "Workspace",
    "WorkspacePlan",
    "WorkspaceRun",
    "__version__",
    "load",
]

_HOMES = {
    "Action": "reconciler.core.model",
    "Address": "reconciler.core.model",
    "AddressGate": "reconciler.core.gate_result",
    "AddressHistory": "reconciler.library.looks",
    "PromptAnswer": "reconciler.library.pages",
    "CheckedData": "reconciler.library.datasets",
    "CheckedFile": "reconciler.library.datasets",
    "ConvertedData": "reconciler.library.datasets",
    "DataFigures": "reconciler.library.datasets",
    "Datasets": "reconciler.library.datasets",
    "Deliveries": "reconciler.library.notices",
    "Diagnostic": "reconciler.core.diagnostics",
    "Diagnostics": "reconciler.library.results",
    "Garbage": "reconciler.library.gathering",
    "GateReport": "reconciler.library.looks",
    "ImportableModel": "reconciler.library.importing",
    "Loaded": "reconciler.files.specs",
    "LockedEntry": "reconciler.library.looks",
    "MetricSeries": "reconciler.library.curves",
    "Metrics": "reconciler.library.curves",
    "Output": "reconciler.render.values",
    "Outputs": "reconciler.library.looks",
    "PlannedChange": "reconciler.library.plans",
    "ReconcilerError": "reconciler.core.diagnostics",
    "ReportPage": "reconciler.library.pages",
    "RunEvent": "reconciler.library.happened",
    "RunResult": "reconciler.library.happened",
    "ServiceDetails": "reconciler.library.looks",
    "Severity": "reconciler.core.diagnostics",
    "SplitData": "reconciler.library.datasets",
    "StatusRow": "reconciler.render.values",
    "StatusTable": "reconciler.library.looks",
    "TrainingMetrics": "reconciler.library.curves",
    "TriedRewards": "reconciler.library.rewards",
    "Verdict": "reconciler.core.gate_result",
    "Workspace": "reconciler.library.workspace",
    "WorkspacePlan": "reconciler.library.plans",
    "WorkspaceRun": "reconciler.library.runs",
    "load": "reconciler.files.specs",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
