"""Whatever the command line can do a program can do, and reads the same of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import reconciler
from reconciler.cli import run
from reconciler.cli.main import COMMANDS, tuneform
from reconciler.cli.sessions import PURPOSES as OF_COMMANDS
from reconciler.library.sessions import PURPOSES
from tests.library.project import ADDRESS, applied, edited, project_in

METHODS = {
    "validate": "validate",
    "plan": "plan",
    "apply": "apply",
    "wait": "wait",
    "status": "status",
    "show": "show",
    "history": "history",
    "cancel": "cancel",
    "destroy": "destroy",
    "import": "import_model",
    "rollback": "rollback",
    "promote": "promote",
    "forget": "forget",
    "gate": "gate",
    "prompt": "prompt",
    "output": "output",
    "metrics": "metrics",
    "report": "report",
    "reward": "reward",
    "gc": "gc",
    "doctor": "doctor",
    "notify": "notify",
    "dataset check": "datasets.check",
    "dataset stats": "datasets.stats",
    "dataset convert": "datasets.convert",
    "dataset split": "datasets.split",
}
WITHOUT = {
    "init": "writes a project once, before there is a workspace",
    "fmt": "is about the text of specs, for editors and CI",
    "explain": "is about fields of specs, for who writes them",
    "schema": "prints a file of the package, for editors",
    "policy list": "shows the rules of the workspace to people; a plan that they refuse says which",
    "policy test": "is about rules, for who writes them and CI",
    "models": "prints the catalogue; a plan has what follows from it",
    "models migrate": "writes a spec, for a person to go on with",
    "lock merge": "is a step of a merge in git",
    "lock unlock": "is what a person answers for who looked at the other run",
    **dict.fromkeys(
        ("state list", "state show", "state mv", "state rm", "state pull", "state push"),
        "mends the lock by hand, which a person answers for",
    ),
    "query": "lists a project for people and scripts, which read its JSON or CSV",
    "convert": "writes specs out of requests and scripts, for a person to go on with",
    "dataset diff": "is for who reviews; a plan has the same of edited data",
    "emulator": "serves other programs; a program has the embedded one",
    "emulator verify": "is about a recording, for who proves the emulator and CI",
    "verify": "is about the emulator, for people with an account",
    "demo": "shows the command line",
    "completion": "is about a shell",
    "help": "is about the command line; Python has help()",
    "version": "is `reconciler.__version__`",
}
"""Why a program has no method for it."""


def _commands() -> Iterator[str]:
    for name in COMMANDS:
        command = tuneform.get_command(click.Context(tuneform), name)
        below = list(command.commands) if isinstance(command, click.Group) else []
        if not below or (isinstance(command, click.Group) and command.invoke_without_command):
            yield name
        yield from (f"{name} {word}" for word in below)


def test_every_command_has_a_method_or_a_reason_why_not() -> None:
    assert sorted(_commands()) == sorted([*METHODS, *WITHOUT])


@pytest.mark.parametrize("path", METHODS.values())
def test_every_method_is_there_and_says_what_it_is_for(path: str) -> None:
    found: Any = reconciler.Workspace if "." not in path else reconciler.Datasets
    method = getattr(found, path.rpartition(".")[2])

    assert callable(method)
    assert method.__doc__


@pytest.mark.parametrize("name", PURPOSES)
def test_a_method_is_opened_for_what_its_command_is(name: str) -> None:
    assert PURPOSES[name] == OF_COMMANDS[name]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project_in(tmp_path, monkeypatch)


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    run([*words, "--format", "json"])
    return _settled(json.loads(capsys.readouterr().out))


def _settled(document: Any) -> Any:
    """Without what goes on by itself."""
    if isinstance(document, dict):
        return {k: _settled(v) for k, v in document.items() if k not in ("age_s", "since_s")}
    return list(map(_settled, document)) if isinstance(document, list) else document


def test_a_plan_says_the_same_of_edited_data(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuned = applied()
    place = Path(DATA)
    place.write_text(place.read_text(encoding="utf-8").replace('question 1"', 'question one"'), encoding="utf-8")

    planned = json.loads(tuned.plan().to_json())

    (change,) = planned["changes"]
    assert change["data"][0]["rows"]["added"] > 0
    assert _settled(planned)["changes"] == _said(capsys, "plan")["changes"]


DATA, BESIDE = "specs/data/train.jsonl", "specs/data/validation.jsonl"
_LOOKS: dict[str, Callable[[reconciler.Workspace], Any]] = {
    "validate": lambda tuned: tuned.validate(),
    "plan": lambda tuned: tuned.plan(),
    f"plan --target {ADDRESS} --replace {ADDRESS}": lambda tuned: tuned.plan(targets=ADDRESS, replace=ADDRESS),
    "plan -f specs --prune": lambda _: reconciler.Workspace(files="specs", prune=True).plan(),
    "status": lambda tuned: tuned.status(),
    f"status {ADDRESS}": lambda tuned: tuned.status(ADDRESS),
    f"show {ADDRESS}": lambda tuned: tuned.show(ADDRESS),
    f"show {ADDRESS} --live": lambda tuned: tuned.details(ADDRESS),
    f"history {ADDRESS}": lambda tuned: tuned.history(ADDRESS),
    "gate": lambda tuned: tuned.gate(),
    "output": lambda tuned: tuned.output(),
    f"metrics {ADDRESS}": lambda tuned: tuned.metrics(ADDRESS),
    f"metrics {ADDRESS} --all-attempts": lambda tuned: tuned.metrics(ADDRESS, all_attempts=True),
    "doctor": lambda tuned: tuned.doctor(),
    "notify --dry-run": lambda tuned: tuned.notify(dry_run=True),
    "notify": lambda tuned: tuned.notify(),
    "gc": lambda tuned: tuned.gc(),
    f"destroy {ADDRESS} --dry-run": lambda tuned: tuned.destroy(ADDRESS).preview(),
    f"forget {ADDRESS} --dry-run": lambda tuned: tuned.forget(ADDRESS).preview(),
    f"rollback {ADDRESS} --dry-run": lambda tuned: tuned.rollback(ADDRESS).preview(),
    f"dataset check {DATA}": lambda tuned: tuned.datasets.check(DATA),
    f"dataset check {DATA} --validation {BESIDE} --task chat --epochs 9": lambda tuned: tuned.datasets.check(
        DATA, validation=BESIDE, task="chat", epochs=9
    ),
}


@pytest.mark.parametrize("command", _LOOKS)
def test_what_a_method_finds_is_what_the_command_says(
    project: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    tuned = applied()
    edited("gemini-3.5-flash", "gemini-3.1-flash-lite")
    assert tuned.apply().wait().ok
    edited("metadata: {name: router}", "metadata: {name: router}\n# planned again")

    found = _LOOKS[command](tuned)

    assert _settled(json.loads(found.to_json())) == _said(capsys, *command.split())


def test_a_run_has_the_events_of_the_command(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(project / "specs", other / "specs")
    shutil.copy(project / "tuneform.yaml", other)

    result = reconciler.Workspace().apply().wait()
    monkeypatch.chdir(other)
    capsys.readouterr()
    assert run(["apply", "--yes", "--format", "json"]) == result.exit_code
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [event.kind for event in result.events] == [line["type"] for line in lines[1:-1]]
    assert [event.data.keys() for event in result.events] == [line.keys() for line in lines[1:-1]]
    summary = json.loads(result.to_json())
    assert {**summary, "at": "", "elapsed_s": 0} == {**lines[-1], "at": "", "elapsed_s": 0}


def test_texts_are_those_of_the_commands(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuned = applied()
    capsys.readouterr()

    run(["output"])

    assert str(tuned.output()) == capsys.readouterr().out


def test_a_program_imports_a_model_that_exists(project: Path) -> None:
    tuned = applied()
    assert tuned.forget(ADDRESS).wait().ok
    Path("specs/router.yaml").unlink()
    (found,) = tuned.importable()

    planned = tuned.import_model(found.address, found.resource).preview()
    result = tuned.import_model(found.address, found.resource).wait()

    assert [c.action for c in planned.changes] == [reconciler.Action.ADOPT]
    assert result.done == (str(found.address),)
    assert Path(f"specs/{found.address.name}.yaml").exists()
    assert tuned.output()[found.address].model


def test_an_import_that_is_refused_leaves_no_file(project: Path) -> None:
    tuned = applied()

    with pytest.raises(reconciler.ReconcilerError, match="RUN018"):
        tuned.import_model("vertex/nothing", "projects/acme-ml/locations/us-central1/tuningJobs/1").wait()

    assert [p.name for p in Path("specs").glob("*.yaml")] == ["router.yaml"]


def test_a_program_converts_and_splits_data(project: Path) -> None:
    tuned = reconciler.Workspace()
    rows = [
        json.dumps({"messages": [{"role": "user", "content": f"{n}"}, {"role": "assistant", "content": "b"}]})
        for n in range(40)
    ]
    Path("openai.jsonl").write_text("\n".join([*rows, "{"]) + "\n", encoding="utf-8")

    converted = tuned.datasets.convert("openai.jsonl", "train.jsonl")
    split = tuned.datasets.split("train.jsonl", validation=0.25, seed="a")

    assert not converted.ok
    assert converted.lines[-1] == "40 converted, 1 not."
    assert split.train_lines + split.validation_lines == 40
    assert tuned.datasets.check(split.train).ok is not None
    with pytest.raises(reconciler.ReconcilerError, match="RUN029"):
        tuned.datasets.convert("openai.jsonl", "train.jsonl")


def test_what_gc_proposes_is_disposed_of(project: Path) -> None:
    tuned = applied()
    edited("gemini-3.5-flash", "gemini-3.1-flash-lite")
    assert tuned.apply().wait().ok
    found = tuned.gc(keep_last=0)

    result = tuned.dispose(found).wait()

    assert [item.address for item in found.items] == [reconciler.Address("vertex", "router")]
    assert result.ok
    assert tuned.gc(keep_last=0).is_empty
