"""Remedies are true or absent: each names only what the answer, or the request, names. Bodies as they are published."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.targets import Service
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.permissions import role_of
from tests.backends.fakes import an_error, error_info, wired

READ = Call("tuningJobs.list", Service.VERTEX, "GET", "/v1/x", location="us-central1", project="acme-ml")
CREATE = Call(
    "tuningJobs.create",
    Service.VERTEX,
    "POST",
    "/v1/x",
    kind=CallKind.CREATE,
    location="us-central1",
    project="acme-ml",
    body=b"{}",
)
GEMINI = Call("tunedModels.get", Service.GEMINI, "GET", "/v1beta/tunedModels/x", quota_project="acme-ml")
OBJECT = Call("objects.get", Service.STORAGE, "GET", "/storage/v1/b/acme-tuning/o/train.jsonl", project="acme-ml")

KEY = "projects/keys-prod/locations/us-central1/keyRings/ring/cryptoKeys/tuning"
ACT_AS = "gcloud iam service-accounts add-iam-policy-binding"
TRAINER = "trainer@acme-ml.iam.gserviceaccount.com"


@dataclass(frozen=True)
class Case:
    """An answer, the code it gets, what its remedy must and must not say, and its command."""

    name: str
    call: Call
    answer: httpx.Response
    code: str
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = field(default=())
    command: str = ""


def _403(message: str, *details: dict[str, Any]) -> httpx.Response:
    return an_error(403, "PERMISSION_DENIED", message, *details)


def denied(permission: str, resource: str) -> httpx.Response:
    message = f"Permission '{permission}' denied on resource '//x.googleapis.com/{resource}' (or it may not exist)."
    return _403(message, error_info("IAM_PERMISSION_DENIED", permission=permission, resource=resource))


def storage_403(message: str) -> httpx.Response:
    errors = [{"message": message, "domain": "global", "reason": "forbidden"}]
    return httpx.Response(403, json={"error": {"code": 403, "message": message, "errors": errors}})


CASES = (
    Case(
        "create a tuning job",
        CREATE,
        denied("aiplatform.tuningJobs.create", "projects/acme-ml/locations/us-central1"),
        "API122",
        ("aiplatform.tuningJobs.create", "projects/acme-ml/locations/us-central1", "roles/aiplatform.user"),
        command="gcloud projects add-iam-policy-binding acme-ml --member=MEMBER --role=roles/aiplatform.user",
    ),
    Case(
        "a permission on another project",
        READ,
        denied("aiplatform.tuningJobs.list", "projects/other-ml/locations/us-central1"),
        "API122",
        ("other-ml",),
        ("acme-ml",),
        "gcloud projects add-iam-policy-binding other-ml --member=MEMBER --role=roles/aiplatform.user",
    ),
    Case(
        "a permission that no role is known to hold",
        READ,
        denied("aiplatform.schedules.frobnicate", "projects/acme-ml/locations/us-central1"),
        "API122",
        ("aiplatform.schedules.frobnicate",),
        ("roles/", "gcloud"),
    ),
    Case(
        "act as a service account, 403",
        CREATE,
        _403(f"Permission 'iam.serviceAccounts.actAs' denied on service account {TRAINER} (or it may not exist)."),
        "API122",
        ("iam.serviceAccounts.actAs", "roles/iam.serviceAccountUser", TRAINER),
        ("aiplatform",),
        f"{ACT_AS} {TRAINER} --member=MEMBER --role=roles/iam.serviceAccountUser",
    ),
    Case(
        "act as a service account, 400",
        CREATE,
        an_error(
            400,
            "INVALID_ARGUMENT",
            f"You do not have permission to act as service_account: {TRAINER}. (or it may not exist).",
        ),
        "API320",
        ("iam.serviceAccounts.actAs", TRAINER),
        ("aiplatform",),
        f"{ACT_AS} {TRAINER} --member=MEMBER --role=roles/iam.serviceAccountUser",
    ),
    Case(
        "an encryption key",
        CREATE,
        denied("cloudkms.cryptoKeyVersions.useToEncrypt", KEY),
        "API122",
        ("cloudkms.cryptoKeyVersions.useToEncrypt", KEY, "service agent of Vertex AI"),
        ("aiplatform.user",),
        "gcloud kms keys add-iam-policy-binding tuning --keyring=ring --location=us-central1 --project=keys-prod "
        "--member=MEMBER --role=roles/cloudkms.cryptoKeyEncrypterDecrypter",
    ),
    Case(
        "an encryption key, FAILED_PRECONDITION",
        CREATE,
        an_error(
            400,
            "FAILED_PRECONDITION",
            "The customer-managed encryption key required by the requested resource is not accessible. Error reason: "
            f"generic::permission_denied: Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on "
            f"resource '{KEY}' (or it may not exist).",
        ),
        "API320",
        ("cloudkms.cryptoKeyVersions.useToDecrypt", KEY),
        command="gcloud kms keys add-iam-policy-binding tuning --keyring=ring --location=us-central1 "
        "--project=keys-prod --member=MEMBER --role=roles/cloudkms.cryptoKeyEncrypterDecrypter",
    ),
    Case(
        "an object, with the account in the words",
        OBJECT,
        storage_403(
            f"{TRAINER} does not have storage.objects.get access to the Google Cloud Storage object. Permission "
            "'storage.objects.get' denied on resource (or it may not exist)."
        ),
        "API122",
        ("storage.objects.get", "gs://acme-tuning", TRAINER, "roles/storage.objectViewer"),
        ("project",),
        f"gcloud storage buckets add-iam-policy-binding gs://acme-tuning --member=serviceAccount:{TRAINER} "
        "--role=roles/storage.objectViewer",
    ),
    Case(
        "an upload by a person",
        OBJECT,
        storage_403("jo@acme.dev does not have storage.objects.create access to the Google Cloud Storage object."),
        "API122",
        ("storage.objects.create", "jo@acme.dev", "roles/storage.objectUser"),
        command="gcloud storage buckets add-iam-policy-binding gs://acme-tuning --member=user:jo@acme.dev "
        "--role=roles/storage.objectUser",
    ),
    Case(
        "a bucket's metadata, for which no role of ours is known",
        OBJECT,
        storage_403("jo@acme.dev does not have storage.buckets.get access to the Google Cloud Storage bucket."),
        "API122",
        ("storage.buckets.get",),
        ("roles/",),
    ),
    Case("nothing named", READ, _403("The caller does not have permission"), "API122", never=("roles/", "acme-ml")),
    Case(
        "nothing named by the Gemini API",
        GEMINI,
        _403("The caller does not have permission"),
        "API122",
        never=("role",),
    ),
    Case(
        "a tuned model of somebody else's",
        GEMINI,
        _403("You do not have permission to access tuned model tunedModels/number-generator-x1"),
        "API122",
        ("tunedModels/number-generator-x1", "misspelt"),
        ("serviceUsageConsumer", "gcloud"),
    ),
    Case(
        "the API is off in the project of the specs",
        READ,
        _403(
            "Vertex AI API has not been used in project acme-ml before or it is disabled. Enable it by visiting "
            "https://console.developers.google.com/apis/api/aiplatform.googleapis.com/overview?project=acme-ml.",
            error_info("SERVICE_DISABLED", service="aiplatform.googleapis.com", consumer="projects/acme-ml"),
        ),
        "API123",
        ("aiplatform.googleapis.com", "acme-ml"),
        ("quota project",),
        "gcloud services enable aiplatform.googleapis.com --project=acme-ml",
    ),
    Case(
        "the API is off in a quota project",
        READ,
        _403(
            "Vertex AI API has not been used in project laptop-quota before or it is disabled.",
            error_info("SERVICE_DISABLED", service="aiplatform.googleapis.com", consumer="projects/laptop-quota"),
        ),
        "API123",
        ("project laptop-quota", "It is the quota project of your login"),
        ("project acme-ml",),
        "gcloud services enable aiplatform.googleapis.com --project=laptop-quota",
    ),
    Case(
        "the API is off in a project told by number, in words alone",
        READ,
        _403(
            "Cloud Storage API has not been used in project 4711 before or it is disabled. Enable it by visiting "
            "https://console.developers.google.com/apis/api/storage.googleapis.com/overview?project=4711 then retry."
        ),
        "API123",
        ("storage.googleapis.com", "4711", "If that is not the number of acme-ml"),
        ("aiplatform",),
        "gcloud services enable storage.googleapis.com --project=4711",
    ),
    Case(
        "a login without a quota project",
        READ,
        _403(
            "Your application is authenticating by using local Application Default Credentials. The "
            "aiplatform.googleapis.com API requires a quota project, which is not set by default.",
            error_info("SERVICE_DISABLED", service="aiplatform.googleapis.com", consumer="projects/764086051850"),
        ),
        "API124",
        ("quota project",),
        ("764086051850", "services enable"),
        "gcloud auth application-default set-quota-project acme-ml",
    ),
    Case(
        "gcloud's own project, in the old words",
        READ,
        _403(
            "Vertex AI API has not been used in project 764086051850 before or it is disabled.",
            error_info("SERVICE_DISABLED", service="aiplatform.googleapis.com", consumer="projects/764086051850"),
        ),
        "API123",
        ("quota project",),
        ("764086051850",),
        "gcloud auth application-default set-quota-project acme-ml",
    ),
    Case(
        "a quota project that one may not use",
        READ,
        _403(
            "Caller does not have required permission to use project shared-quota. Grant the caller the "
            "roles/serviceusage.serviceUsageConsumer role, or one with the serviceusage.services.use permission.",
            error_info("USER_PROJECT_DENIED", service="aiplatform.googleapis.com", consumer="projects/shared-quota"),
        ),
        "API124",
        ("serviceusage.services.use", "projects/shared-quota", "another quota project"),
        ("acme-ml",),
        "gcloud projects add-iam-policy-binding shared-quota --member=MEMBER "
        "--role=roles/serviceusage.serviceUsageConsumer",
    ),
    Case(
        "a project that is not there",
        READ,
        _403(
            "Permission denied on resource project acme-mll.",
            error_info("CONSUMER_INVALID", service="aiplatform.googleapis.com", consumer="projects/acme-mll"),
        ),
        "API360",
        ("project acme-mll", "spelt right"),
        ("set-quota-project", "roles/"),
    ),
    Case(
        "a suspended project",
        READ,
        _403(
            "Permission denied: Consumer 'projects/4711' has been suspended.",
            error_info("CONSUMER_SUSPENDED", service="aiplatform.googleapis.com", consumer="projects/4711"),
        ),
        "API360",
        ("4711", "suspended"),
    ),
    Case(
        "billing is off",
        READ,
        _403(
            "This API method requires billing to be enabled. Please enable billing on project #4711 by visiting "
            "https://console.developers.google.com/billing/enable?project=4711 then retry.",
            error_info("BILLING_DISABLED", service="aiplatform.googleapis.com", consumer="projects/4711"),
        ),
        "API125",
        ("billing", "4711"),
        ("administrator",),
    ),
    Case(
        "the bucket's owner has no billing",
        OBJECT,
        httpx.Response(
            403,
            json={
                "error": {
                    "code": 403,
                    "message": "The billing account for the owning project is disabled in state absent",
                    "errors": [{"reason": "accountDisabled", "domain": "global"}],
                }
            },
        ),
        "API125",
        ("billing", "project that owns it"),
        ("acme-ml",),
    ),
    Case(
        "a perimeter",
        READ,
        _403(
            "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: uX7-_9aB",
            error_info("SECURITY_POLICY_VIOLATED", service="aiplatform.googleapis.com", uid="uX7-_9aB"),
        ),
        "API125",
        ("VPC Service Controls", "uX7-_9aB"),
        ("billing",),
    ),
    Case(
        "an organisation's policy at create",
        CREATE,
        an_error(
            400,
            "FAILED_PRECONDITION",
            "Organization Policy constraint constraints/vertexai.allowedModels violated for projects/4711 attempting "
            "to use a disallowed Gen AI model gemini-3.5-flash. Please contact your organization administrator.",
        ),
        "API320",
        ("constraints/vertexai.allowedModels",),
    ),
    Case(
        "locations that an organisation forbids",
        READ,
        _403("Constraint constraints/gcp.resourceLocations violated for projects/acme-ml in location us-central1."),
        "API125",
        ("constraints/gcp.resourceLocations",),
    ),
    Case(
        "service agents on their way",
        CREATE,
        an_error(
            400,
            "FAILED_PRECONDITION",
            "Service agents are being provisioned (https://cloud.google.com/vertex-ai/docs/general/access-control"
            "#service-agents). Service agents are needed to read the Cloud Storage file provided. So please try again "
            "in a few minutes.",
        ),
        "API320",
        ("a few minutes",),
        ("roles/",),
    ),
    Case(
        "a place that is not served",
        GEMINI,
        an_error(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
        "API302",
        ("where this machine is",),
    ),
    Case(
        "a base model that is refused",
        CREATE,
        an_error(400, "INVALID_ARGUMENT", "Base model gemini-9 is not supported for tuning."),
        "API320",
        never=("roles/", "gcloud"),
    ),
    Case(
        "the quota of tuning jobs",
        CREATE,
        an_error(
            429,
            "RESOURCE_EXHAUSTED",
            "Quota exceeded for aiplatform.googleapis.com/global_concurrent_tuning_jobs. Please submit a quota "
            "increase request.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_metric="aiplatform.googleapis.com/global_concurrent_tuning_jobs",
                quota_limit_value="1",
                quota_location="us-central1",
            ),
        ),
        "API307",
        ("aiplatform.googleapis.com/global_concurrent_tuning_jobs", "us-central1", "now 1"),
    ),
    Case(
        "a quota without a name",
        READ,
        an_error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
        "API307",
        ("Wait",),
        ("ask for more",),
    ),
    Case(
        "an expired token",
        READ,
        an_error(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
            error_info("ACCESS_TOKEN_EXPIRED"),
        ),
        "API111",
        command="gcloud auth application-default login",
    ),
    Case(
        "a disabled account",
        READ,
        an_error(401, "UNAUTHENTICATED", "The account is disabled.", error_info("ACCOUNT_STATE_INVALID")),
        "API111",
        ("disabled or deleted",),
        ("login",),
    ),
    Case(
        "a token for another audience",
        READ,
        an_error(401, "UNAUTHENTICATED", "Invalid JWT: Failed audience check"),
        "API111",
        ("another audience",),
        ("gcloud",),
    ),
)


def diagnosed(case: Case) -> Diagnostic:
    with pytest.raises(BackendError) as error:
        wired(case.answer).http.send(case.call)
    return error.value.diagnostic


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_remedy_comes_from_the_answer(case: Case) -> None:
    found = diagnosed(case)

    told = f"{found.fix} {found.command}"
    assert found.code == case.code
    assert [words for words in case.says if words not in told] == []
    assert [words for words in case.never if words in told] == []
    assert found.command == case.command


NAMES = re.compile(
    r"roles/[\w.]+|[a-z]+\.[A-Za-z]+\.[A-Za-z]+\b|[\w.+-]+@[\w.-]+\w|gs://[\w./-]+\w|projects/[\w./-]+\w"
    r"|constraints/[\w.]+\w|\d{4,}|tunedModels/[\w-]+"
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_name_in_a_remedy_is_in_the_answer_or_in_the_request(case: Case) -> None:
    answer = json.dumps(case.answer.json())
    asked = f"{case.call.path} {case.call.project} gs://{case.call.bucket}"

    found = diagnosed(case)

    for name in NAMES.findall(f"{found.fix} {found.command}"):
        holds = [p for p in NAMES.findall(f"{found.fix} {answer}") if role_of(p) == name]
        acts = name == "iam.serviceAccounts.actAs" and "to act as service_account" in answer
        assert name in answer or name in asked or holds or acts, name


def test_nothing_of_an_answer_becomes_a_part_of_a_command_unless_it_is_one_harmless_word() -> None:
    evil = error_info(
        "IAM_PERMISSION_DENIED", permission="storage.objects.get; rm -rf ~", resource="projects/$(id)/buckets/`x`"
    )

    found = diagnosed(Case("evil", OBJECT, _403("x", evil), "API122"))

    told = f"{found.fix} {found.command}"
    assert "rm" not in told
    assert "$" not in told
