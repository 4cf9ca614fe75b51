"""`tuneform models`: the catalogue as people and programs read it, corrected by the workspace; and `migrate`."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import yaml

from reconciler.core.catalog import Catalog
from reconciler.files.catalog import shipped_catalog
from tests.datasets_cli.conftest import Project


@pytest.mark.parametrize("command", ["models", "models --all", "models --calendar"])
def test_every_view_fits_eighty_columns(project: Project, command: str) -> None:
    shown = project.run(command)

    assert shown.code == 0
    assert max(map(len, shown.out.splitlines())) <= 80
    assert f"As of {shipped_catalog().as_of}, " in shown.out


def test_the_table_leaves_out_what_cannot_be_tuned(project: Project) -> None:
    shown = project.run("models").out

    assert "gemini-3.5-flash " in shown
    assert "gemini-2.5-flash" not in shown
    assert "tuneform models --all" in shown


def test_the_calendar_is_in_the_order_of_days(project: Project) -> None:
    days = [line[:10] for line in project.run("models --calendar").out.splitlines() if line[:2] == "20"]

    assert days == sorted(days)
    assert len(days) > 10


def test_json_is_the_catalogue(project: Project) -> None:
    catalog = msgspec.json.decode(project.run("models --format json").out, type=Catalog)

    known = catalog.find("vertex", "gemini-2.5-flash")
    assert known is not None
    assert str(known.retires) == "2026-10-20"


def test_the_workspace_corrects_and_adds_rows(project: Project) -> None:
    project.workspace("  models: {gemini-2.5-flash: {status: current}, gemini-9: {methods: [supervised]}}")

    shown = project.run("models").out

    assert "gemini-2.5-flash " in shown
    assert "gemini-9 " in shown


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{retired: true}", "retired"),
        ("{cutOff: soon}", "a date"),
        ("{methods: [magic]}", "magic"),
        ("{limits: {examples: -1}}", "examples"),
    ],
)
def test_a_mistake_in_a_correction_has_its_place(project: Project, row: str, words: str) -> None:
    project.workspace(f"  models:\n    gemini-9: {row}")

    shown = project.run("validate")

    assert shown.code == 1
    assert "tuneform.yaml:8" in shown.text
    assert words in shown.text


# A plan


def test_a_plan_refuses_a_base_model_past_its_cut_off(project: Project) -> None:
    project.workspace("  catalog: current")
    project.model(base="gemini-2.5-flash")

    shown = project.run("plan")
    allowed = project.run("plan --allow-retired")

    assert shown.code == 3
    assert "PLAN107" in shown.text
    assert "Train gemini-3.5-flash instead" in shown.text.replace("\n  ", " ").replace("\n", " ")
    assert allowed.code == 0


def test_a_corrected_cut_off_lets_it_train(project: Project) -> None:
    project.workspace("  models: {gemini-2.5-flash: {cutOff: 2199-01-01, retires: 2199-01-01}}")
    project.model(base="gemini-2.5-flash")

    assert project.run("plan").code == 0


def test_a_model_whose_base_is_retired_is_warned_of(project: Project) -> None:
    project.model(base="gemini-2.5-flash")
    project.run("apply --yes")
    project.workspace("  catalog: current")

    shown = project.run("plan --detailed-exitcode")

    assert shown.code == 0
    assert "PLAN117" in shown.text


def test_an_unknown_base_model_is_warned_of_and_planned(project: Project) -> None:
    project.workspace("  catalog: current")
    project.model(base="gemini-9-flash")

    shown = project.run("plan")

    assert shown.code == 0
    assert "warning PLAN114" in shown.text


# migrate


def _spec(path: str) -> dict[str, object]:
    document: dict[str, object] = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    return document


def test_the_successor_loads_plans_and_trains(project: Project) -> None:
    project.model(base="gemini-2.5-flash", task="classification", lifecycle={"protect": True, "keep": 2})
    project.run("apply --yes")
    project.workspace("  catalog: current")

    written = project.run("models migrate vertex/router --out specs/next/router-next.yaml")
    plan = project.run("plan --detailed-exitcode")
    applied = project.run("apply --yes")

    assert written.code == 0, written.text
    assert plan.code == 2
    assert "+ vertex/router-next" in plan.out
    assert "1 unchanged" in plan.out
    assert applied.code == 0, applied.text
    spec = _spec("specs/next/router-next.yaml")["spec"]
    assert spec == {
        "baseModel": "gemini-3.5-flash",
        "tunedModelDisplayName": "router (next)",
        "supervisedTuningSpec": {"trainingDatasetUri": "../data/train.jsonl"},
        "tuneform": {"task": "classification", "lifecycle": {"protect": True, "keep": 2}},
    }


def test_a_gemini_api_model_goes_on_at_vertex_with_its_pairs(project: Project) -> None:
    project.workspace("  catalog: current")
    project.write("specs/data/pairs.csv", "text_input,output\n1,2\n3,4\n")
    project.write(
        "specs/numbers.yaml",
        """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask: {hyperparameters: {epochCount: 5}}
  tuneform: {dataFile: data/pairs.csv}
