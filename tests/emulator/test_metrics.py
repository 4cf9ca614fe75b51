from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from reconciler.emulator.training import Recipe, eval_loss, train_loss
from tests.emulator.conftest import example, jsonl

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

CONTEXTS = "/v1/projects/acme/locations/us-central1/metadataStores/default/contexts"


def run_of(client: Client, job: dict[str, Any]) -> tuple[str, str]:
    """(tensorboard, run) by the chain that the notebooks follow."""
    experiment = client.get(f"/v1/{job['experiment']}")
    tensorboard = experiment["metadata"]["backing_tensorboard_resource"]
    text = quote(f'schema_title="system.ExperimentRun" AND parent_contexts:"{job["experiment"]}"')
    (run,) = client.get(f"{CONTEXTS}?filter={text}")["contexts"]
    name = experiment["name"].rpartition("/")[2]
    return (
        tensorboard,
        f"{tensorboard}/experiments/{name}/runs/{run['name'].rpartition('/')[2].removeprefix(name + '-')}",
    )


@pytest.fixture
def validation(client: Client) -> str:
    return client.upload("validation.jsonl", jsonl([example("What is the capital of Peru?", "Lima")] * 4))


def test_the_chain_from_a_job_leads_to_its_six_series(client: Client, data: str, validation: str) -> None:
    job = client.trained(data, spec={"validationDatasetUri": validation})

    _, run = run_of(client, job)

    series = client.get(f"/v1/{run}/timeSeries")["tensorboardTimeSeries"]
    assert client.get(f"/v1/{run}")["name"] == run
    assert [s["displayName"] for s in series] == [
        "/train_total_loss",
        "/train_fraction_of_correct_next_step_preds",
        "/train_num_predictions",
        "/eval_total_loss",
        "/eval_fraction_of_correct_next_step_preds",
        "/eval_num_predictions",
    ]
    assert series[0]["metadata"]["maxStep"] == "10"


def test_without_validation_data_there_are_three_series(client: Client, data: str) -> None:
    _, run = run_of(client, client.trained(data))

    assert len(client.get(f"/v1beta1/{run}/timeSeries")["tensorboardTimeSeries"]) == 3


def test_points_are_read_in_batches_while_the_job_trains(client: Client, data: str) -> None:
    job = client.tune(data)
    client.advance(20 + 15 + 4)
    tensorboard, run = run_of(client, client.get(f"/v1/{job['name']}"))
    names = [s["name"] for s in client.get(f"/v1/{run}/timeSeries")["tensorboardTimeSeries"]]

    found = client.get(f"/v1/{tensorboard}:batchRead?" + "&".join(f"timeSeries={name}" for name in names))[
        "timeSeriesData"
    ]

    assert [len(f["values"]) for f in found] == [4, 4, 4]
    assert [v["step"] for v in found[0]["values"]] == ["1", "2", "3", "4"]
    assert found[0]["values"][0]["scalar"]["value"] > found[0]["values"][-1]["scalar"]["value"] * 0.9
    assert found[0]["values"][3]["wallTime"].endswith("Z")


def test_one_series_is_read_and_exported(client: Client, data: str) -> None:
    _, run = run_of(client, client.trained(data))
    name = client.get(f"/v1/{run}/timeSeries")["tensorboardTimeSeries"][0]["name"]

    read = client.get(f"/v1/{name}:read?maxDataPoints=5")["timeSeriesData"]
    exported = client.post(f"/v1/{name}:exportTensorboardTimeSeries", {"pageSize": 4})

    assert (read["valueType"], len(read["values"])) == ("SCALAR", 5)
    assert (len(exported["timeSeriesDataPoints"]), exported["nextPageToken"]) == (4, "4")


def test_an_absent_tensorboard_is_not_found_in_the_recorded_words(client: Client) -> None:
    answers = [client.call("GET", f"/v1/projects/1/locations/us-central1/tensorboards/{name}") for name in ("5", "x")]

    assert answers[0].message == "Tensorboard projects/1/locations/us-central1/tensorboards/5 is not found."
    assert answers[1].message == "List of found errors:\t1.Field: name; Message: Invalid Tensorboard resource name.\t"


def plan(**changes: Any) -> Recipe:
    return Recipe(**{"examples": 200, "epochs": 4, "rate": 1.0, "adapter": "FOUR", "seed": "s", **changes})


def test_a_sensible_training_converges() -> None:
    found = plan()

    assert train_loss(found, 1) > 2.0
    assert train_loss(found, found.steps) < 0.9
    assert eval_loss(found, found.steps) < eval_loss(found, 1) / 2


def test_more_data_ends_at_a_lower_loss() -> None:
    small, large = plan(examples=40), plan(examples=2_000)

    assert eval_loss(large, large.steps) < eval_loss(small, small.steps)


def test_too_many_epochs_over_fit() -> None:
    found = plan(examples=50, epochs=60)
    middle = found.steps // 6

    assert train_loss(found, found.steps) < train_loss(found, middle)
    assert eval_loss(found, found.steps) > eval_loss(found, middle) * 1.5


def test_too_high_a_rate_diverges() -> None:
    found = plan(rate=20.0)

    assert eval_loss(found, found.steps) > eval_loss(found, 1)


def test_curves_are_the_same_for_the_same_seed_alone() -> None:
    assert train_loss(plan(), 5) == train_loss(plan(), 5)
    assert train_loss(plan(), 5) != train_loss(plan(seed="t"), 5)
