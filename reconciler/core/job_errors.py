"""What mends a training that ended badly, by the code and the words of its error; nothing where they do not say.

A failed training is not trained again by itself: after an edit of the spec or its data `apply` trains, and else
only `--replace ADDRESS` does. The codes are google.rpc.Code.
"""

from __future__ import annotations

from reconciler.core.permissions import Remedy, denied_in, first_of, grant_of

INVALID_ARGUMENT = 3
_NOT_FOUND, _DENIED, _EXHAUSTED, _PRECONDITION, _UNAUTHENTICATED = 5, 7, 8, 9, 16
_OWN = frozenset({2, 4, 10, 13, 14})
"""UNKNOWN, DEADLINE_EXCEEDED, ABORTED, INTERNAL, UNAVAILABLE: failures of the service's own."""
_MAY_BE_ACCESS = frozenset({0, INVALID_ARGUMENT, _PRECONDITION})
"""Codes that come with words about a permission as well."""
_AGENT = "the account that the job runs as (a service agent of Vertex AI, unless spec.serviceAccount is set)"


def is_about_access(code: int, words: str) -> bool:
    """Whether somebody may not read, write or use something: no edit of the spec or its data mends that."""
    if code in (_DENIED, _UNAUTHENTICATED):
        return True
    return code in _MAY_BE_ACCESS and bool(denied_in(words).permission)


def remedy_of_job(code: int, words: str, *, left_model: str = "") -> Remedy:
    """A sentence; and the grant as a command, where the words name enough for one."""
    if left_model:
        return Remedy("The model it left is paid for, and training again is paid for again.")
    if is_about_access(code, words):
        return _access(words)
    if "ervice agents are being provisioned" in words:
        return Remedy("The service was still setting up its agents in the project: train it again in a few minutes.")
    if code in _OWN:
        return Remedy("The service failed, not the spec: train it again.")
    return Remedy(_FIXES.get(code, ""))


_FIXES = {
    INVALID_ARGUMENT: "Correct what the service names, in the spec or its data. An edit trains it anew.",
    _NOT_FOUND: "Put what the service did not find where it looked; then train it again.",
    _EXHAUSTED: "Wait until there is room in the quota, or ask for more of it; then train it again.",
}


def _access(words: str) -> Remedy:
    denied = denied_in(words)
    grant = grant_of(denied)
    if grant.fix:
        fix = grant.fix.replace("whoever asks", _AGENT)
        return Remedy(f"{fix} Then train it again.", grant.command)
    who = denied.principal or _AGENT
    what = denied.resource or first_of(words, (r"(gs://[\w./-]+[\w/])",)) or "what the service names"
    return Remedy(f"Give {who} access to {what}. Then train it again.")