""",
    )

    written = project.run("models migrate gemini/numbers --out specs/numbers-next.yaml")
    project.run("forget gemini/numbers")
    Path("specs/numbers.yaml").unlink()
    plan = project.run("plan")

    assert written.code == 0, written.text
    assert "+ vertex/numbers-next" in plan.out
    assert "data/numbers-next.jsonl (2 examples" in plan.out
    first = json.loads(Path("specs/data/numbers-next.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["contents"][1] == {"role": "model", "parts": [{"text": "2"}]}


def test_a_successor_is_trained_where_its_base_is_tuned(project: Project) -> None:
    project.write(
        "specs/router.yaml",
        """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  project: other-ml
  location: europe-north1
  baseModel: gemini-2.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
""",
    )

    shown = project.run("models migrate vertex/router")

    document = yaml.safe_load(shown.out)
    assert (document["spec"]["project"], document["spec"]["location"]) == ("other-ml", "europe-west4")
    assert "is not tuned in europe-north1" in shown.out


def test_names_that_are_declared_are_not_used_again(project: Project) -> None:
    project.model()
    project.model("router-next")

    shown = project.run("models migrate vertex/router")

    assert yaml.safe_load(shown.out)["metadata"]["name"] == "router-next-2"


def test_a_successor_without_the_method_is_not_written(project: Project) -> None:
    project.write(
        "specs/router.yaml",
        """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-2.5-flash
  preferenceOptimizationSpec: {trainingDatasetUri: gs://acme-tuning/pairs.jsonl}
""",
    )

    shown = project.run("models migrate vertex/router --out specs/next.yaml")

    assert shown.code == 1
    assert "RUN017" in shown.text
    assert not Path("specs/next.yaml").exists()


@pytest.mark.parametrize(
    ("base", "more", "code"), [("gemini-9", "", "RUN017"), ("gemini-9", " --to gemini-3.5-flash", "")]
)
def test_without_a_replacement_one_must_be_named(project: Project, base: str, more: str, code: str) -> None:
    project.model(base=base)

    shown = project.run(f"models migrate vertex/router{more}")

    assert shown.code == (1 if code else 0)
    assert code in shown.text


def test_nothing_of_the_users_is_overwritten(project: Project) -> None:
    project.model()

    shown = project.run("models migrate vertex/router --out specs/router.yaml")

    assert shown.code == 1
    assert "RUN029" in shown.text
    assert "router-next" not in Path("specs/router.yaml").read_text(encoding="utf-8")


def test_an_address_that_is_not_declared_cannot_migrate(project: Project) -> None:
    project.model()

    shown = project.run("models migrate vertex/other")

    assert shown.code == 1
    assert "RUN013" in shown.text
