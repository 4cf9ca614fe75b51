"""What people paste is read as the resource names that it may be, and nothing else is."""

from __future__ import annotations

import pytest

from reconciler.backends import gemini_pasted, vertex_pasted

PLACE = "projects/acme-ml/locations/us-central1"
CONSOLE = "https://console.cloud.google.com"


def read(pasted: str, project: str = "acme-ml", location: str = "us-central1") -> tuple[str, ...]:
    return vertex_pasted.names_of(pasted, project, location)


@pytest.mark.parametrize(
    ("pasted", "name"),
    [
        (f"{PLACE}/tuningJobs/12", f"{PLACE}/tuningJobs/12"),
        (f"  {PLACE}/models/12@3\n", f"{PLACE}/models/12@3"),
        (f"{PLACE}/tuningJobs/12/operations/9", f"{PLACE}/tuningJobs/12"),
        (f"//aiplatform.googleapis.com/{PLACE}/models/12", f"{PLACE}/models/12"),
        (f"https://us-central1-aiplatform.googleapis.com/v1/{PLACE}/tuningJobs/12", f"{PLACE}/tuningJobs/12"),
        (
            f"https://us-central1-aiplatform.googleapis.com/v1/{PLACE}/endpoints/12:generateContent",
            f"{PLACE}/endpoints/12",
        ),
        ("tuningJobs/12", f"{PLACE}/tuningJobs/12"),
        ("models/12@2", f"{PLACE}/models/12@2"),
        ("12@2", f"{PLACE}/models/12@2"),
        ("locations/eu/endpoints/12", "projects/acme-ml/locations/eu/endpoints/12"),
    ],
)
def test_a_name_is_read_whichever_part_of_it_is_there(pasted: str, name: str) -> None:
    assert read(pasted) == (name,)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/vertex-ai/studio/tuning/locations/us-central1/tuningJob/12/monitor", "us-central1/tuningJobs/12"),
        ("/vertex-ai/tuning/locations/europe-west4/tuningJob/12/monitor", "europe-west4/tuningJobs/12"),
        ("/agent-platform/tuning/locations/europe-west1/tuningJob/12/monitor", "europe-west1/tuningJobs/12"),
        ("/vertex-ai/generative/language/locations/us-central1/tuning/x", ""),
        ("/vertex-ai/models/locations/us-central1/models/12/versions/3/evaluate", "us-central1/models/12@3"),
        ("/vertex-ai/models/locations/us-central1/models/12", "us-central1/models/12"),
        ("/vertex-ai/locations/us-central1/models/12/versions/default", "us-central1/models/12@default"),
        ("/vertex-ai/online-prediction/locations/us-central1/endpoints/12", "us-central1/endpoints/12"),
        ("/vertex-ai/online-prediction/locations/us-central1/endpoints", ""),
    ],
)
def test_a_page_of_the_console_is_what_its_address_names(path: str, name: str) -> None:
    expected = (f"projects/other-ml/locations/{name}",) if name else ()

    assert read(f"{CONSOLE}{path}?project=other-ml&authuser=1") == expected
    assert read(f"{CONSOLE}{path}?authuser=1") == tuple(n.replace("other-ml", "acme-ml") for n in expected)


def test_a_bare_number_may_be_of_a_job_a_model_or_an_endpoint_there_or_in_a_multi_region() -> None:
    assert read("12") == (
        f"{PLACE}/tuningJobs/12",
        f"{PLACE}/models/12",
        f"{PLACE}/endpoints/12",
        "projects/acme-ml/locations/us/endpoints/12",
        "projects/acme-ml/locations/eu/endpoints/12",
    )


@pytest.mark.parametrize("pasted", ["", " ", "router", "tunedModels/x", "https://example.com/", "http://[", "12/13"])
def test_what_is_no_name_is_none(pasted: str) -> None:
    assert read(pasted) == ()


def test_a_number_means_nothing_without_a_place() -> None:
    assert (read("12", "", ""), read("tuningJobs/12", "acme-ml", "")) == ((), ())


@pytest.mark.parametrize(
    "pasted",
    [
        "tunedModels/next-1",
        "next-1",
        "https://aistudio.google.com/app/tuned_models/next-1",
        "https://aistudio.google.com/prompts/new_chat?model=tunedModels%2Fnext-1&x=1",
        "https://aistudio.google.com/app/prompts?model=tunedModels/next-1",
        "https://generativelanguage.googleapis.com/v1beta/tunedModels/next-1:generateContent",
    ],
)
def test_a_tuned_model_is_read_from_its_id_its_name_or_a_page(pasted: str) -> None:
    assert gemini_pasted.names_of(pasted) == ("tunedModels/next-1",)


@pytest.mark.parametrize("pasted", ["", "12", "https://aistudio.google.com/", f"{PLACE}/tuningJobs/12"])
def test_what_is_no_tuned_model_is_none(pasted: str) -> None:
    assert gemini_pasted.names_of(pasted) == ()
