"""What mends a failed training depends on the code and the words of its error."""

from __future__ import annotations

import pytest

from reconciler.core.job_errors import remedy_of_job

AGENT = "service-4711@gcp-sa-aiplatform.iam.gserviceaccount.com"
KEY = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"


@pytest.mark.parametrize(
    ("code", "words", "says", "command"),
    [
        (
            7,
            f"{AGENT} does not have storage.objects.get access to gs://acme-tuning/train.jsonl.",
            ("storage.objects.get", AGENT, "gs://acme-tuning/train.jsonl", "train it again"),
            f"gcloud storage buckets add-iam-policy-binding gs://acme-tuning --member=serviceAccount:{AGENT} "
            "--role=roles/storage.objectViewer",
        ),
        (7, f"{AGENT} cannot read gs://acme-tuning/train.jsonl", (AGENT, "gs://acme-tuning/train.jsonl"), ""),
        (7, "Permission denied.", ("the account that the job runs as", "what the service names"), ""),
        (
            7,
            f"Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource '{KEY}' (or it may not exist).",
            ("cloudkms.cryptoKeyVersions.useToDecrypt", KEY),
            "gcloud kms keys add-iam-policy-binding k --keyring=r --location=us-central1 --project=p --member=MEMBER "
            "--role=roles/cloudkms.cryptoKeyEncrypterDecrypter",
        ),
        (
            3,
            f"{AGENT} does not have storage.objects.list access to the Google Cloud Storage bucket.",
            ("storage.objects.list", AGENT),
            "",
        ),
        (9, "Service agents are being provisioned.", ("a few minutes",), ""),
        (3, "Row: 0. Missing required `contents` field.", ("Correct", "spec or its data"), ""),
        (5, "gs://acme-tuning/train.jsonl does not exist.", ("did not find",), ""),
        (8, "Resource exhausted.", ("quota",), ""),
        (13, "Internal error encountered.", ("not the spec",), ""),
        (14, "The service is currently unavailable.", ("not the spec",), ""),
    ],
)
def test_a_failed_training_is_mended_where_its_error_says(
    code: int, words: str, says: tuple[str, ...], command: str
) -> None:
    found = remedy_of_job(code, words)

    assert [part for part in says if part not in found.fix] == []
    assert found.command == command


@pytest.mark.parametrize("code", [2, 4, 5, 7, 8, 9, 13, 14, 16])
def test_only_what_the_spec_caused_is_mended_in_the_spec(code: int) -> None:
    assert "Correct" not in remedy_of_job(code, "Something went wrong.").fix


def test_what_is_not_known_has_no_remedy() -> None:
    assert remedy_of_job(11, "Out of range.").fix == ""


def test_a_job_that_left_its_model_is_said_to_have_cost_already() -> None:
    words = "Failed to create endpoint. Tuned model is uploaded and can be accessed through Model Registry."

    found = remedy_of_job(13, words, left_model="projects/p/locations/us-central1/models/1@1")

    assert "paid for" in found.fix
