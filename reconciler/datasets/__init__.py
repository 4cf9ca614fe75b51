"""Training data: formats, one streaming pass over a file, conversion, tokens.

`check` reads a file once and tells everything about it; `identify` reads it for its digests alone.
"""

from reconciler.datasets.check import check
from reconciler.datasets.checked import Checked, Distribution
from reconciler.datasets.compare import advise, compare
from reconciler.datasets.convert import Converted, NotConverted, convert
from reconciler.datasets.dropped import example_lines
from reconciler.datasets.estimate import TokenEstimate, estimate
from reconciler.datasets.findings import Finding
from reconciler.datasets.formats import Format, Method
from reconciler.datasets.identity import Identity, identify
from reconciler.datasets.limits import Limits
from reconciler.datasets.media import MediaReference, media_references
from reconciler.datasets.pairs import read_pairs
from reconciler.datasets.rules import Rule, RuleSet, all_rules
from reconciler.datasets.source import Source, UnreadableError
from reconciler.datasets.split import SplitLine, split
from reconciler.datasets.stats import Price, stats

__all__ = [
    "Checked",
    "Converted",
    "Distribution",
    "Finding",
    "Format",
    "Identity",
    "Limits",
    "MediaReference",
    "Method",
    "NotConverted",
    "Price",
    "Rule",
    "RuleSet",
    "Source",
    "SplitLine",
    "TokenEstimate",
    "UnreadableError",
    "advise",
    "all_rules",
    "check",
    "compare",
    "convert",
    "estimate",
    "example_lines",
    "identify",
    "media_references",
    "read_pairs",
    "split",
    "stats",
]
