"""Rules of the workspace through the command line: every form shows them, every way to a change is judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import reconciler
from reconciler import ReconcilerError
from reconciler.cli import run
from tests.cli.session import folder_for

WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}
  policies: [policies]
"""
SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""
POLICY = """\
apiVersion: tuneform.dev/v1
kind: Policy
metadata: {name: team}
spec:
  rules:
    - {name: team-label, about: spec, require: has(spec.labels.team), message: Whose is it?}
    - {name: key, about: spec, severity: warn, require: has(spec.encryptionSpec), message: No key.}
    - {name: cheap, when: has(change.cost), require: double(change.cost.high) < 10}
"""
Change = Callable[[str, str], None]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    folder_for("== tuneform.yaml", tmp_path)
    Path("tuneform.yaml").write_text(WORKSPACE, encoding="utf-8")
    Path("specs/router.yaml").write_text(SPEC, encoding="utf-8")
    Path("policies").mkdir()
    Path("policies/team.yaml").write_text(POLICY, encoding="utf-8")
    return tmp_path


def _edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), encoding="utf-8")


def _only_the_label() -> None:
    _edit("policies/team.yaml", "require: double(change.cost.high) < 10", "require: 'true'")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("form", ["text", "json", "markdown", "github", "junit", "sarif"])
def test_every_form_of_a_plan_has_what_a_rule_says(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["plan", "--format", form])

    shown = capsys.readouterr().out
    assert code == 3
    for text in ("PLAN136", "PLAN139", "Whose is it?", "change.cost.high is not there.", "team-label"):
        assert text in shown
    assert ("No key." in shown) is (form != "junit"), "a warning fails no case of a report"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "words", ["apply --yes", "apply --yes --allow-cost --allow-limits", "apply --dry-run", "apply --no-wait --yes"]
)
def test_no_flag_lets_an_apply_past_a_rule(words: str) -> None:
    code = run(words.split())

    assert code == 3
    assert not Path(".tuneform/emulator.lock").exists()


@pytest.mark.usefixtures("project")
def test_a_saved_plan_is_judged_again_when_it_is_applied(capsys: pytest.CaptureFixture[str]) -> None:
    _edit("specs/router.yaml", "spec:\n", "spec:\n  labels: {team: a}\n")
    _only_the_label()
    assert run(["plan", "--out", "plan.json"]) == 0
    checksum = json.loads(Path("plan.json").read_text(encoding="utf-8"))["checksum"]
    _edit("policies/team.yaml", "has(spec.labels.team)", 'spec.labels.team == "b"')
    capsys.readouterr()

    codes = [run(["apply", "plan.json"]), run(["apply", "--checksum", checksum])]

    assert codes == [3, 3]
    assert "PLAN136" in capsys.readouterr().out


def test_a_program_is_refused_as_a_person_is(project: Path) -> None:
    _only_the_label()

    with reconciler.Workspace(str(project), emulator="embedded") as tuned:
        planned = tuned.plan()
        with pytest.raises(ReconcilerError) as refused:
            list(tuned.apply(planned))

    assert refused.value.exit_code == 3
    assert [d.code for d in refused.value.diagnostics] == ["PLAN136"]


@pytest.mark.usefixtures("project")
def test_a_wrong_rule_stops_who_plans_and_nobody_else(capsys: pytest.CaptureFixture[str]) -> None:
    _edit("policies/team.yaml", "has(spec.labels.team)", "has(spec.lables.team)")

    codes = {words: run(words.split()) for words in ("validate", "plan", "apply --yes", "destroy --all --yes")}
    out, err = capsys.readouterr()
    looking = [run(words.split()) for words in ("status", "schema Policy", "explain policy.spec.rules")]

    assert set(codes.values()) == {1}, codes
    assert (out + err).count('"lables" is not a field of spec.') == 4
    assert looking == [0, 0, 0]


