"""Who lacks which permission on what, as far as words name the three; and the grant that gives it.

Nothing is guessed: a role is named only where Google's own reference says that it holds the permission.
Source: https://cloud.google.com/iam/docs/roles-permissions (2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SAFE_IN_A_COMMAND = re.compile(r"[A-Za-z0-9][\w.@:/-]{0,200}")


@dataclass(frozen=True, slots=True)
class Remedy:
    """A sentence, and a command that carries it out; either may be ""."""

    fix: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Denied:
    """A permission that somebody lacks on something, as far as the words name the three."""

    permission: str = ""
    resource: str = ""
    principal: str = ""


def denied_in(words: str, permission: str = "", resource: str = "") -> Denied:
    """From an answer's words, or a failed job's. What ErrorInfo named already (`permission`, `resource`) counts."""
    found = permission or first_of(words, _PERMISSIONS)
    if not found and re.search(r"permission to act as (the )?service.?account", words):
        found = "iam.serviceAccounts.actAs"
    where = resource or first_of(words, _RESOURCES)
    return Denied(found, where.strip("/"), first_of(words, _PRINCIPALS))


_PERMISSIONS = (
    r"[Pp]ermissions? ['\"\[`]?([a-z][A-Za-z]*\.[A-Za-z]+\.[A-Za-z]+)",
    r"\b([a-z]+\.[A-Za-z]+\.[A-Za-z]+)['\"\]`]? (?:access|permission|denied)",
    r"\b(iam\.serviceAccounts\.actAs|storage\.(?:objects|buckets)\.[a-z]+|cloudkms\.[A-Za-z]+\.[A-Za-z]+)\b",
)
_RESOURCES = (
    r"(projects/[\w.:-]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+)",
    r"service.?account:?\s+['\"]?((?:projects/[^ ]+/serviceAccounts/)?[\w.+-]+@[\w.-]+\.gserviceaccount\.com)",
    r"(gs://[\w./+=@%-]*[\w/=-])",
    r"on (?:the )?resource:? ['\"`]?(?://[a-z.]+/)?([\w./@:-]+[\w-])",
    r"on (?:the )?project ['\"`]?([a-z0-9][\w:.-]*[\w-])",
)
_PRINCIPALS = (
    r"([\w.+-]+@[\w-][\w.-]*\w)['\"`]? (?:does not|doesn't|do not|lacks|needs|is missing|cannot)",
    r"(?:[Cc]aller|[Uu]ser|[Pp]rincipal|[Aa]gent)[ :\[('\"`]+([\w.+-]+@[\w-][\w.-]*\w)",
)

_ROLES = (
    (r"aiplatform\.tuningJobs\.(cancel|create|get|list)", "roles/aiplatform.user"),
    (r"aiplatform\.models\.(delete|get|list|update)", "roles/aiplatform.user"),
    (r"aiplatform\.endpoints\.(delete|get|list|predict|undeploy|update)", "roles/aiplatform.user"),
    (r"aiplatform\.(contexts|metadataStores|tensorboard\w+)\.(get|list|read|batchRead)", "roles/aiplatform.user"),
    (r"iam\.serviceAccounts\.actAs", "roles/iam.serviceAccountUser"),
    (r"cloudkms\.cryptoKeyVersions\.useTo(Encrypt|Decrypt)", "roles/cloudkms.cryptoKeyEncrypterDecrypter"),
    (r"storage\.objects\.(get|list)", "roles/storage.objectViewer"),
    (r"storage\.objects\.(create|delete|update)", "roles/storage.objectUser"),
    (r"serviceusage\.services\.use", "roles/serviceusage.serviceUsageConsumer"),
)
"""The least of Google's own roles that holds a permission, for those that a run needs."""


def role_of(permission: str) -> str:
    """A role that holds it, or "" where none is known to."""
    return next((role for pattern, role in _ROLES if re.fullmatch(pattern, permission)), "")


def grant_of(denied: Denied, *, bucket: str = "", project: str = "") -> Remedy:
    """Who needs what on what, and the command where the role and the place are known."""
    permission = word(denied.permission)
    if not permission:
        return Remedy()
    resource = word(denied.resource) or (f"gs://{bucket}" if bucket and permission.startswith("storage.") else "")
    who, role = word(denied.principal) or "whoever asks", role_of(permission)
    if permission.startswith("cloudkms.") and not denied.principal:
        who = "the account that uses the key (the service agent of Vertex AI, unless spec.serviceAccount is set)"
    has = f"; {role} has it" if role else ""
    where = f" on {resource}" if resource else ""
    fix = f"Grant {permission}{where} to {who}{has}."
    return Remedy(fix, _binding(permission, role, resource, word(denied.principal), bucket, word(project)))


def _binding(permission: str, role: str, resource: str, principal: str, bucket: str, project: str) -> str:
    """`gcloud … add-iam-policy-binding` at the place that the permission is about; "" where that is not known."""
    verb = f"add-iam-policy-binding {{}} --member={_member(principal)} --role={role}"
    if not role:
        return ""
    key = re.fullmatch(r"projects/([^/]+)/locations/([^/]+)/keyRings/([^/]+)/cryptoKeys/([^/]+).*", resource)
    if permission.startswith("cloudkms."):
        place = f"{key[4]} --keyring={key[3]} --location={key[2]} --project={key[1]}" if key else ""
        return f"gcloud kms keys {verb.format(place)}" if place else ""
    if permission.startswith("iam.serviceAccounts."):
        account = resource.rpartition("/")[2]
        return f"gcloud iam service-accounts {verb.format(account)}" if "@" in account else ""
    if permission.startswith("storage."):
        found = re.match(r"gs://([^/]+)|projects/_/buckets/([^/]+)", resource)
        name = (found[1] or found[2]) if found else bucket
        return f"gcloud storage buckets {verb.format(f'gs://{name}')}" if name else ""
    named = re.match(r"projects/([^/]+)", resource)
    place = named[1] if named else project
    return f"gcloud projects {verb.format(place)}" if place else ""


def _member(principal: str) -> str:
    """As gcloud wants it; a placeholder where nobody is named."""
    if not principal:
        return "MEMBER"
    return f"serviceAccount:{principal}" if principal.endswith(".gserviceaccount.com") else f"user:{principal}"


def first_of(words: str, patterns: tuple[str, ...]) -> str:
    """What the first pattern that fits has found, or ""."""
    return next((match[1] for pattern in patterns if (match := re.search(pattern, words))), "")


def word(text: str) -> str:
    """`text` where it can stand in a command line that people copy; else ""."""
    return text if _SAFE_IN_A_COMMAND.fullmatch(text) else ""
