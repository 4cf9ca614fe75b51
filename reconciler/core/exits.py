"""Exit codes, fixed by the contract (docs/reference/exit-codes.md)."""

from __future__ import annotations

OK = 0
FAILED = 1
CHANGES = 2
"""Only with `plan --detailed-exitcode`."""
REFUSED = 3
STILL_RUNNING = 4
INCONCLUSIVE = 5
"""What was trained is there, and nobody can tell yet whether it is good enough."""
USAGE = 64
"""click's own 2 must not read as "changes"."""
BUG = 70
INTERRUPTED = 130
TERMINATED = 143

MEANINGS = {
    OK: "done, nothing to do, or changes shown",
    FAILED: "failed; also a stale plan, a held lock, and anything blocked",
    CHANGES: "changes pending; only with `plan --detailed-exitcode`",
    REFUSED: "refused by a limit, or the gate did not pass",
    STILL_RUNNING: "still running: --timeout or --no-wait ended it, or the gate met a training in progress",
    INCONCLUSIVE: "the gate could not tell: more items or answers are needed; what serves goes on serving",
    USAGE: "wrong usage",
    BUG: "a bug of ours",
    INTERRUPTED: "interrupted (SIGINT)",
    TERMINATED: "terminated (SIGTERM), or its terminal went away (SIGHUP)",
}