@pytest.mark.usefixtures("project")
def test_mistakes_in_specs_and_in_rules_are_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    _edit("policies/team.yaml", "has(spec.labels.team)", "has(spec.lables.team)")
    _edit("specs/router.yaml", "baseModel", "baseMoodel")

    run(["plan"])

    shown = capsys.readouterr().err
    assert "policies/team.yaml:6:57: error SPEC089" in shown
    assert "specs/router.yaml:5:3: error SPEC023" in shown


@pytest.mark.usefixtures("project")
def test_a_workspace_without_rules_has_nothing_to_try(capsys: pytest.CaptureFixture[str]) -> None:
    _edit("tuneform.yaml", "  policies: [policies]\n", "")

    codes = [run(["policy", "test"]), run(["policy", "list"])]

    assert codes == [1, 1]
    assert capsys.readouterr().err.count("RUN081") == 2


@pytest.mark.usefixtures("project")
def test_a_case_may_be_a_plan_that_was_saved(capsys: pytest.CaptureFixture[str]) -> None:
    run(["plan", "--format", "json"])
    Path("policies/old.json").write_text(capsys.readouterr().out, encoding="utf-8")
    Path("policies/cases.yaml").write_text(
        "apiVersion: tuneform.dev/v1\nkind: PolicyTest\nmetadata: {name: a}\n"
        "spec:\n  rule: cheap\n  cases: [{name: the old one, planFile: old.json, expect: error}]\n",
        encoding="utf-8",
    )

    code = run(["policy", "test"])

    assert code == 0, capsys.readouterr()
    assert "pass  cheap  the old one" in capsys.readouterr().out
    Path("policies/old.json").write_text("{}", encoding="utf-8")
    assert run(["policy", "test"]) == 1
    assert "PLAN112" in capsys.readouterr().err
    Path("policies/old.json").unlink()
    assert run(["policy", "test"]) == 1
    assert "policies/old.json: error SPEC001" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("rule: cheep, cases: [{name: a, change: {}, expect: pass}]", "6:9: error SPEC077"),
        ("rule: cheap, cases: [{name: a, spec: {}, expect: pass}]", "The rule is about: change"),
        ("rule: team-label, cases: [{name: a, change: {}, expect: pass}]", "The rule is about: spec"),
        ("rule: cheap, cases: [{name: a, change: {acton: x}, expect: pass}]", '"acton" is not a field there.'),
        ("rule: cheap, cases: [{name: a, change: {action: x}, expect: pass}]", 'It is never "x".'),
        ("rule: cheap, cases: [{name: a, change: {deposed: 1}, expect: pass}]", "has to be true or false."),
        ("rule: cheap, cases: [{name: a, change: {}, plan: {}, expect: pass}]", "error SPEC031"),
        ("rule: cheap, cases: [{name: a, change: {}, expect: deny}]", "error SPEC029"),
        ("rule: cheap, cases: []", "error SPEC028"),
    ],
)
def test_a_case_that_could_never_happen_is_a_mistake(case: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    head = "apiVersion: tuneform.dev/v1\nkind: PolicyTest\nmetadata: {name: a}\nspec:\n  {"
    Path("policies/cases.yaml").write_text(f"{head}{case}}}\n", encoding="utf-8")

    codes = [run(["validate"]), run(["policy", "test"])]

    out, err = capsys.readouterr()
    assert codes == [1, 1]
    assert said.replace("6:9", "5:10") in out
    assert said.replace("6:9", "5:10") in err


def test_where_there_are_no_rules_nothing_of_cel_is_imported(project: Path) -> None:
    _edit("tuneform.yaml", "  policies: [policies]\n", "")
    script = "import sys; from reconciler.cli import run; run(['plan']); sys.stderr.write(' '.join(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(Path(reconciler.__file__).parents[1])}

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=project, env=environment, capture_output=True, text=True, check=True
    )

    loaded = set(done.stderr.split())
    assert "reconciler.workflow.planning" in loaded
    assert loaded & {"celpy", "lark", "re2", "reconciler.policy.evaluating", "reconciler.files.policies"} == set()
