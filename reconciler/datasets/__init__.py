"""Training data: formats, one streaming pass over a file, conversion, tokens.

`check` reads a file once and reports everything about it; `identify` reads it for its digests alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.datasets.checked import Checked, Distribution
    from reconciler.datasets.checking import check
    from reconciler.datasets.comparing import side_by_side
    from reconciler.datasets.comparison import advise, compare
    from reconciler.datasets.content import identified_rows, pairs_content, rows_content
    from reconciler.datasets.conversion import ColumnMap, Converted, NotConverted, convert
    from reconciler.datasets.differing import difference
    from reconciler.datasets.dropped import example_lines, rows_at
    from reconciler.datasets.figures import stats
    from reconciler.datasets.findings import Finding
    from reconciler.datasets.formats import Format, Method
    from reconciler.datasets.identity import FileIdentity, identify
    from reconciler.datasets.keeping import at_hand
    from reconciler.datasets.leaking import leaks
    from reconciler.datasets.limits import DataLimits
    from reconciler.datasets.media import MediaReference, media_references
    from reconciler.datasets.minimum import too_few
    from reconciler.datasets.noise import Noise, label_noise, questions_at
    from reconciler.datasets.pairs import read_pairs
    from reconciler.datasets.rules import Rule, RuleSet, all_rules, rule_of
    from reconciler.datasets.shares import Wish
    from reconciler.datasets.source import Source, UnreadableError
    from reconciler.datasets.splitting import Split, SplitLine
    from reconciler.datasets.tokens import TokenEstimate, estimate

__all__ = [
    "Checked",
    "ColumnMap",
    "Converted",
    "DataLimits",
    "Distribution",
    "FileIdentity",
    "Finding",
    "Format",
    "MediaReference",
    "Method",
    "Noise",
    "NotConverted",
    "Rule",
    "RuleSet",
    "Source",
    "Split",
    "SplitLine",
    "TokenEstimate",
    "UnreadableError",
    "Wish",
    "advise",
    "all_rules",
    "at_hand",
    "check",
    "compare",
    "convert",
    "difference",
    "estimate",
    "example_lines",
    "identified_rows",
    "identify",
    "label_noise",
    "leaks",
    "media_references",
    "pairs_content",
    "questions_at",
    "read_pairs",
    "rows_at",
    "rows_content",
    "rule_of",
    "side_by_side",
    "split",
    "stats",
    "too_few",
]

# A plan needs the digests of a file, not what its examples mean: each name is imported when it is used.
_HOMES = {
    "Checked": "checked",
    "ColumnMap": "conversion",
    "Converted": "conversion",
    "Distribution": "checked",
    "Finding": "findings",
    "Format": "formats",
    "FileIdentity": "identity",
    "DataLimits": "limits",
    "MediaReference": "media",
    "Method": "formats",
    "Noise": "noise",
    "NotConverted": "conversion",
    "Rule": "rules",
    "RuleSet": "rules",
    "Source": "source",
    "Split": "splitting",
    "SplitLine": "splitting",
    "TokenEstimate": "tokens",
    "UnreadableError": "source",
    "Wish": "shares",
    "advise": "comparison",
    "all_rules": "rules",
    "at_hand": "keeping",
    "check": "checking",
    "compare": "comparison",
    "convert": "conversion",
    "difference": "differing",
    "estimate": "tokens",
    "example_lines": "dropped",
    "rows_at": "dropped",
    "identified_rows": "content",
    "identify": "identity",
    "label_noise": "noise",
    "leaks": "leaking",
    "media_references": "media",
    "pairs_content": "content",
    "questions_at": "noise",
    "read_pairs": "pairs",
    "rows_content": "content",
    "rule_of": "rules",
    "side_by_side": "comparing",
    "split": "splitting",
    "stats": "figures",
    "too_few": "minimum",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
