"""What mends a refusal, as far as the answer names it: the permission, the resource, the project, the account.

A remedy is true or absent. What an answer does not name is not guessed: a role is named only where Google's own
reference says that it holds the permission (core/permissions.py), a project only where the answer names it. Pure.

Sources: the reasons are those of google/api/error_reason.proto; the forms of messages are recorded ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.backends.problems import Problem
from reconciler.core.permissions import Denied, Remedy, denied_in, first_of, grant_of, word

LOGIN = "gcloud auth application-default login"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, as far as an error message and its remedy depend on it. `bucket` is Cloud Storage's."""

    method: str
    service: str
    project: str = ""
    creates: bool = False
    changes: bool = False
    scopes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    bucket: str = ""


_FIXES = {
    "API211": "Is there a proxy or a network login page on the way?",
    "API216": "Is something on the way, or is the address wrong?",
    "API304": "Is the location spelt right, and the address that of the service?",
    "API308": "Try again later.",
}


# Who asks


def _token(problem: Problem) -> Remedy:
    if problem.reason == "ACCOUNT_STATE_INVALID":
        return Remedy("The account is disabled or deleted: have somebody restore it, or use another one.")
    if "audience" in problem.message.lower():
        return Remedy("The token is made for another audience: look at how these credentials are set up.")
    return Remedy("Log in again, or renew what GOOGLE_APPLICATION_CREDENTIALS names.", LOGIN)


def _scope(asked: Asked) -> Remedy:
    scopes = ",".join(asked.scopes)
    if asked.service == "gemini":
        return Remedy(
            "An API key is not enough to tune: log in through an OAuth client, with the scope of tuning.",
            f"{LOGIN} --client-id-file=client_secret.json --scopes={scopes}",
        )
    return Remedy("Log in with the scope that is missing.", f"{LOGIN} --scopes={scopes}")


# Refusals


def _refused(problem: Problem, asked: Asked) -> Remedy:
    """A 403, or a 400 whose words are about a permission: the service uses both."""
    words = problem.message
    model = re.search(r"permission to access (?:the )?tuned model (tunedModels/[\w-]+)", words)
    if model:
        return Remedy(
            f"Have the owner of {model[1]} share it with you; or is the name misspelt? "
            "The service answers alike for a model that does not exist."
        )
    if "ervice agents are being provisioned" in words:
        return Remedy("Wait a few minutes: the service is setting up its agents in the project. Then run it again.")
    if "location is not supported" in words:
        return Remedy("The service is not offered where this machine is: run it from elsewhere.")
    if constraint := _constraint(problem):
        return Remedy(_of_policy(constraint))
    named = problem.metadata.get("permission", ""), problem.metadata.get("resource", "")
    return grant_of(denied_in(words, *named), bucket=word(asked.bucket), project=asked.project)


# Projects

_GCLOUDS_OWN = frozenset({"764086051850", "32555940559"})
"""Projects of gcloud's own OAuth clients: a login without a quota project is counted there."""


def _disabled(problem: Problem, asked: Asked) -> Remedy:
    api = word(problem.metadata.get("service", "")) or first_of(problem.message, (r"\b([a-z]+\.googleapis\.com)\b",))
    project = project_in(problem)
    if project in _GCLOUDS_OWN:
        return _no_quota_project(asked)
    if not (api and project):
        return Remedy(f"Enable {api or 'the API'} in the project that the service names, and wait a few minutes.")
    fix = f"Enable {api} in project {project}, and wait a few minutes."
    ours = word(asked.project)
    if ours and ours != project:
        whose = "It" if ours.isdigit() == project.isdigit() else f"If that is not the number of {ours}, it"
        fix += f" {whose} is the quota project of your login: is it the one you mean?"
    return Remedy(fix, f"gcloud services enable {api} --project={project}")


