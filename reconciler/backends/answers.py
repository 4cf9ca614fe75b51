"""What an error answer means: its code and the service's own words. What mends it is in `remedies`. Pure."""

from __future__ import annotations

from reconciler.backends.base import BackendError
from reconciler.backends.failures import failure
from reconciler.backends.problems import Problem
from reconciler.backends.quoting import cleaned
from reconciler.backends.remedies import Asked, remedy_of


def error_of(problem: Problem, asked: Asked, asked_to_wait_s: float | None) -> BackendError:
    """The BackendError of an error answer."""
    code = _code(problem, asked)
    remedy = remedy_of(code, problem, asked)
    return failure(
        code,
        detail=f"{_said(problem, asked)}{_outcome(problem, asked)}",
        fix=remedy.fix,
        command=remedy.command,
        retry_after_s=asked_to_wait_s,
        may_have_worked=asked.changes and _may_have_worked(problem.http),
    )


# Codes

_REASONS = {
    "ACCESS_TOKEN_EXPIRED": "API111",
    "ACCESS_TOKEN_TYPE_UNSUPPORTED": "API111",
    "ACCOUNT_STATE_INVALID": "API111",
    "CREDENTIALS_MISSING": "API111",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "API121",
    "SERVICE_DISABLED": "API123",
    "USER_PROJECT_DENIED": "API124",
    "CONSUMER_INVALID": "API360",
    "CONSUMER_SUSPENDED": "API360",
    "GCP_SUSPENDED": "API360",
    "RESOURCE_PROJECT_INVALID": "API360",
    "BILLING_DISABLED": "API125",
    "LOCATION_POLICY_VIOLATED": "API125",
    "LOCATION_TAX_POLICY_VIOLATED": "API125",
    "ORG_RESTRICTION_HEADER_INVALID": "API125",
    "ORG_RESTRICTION_VIOLATION": "API125",
    "RESOURCE_USAGE_RESTRICTION_VIOLATED": "API125",
    "SECURITY_POLICY_VIOLATED": "API125",
    "USER_BLOCKED_BY_ADMIN": "API125",
    "RATE_LIMIT_EXCEEDED": "API307",
    "RESOURCE_QUOTA_EXCEEDED": "API307",
    "accountDisabled": "API125",
    "rateLimitExceeded": "API307",
    "userRateLimitExceeded": "API307",
    "quotaExceeded": "API307",
    "insufficientPermissions": "API121",
    "accessNotConfigured": "API123",
}
"""Those of google/api/error_reason.proto that say what is wrong, and Cloud Storage's own."""
_PHRASES = (
    ("insufficient authentication scopes", "API121"),
    ("requires a quota project", "API124"),
    ("has not been used in project", "API123"),
    ("it is disabled", "API123"),
    ("serviceusage.services.use", "API124"),
    ("to use project", "API124"),
    ("vpcServiceControlsUniqueIdentifier", "API125"),
    ("requires billing to be enabled", "API125"),
    ("billing account for the owning project is disabled", "API125"),
    ("constraints/", "API125"),
    ("has been suspended", "API360"),
    ("Permission denied on resource project", "API360"),
)
_BY_STATUS = {
    401: "API111",
    408: "API308",
    409: "API305",
    412: "API306",
    429: "API307",
    499: "API308",
    501: "API310",
}


def _code(problem: Problem, asked: Asked) -> str:
    http = problem.http
    if problem.is_html and http < 500:
        return "API304" if http == 404 else "API211"
    match http:
        case 400:
            return _code_of_400(problem, asked)
        case 403:
            return _code_of_403(problem)
        case 404:
            # Storage answers downloads in plain text; everybody else's JSON says who speaks.
            return "API303" if problem.is_googles or asked.service == "storage" else "API304"
        case _:
            return _BY_STATUS.get(http) or _code_of_class(http)


def _code_of_class(http: int) -> str:
    return {3: "API216", 5: "API308"}.get(http // 100, "API309")


def _code_of_400(problem: Problem, asked: Asked) -> str:
    if problem.reason in _REASONS:
        return _REASONS[problem.reason]
    if asked.creates:
        return "API320"
    return "API302" if problem.status == "FAILED_PRECONDITION" else "API301"


def _code_of_403(problem: Problem) -> str:
    if "requires a quota project" in problem.message:  # its reason says SERVICE_DISABLED, of gcloud's own project
        return "API124"
    if problem.reason in _REASONS:
        return _REASONS[problem.reason]
    return next((code for phrase, code in _PHRASES if phrase in problem.message), "API122")


def _may_have_worked(http: int) -> bool:
    """4xx says that nothing was done; a failure, a time-out or a detour on the way says nothing."""
    return http in (408, 499) or (http >= 500 and http != 501) or http < 400


# Words


def _said(problem: Problem, asked: Asked) -> str:
    words = cleaned(problem.message, asked.secrets)
    quoted = f': "{words}"' if words else ""
    status = f" {cleaned(problem.status, limit=60)}" if problem.status else ""
    request = f" (request {cleaned(problem.request_id, limit=80)})" if problem.request_id else ""
    return f"{asked.method} answered {problem.http}{status}{quoted}{request}."


def _outcome(problem: Problem, asked: Asked) -> str:
    if not asked.creates:
        return ""
    return " It may have worked all the same." if _may_have_worked(problem.http) else " Nothing was created."
