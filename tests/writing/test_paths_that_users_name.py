"""Whatever is written to a path that a user names: no device, no link out of its folder, nothing that exists."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from reconciler.cli.main import COMMANDS, tuneform
from tests.cli.session import folder_for
from tests.datasets_cli.shown import Shown, typed

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: NAME}
spec:
  baseModel: gemini-2.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""

_SPLIT = "dataset split specs/data/train.jsonl --validation 0.3"

WRITES: dict[str, str] = {
    "plan --out": "plan --out {}",
    "plan --json-into": "plan --json-into {}",
    "apply --json-into": "apply --yes --json-into {}",
    "gate --json-into": "gate --json-into {}",
    "report --into": "report --into {}",
    "import --out": "import vertex/mine MODEL --yes --out {}",
    "dataset convert --out": "dataset convert specs/data/train.jsonl --out {}",
    "dataset split --train-out": f"{_SPLIT} --validation-out v.jsonl --train-out {{}}",
    "dataset split --validation-out": f"{_SPLIT} --train-out t.jsonl --validation-out {{}}",
    "dataset split --test-out": f"{_SPLIT} --test 0.3 --train-out t.jsonl --validation-out v.jsonl --test-out {{}}",
    "models migrate --out": "models migrate vertex/a --out {}",
    "emulator --state": "emulator --host nowhere.invalid --state {}",
}
"""Each option that names a file to write, and a command line with it."""
FORCED = (
    "dataset convert --out",
    "dataset split --train-out",
    "dataset split --validation-out",
    "dataset split --test-out",
)
DOCUMENTS = ("plan --out", "plan --json-into", "apply --json-into", "gate --json-into", "report --into")
_STAYS_OPEN = "emulator --state"
"""It goes on with a state that exists, so that only refusals are tried here; it can listen nowhere."""
_END = [name for name in WRITES if name != _STAYS_OPEN]

ELSEWHERE = {
    "--chdir": "a folder to be in",
    "--lock": "the lock: tests/lock, tests/security",
    "--file": "specs that are read",
    "apply [PLAN]": "read",
    "demo --keep": "a folder; below",
    "lock merge [FILE...]": "read",
    "state push FILE": "read",
    "fmt [FILES]": "written in place, by tests/files/test_fmt.py",
    "convert FILE": "read",
    "convert --out": "a file that ends in .yaml, or a folder, by cli/destinations.py: tests/files/converting",
    "import --from": "read",
    "emulator --record": "a folder, new or empty: tests/recording/test_command_line.py",
    "verify --record": "a folder, new or empty, as that of emulator --record",
    "emulator verify FOLDER": "read",
    "policy test [FILES]": "read",
    "query --generate": "a folder: tests/ownership/test_query.py",
    "dataset check FILES": "read",
    "output --template": "read",
    "dataset check --validation": "read",
    "dataset convert FILE": "read",
    "dataset split FILE": "read",
    "dataset stats FILE": "read",
    "prompt --response-schema": "read",
    "reward --answers": "read",
}
"""Every other option and argument that names a place."""


def _options(command: click.Command, name: str) -> Iterator[str]:
    for parameter in command.params:
        shown = parameter.make_metavar(click.Context(command))
        if isinstance(parameter, click.Argument):
            if any(word in shown.upper() for word in ("FILE", "PLAN", "PATH", "FOLDER")):
                yield f"{name} {shown.strip('{}')}"
        elif any(word in shown.upper() for word in ("FILE", "PATH", "FOLDER")):
            longest = max(parameter.opts, key=len)
            yield longest if longest in ELSEWHERE else f"{name} {longest}"


def _named_places() -> set[str]:
    context = click.Context(tuneform)
    found = set(_options(tuneform, ""))
    for name in COMMANDS:
        command = tuneform.get_command(context, name)
        assert command is not None
        found |= set(_options(command, name))
        for sub, child in command.commands.items() if isinstance(command, click.Group) else ():
            found |= set(_options(child, f"{name} {sub}"))
    return {place.replace("...", "") for place in found}


def test_every_option_that_names_a_place_is_known_to_be_read_or_written() -> None:
    assert _named_places() == {*WRITES, *(name.replace("...", "") for name in ELSEWHERE)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a trained model, and a place outside of it."""
    (tmp_path / "outside").mkdir()
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    for name in ("NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    folder_for("", inside)
    Path("specs/a.yaml").write_text(_SPEC.replace("NAME", "a"), encoding="utf-8")
    return inside


def _run(name: str, path: str, more: str = "") -> Shown:
    words = WRITES[name]
    if name in ("gate --json-into", "import --out"):
        assert typed("apply --yes").code == 0
    if name == "import --out":
        words = words.replace("MODEL", _forgotten_model())
    return typed(f"{words.format(path)}{more}")


def _forgotten_model() -> str:
    model = typed("output vertex/a --format json").out.partition('"model": "')[2].partition("@")[0]
    Path(".tuneform/emulator.lock").unlink()
    Path("specs/a.yaml").unlink()
    return model.partition('"')[0]


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def _linked_pipe(path: Path) -> None:
    os.mkfifo("../outside/pipe")
    path.symlink_to("../outside/pipe")


def _chain(path: Path) -> None:
    Path("between").symlink_to("../outside/new")
    path.symlink_to("between")


def _linked_folder(path: Path) -> None:
    Path("sub").mkdir()
    path.symlink_to("sub")


TRAPS: dict[str, Callable[[Path], None]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a socket": _socket,
    "a link to a pipe": _linked_pipe,
    "a link to a device": lambda path: path.symlink_to("/dev/null"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to somebody's file": lambda path: path.symlink_to("../outside/theirs"),
    "a link to a new file elsewhere": lambda path: path.symlink_to("../outside/new"),
    "a chain of links to elsewhere": _chain,
    "a link inside its folder to a folder": _linked_folder,
}


def _state(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """What is there by name: kind, inode and content; not what any command keeps for itself."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if ".tuneform/" not in f"{path}/":
            status = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[str(path)] = (status.st_mode, status.st_ino, content)
    return found


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("name", WRITES)
def test_a_place_that_is_no_file_of_its_folder_is_refused_and_left_as_it_is(folder: Path, name: str, trap: str) -> None:
    (folder.parent / "outside/theirs").write_text("theirs", encoding="utf-8")
    TRAPS[trap](Path("x"))
    before = _state(folder.parent)

    shown = _run(name, "x")

    after = _state(folder.parent)
    assert (shown.code, "RUN016" in shown.err) == (1, True), shown.text
    assert {path: state for path, state in after.items() if path in before} == {
        path: state for path, state in before.items() if path in after
    }
    assert after.keys() <= before.keys()


@pytest.mark.parametrize(
    "path", ["/dev/null", "/dev/full", "/dev/stdout", "gs://b/x", "https://x/y", "sub/", "-", "''", "."]
)
@pytest.mark.parametrize("name", WRITES)
def test_a_name_that_is_no_file_s_is_refused_with_what_to_do(folder: Path, name: str, path: str) -> None:
    shown = _run(name, path)

    assert (shown.code, "RUN016" in shown.err, "fix: " in shown.err) == (1, True, True), shown.text
    assert not Path("gs:").exists()
    assert not Path("-").exists()


@pytest.mark.parametrize("name", _END)
def test_nothing_that_exists_is_replaced_unless_it_is_said(folder: Path, name: str) -> None:
    Path("x").write_text("mine", encoding="utf-8")

    shown = _run(name, "x")

    assert (shown.code, Path("x").read_text(encoding="utf-8")) == (1, "mine"), shown.text
    assert "RUN029" in shown.err
    assert [path for path in Path().iterdir() if path.name.startswith(".tuneform-")] == []


@pytest.mark.parametrize("name", FORCED)
def test_force_replaces_a_file_whole_and_keeps_its_mode_and_its_link(folder: Path, name: str) -> None:
    real, link = Path("real"), Path("x")
    real.write_text("mine", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to("real")
    inode = real.stat().st_ino

    shown = _run(name, "x", " --force")

    assert shown.code == 0, shown.text
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8").startswith("{")
    assert (real.stat().st_ino != inode, real.stat().st_mode & 0o777) == (True, 0o640)


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("name", FORCED)
def test_force_is_for_files_alone(folder: Path, name: str, trap: str) -> None:
    TRAPS[trap](Path("x"))
    before = _state(folder.parent)

    shown = _run(name, "x", " --force")

    assert (shown.code, "RUN016" in shown.err) == (1, True), shown.text
    assert _state(folder.parent) == before


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_an_earlier_run_is_replaced(folder: Path, name: str) -> None:
    typed("plan --out x")
    Path("x").chmod(0o600)
    before = Path("x").stat().st_ino

    shown = _run(name, "x")

    assert shown.code == 0, shown.text
    assert Path("x").stat().st_ino != before
    assert Path("x").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", _END)
def test_an_empty_file_and_a_missing_folder_are_taken(folder: Path, name: str) -> None:
    Path("x").touch()

    shown = _run(name, "x")
    shutil.rmtree(".tuneform", ignore_errors=True)
    Path("specs/a.yaml").write_text(_SPEC.replace("NAME", "a"), encoding="utf-8")
    for made in ("v.jsonl", "t.jsonl"):
        Path(made).unlink(missing_ok=True)
    deep = _run(name, "new/folder/y")

    assert (shown.code, Path("x").stat().st_size > 0) == (0, True), shown.text
    assert (deep.code, Path("new/folder/y").stat().st_size > 0) == (0, True), deep.text


@pytest.mark.parametrize("name", _END)
def test_a_folder_that_is_a_link_to_elsewhere_is_said(folder: Path, name: str) -> None:
    Path("linked").symlink_to("../outside")

    shown = _run(name, "linked/x")

    assert (shown.code, (folder.parent / "outside/x").is_file()) == (0, True), shown.text
    assert f"it was written to {folder.parent}/outside/x" in shown.err


def test_a_place_inside_or_an_absolute_one_is_not_commented_on(folder: Path) -> None:
    Path("sub").mkdir()
    Path("linked").symlink_to("sub")

    inside = typed("plan --out linked/x.json")
    absolute = typed(f"plan --out {folder.parent}/outside/x.json")

    assert "behind a link" not in inside.err + absolute.err
    assert (inside.code, absolute.code) == (0, 0)


def test_what_data_is_made_from_is_never_written_over(folder: Path) -> None:
    source = Path("specs/data/train.jsonl")
    before = source.read_bytes()

    shown = [
        typed(f"dataset {words} --force")
        for words in (f"convert {source} --out {source}", f"split {source} --train-out ./{source}")
    ]

    assert [(s.code, "one file for two things" in " ".join(s.err.split())) for s in shown] == [(1, True), (1, True)]
    assert source.read_bytes() == before


def test_init_follows_no_link_to_elsewhere(folder: Path) -> None:
    for name in ("tuneform.yaml", "specs"):
        shutil.rmtree(name) if Path(name).is_dir() else Path(name).unlink()
    Path("tuneform.yaml").symlink_to("../outside/new")

    shown = typed("init")

    assert "kept     tuneform.yaml" in shown.out
    assert list((folder.parent / "outside").iterdir()) == []


def test_a_demo_is_left_in_a_folder_of_its_own(folder: Path) -> None:
    before = _state(folder)
    Path("../file").write_text("mine", encoding="utf-8")

    shown = [typed(f"demo --fast --keep {place}") for place in (".", "specs", "../file", "''", "gs://b/x")]

    assert [s.code for s in shown] == [1, 1, 1, 1, 1]
    assert ["RUN029" in s.err or "RUN016" in s.err for s in shown] == [True] * 5
    assert _state(folder) == before


@pytest.mark.parametrize("name", ["emulator.lock.hold", "emulator.lock.journal", ".gitignore"])
@pytest.mark.parametrize("target", ["theirs", "new"])
def test_what_lies_beside_the_lock_is_never_a_way_out(folder: Path, name: str, target: str) -> None:
    theirs = folder.parent / "outside/theirs"
    theirs.write_text("", encoding="utf-8")
    Path(".tuneform").mkdir()
    Path(".tuneform", name).symlink_to(f"../../outside/{target}")

    shown = typed("apply --yes")

    assert "BUG" not in shown.err
    assert (shown.code, "LOCK007" in shown.err) == ((0, False) if name == ".gitignore" else (1, True)), shown.text
    assert theirs.read_text(encoding="utf-8") == ""
    assert not (folder.parent / "outside/new").exists()