def _quota_project(problem: Problem, asked: Asked) -> Remedy:
    project = project_in(problem)
    if project and project not in _GCLOUDS_OWN and "requires a quota project" not in problem.message:
        permission = "serviceusage.services.use"
        granted = grant_of(Denied(permission, f"projects/{project}"))
        return Remedy(f"{granted.fix} Or name another quota project.", granted.command)
    return _no_quota_project(asked)


def _no_quota_project(asked: Asked) -> Remedy:
    project = word(asked.project)
    command = f"gcloud auth application-default set-quota-project {project}" if project else ""
    return Remedy("Set a quota project for your login: one that you may use.", command)


def project_in(problem: Problem) -> str:
    """The project that an answer is about: an id or a number."""
    consumer = problem.metadata.get("consumer", "").rpartition("/")[2].removeprefix("project:")
    return word(consumer) or word(first_of(problem.message, _PROJECTS))


_PROJECTS = (r"(?:\b(?:in|on|use|resource) project[ #]+|\bproject=|projects/)'?([a-z][a-z0-9.:-]{4,}[a-z0-9]|\d{4,})",)


def _project(problem: Problem) -> str:
    project = project_in(problem)
    name = f"project {project}" if project else "the project"
    if problem.reason in ("CONSUMER_SUSPENDED", "GCP_SUSPENDED") or "suspended" in problem.message:
        return f"Google has suspended {name}: its owner has to appeal in the console."
    return f"Is {name} spelt right, and is it still there? The service answers alike where you may not see it."


def _forbidden(problem: Problem) -> str:
    project = project_in(problem)
    if problem.reason in ("BILLING_DISABLED", "accountDisabled") or "billing" in problem.message.lower():
        return f"Enable billing for {f'project {project}' if project else 'the project that owns it'}."
    if constraint := _constraint(problem):
        return _of_policy(constraint)
    perimeter = first_of(problem.message, (r"vpcServiceControlsUniqueIdentifier:? ?([\w-]+)",))
    perimeter = perimeter or problem.metadata.get("uid", "")
    if perimeter or problem.reason == "SECURITY_POLICY_VIOLATED":
        named = f" {word(perimeter)}" if word(perimeter) else ""
        return f"Ask an administrator of the organisation to look up the VPC Service Controls violation{named}."
    return "Ask an administrator of the organisation."


def _constraint(problem: Problem) -> str:
    return first_of(problem.message, (r"\b(constraints/[\w.-]+\w)",))


def _of_policy(constraint: str) -> str:
    return f"The organisation's policy {constraint} forbids it: keep to it, or ask whoever administers it."


def _quota(problem: Problem) -> str:
    metric = problem.metadata.get("quota_metric", "") or first_of(
        problem.message, (r"metric:? '?([\w./-]+\w)", r"[Qq]uota exceeded for ([\w.]+/[\w/]+)")
    )
    if not word(metric):
        return "Wait, and try again."
    limit, place = problem.metadata.get("quota_limit_value", ""), problem.metadata.get("quota_location", "")
    at = f" (now {word(limit)})" if word(limit) else ""
    where = f" in {word(place)}" if word(place) else ""
    return f"Wait, or ask for more of {word(metric)}{where}{at}."


_BY_CODE: dict[str, Callable[[Problem, Asked], Remedy]] = {
    "API111": lambda problem, _: _token(problem),
    "API121": lambda _, asked: _scope(asked),
    **dict.fromkeys(("API122", "API301", "API302", "API320"), _refused),
    "API123": _disabled,
    "API124": _quota_project,
    "API125": lambda problem, _: Remedy(_forbidden(problem)),
    "API307": lambda problem, _: Remedy(_quota(problem)),
    "API360": lambda problem, _: Remedy(_project(problem)),
}


def remedy_of(code: str, problem: Problem, asked: Asked) -> Remedy:
    """What mends this answer, or nothing."""
    found = _BY_CODE.get(code)
    return found(problem, asked) if found else Remedy(_FIXES.get(code, ""))
