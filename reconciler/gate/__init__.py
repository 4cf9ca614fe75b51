"""The gate: a trained model against what its spec demands of it. A deployment passes or stops on it.

It fails closed: a metric that is missing, a prompt without an answer, and a gate over nothing do not pass.
"""

from reconciler.gate.bench import Answers, Bench
from reconciler.gate.deployed import judge
from reconciler.gate.successor import judge_successor

__all__ = ["Answers", "Bench", "judge", "judge_successor"]
