"""The workspace decides how much a rule over training data matters, for every command that asks them."""

from __future__ import annotations

import json

import pytest

from tests.datasets_cli.conftest import Project, rows

BLANK_LINE = "DATA106"
FEW = "DATA904"
HISTORIC = "  catalog: historic\n"


@pytest.fixture
def warned(project: Project) -> Project:
    """A spec whose data has two blank lines."""
    project.write("specs/data/train.jsonl", "\n\n".join(rows(21).splitlines()[:3]) + "\n" + rows(20, first="more"))
    project.model()
    return project


def _rules(project: Project, **severities: str) -> None:
    project.workspace(f"{HISTORIC}  dataRules: {json.dumps(severities)}")


def test_validate_shows_warnings_and_passes(warned: Project) -> None:
    shown = warned.run("validate")

    assert shown.code == 0
    assert f"warning {BLANK_LINE}" in shown.out
    assert "specs/data/train.jsonl:2" in shown.out


def test_plan_shows_one_line_a_file_for_what_trains(warned: Project) -> None:
    shown = warned.run("plan")

    assert shown.code == 0
    assert shown.out.count("PLAN119") == 1
    assert "specs/data/train.jsonl: 2 warnings." in shown.out
    assert f"{BLANK_LINE} Blank line: " in shown.out
    assert "tuneform dataset check specs/data/train.jsonl" in shown.out


def test_plan_says_nothing_of_data_that_is_not_trained_on(warned: Project) -> None:
    warned.run("apply --yes")

    shown = warned.run("plan")

    assert "PLAN119" not in shown.out


@pytest.mark.parametrize("command", ["validate", "plan", "dataset check specs/data/train.jsonl"])
def test_a_rule_that_is_off_is_off_everywhere(warned: Project, command: str) -> None:
    _rules(warned, **{BLANK_LINE: "off", FEW: "off"})

    shown = warned.run(command)

    assert shown.code == 0
    assert "warning" not in shown.out.replace("0 warnings", "")


@pytest.mark.parametrize("command", ["validate", "plan", "apply --yes", "dataset check specs/data/train.jsonl"])
def test_a_rule_made_an_error_ends_every_command_with_1(warned: Project, command: str) -> None:
    _rules(warned, **{BLANK_LINE: "error"})

    shown = warned.run(command)

    assert shown.code == 1
    assert f"error {BLANK_LINE}" in shown.text


def test_the_command_line_wins_over_the_workspace(warned: Project) -> None:
    _rules(warned, **{BLANK_LINE: "error"})

    shown = warned.run(f"dataset check specs/data/train.jsonl --rule {BLANK_LINE}=note")

    assert shown.code == 0
    assert f"note {BLANK_LINE}" in shown.out


@pytest.mark.parametrize("command", ["validate", "plan", "dataset check specs/data/train.jsonl"])
def test_a_rule_that_does_not_exist_is_a_mistake_in_the_workspace(warned: Project, command: str) -> None:
    _rules(warned, DATA000="off")

    shown = warned.run(command)

    assert shown.code == 1
    assert "tuneform.yaml: error SPEC090" in shown.text


def test_a_severity_that_does_not_exist_is_told_with_its_line(warned: Project) -> None:
    warned.workspace(f"{HISTORIC}  dataRules:\n    DATA904: loud")

    shown = warned.run("validate")

    assert shown.code == 1
    assert "tuneform.yaml:9:14" in shown.text
    assert "loud" in shown.text


def test_the_recommendations_of_a_task_are_among_the_findings(warned: Project) -> None:
    warned.model(task="classification", epochs=9)

    assert "DATA" in warned.run("validate").out
    found = json.loads(warned.run("validate --format json").out)["diagnostics"]
    assert any("classification" in d["detail"] for d in found)


def test_training_and_validation_data_are_compared(warned: Project) -> None:
    spec = json.loads((warned.folder / "specs/router.yaml").read_text(encoding="utf-8"))
    spec["spec"]["supervisedTuningSpec"]["validationDatasetUri"] = "data/validation.jsonl"
    warned.write("specs/data/validation.jsonl", rows(2, first="more"))
    warned.write("specs/router.yaml", json.dumps(spec))

    found = json.loads(warned.run("validate --format json").out)["diagnostics"]

    overlap = [d for d in found if d["summary"] == "Validation examples that are trained on"]
    assert [d["where"]["path"] for d in overlap] == ["specs/data/validation.jsonl"]


def test_the_command_that_a_plan_names_shows_the_findings_that_it_counted(warned: Project) -> None:
    spec = json.loads((warned.folder / "specs/router.yaml").read_text(encoding="utf-8"))
    spec["spec"]["supervisedTuningSpec"]["validationDatasetUri"] = "data/validation.jsonl"
    spec["spec"]["tuneform"] = {"task": "classification"}
    warned.write("specs/data/train.jsonl", rows(60) + rows(3, first="rare", answer="refund"))
    warned.write("specs/data/validation.jsonl", rows(3) + rows(2, first="more"))
    warned.write("specs/router.yaml", json.dumps(spec))
    planned = json.loads(warned.run("plan --format json").out)
    told = [d for d in planned["diagnostics"] if d["code"] == "PLAN119"]

    commands = {d["command"].removeprefix("tuneform ") for d in told}
    (command,) = commands
    files = json.loads(warned.run(f"{command} --format json").out)["files"]

    shown = {file["name"]: sum(f["severity"] == "warning" for f in file["findings"]) for file in files}
    assert {d["detail"].partition("\n")[0].rstrip("s.") for d in told} == {
        f"{name}: {count} warning" for name, count in shown.items()
    }


def test_a_base_models_minimum_of_examples_is_an_error_of_its_training_data(warned: Project) -> None:
    warned.workspace("  catalog: historic\n  models: {gemini-2.5-flash: {limits: {minExamples: 1000}}}")

    planned = warned.run("plan")
    checked = warned.run("dataset check specs/data/train.jsonl --base-model gemini-2.5-flash")

    assert (planned.code, checked.code) == (1, 1)
    assert "DATA908" in planned.text
    assert "of at least 1,000." in checked.out


def test_advice_about_training_data_is_not_given_of_validation_data(warned: Project) -> None:
    warned.write("validation.jsonl", rows(30, first="others"))
    warned.write("training.jsonl", rows(150))

    shown = warned.run("dataset check training.jsonl --validation validation.jsonl")

    assert "DATA904" not in shown.out


def test_a_task_that_nobody_knows_is_a_wrong_usage(warned: Project) -> None:
    assert warned.run("dataset check specs/data/train.jsonl --task klassification").code == 64
