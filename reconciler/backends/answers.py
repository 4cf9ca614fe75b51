"""What an error answer means: its code, the service's own words, and the command that mends it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.backends.base import BackendError
from reconciler.backends.failures import failure
from reconciler.backends.problems import Problem
from reconciler.backends.quoting import cleaned

_SAFE_IN_A_COMMAND = re.compile(r"[A-Za-z0-9][\w.@:/-]{0,200}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, as far as an error message and its remedy depend on it."""

    method: str
    service: str
    project: str = ""
    creates: bool = False
    changes: bool = False
    scopes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def error_of(problem: Problem, asked: Asked, asked_to_wait_s: float | None) -> BackendError:
    """The BackendError of an error answer."""
    code = _code(problem, asked)
    fix, command = _remedy(code, problem, asked)
    return failure(
        code,
        detail=f"{_said(problem, asked)}{_outcome(problem, asked)}",
        fix=fix,
        command=command,
        retry_after_s=asked_to_wait_s,
        may_have_worked=asked.changes and _may_have_worked(problem.http),
    )


# Codes

_REASONS = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "API121",
    "SERVICE_DISABLED": "API123",
    "USER_PROJECT_DENIED": "API124",
    "CONSUMER_INVALID": "API124",
    "BILLING_DISABLED": "API125",
    "SECURITY_POLICY_VIOLATED": "API125",
    "ORG_RESTRICTION_VIOLATION": "API125",
    "RATE_LIMIT_EXCEEDED": "API307",
    "rateLimitExceeded": "API307",
    "userRateLimitExceeded": "API307",
    "quotaExceeded": "API307",
    "insufficientPermissions": "API121",
    "accessNotConfigured": "API123",
}
_PHRASES = (
    ("insufficient authentication scopes", "API121"),
    ("has not been used in project", "API123"),
    ("it is disabled", "API123"),
    ("requires a quota project", "API124"),
    ("serviceusage.services.use", "API124"),
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


_ROLES = {
    "vertex": "roles/aiplatform.user",
    "gemini": "roles/serviceusage.serviceUsageConsumer",
    "storage": "roles/storage.objectUser",
}
_APIS = {
    "vertex": "aiplatform.googleapis.com",
    "gemini": "generativelanguage.googleapis.com",
    "storage": "storage.googleapis.com",
}
LOGIN = "gcloud auth application-default login"


def _remedy(code: str, problem: Problem, asked: Asked) -> tuple[str, str]:
    """(fix, command). What the service says enters a command only where it is one harmless word."""
    match code:
        case "API121":
            return _scope_remedy(asked)
        case "API122":
            return _permission_remedy(problem, asked)
        case "API123":
            api = _word(problem.metadata.get("service", "")) or _APIS[asked.service]
            command = f"gcloud services enable {api}{_project_flag(problem, asked)}"
        case "API124":
            project = _word(asked.project) or "PROJECT"
            command = f"gcloud auth application-default set-quota-project {project}"
        case _:
            command = LOGIN if code == "API111" else ""
    return _FIXES.get(code, ""), command


_FIXES = {
    "API111": "Log in again.",
    "API123": "Enable the API and wait a minute.",
    "API124": "Name a project that you may use.",
    "API307": "Wait, or ask for a higher quota in the console.",
    "API125": "Ask an administrator of the organisation.",
    "API216": "Is something on the way, or is the address wrong?",
    "API211": "Is there a proxy or a network login page on the way?",
    "API304": "Is the location spelt right, and the address that of the service?",
    "API308": "Try again later.",
}


def _scope_remedy(asked: Asked) -> tuple[str, str]:
    scopes = ",".join(asked.scopes)
    if asked.service == "gemini":
        return (
            "An API key is not enough to tune: log in through an OAuth client, with the scope of tuning.",
            f"{LOGIN} --client-id-file=client_secret.json --scopes={scopes}",
        )
    return "Log in with the scope that is missing.", f"{LOGIN} --scopes={scopes}"


def _permission_remedy(problem: Problem, asked: Asked) -> tuple[str, str]:
    permission = _word(problem.metadata.get("permission", "")) or _permission_in(problem.message)
    project = _word(asked.project) or "PROJECT"
    role = _ROLES[asked.service]
    named = f" the permission {permission}, for instance by" if permission else ""
    return (
        f"Have somebody grant you{named} the role {role}; or is the project misspelt?",
        f"gcloud projects add-iam-policy-binding {project} --member=user:YOU --role={role}",
    )


def _permission_in(message: str) -> str:
    match = re.search(r"[Pp]ermission '([a-z][\w.]{3,80})'", message) or re.search(
        r"\b([a-z]+\.[A-Za-z]+\.[A-Za-z]+) (?:access|permission)", message
    )
    return _word(match[1]) if match else ""


def _project_flag(problem: Problem, asked: Asked) -> str:
    project = _word(asked.project) or _word(problem.metadata.get("consumer", "").rpartition("/")[2])
    return f" --project={project}" if project else ""


def _word(text: str) -> str:
    """`text` where it can stand in a command line that people copy; else ""."""
    return text if _SAFE_IN_A_COMMAND.fullmatch(text) else ""
