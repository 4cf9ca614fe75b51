"""A workspace as a program has it: what it is opened with, what it plans and applies, what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

import reconciler
from reconciler import Action, ReconcilerError, Verdict
from reconciler.session.settings import Settings
from tests.cli.session import folder_for
from tests.cli.what_breaks import break_data, break_yaml, remove_data

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    folder_for("", tmp_path)
    Path("specs/router.yaml").write_text(_SPEC, encoding="utf-8")
    return tmp_path


def test_a_program_plans_applies_and_gates(project: Path) -> None:
    with reconciler.Workspace(str(project), emulator="embedded") as tuned:
        planned = tuned.plan()
        events = list(tuned.apply(planned))
        again = tuned.plan()
        verdict = tuned.gate().verdict

    assert [c.action for c in planned.changes] == [Action.CREATE]
    assert events[-1].kind == "change_done"
    assert again.is_empty
    assert verdict is Verdict.PASSED


def test_a_gate_over_some_is_about_those_alone(project: Path) -> None:
    (project / "specs/other.yaml").write_text(_SPEC.replace("router", "other"), encoding="utf-8")
    tuned = reconciler.Workspace(project, emulator="embedded")
    assert tuned.apply(tuned.plan(targets="vertex/router")).wait().ok

    assert tuned.gate(targets="vertex/router").passed
    assert tuned.gate().verdict is Verdict.FAILED
    assert tuned.gate(targets="vertex/router", record=True).warnings == ()


def test_a_report_is_the_text_of_one_page(project: Path) -> None:
    (project / "specs/other.yaml").write_text(_SPEC.replace("router", "other"), encoding="utf-8")
    with reconciler.Workspace(str(project), emulator="embedded") as tuned:
        list(tuned.apply(tuned.plan(targets="vertex/router")))
        page = tuned.report()
        about_one = tuned.report(only="vertex/router", with_curves=False)

    assert page.startswith("<!DOCTYPE html>")
    assert all(name in page for name in ("vertex/router", "vertex/other", "train_total_loss"))
    assert "vertex/router" in about_one
    assert "vertex/other" not in about_one


def test_a_report_names_what_could_not_be_read_and_has_the_rest(project: Path) -> None:
    with reconciler.Workspace(str(project), emulator="embedded") as tuned:
        list(tuned.apply(tuned.plan()))
    (project / "specs/broken.yaml").write_text(_SPEC.replace("baseModel", "baseModle"), encoding="utf-8")

    with reconciler.Workspace(str(project), emulator="embedded") as tuned:
        page = tuned.report()

    assert "baseModle" in page
    assert "vertex/router" in page


def test_a_report_of_nothing_that_is_known_is_refused(project: Path) -> None:
    with (
        reconciler.Workspace(str(project), emulator="embedded") as tuned,
        pytest.raises(ReconcilerError, match="RUN013"),
    ):
        tuned.report(only="vertex/nobody")


def test_the_folder_need_not_be_the_current_one(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")

    with reconciler.Workspace("..", emulator="embedded") as tuned:
        list(tuned.apply(tuned.plan()))

    assert (project / ".tuneform" / "emulator.lock").exists()


def test_a_plan_that_would_differ_by_now_is_refused(project: Path) -> None:
    tuned = reconciler.Workspace(project, emulator="embedded")
    planned = tuned.plan()
    spec = project / "specs/router.yaml"
    spec.write_text(_SPEC.replace("gemini-3.5-flash", "gemini-3.1-flash-lite"), encoding="utf-8")

    with pytest.raises(ReconcilerError, match="PLAN109"):
        tuned.apply(planned).wait()


def test_every_promised_name_is_there() -> None:
    assert all(getattr(reconciler, name) is not None for name in reconciler.__all__)

    with pytest.raises(AttributeError, match="no attribute 'apply_everything'"):
        _ = reconciler.apply_everything


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("CHDIR", "EMULATOR", "WORKSPACE", "LOCK", "PARALLELISM"):
        monkeypatch.delenv(f"TUNEFORM_{name}", raising=False)
    return monkeypatch


def test_what_is_not_given_is_taken_from_the_variables(project: Path, variables: pytest.MonkeyPatch) -> None:
    """So that TUNEFORM_EMULATOR=embedded never talks to Google."""
    variables.setenv("TUNEFORM_EMULATOR", "embedded")
    variables.setenv("TUNEFORM_CHDIR", str(project))
    variables.setenv("TUNEFORM_LOCK", "other.lock")
    variables.chdir("/")

    with reconciler.Workspace() as tuned:
        list(tuned.apply(tuned.plan()))

    assert (project / "other.lock").exists()


def test_an_argument_beats_its_variable_and_an_empty_variable_is_none(
    project: Path, variables: pytest.MonkeyPatch
) -> None:
    variables.setenv("TUNEFORM_EMULATOR", "http://127.0.0.1:9")
    variables.setenv("TUNEFORM_WORKSPACE", "")
    variables.setenv("TUNEFORM_LOCK", "variable.lock")

    with reconciler.Workspace(project, emulator="embedded", lock=project / "argument.lock") as tuned:
        list(tuned.apply(tuned.plan()))

    assert (project / "argument.lock").exists()


@pytest.mark.parametrize("name", ["folder", "emulator", "workspace", "lock"])
def test_an_empty_argument_is_refused(project: Path, variables: pytest.MonkeyPatch, name: str) -> None:
    variables.chdir(project)
    given: dict[str, Any] = {"emulator": "embedded", name: ""}

    with pytest.raises(ReconcilerError, match="RUN028"):
        reconciler.Workspace(**given)


@pytest.mark.parametrize("replace", ["vertex/router", ["vertex/router"], reconciler.Address("vertex", "router")])
def test_an_address_may_be_text_and_one_may_stand_alone(project: Path, replace: object) -> None:
    with reconciler.Workspace(project, emulator="embedded") as tuned:
        list(tuned.apply(tuned.plan()))

        planned = tuned.plan(replace=replace, targets=replace)  # type: ignore[arg-type]

    assert [c.action for c in planned.changes] == [Action.REPLACE]


@pytest.mark.parametrize("name", ["replace", "targets"])
@pytest.mark.parametrize(
    ("given", "code"), [(["vertex/absent"], "PLAN110"), ("router", "RUN028"), (["vertex/"], "RUN028"), ([3], "RUN028")]
)
def test_what_is_no_address_of_ours_is_an_error(project: Path, name: str, given: object, code: str) -> None:
    with reconciler.Workspace(project, emulator="embedded") as tuned, pytest.raises(ReconcilerError, match=code):
        tuned.plan(**{name: given})  # type: ignore[arg-type]


@pytest.mark.parametrize(("allow", "near"), [(["cots"], "cost"), ("cancels", "cancel"), (["cost", "x"], "Give one of")])
def test_a_permission_that_does_not_exist_is_an_error(project: Path, allow: object, near: str) -> None:
    with reconciler.Workspace(project, emulator="embedded") as tuned:
        planned = tuned.plan(allow="cost")
        for ask in (lambda: tuned.plan(allow=allow), lambda: tuned.apply(planned, allow=allow)):  # type: ignore[arg-type]
            with pytest.raises(ReconcilerError) as error:
                ask()
            assert error.value.diagnostics[0].code == "RUN027"
            assert near in error.value.diagnostics[0].fix


_WITHOUT_CLICK = """
import sys
sys.modules["click"] = None  # httpx has a command line too, and does without one
import reconciler
with reconciler.Workspace(sys.argv[1], emulator="embedded") as tuned:
    planned = tuned.plan()
    events = list(tuned.apply(planned))
    assert tuned.plan().is_empty
    assert not list(tuned.wait())
print(len(events), sorted(m for m in sys.modules if m.startswith(("click.", "uvicorn", "reconciler.cli"))))
"""


def test_a_program_plans_and_applies_where_click_cannot_be_imported(project: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_CLICK, str(project)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.partition(" ")[2]) == (0, "[]\n"), done.stdout + done.stderr


def test_settings_are_a_value() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().folder = "elsewhere"  # type: ignore[misc]


@pytest.mark.parametrize("breaks", [break_data, remove_data, break_yaml])
def test_a_program_finishes_a_paid_job_whatever_the_specs_have_become(
    project: Path, monkeypatch: pytest.MonkeyPatch, breaks: Callable[[], None]
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "20000")
    with reconciler.Workspace(project, emulator="embedded") as tuned:
        list(tuned.apply(no_wait=True))
    breaks()

    with reconciler.Workspace(project, emulator="embedded") as tuned:
        events = list(tuned.wait())

    assert events[-1].kind == "change_done"
