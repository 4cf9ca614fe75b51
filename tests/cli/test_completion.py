"""What Tab offers: commands, options, addresses, workspaces; fast, in the real shells, and never trouble."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import run, words
from reconciler.cli.completion import SHELLS, VARIABLE, complete
from reconciler.core import exits
from reconciler.files.nearby import addresses_nearby, workspaces_nearby

SPEC = """\
# kind: NotThis
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata:
  # a comment with name: in it
  labels: {app.kubernetes.io/name: other}
  name: support-router
spec: {}
---
apiVersion: tuneform.dev/v1
kind: "GeminiTunedModel"
metadata: {labels: {a: b}, name: 'numbers'}
---
kind: ConfigMap
metadata: {name: theirs}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith(("TUNEFORM_", "COMP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    Path("specs/models.yaml").write_text(SPEC, encoding="utf-8")
    for name, place in (("tuneform", "tuneform.lock"), ("tuneform.staging", "else/where.lock")):
        Path(f"{name}.yaml").write_text(f"kind: Workspace\nspec:\n  lock: {place}\n", encoding="utf-8")
    Path("else").mkdir()
    _lock("tuneform.lock", "vertex/old")
    _lock("else/where.lock", "vertex/elsewhere")
    Path(".tuneform").mkdir()
    _lock(".tuneform/emulator.lock", "gemini/emulated")
    return tmp_path


def _lock(path: str, address: str) -> None:
    Path(path).write_text(f'{{"version": 2, "entries": {{"{address}": {{}}}}}}', encoding="utf-8")


def offered(line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    typed = line.split(" ")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(typed) - 1))
    capsys.readouterr()
    assert complete("bash_complete") == exits.OK
    return capsys.readouterr().out.splitlines()


SPECS = ["plain,gemini/numbers", "plain,vertex/support-router"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("tuneform sta", ["plain,status", "plain,state"]),
        ("tuneform dataset s", ["plain,stats", "plain,split"]),
        ("tuneform status --al", ["plain,--all"]),
        ("tuneform plan --form", ["plain,--format"]),
        ("tuneform plan --format s", ["plain,sarif"]),
        ("tuneform plan --format=s", ["plain,--format=sarif"]),
        ("tuneform show v", ["plain,vertex/old", "plain,vertex/support-router"]),
        ("tuneform show vertex/support-router ", []),
        ("tuneform status vertex/old gemini/", ["plain,gemini/numbers"]),
        ("tuneform plan --target g", ["plain,gemini/numbers"]),
        ("tuneform --workspace staging show v", ["plain,vertex/elsewhere", "plain,vertex/support-router"]),
        ("tuneform show --emulator gemini/e", ["plain,gemini/emulated"]),
        ("tuneform show --lock else/where.lock vertex/e", ["plain,vertex/elsewhere"]),
        ("tuneform plan --workspace ", ["plain,staging"]),
        ("tuneform -C ", ["dir,"]),
        ("tuneform plan -f sp", ["file,sp"]),
        ("tuneform explain workspace.spec.limits.maxDe", ["plain,workspace.spec.limits.maxDeletes"]),
        ("tuneform help desc", []),
        ("tuneform help des", ["plain,destroy"]),
        ("tuneform completion f", ["plain,fish"]),
        ("tuneform nonsense x", []),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_word_is_completed_by_what_stands_before_it(
    line: str, found: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offered(line, capsys, monkeypatch) == found


def test_the_places_may_be_said_by_variables(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("TUNEFORM_CHDIR", str(project))
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")

    assert offered("tuneform show ", capsys, monkeypatch) == ["plain,gemini/emulated", *SPECS]


def test_the_table_is_up_to_date() -> None:
    assert words.PATH.read_text(encoding="utf-8") == words.made(), "run: python -m reconciler.cli.words"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"entries": 3}', '{"entries": [1]}', "\ud83d".encode("utf-8", "surrogatepass"), b"\xff"]
)
def test_a_broken_lock_is_silence(project: Path, text: str | bytes, capfd: pytest.CaptureFixture[str]) -> None:
    Path("tuneform.lock").write_bytes(text.encode() if isinstance(text, str) else text)
    environment = {**os.environ, VARIABLE: "bash_complete", "COMP_WORDS": "tuneform show v", "COMP_CWORD": "2"}

    subprocess.run([sys.executable, "-m", "reconciler"], env=environment, check=False, cwd=project)

    shown = capfd.readouterr()
    assert shown.err == ""
    assert set(shown.out.splitlines()) <= {"plain,vertex/support-router"}


@pytest.mark.parametrize("value", ["", "tcsh_complete", "bash", "bash_nonsense", "_", "bash_complete"])
def test_whatever_a_shell_says_there_is_no_traceback(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    complete(value)

    assert capsys.readouterr().err == ""


def test_a_lock_in_a_bucket_is_not_asked(project: Path) -> None:
    Path("tuneform.yaml").write_text("kind: Workspace\nspec:\n  lock: gs://bucket/tuneform.lock\n", encoding="utf-8")

    assert addresses_nearby(str(project), "", "") == ["gemini/numbers", "vertex/support-router"]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("[models/, shared/b.yaml]", ["vertex/a", "vertex/b"]),
        ("['models/']  # all of them", ["vertex/a"]),
        ("\n    - models/  # ours\n    - 'shared/b.yaml'\n", ["vertex/a", "vertex/b"]),
        ("{kustomize: overlays/prod}", []),
        ("{stdin: true}", []),
    ],
)
def test_specs_are_where_the_workspace_says(tmp_path: Path, source: str, names: list[str]) -> None:
    for place, name in (("models/a.yaml", "a"), ("shared/b.yaml", "b"), ("specs/c.yaml", "c")):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(f"kind: VertexTunedModel\nmetadata: {{name: {name}}}\n", encoding="utf-8")
    settings = f"kind: Workspace\nspec:\n  lock: a.lock\n  specs: {source}\n  catalog: current\n"
    (tmp_path / "tuneform.yaml").write_text(settings, encoding="utf-8")

    assert addresses_nearby(str(tmp_path), "", "") == names


def test_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert addresses_nearby(str(tmp_path / "none"), "", "") == []
    assert workspaces_nearby(str(tmp_path / "none")) == []


def test_no_command_and_no_large_library_is_imported_for_it(project: Path) -> None:
    code = (
        "import sys; from reconciler.cli.completion import complete; complete('bash_complete');"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " {'pydantic', 'httpx', 'deepdiff', 'sqlite3', 'asyncio'}"
        " or m.startswith(('reconciler.cli.commands', 'reconciler.workflow', 'reconciler.backends'))])"
    )
    environment = {**os.environ, "COMP_WORDS": "tuneform show v", "COMP_CWORD": "2"}

    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True, cwd=project
    )

    assert shown.stdout.splitlines() == ["plain,vertex/old", "plain,vertex/support-router", "[]"]


