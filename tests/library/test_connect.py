"""The typed library: what the README promises to Python callers."""

from __future__ import annotations

from pathlib import Path

import pytest

import reconciler
from reconciler import Action, ReconcilerError, Verdict
from tests.cli.session import folder_for

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
    with reconciler.connect(str(project), emulator="embedded") as tuned:
        planned = tuned.plan()
        events = list(tuned.apply(planned))
        again = tuned.plan()
        verdict = tuned.gate().verdict

    assert [c.action for c in planned.plan.changes] == [Action.CREATE]
    assert type(events[-1]).__name__ == "ChangeDone"
    assert again.plan.is_empty
    assert verdict is Verdict.PASSED


def test_the_folder_need_not_be_the_current_one(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")

    with reconciler.connect("..", emulator="embedded") as tuned:
        list(tuned.apply(tuned.plan()))

    assert (project / ".tuneform" / "emulator.lock").exists()


def test_a_plan_that_would_differ_by_now_is_refused(project: Path) -> None:
    with reconciler.connect(str(project), emulator="embedded") as tuned:
        planned = tuned.plan()
        spec = project / "specs/router.yaml"
        spec.write_text(_SPEC.replace("gemini-3.5-flash", "gemini-3.1-flash-lite"), encoding="utf-8")
    with (
        reconciler.connect(str(project), emulator="embedded") as tuned,
        pytest.raises(ReconcilerError, match="PLAN109"),
    ):
        list(tuned.apply(planned))


def test_every_promised_name_is_there() -> None:
    assert all(getattr(reconciler, name) is not None for name in reconciler.__all__)

    with pytest.raises(AttributeError, match="no attribute 'apply_everything'"):
        _ = reconciler.apply_everything