# The shells themselves


@pytest.fixture
def tuneform_on_path(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "tuneform"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


_ASKS = {
    "bash": (
        'eval "$(tuneform completion bash)"; COMP_WORDS=(tuneform show v); COMP_CWORD=2;'
        ' _tuneform_completion tuneform v show; printf "%s\\n" "${COMPREPLY[@]}"'
    ),
    "zsh": (
        'compdef() {}; compadd() { shift $#; }; _describe() { print -l -- "${completions_with_descriptions[@]}"; };'
        ' eval "$(tuneform completion zsh)"; compadd() { [[ $1 == -U ]] && print -l -- "${completions[@]}"; };'
        " words=(tuneform show v); CURRENT=3; _tuneform_completion"
    ),
    "fish": 'tuneform completion fish | source; complete -C "tuneform show v"',
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.usefixtures("project", "tuneform_on_path")
def test_the_shell_itself_offers_addresses(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")

    shown = subprocess.run([shell, "-c", _ASKS[shell]], check=False, capture_output=True, text=True)

    assert shown.stderr == ""
    assert shown.stdout.split() == ["vertex/old", "vertex/support-router"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_without_running_a_shell(
    shell: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    assert run(["completion", shell]) == exits.OK

    shown = capsys.readouterr()
    assert VARIABLE in shown.out
    assert shown.err == ""
